//! The token in a request (RFC 6750 section 2.1): one `Authorization` header, and nowhere else.

/// What the `Authorization` header holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer<'a> {
    /// There is none: the caller showed no credentials.
    Absent,
    /// There is one that isn't exactly `Bearer`, one space and one word.
    Malformed,
    /// A token, not looked at yet.
    Token(&'a str),
}

impl<'a> Bearer<'a> {
    /// Reads the header. Several `Authorization` headers arrive joined by a comma, which no token contains.
    #[must_use]
    pub fn read(header: Option<&'a str>) -> Self {
        let Some(header) = header else {
            return Self::Absent;
        };
        match header.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && is_one_word(token) => {
                Self::Token(token)
            }
            Some(_) | None => Self::Malformed,
        }
    }
}

/// Whether it is one word, so that it is clear what was meant. Whether it is a token, the parser says.
fn is_one_word(text: &str) -> bool {
    !text.is_empty() && !text.bytes().any(|b| matches!(b, b' ' | b'\t' | b','))
}

#[cfg(test)]
mod tests {
    use super::Bearer;

    #[test]
    fn check_18_one_header_one_scheme_one_space() {
        assert_eq!(Bearer::read(None), Bearer::Absent);
        for header in ["Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c"] {
            assert_eq!(Bearer::read(Some(header)), Bearer::Token("a.b.c"), "{header}");
        }
        for header in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer  a.b.c",
            "Bearer\ta.b.c",
            " Bearer a.b.c",
            "Bearer a.b.c ",
            "Bearer a.b.c x",
            "Bearer a.b.c, Bearer d.e.f",
            "Basic abc",
            "Bearer: a.b.c",
            "a.b.c",
            "Bearer a,b",
        ] {
            assert_eq!(Bearer::read(Some(header)), Bearer::Malformed, "{header:?}");
        }
    }
}
