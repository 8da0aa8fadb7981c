//! A request as it came: the parts that decide, read once.

use futures_util::StreamExt as _;
use worker::{Headers, Request};

/// The parts of a request that decide, and the request itself for its body.
pub struct Incoming {
    /// The request; its body has not been touched.
    pub request: Request,
    /// In the spelling it came in.
    pub method: String,
    /// The raw path, neither decoded nor resolved.
    pub path: String,
    /// The raw query with its `?`; empty when there is none.
    pub query: String,
    /// Names this request in the log and in its answer.
    pub id: String,
}

/// How much of a body that is too large is read for politeness.
const MOST_DRAINED: usize = 4 * 1024 * 1024;

/// Why a body can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// More bytes than allowed.
    TooLarge,
    /// The connection broke.
    Broken,
}

impl Incoming {
    /// Reads what is needed of `request`.
    #[must_use]
    pub fn new(request: Request, id: String) -> Self {
        let raw = request.inner();
        let (path, query) = split_url(&raw.url());
        Self { method: raw.method(), path, query, id, request }
    }

    /// A header's value. Several of one name arrive joined by `, `.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        self.request.headers().get(name).ok().flatten()
    }

    /// All headers.
    #[must_use]
    pub fn headers(&self) -> &Headers {
        self.request.headers()
    }

    /// Whether `Content-Type` says JSON, with or without parameters.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.header("content-type").is_some_and(|value| is_json_type(&value))
    }

    /// The body, at most `limit` bytes of it. A body that is longer is read to its end and forgotten, up to a bound, because
    /// a client that is still sending wouldn't see the answer.
    ///
    /// # Errors
    /// [`BodyError`].
    pub async fn body(&mut self, limit: usize) -> Result<Vec<u8>, BodyError> {
        if self.request.inner().body().is_none() {
            return Ok(vec![]);
        }
        let announced = self.header("content-length").and_then(|length| length.parse::<usize>().ok());
        if announced.is_some_and(|length| length > MOST_DRAINED) {
            return Err(BodyError::TooLarge);
        }
        let mut stream = self.request.stream().map_err(|_| BodyError::Broken)?;
        let mut body = Vec::new();
        let mut length = 0_usize;
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|_| BodyError::Broken)?;
            length = length.saturating_add(chunk.len());
            if length > MOST_DRAINED {
                break;
            }
            if length <= limit {
                body.extend_from_slice(&chunk);
            }
        }
        if length > limit { Err(BodyError::TooLarge) } else { Ok(body) }
    }
}

/// Path and query of an absolute URL, untouched.
fn split_url(url: &str) -> (String, String) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let from_path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
    let without_fragment = from_path.split('#').next().unwrap_or_default();
    match without_fragment.find('?') {
        Some(at) => (
            without_fragment.get(..at).unwrap_or_default().to_owned(),
            without_fragment.get(at..).unwrap_or_default().to_owned(),
        ),
        None => (without_fragment.to_owned(), String::new()),
    }
}

fn is_json_type(value: &str) -> bool {
    value
        .split(';')
        .next()
        .is_some_and(|essence| essence.trim_matches([' ', '\t']).eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    use super::{is_json_type, split_url};

    #[test]
    fn a_url_is_split_and_not_touched() {
        for (url, path, query) in [
            ("http://h/a/b?c=d?e#f", "/a/b", "?c=d?e"),
            ("https://h:1", "/", ""),
            ("https://h/../x//y%2f", "/../x//y%2f", ""),
            ("https://h/?", "/", "?"),
            ("https://h/a://b", "/a://b", ""),
        ] {
            assert_eq!(split_url(url), (path.to_owned(), query.to_owned()), "{url}");
        }
    }

    #[test]
    fn json_is_json_whatever_follows_the_semicolon() {
        for value in ["application/json", "Application/JSON; charset=utf-8", "application/json ;x"] {
            assert!(is_json_type(value), "{value}");
        }
        for value in [
            "",
            "text/plain",
            "application/jsonp",
            "application/problem+json",
            "text/plain; application/json",
            "application/json, text/plain",
        ] {
            assert!(!is_json_type(value), "{value}");
        }
    }
}
