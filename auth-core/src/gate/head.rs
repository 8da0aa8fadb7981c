//! A request's head as text: method, URL and headers.

use core::ops::Range;

/// The headers that a short head states.
pub const ALWAYS_READ: [&str; 4] = ["authorization", "origin", "service-worker", "latchkey-via"];

/// Two more, with an API key in `Authorization` ([`crate::api_key::PREFIX`]).
pub const READ_WITH_API_KEY: [&str; 2] = ["sec-fetch-site", CLIENT_ADDRESS];

/// The header in which the platform reports the client address. The platform replaces a value that the client
/// sent.
pub const CLIENT_ADDRESS: &str = "cf-connecting-ip";

/// One more, with `OPTIONS`, where it has a meaning.
const WITH_OPTIONS: &str = "access-control-request-method";

/// The head, stored as one text with ranges into it.
#[derive(Clone, Debug)]
pub struct Head {
    text: String,
    method: Range<usize>,
    origin: Range<usize>,
    path: Range<usize>,
    query: Range<usize>,
    /// Names (lower case) and values.
    fields: Vec<(Range<usize>, Range<usize>)>,
    is_whole: bool,
}

impl Head {
    /// Reads a text of lines: the method, the URL, then names (lower case) and values of headers in turn.
    #[must_use]
    pub fn whole(text: String) -> Self {
        Self { is_whole: true, ..Self::short(text) }
    }

    /// The same with only the headers that decide about most requests. About all others it says nothing.
    #[must_use]
    pub fn short(text: String) -> Self {
        let mut lines = Lines { text: &text, at: 0 };
        let method = lines.next().unwrap_or(0..0);
        let url = lines.next().unwrap_or(0..0);
        let (path, query) = split_url(&text, url.clone());
        let origin = url.start..path.start;
        let mut fields = Vec::with_capacity(24);
        while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
            fields.push((name, value));
        }
        Self { method, origin, path, query, fields, text, is_whole: false }
    }

    /// Whether all headers of the request are in it.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Whether a header with this name (lower case) would be in it.
    #[must_use]
    pub fn states(&self, name: &str) -> bool {
        self.is_whole || name == WITH_OPTIONS || ALWAYS_READ.contains(&name)
    }

    fn at(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// The method, unchanged.
    #[must_use]
    pub fn method(&self) -> &str {
        self.at(&self.method)
    }

    /// The part before the path: scheme and authority, unchanged.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.at(&self.origin)
    }

    /// The raw path, neither decoded nor resolved.
    #[must_use]
    pub fn path(&self) -> &str {
        self.at(&self.path)
    }

    /// The raw query with its `?`; empty if there is none.
    #[must_use]
    pub fn query(&self) -> &str {
        self.at(&self.query)
    }

    /// A header's value, by its name in any case. Several headers of one name arrive joined by `, `.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.fields().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All headers: names in lower case, values.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (self.at(name), self.at(value)))
    }
}

/// The ranges of a text's lines.
struct Lines<'t> {
    text: &'t str,
    at: usize,
}

impl Lines<'_> {
    fn next(&mut self) -> Option<Range<usize>> {
        let rest = self.text.get(self.at..)?;
        let line = self.at..self.at + rest.bytes().position(|b| b == b'\n').unwrap_or(rest.len());
        self.at = line.end + 1;
        Some(line)
    }
}

/// The bytes allowed in host and port. The host may come from the request itself; with other bytes in it (a
/// backslash, an `@`), another parser could find the path at a different position.
const fn is_plain(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']')
}

/// Whether every parser finds the end of this authority, which stands before a path, in the same place.
#[must_use]
pub(super) fn is_plain_authority(authority: &str) -> bool {
    authority.bytes().all(is_plain)
}

/// The path and query of an absolute URL, unchanged; both empty if the authority has other bytes.
fn split_url(text: &str, url: Range<usize>) -> (Range<usize>, Range<usize>) {
    let nothing = url.end..url.end;
    let find = |from: usize, what: fn(u8) -> bool| {
        text.get(from..url.end).and_then(|rest| rest.bytes().position(what)).map(|at| from + at)
    };
    let after_scheme = |colon: &usize| text.get(*colon..).is_some_and(|rest| rest.starts_with("://"));
    let colon = find(url.start, |b| b == b':').filter(after_scheme);
    let authority = colon.map_or(url.start, |at| at + 3);
    let Some(path) = find(authority, |b| matches!(b, b'/' | b'?' | b'#')) else {
        return (nothing.clone(), nothing);
    };
    if !text.get(authority..path).is_some_and(is_plain_authority) {
        return (nothing.clone(), nothing);
    }
    let end = find(path, |b| b == b'#').unwrap_or(url.end);
    match find(path, |b| b == b'?').filter(|query| *query < end) {
        Some(query) => (path..query, query..end),
        None => (path..end, end..end),
    }
}

#[cfg(test)]
mod tests {
    use super::Head;

    #[test]
    fn splits_a_url_without_changing_it() {
        for (url, path, query) in [
            ("http://h/a/b?c=d?e#f", "/a/b", "?c=d?e"),
            ("https://h:1/", "/", ""),
            ("https://h:1", "", ""),
            ("https://h/../x//y%2f", "/../x//y%2f", ""),
            ("https://h/?", "/", "?"),
            ("https://h/a://b", "/a://b", ""),
            ("https://h/a#b?c", "/a", ""),
            ("https://[::1]:80/a?b", "/a", "?b"),
            ("http://h\\x/a", "", ""),
            ("http://u@h/a", "", ""),
            ("http://h%2fx/a", "", ""),
            ("http://h x/a", "", ""),
        ] {
            let head = Head::whole(format!("GET\n{url}\na\nb"));
            assert_eq!((head.path(), head.query()), (path, query), "{url}");
            assert!(url.starts_with(&format!("{}{path}{query}", head.origin())), "{url}");
            assert_eq!((head.method(), head.header("A")), ("GET", Some("b")));
        }
    }

    #[test]
    fn headers_may_be_empty_or_missing() {
        let head = Head::whole("POST\nhttp://h/\nx-empty\n\ncookie\na=b; c=d".to_owned());
        assert_eq!(head.header("x-empty"), Some(""));
        assert_eq!(head.header("cookie"), Some("a=b; c=d"));
        assert_eq!(head.header("origin"), None);
        assert_eq!(head.fields().count(), 2);
        assert_eq!(Head::whole("GET\nhttp://h/".to_owned()).fields().count(), 0);
    }
}
