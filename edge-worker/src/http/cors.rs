//! CORS with credentials, for exactly the listed origins.

use auth_core::wire::ErrorCode;
use worker::{Response, ResponseBuilder};

use super::answer::Refusal;
use super::incoming::Incoming;
use crate::config::Config;

/// The response headers that a page of another origin may read, in addition to those that are always
/// readable.
pub const EXPOSED: &str = "WWW-Authenticate, Retry-After, Server-Timing, Latchkey-Request-Id, Latchkey-Nonce";

/// How long a browser may cache a preflight's response, in seconds.
const PREFLIGHT_MAX_AGE: &str = "600";

/// Answers a preflight for a listed origin: allows these methods and the requested headers. The headers
/// decide nothing here; the actual request is checked when it arrives.
///
/// # Errors
/// `request_forgery` for an origin that is not listed.
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

/// Whether the text is a comma-separated list of header names, which may be echoed.
fn are_names(list: &str) -> bool {
    list.len() <= 1024 && list.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_, ".contains(&b))
}
