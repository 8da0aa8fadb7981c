//! Fetching a foreign issuer's key set: https, no redirects, 5 seconds, 64 KiB, and through the platform's cache.

use auth_core::token::{FRESH, MAX_JWKS_BYTES};
use auth_core::wire::parse_object;
use futures_util::StreamExt as _;
use serde_json::Value;
use worker::{
    AbortController, Cache, Delay, Fetch, Headers, Request, RequestInit, RequestRedirect, Response,
};

use crate::config::{Issuer, KeySource};

/// How long a fetch may take.
const TIMEOUT: core::time::Duration = core::time::Duration::from_secs(5);

/// When the cached copy was fetched, in milliseconds; on the cache's copy only.
const FETCHED_AT: &str = "Latchkey-Fetched-At";

/// The set's bytes and when they were fetched. A copy in the platform's cache is as good as the issuer's, if it is fresh and newer than the
/// `known` one.
pub(super) async fn fetch(issuer: &Issuer, known_ms: u64, now_ms: u64) -> Result<(Vec<u8>, u64), String> {
    let url = match &issuer.keys {
        KeySource::Jwks(url) => url.clone(),
        KeySource::Discovery(url) => discover(issuer, url).await?,
        KeySource::Own | KeySource::Static(_) | KeySource::Secret(_) => {
            return Err("nothing to fetch".to_owned());
        }
    };
    if let Some((bytes, at)) =
        cached(&url).await.filter(|(_, at)| *at > known_ms && now_ms.saturating_sub(*at) < FRESH * 1000)
    {
        return Ok((bytes, at));
    }
    let bytes = get(&url).await?;
    store(&url, &bytes, now_ms).await;
    Ok((bytes, now_ms))
}

/// `jwks_uri` of the discovery document, whose `issuer` must be the configured one (RFC 8414 section 3.3).
async fn discover(issuer: &Issuer, url: &str) -> Result<String, String> {
    let document =
        parse_object(&get(url).await?).map_err(|_| "the discovery document is no JSON object".to_owned())?;
    if document.get("issuer").and_then(Value::as_str) != Some(issuer.policy.issuer()) {
        return Err("the discovery document is another issuer's".to_owned());
    }
    let jwks_uri = document.get("jwks_uri").and_then(Value::as_str).unwrap_or_default();
    let same_scheme =
        jwks_uri.starts_with("https://") || (url.starts_with("http://") && jwks_uri.starts_with("http://"));
    if same_scheme {
        Ok(jwks_uri.to_owned())
    } else {
        Err("the discovery document names no https jwks_uri".to_owned())
    }
}

async fn get(url: &str) -> Result<Vec<u8>, String> {
    let controller = AbortController::default();
    let signal = controller.signal();
    let work = async {
        let mut init = RequestInit::new();
        init.with_redirect(RequestRedirect::Manual);
        let request = Request::new_with_init(url, &init).map_err(|error| error.to_string())?;
        let mut response =
            Fetch::Request(request).send_with_signal(&signal).await.map_err(|error| error.to_string())?;
        if response.status_code() != 200 {
            return Err(format!("status {}", response.status_code()));
        }
        read(&mut response).await
    };
    let (work, timer) = (core::pin::pin!(work), core::pin::pin!(Delay::from(TIMEOUT)));
    match futures_util::future::select(work, timer).await {
        futures_util::future::Either::Left((result, _)) => result,
        futures_util::future::Either::Right(_) => {
            controller.abort();
            Err("no answer within 5 seconds".to_owned())
        }
    }
}

async fn read(response: &mut Response) -> Result<Vec<u8>, String> {
    let mut stream = response.stream().map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        bytes.extend_from_slice(&chunk.map_err(|error| error.to_string())?);
        if bytes.len() > MAX_JWKS_BYTES {
            return Err("more than 64 KiB".to_owned());
        }
    }
    Ok(bytes)
}

/// Where there is no cache, there is none: an optimisation that may be missing.
async fn cached(url: &str) -> Option<(Vec<u8>, u64)> {
    let mut response = Cache::default().get(url, false).await.ok().flatten()?;
    let at = response.headers().get(FETCHED_AT).ok().flatten()?.parse().ok()?;
    let bytes = read(&mut response).await.ok()?;
    Some((bytes, at))
}

async fn store(url: &str, bytes: &[u8], now_ms: u64) {
    let headers = Headers::new();
    let set = headers
        .set(FETCHED_AT, &now_ms.to_string())
        .and_then(|()| headers.set("Cache-Control", &format!("max-age={FRESH}")));
    if let (Ok(()), Ok(response)) = (set, Response::from_bytes(bytes.to_vec())) {
        let _ = Cache::default().put(url, response.with_headers(headers)).await;
    }
}
