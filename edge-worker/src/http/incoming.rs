//! A received request: its head, read once, and its body.

use std::cell::OnceCell;

use futures_util::StreamExt as _;
use js_sys::Uint8Array;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;

use crate::platform;
use crate::random;
use auth_core::gate::Head;
use auth_core::wire::Origin;

/// How many bytes of a body that is too large are read before the response, so that the client receives it.
pub const MAX_DRAINED: usize = 4 * 1024 * 1024;

/// A received request.
pub struct Incoming {
    /// The request; its body has not been read.
    pub request: web_sys::Request,
    /// The method, the path, and the headers that decide about most requests, which `js/entry.ts` reads for
    /// every request.
    pub head: Head,
    /// All headers, read when one is needed that is not in `head`.
    whole: OnceCell<Head>,
    /// The request's number in this instance.
    pub number: u32,
    /// The id of this request in the log and in its response.
    pub id: String,
    /// When the request arrived, in milliseconds since the Unix epoch.
    pub now_ms: u64,
}

/// Why a body can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// More bytes than allowed.
    TooLarge,
    /// The connection was closed.
    Broken,
}

impl Incoming {
    /// A request whose head was read by `js/entry.ts`.
    #[must_use]
    pub fn new(request: web_sys::Request, head: Head) -> Self {
        let now_ms = worker::Date::now().as_millis();
        let number = random::request_number();
        Self { head, whole: OnceCell::new(), number, id: random::request_id(number), now_ms, request }
    }

    /// The method, unchanged.
    #[must_use]
    pub fn method(&self) -> &str {
        self.head.method()
    }

    /// The raw path, neither decoded nor resolved.
    #[must_use]
    pub fn path(&self) -> &str {
        self.head.path()
    }

    /// A header's value, by its name in lower case. Several headers of one name arrive joined by `, `.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        if self.head.states(name) { self.head.header(name) } else { self.whole().header(name) }
    }

    /// The head with all headers.
    #[must_use]
    pub fn whole(&self) -> &Head {
        self.whole.get_or_init(|| Head::whole(platform::read_request(&self.request)))
    }

    /// Whether the request's URL names this machine. Cloudflare delivers no such request.
    #[must_use]
    pub fn is_local(&self) -> bool {
        let url = self.request.url();
        let end = url.match_indices('/').nth(2).map_or(url.len(), |(at, _)| at);
        url.get(..end).is_some_and(|origin| Origin::parse(origin).is_ok_and(|origin| origin.is_local()))
    }

    /// Whether `Content-Type` is JSON, with or without parameters.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.header("content-type").is_some_and(|value| is_type(value, "application/json"))
    }

    /// Whether `Content-Type` is a form, with or without parameters.
    #[must_use]
    pub fn is_form(&self) -> bool {
        self.header("content-type").is_some_and(|value| is_type(value, "application/x-www-form-urlencoded"))
    }

    /// The body, at most `limit` bytes. A longer body is read to its end and discarded, up to a bound,
    /// because a client that is still sending would not read the response.
    ///
    /// # Errors
    /// [`BodyError`].
    pub async fn body(&mut self, limit: usize) -> Result<Vec<u8>, BodyError> {
        if self.request.body().is_none() {
            return Ok(vec![]);
        }
        let announced = self.header("content-length").and_then(|length| length.parse::<usize>().ok());
        match announced {
            // A page's request without content; the platform still provides a stream for it.
            Some(0) => return Ok(vec![]),
            Some(length) if length <= limit => return self.announced_body().await,
            Some(length) if length > MAX_DRAINED => return Err(BodyError::TooLarge),
            Some(_) | None => {}
        }
        let mut stream =
            worker::Request::from(Clone::clone(&self.request)).stream().map_err(|_| BodyError::Broken)?;
        let mut body = Vec::new();
        let mut length = 0_usize;
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|_| BodyError::Broken)?;
            length = length.saturating_add(chunk.len());
            if length > MAX_DRAINED {
                break;
            }
            if length <= limit {
                body.extend_from_slice(&chunk);
            }
        }
        if length > limit { Err(BodyError::TooLarge) } else { Ok(body) }
    }

    /// The body, in one read. It can't be longer than the announced length, where the platform ends it.
    async fn announced_body(&self) -> Result<Vec<u8>, BodyError> {
        let broken = |_| BodyError::Broken;
        let read = platform::read_body(&self.request).map_err(broken)?;
        let bytes = JsFuture::from(read).await.map_err(broken)?;
        Ok(bytes.dyn_into::<Uint8Array>().map_err(broken)?.to_vec())
    }
}

/// Whether a `Content-Type` is this media type, ignoring parameters.
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
    fn ignores_the_parameters_of_a_media_type() {
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
