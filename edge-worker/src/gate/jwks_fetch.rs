//! Fetching a foreign issuer's key set: https, no redirects, at most 64 KiB. The caller limits the time it
//! may take.

use auth_core::token::{MAX_JWKS_BYTES, TENANT_PLACEHOLDER};
use auth_core::wire::parse_object;
use futures_util::StreamExt as _;
use serde_json::Value;
use worker::{AbortSignal, CacheMode, Fetch, Request, RequestInit, RequestRedirect, Response};

use crate::config::{Issuer, KeySource, is_secure_url};

/// The set's bytes, from where the configuration or the discovery document says it is.
///
/// # Errors
/// What went wrong, for the log.
pub(super) async fn fetch(issuer: &Issuer, signal: &AbortSignal) -> Result<Vec<u8>, String> {
    match &issuer.keys {
        KeySource::Jwks(url) => get(url, signal).await,
        KeySource::Discovery(url) => get(&discover(issuer, url, signal).await?, signal).await,
        KeySource::Own | KeySource::Static(_) | KeySource::Secret(_) => Err("nothing to fetch".to_owned()),
    }
}

/// `jwks_uri` of the discovery document, whose `issuer` must be the configured one (RFC 8414 section 3.3).
async fn discover(issuer: &Issuer, url: &str, signal: &AbortSignal) -> Result<String, String> {
    let document = parse_object(&get(url, signal).await?)
        .map_err(|_| "the discovery document is no JSON object".to_owned())?;
    let named = document.get("issuer").and_then(Value::as_str);
    if named != Some(issuer.policy.issuer()) {
        return Err(match named.filter(|named| named.contains(TENANT_PLACEHOLDER)) {
            Some(named) => format!(
                "the discovery document is for several tenants: set issuers.{0}.issuer to {named} and issuers.{0}.tenants",
                issuer.name
            ),
            None => "the discovery document is another issuer's".to_owned(),
        });
    }
    let jwks_uri = document.get("jwks_uri").and_then(Value::as_str).unwrap_or_default();
    // A document that came by TLS leads to no key set that doesn't.
    let as_secure = jwks_uri.starts_with("https://") || url.starts_with("http://");
    if as_secure && is_secure_url(jwks_uri) {
        Ok(jwks_uri.to_owned())
    } else {
        Err("the discovery document names no https jwks_uri".to_owned())
    }
}

/// Past every cache between, so that the copy is as old as we say it is.
async fn get(url: &str, signal: &AbortSignal) -> Result<Vec<u8>, String> {
    let mut init = RequestInit::new();
    init.with_redirect(RequestRedirect::Manual).with_cache(CacheMode::NoStore);
    let request = Request::new_with_init(url, &init).map_err(|error| error.to_string())?;
    let mut response =
        Fetch::Request(request).send_with_signal(signal).await.map_err(|error| error.to_string())?;
    if response.status_code() != 200 {
        return Err(format!("status {}", response.status_code()));
    }
    read(&mut response).await
}

/// A body of at most 64 KiB.
///
/// # Errors
/// What went wrong, for the log.
pub(super) async fn read(response: &mut Response) -> Result<Vec<u8>, String> {
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
