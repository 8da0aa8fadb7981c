//! A request as it came: its head, read once, and its body.

use std::cell::OnceCell;

use futures_util::StreamExt as _;
use js_sys::Uint8Array;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;

use super::head::Head;
use crate::platform;
use crate::random;

/// How much of a body that is too large is read for politeness.
const MOST_DRAINED: usize = 4 * 1024 * 1024;

/// What `js/entry.js` reads of every request; the last one only where it means something, with `OPTIONS`.
const ALWAYS_READ: [&str; 4] = ["authorization", "origin", "service-worker", "access-control-request-method"];

/// A request as it came.
pub struct Incoming {
    /// The request; its body has not been touched.
    pub request: web_sys::Request,
    /// Method and path, and the headers that decide about most requests: those `js/entry.js` reads for every request.
    pub head: Head,
    /// All headers, read when one is asked for that isn't in `head`.
    whole: OnceCell<Head>,
    /// Which one it is in this instance.
    pub number: u32,
    /// Names this request in the log and in its answer.
    pub id: String,
    /// When it came, in milliseconds since the Unix epoch.
    pub now_ms: u64,
}

/// Why a body can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// More bytes than allowed.
    TooLarge,
    /// The connection broke.
    Broken,
}

impl Incoming {
    /// A request, of whose head the Worker's door has read what it always reads.
    #[must_use]
    pub fn new(request: web_sys::Request, head: Head) -> Self {
        let now_ms = worker::Date::now().as_millis();
        let number = random::request_number();
        Self { head, whole: OnceCell::new(), number, id: random::request_id(number), now_ms, request }
    }

    /// In the spelling it came in.
    #[must_use]
    pub fn method(&self) -> &str {
        self.head.method()
    }

    /// The raw path, neither decoded nor resolved.
    #[must_use]
    pub fn path(&self) -> &str {
        self.head.path()
    }

    /// A header's value, by its name in lower case. Several of one name arrived joined by `, `.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        if ALWAYS_READ.contains(&name) {
            return self.head.header(name);
        }
        self.whole.get_or_init(|| Head::new(platform::read_request(&self.request))).header(name)
    }

    /// Whether `Content-Type` says JSON, with or without parameters.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.header("content-type").is_some_and(|value| is_type(value, "application/json"))
    }

    /// Whether `Content-Type` says a form, with or without parameters.
    #[must_use]
    pub fn is_form(&self) -> bool {
        self.header("content-type").is_some_and(|value| is_type(value, "application/x-www-form-urlencoded"))
    }

    /// The body, at most `limit` bytes of it. A body that is longer is read to its end and forgotten, up to a bound, because
    /// a client that is still sending wouldn't see the answer.
    ///
    /// # Errors
    /// [`BodyError`].
    pub async fn body(&mut self, limit: usize) -> Result<Vec<u8>, BodyError> {
        if self.request.body().is_none() {
            return Ok(vec![]);
        }
        let announced = self.header("content-length").and_then(|length| length.parse::<usize>().ok());
        match announced {
            // What a page sends that has nothing to say; the platform has a stream for it all the same.
            Some(0) => return Ok(vec![]),
            Some(length) if length <= limit => return self.announced_body().await,
            Some(length) if length > MOST_DRAINED => return Err(BodyError::TooLarge),
            Some(_) | None => {}
        }
        let mut stream =
            worker::Request::from(Clone::clone(&self.request)).stream().map_err(|_| BodyError::Broken)?;
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

    /// The body, at once. It can't be longer than was announced: that is where it ends.
    async fn announced_body(&self) -> Result<Vec<u8>, BodyError> {
        let broken = |_| BodyError::Broken;
        let read = platform::read_body(&self.request).map_err(broken)?;
        let bytes = JsFuture::from(read).await.map_err(broken)?;
        Ok(bytes.dyn_into::<Uint8Array>().map_err(broken)?.to_vec())
    }
}

/// Whether a `Content-Type` is this media type, whatever follows the semicolon.
fn is_type(value: &str, wanted: &str) -> bool {
    value
        .split(';')
        .next()
        .is_some_and(|essence| essence.trim_matches([' ', '\t']).eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::is_type;

    #[test]
    fn json_is_json_whatever_follows_the_semicolon() {
        let is_json = |value| is_type(value, "application/json");
        for value in ["application/json", "Application/JSON; charset=utf-8", "application/json ;x"] {
            assert!(is_json(value), "{value}");
        }
        for value in [
            "",
            "text/plain",
            "application/jsonp",
            "application/problem+json",
            "text/plain; application/json",
            "application/json, text/plain",
        ] {
            assert!(!is_json(value), "{value}");
        }
    }
}
