//! CORS with credentials, for exactly the listed origins. A page of any other origin can read, without credentials, that
//! its origin is not listed, and the responses of the paths that are for clients of any origin (OAuth's endpoints and the
//! public documents), for which no credential of a browser is read.

use auth_core::gate::browser::is_preflight;
use auth_core::wire::{ErrorCode, Forgery, Origin};
use serde_json::Value;
use worker::{Response, ResponseBuilder};

use super::Answered;
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
        return Err(forged(config, incoming, Forgery::ForeignOrigin));
    }
    preflight_for_any(incoming, methods)
}

/// Answers a preflight of any origin. The caller adds who may read it.
///
/// # Errors
/// The platform rejects a header.
pub fn preflight_for_any(incoming: &Incoming, methods: &str) -> Result<Response, Refusal> {
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

/// What pages of other origins may read of a response for clients.
const EXPOSED_TO_ANY: &str = "WWW-Authenticate, Retry-After, DPoP-Nonce, Latchkey-Request-Id";

/// Lets pages of any origin read a response, without credentials.
///
/// # Errors
/// The rejection that is given, with the same headers.
pub fn readable_by_any(answered: Answered) -> Answered {
    const ORIGIN: &str = "Access-Control-Allow-Origin";
    const EXPOSE: &str = "Access-Control-Expose-Headers";
    let response = answered
        .map_err(|refusal| refusal.with(ORIGIN, "*".to_owned()).with(EXPOSE, EXPOSED_TO_ANY.to_owned()))?;
    response.headers().set(ORIGIN, "*")?;
    response.headers().set(EXPOSE, EXPOSED_TO_ANY)?;
    // The response is for pages of other origins.
    response.headers().set("Cross-Origin-Resource-Policy", "cross-origin")?;
    Ok(response)
}

/// `request_forgery`, with the check that failed and what a developer has to correct.
///
/// A page of an origin that is not listed may read it, because browsers report a response that a page can't
/// read as a failed connection. It contains nothing about the user or the configuration, and without
/// `Access-Control-Allow-Credentials` the request that gets a readable response has carried no cookie.
#[must_use]
pub fn forged(config: &Config, incoming: &Incoming, check: Forgery) -> Refusal {
    let header = |name: &str| match incoming.header(name) {
        Some(value) => Value::from(value.chars().take(MAX_SHOWN).collect::<String>()).to_string(),
        None => "nothing".to_owned(),
    };
    let service = &config.issuer;
    let mistake = match check {
        Forgery::ForeignOrigin => {
            let listed = config.allowed_origins.iter().flatten().map(Origin::as_str);
            let expected = Value::from_iter(core::iter::once(service.as_str()).chain(listed));
            let origin = header("origin");
            format!(
                "allowed_origins: found a page of the origin {origin}, expected one of {expected}; to let it call the \
                 service, add {origin} to allowed_origins"
            )
        }
        Forgery::NoClient => {
            let found = header("latchkey-client");
            format!(
                "the header Latchkey-Client: found {found}, expected <name>/<version>; a program sends its own, such as \
                 \"Latchkey-Client: curl/8\""
            )
        }
        Forgery::ForeignSite => {
            let (found, origin) = (header("sec-fetch-site"), header("origin"));
            format!(
                "the header Sec-Fetch-Site: found {found} (Origin: {origin}), expected \"same-origin\", or \"same-site\" \
                 and a listed origin; serve the page on the site of {service}: browsers send its cookie from no other, and \
                 localhost and 127.0.0.1 are two sites"
            )
        }
        Forgery::Unexplained => {
            "the headers Origin and Sec-Fetch-Site: found neither, expected one of them with a cookie; \
                                 a program that sends the cookie sends Origin, too"
                .to_owned()
        }
    };
    let refusal = Refusal {
        check: Some(check),
        mistake: Some(mistake.into()),
        ..Refusal::new(ErrorCode::RequestForgery)
    };
    match incoming.header("origin") {
        // After a preflight browsers send a request with credentials only if those are allowed.
        Some(origin)
            if check == Forgery::ForeignOrigin
                && Origin::parse(origin).is_ok()
                && !is_preflight(&incoming.head) =>
        {
            refusal.with("Access-Control-Allow-Origin", origin.to_owned()).with("Vary", "Origin".to_owned())
        }
        Some(_) | None => refusal,
    }
}

/// How much of a header's value is shown, in characters.
const MAX_SHOWN: usize = 100;

/// Whether the text is a comma-separated list of header names, which may be echoed.
fn are_names(list: &str) -> bool {
    list.len() <= 1024 && list.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_, ".contains(&b))
}
