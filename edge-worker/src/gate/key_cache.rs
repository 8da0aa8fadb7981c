//! The second level of foreign keys: the platform's cache. It is an optimisation that may be missing, forget
//! or fail at any time.
//!
//! What is kept is the set as the issuer sent it, after it was read successfully, with the time at which it
//! was asked for. So its age is the same for every isolate, and it is read as strictly as any foreign set.

use auth_core::token::FOREIGN_KEYS;
use worker::{Cache, Headers, Response, js_sys};

use super::jwks_fetch;
use crate::config::{Issuer, KeySource};

/// When the set was requested, in milliseconds since the Unix epoch.
const FETCHED_AT: &str = "Latchkey-Fetched-At";

/// By how many milliseconds the clock of the isolate that wrote the copy may be ahead.
const CLOCKS_DIFFER_MS: u64 = 5_000;

/// The issuer's set and when it was requested, unless it is too old, or from the future.
pub(super) async fn find(issuer: &Issuer, now_ms: u64) -> Option<(Vec<u8>, u64)> {
    let mut response = Cache::default().get(key(issuer)?, false).await.ok().flatten()?;
    let at_ms = response.headers().get(FETCHED_AT).ok().flatten()?.parse::<u64>().ok()?;
    let from_the_future = at_ms > now_ms.saturating_add(CLOCKS_DIFFER_MS);
    if from_the_future || now_ms.saturating_sub(at_ms) > FOREIGN_KEYS.expired_ms {
        return None;
    }
    let bytes = jwks_fetch::read(&mut response).await.ok()?;
    Some((bytes, at_ms.min(now_ms)))
}

/// Keeps a set that was read successfully.
pub(super) async fn store(issuer: &Issuer, bytes: &[u8], at_ms: u64) {
    let headers = Headers::new();
    let set = headers.set(FETCHED_AT, &at_ms.to_string()).and_then(|()| {
        headers.set("Cache-Control", &format!("max-age={}", FOREIGN_KEYS.expired_ms.div_ceil(1000)))
    });
    if let (Some(key), Ok(()), Ok(response)) = (key(issuer), set, Response::from_bytes(bytes.to_vec())) {
        let _ = Cache::default().put(key, response.with_headers(headers)).await;
    }
}

/// A name that no URL of the zone can have, so that no answer to a visitor is ever taken for keys, nor keys
/// for an answer. It holds the identifier too: what one issuer's discovery document led to is not used for
/// another.
fn key(issuer: &Issuer) -> Option<String> {
    let (kind, url) = match &issuer.keys {
        KeySource::Jwks(url) => ("jwks", url),
        KeySource::Discovery(url) => ("discovery", url),
        KeySource::Own | KeySource::Static(_) | KeySource::Secret(_) => return None,
    };
    let text = |text: &str| String::from(js_sys::encode_uri_component(text));
    let (issuer, url) = (text(issuer.policy.issuer()), text(url));
    Some(format!("https://issuer-keys.invalid/{kind}?issuer={issuer}&url={url}"))
}
