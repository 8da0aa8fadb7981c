//! CORS for exact, listed origins, with credentials, and for nobody else.

use auth_core::wire::ErrorCode;
use worker::{Response, ResponseBuilder};

use super::answer::Refusal;
use super::head::Head;
use super::incoming::Incoming;
use crate::config::Config;

/// What a page on another origin may read of our answers, besides the few headers every page may.
pub const EXPOSED: &str = "WWW-Authenticate, Retry-After, Server-Timing, Latchkey-Request-Id";

/// How long a browser may remember a preflight's answer, in seconds.
const PREFLIGHT_MAX_AGE: &str = "600";

/// Whether this is a browser asking what it may send.
#[must_use]
pub fn is_preflight(head: &Head) -> bool {
    head.method() == "OPTIONS"
        && head.header("origin").is_some()
        && head.header("access-control-request-method").is_some()
}

/// Answers a preflight for a listed origin: these methods, and the headers it asked for (which decide nothing here; what a
/// request may do is judged when it comes).
///
/// # Errors
/// `request_forgery` for an origin that isn't listed.
pub fn preflight(config: &Config, incoming: &Incoming, methods: &str) -> Result<Response, Refusal> {
    if !incoming.header("origin").is_some_and(|origin| config.lists_origin(origin)) {
        return Err(Refusal::new(ErrorCode::RequestForgery));
    }
    let builder =
        ResponseBuilder::new().with_status(204).with_header("Access-Control-Allow-Methods", methods)?;
    let builder = builder.with_header("Access-Control-Max-Age", PREFLIGHT_MAX_AGE)?;
    let asked = incoming.header("access-control-request-headers").filter(|names| are_names(names));
    let builder = match asked {
        Some(names) => builder.with_header("Access-Control-Allow-Headers", names)?,
        None => builder,
    };
    Ok(builder.empty())
}

/// Header names, separated by commas: what may be echoed.
fn are_names(list: &str) -> bool {
    list.len() <= 1024 && list.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_, ".contains(&b))
}
