//! The one spelling of a path.
//!
//! Gate and upstream may decode, fold and resolve paths differently, and every difference is a way around a
//! route. So the gate takes only paths that have one reading, and forwards exactly what it matched.

use percent_encoding::percent_decode_str;

/// A path with one reading. Nothing in it changes under decoding, dot-segment removal or slash folding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanonicalPath<'a>(&'a str);

/// The path could be read in more than one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AmbiguousPath;

impl<'a> CanonicalPath<'a> {
    /// Refuses: white space, controls, non-ASCII, backslashes, what a URL parser would escape on the way,
    /// empty segments and dot segments in any spelling and with any parameters, malformed escapes, escapes of
    /// what needs none (`%61`) or must not be hidden (`%2f`, `%5c`, controls), once or twice, and escaped
    /// bytes that aren't UTF-8 (`%c0%ae`, which some servers read as a dot).
    ///
    /// # Errors
    /// [`AmbiguousPath`].
    pub fn parse(path: &'a str) -> Result<Self, AmbiguousPath> {
        let rest = path.strip_prefix('/').ok_or(AmbiguousPath)?;
        let visible = path.bytes().all(|b| b.is_ascii_graphic() && !is_rewritten(b));
        let segments_fit = rest.is_empty() || {
            let body = rest.strip_suffix('/').unwrap_or(rest);
            body.split('/').all(|segment| !is_emptied_or_dots(segment))
        };
        if visible && segments_fit && escapes_fit(path) && escapes_are_utf8(path) {
            Ok(Self(path))
        } else {
            Err(AmbiguousPath)
        }
    }

    /// The path as it came.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }
}

/// What a URL parser takes for something else, or escapes (the path percent-encode set of the URL Standard),
/// so that the upstream would see another path than the one that was matched.
const fn is_rewritten(b: u8) -> bool {
    matches!(b, b'\\' | b'?' | b'#' | b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'}')
}

/// Nothing, `.` or `..`, also with path parameters behind it, which some servers cut off before they fold and
/// resolve.
fn is_emptied_or_dots(segment: &str) -> bool {
    matches!(segment.split(';').next(), Some("" | "." | ".."))
}

fn escapes_fit(path: &str) -> bool {
    path.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes().map(|b| char::from(b).to_digit(16));
        match (digits.next(), digits.next()) {
            (Some(Some(high)), Some(Some(low))) => {
                let decoded = u8::try_from(high * 16 + low).unwrap_or(0);
                let twice = decoded == b'%' && rest.as_bytes().get(2).is_some_and(u8::is_ascii_hexdigit);
                !twice && !needs_no_escape(decoded) && !must_not_be_hidden(decoded)
            }
            (_, _) => false,
        }
    })
}

/// Whether the decoded path is UTF-8: overlong forms are not.
fn escapes_are_utf8(path: &str) -> bool {
    percent_decode_str(path).decode_utf8().is_ok()
}

/// The unreserved characters of RFC 3986 section 2.3.
const fn needs_no_escape(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~')
}

const fn must_not_be_hidden(b: u8) -> bool {
    b.is_ascii_control() || matches!(b, b'/' | b'\\' | b';' | b'?' | b'#')
}

#[cfg(test)]
mod tests {
    use super::CanonicalPath;

    #[test]
    fn check_19_paths_with_one_reading_pass_as_they_are() {
        for path in [
            "/",
            "/a",
            "/a/",
            "/a/b.c/d-e_f~g",
            "/a%20b",
            "/%C3%A9",
            "/a:b@c!$&'()*+,=",
            "/.a",
            "/a..b",
            "/100%25",
            "/a;v=1",
            "/[slug]/a|b",
            "/%E2%82%AC%F0%9F%94%91",
        ] {
            assert_eq!(CanonicalPath::parse(path).map(CanonicalPath::as_str), Ok(path));
        }
    }

    #[test]
    fn check_19_paths_with_two_readings_are_refused() {
        for path in [
            "",
            "a",
            "//",
            "//a",
            "/a//b",
            "/a//",
            "/.",
            "/..",
            "/a/.",
            "/a/..",
            "/a/../b",
            "/./a",
            "/a/..;/b",
            "/a/.;x/b",
            "/a/;/b",
            "/a/;x=1/b",
            "/;",
            "/%2e",
            "/%2e%2e/a",
            "/.%2e/a",
            "/%2E%2E/a",
            "/a%2fb",
            "/a%2Fb",
            "/a\\b",
            "/a%5cb",
            "/%61dmin",
            "/%41",
            "/a%00",
            "/a%0d%0a",
            "/a%7f",
            "/a%3bb",
            "/a%",
            "/a%2",
            "/a%g1",
            "/a%1g",
            "/%252e%252e/a",
            "/a%252fb",
            "/a b",
            "/a\tb",
            "/a\u{e9}",
            "/a\0",
            "/a?b",
            "/a#b",
            "/a^b",
            "/a`b",
            "/{a}",
            "/%c0%ae%c0%ae/a",
            "/%c0%2e",
            "/%e0%80%ae",
            "/a%ff",
            "/a%e9",
            "/a%c3",
            "/%ed%a0%80",
        ] {
            assert!(CanonicalPath::parse(path).is_err(), "{path:?}");
        }
    }
}
