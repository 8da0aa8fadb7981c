//! CORS for exact, listed origins, with credentials, and for nobody else.

use auth_core::wire::ErrorCode;
use worker::{Headers, Response, ResponseBuilder};

use super::answer::Refusal;
use super::incoming::Incoming;
use crate::config::Config;

/// What a page on another origin may read of our answers, besides the few headers every page may.
const EXPOSED: &str = "WWW-Authenticate, Retry-After, Server-Timing, Latchkey-Request-Id";

/// How long a browser may remember a preflight's answer, in seconds.
const PREFLIGHT_MAX_AGE: &str = "600";

/// Whether this is a browser asking what it may send.
#[must_use]
pub fn is_preflight(incoming: &Incoming) -> bool {
    incoming.method == "OPTIONS"
        && incoming.header("origin").is_some()
        && incoming.header("access-control-request-method").is_some()
}

/// Answers a preflight for a listed origin: these methods, and the headers it asked for (which decide nothing here;
/// what a request may do is judged when it comes).
///
/// # Errors
/// `request_forgery` for an origin that isn't listed.
pub fn preflight(config: &Config, incoming: &Incoming, methods: &str) -> Result<Response, Refusal> {
    let origin = incoming.header("origin").unwrap_or_default();
    if !config.lists_origin(&origin) {
        return Err(Refusal::new(ErrorCode::RequestForgery));
    }
    let builder =
        ResponseBuilder::new().with_status(204).with_header("Access-Control-Allow-Methods", methods)?;
    let builder = builder.with_header("Access-Control-Max-Age", PREFLIGHT_MAX_AGE)?;
    let asked = incoming.header("access-control-request-headers").filter(|names| are_names(names));
    let builder = match asked {
        Some(names) => builder.with_header("Access-Control-Allow-Headers", &names)?,
        None => builder,
    };
    Ok(builder.empty())
}

/// Lets a page of a listed origin read the answer. `Vary` is set whoever asks, or a cache would mix them up.
///
/// # Errors
/// When the platform refuses a header.
pub fn expose_to(origin: Option<&str>, config: &Config, headers: &Headers) -> worker::Result<()> {
    if !varies_by_origin(headers)? {
        headers.append("Vary", "Origin")?;
    }
    if let Some(origin) = origin.filter(|origin| config.lists_origin(origin)) {
        headers.set("Access-Control-Allow-Origin", origin)?;
        headers.set("Access-Control-Allow-Credentials", "true")?;
        headers.set("Access-Control-Expose-Headers", EXPOSED)?;
    }
    Ok(())
}

fn varies_by_origin(headers: &Headers) -> worker::Result<bool> {
    let vary = headers.get("Vary")?.unwrap_or_default();
    Ok(vary.split(',').any(|name| matches!(name.trim(), "*") || name.trim().eq_ignore_ascii_case("origin")))
}

/// Header names, separated by commas: what may be echoed.
fn are_names(list: &str) -> bool {
    list.len() <= 1024 && list.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_, ".contains(&b))
}
