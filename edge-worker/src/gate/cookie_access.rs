//! Our cookie at the gate: server-rendered pages by session, beside an API by token.
//!
//! The account is asked every time and judges the cookie as at `/auth/refresh`, so an old generation ends the session. The
//! session rotates for document navigations only; a page's subresources come many at once and never get a new cookie.

use auth_core::token::Caller;
use auth_core::wire::{CookieLookup, RefreshCookie};
use worker::{Response, ResponseBuilder};

use super::verify::refused;
use crate::audit::Actor;
use crate::http::Refusal;
use crate::objects::protocol::{AccountCall, AccountReply, LivingSession};
use crate::service::{Context, session};

/// What a cookie leads to.
pub enum CookieAccess {
    /// The session lives.
    Caller(Caller),
    /// The cookie may only be missing because another site sent the browser here; it is asked to come again.
    ComeAgain(Response),
}

/// Who the cookie speaks for.
///
/// # Errors
/// `invalid_token` with the challenge, or `unavailable`.
pub async fn caller(context: &Context) -> Result<CookieAccess, Refusal> {
    let cookie = match session::cookie(context) {
        CookieLookup::Found(cookie) => cookie,
        CookieLookup::Absent if is_navigation_from_elsewhere(context) => {
            return come_again().map(CookieAccess::ComeAgain);
        }
        CookieLookup::Absent => return Err(context.challenge(None)),
        CookieLookup::Malformed => return Err(refused(context, "cookie", "")),
    };
    if !may_act(context) {
        return Err(refused(context, "cookie_from_elsewhere", ""));
    }
    caller_by(context, &cookie, is_safe(context.incoming.method())).await.map(CookieAccess::Caller)
}

/// Who the cookie speaks for, according to its account. `only_reads`: whether the request's method is safe. If the session
/// rotates, the new cookie is left in the context, for whatever answer the client gets, a refusal included.
///
/// # Errors
/// `invalid_token` with the challenge, or `unavailable`.
pub async fn caller_by(
    context: &Context,
    cookie: &RefreshCookie,
    only_reads: bool,
) -> Result<Caller, Refusal> {
    let navigates = only_reads && shows_document(context);
    let call = |presented| AccountCall::Admit { presented, navigates, asker: context.asker(Actor::User) };
    match session::ask(context, cookie, call).await? {
        AccountReply::Session(mut living) => {
            context.new_cookie.set(living.cookie.take());
            Ok(caller_of(context, *living))
        }
        AccountReply::Ended(_) => Err(refused(context, "session_ended", "")),
        _ => Err(Refusal::unavailable()),
    }
}

/// Whether the answer is a document that the browser is about to show, so that it stores the answer's cookies. A prefetched or
/// prerendered document may never be shown, so it counts as a subresource. No script can set these headers (Fetch, section
/// "Forbidden request-header").
fn shows_document(context: &Context) -> bool {
    // What browsers say of prefetched and prerendered documents; the last two are older.
    let ahead_of_time = ["sec-purpose", "purpose", "x-moz"];
    is_navigation(context)
        && !opens_socket(context)
        && ahead_of_time.iter().all(|name| context.incoming.header(name).is_none())
}

/// A document navigation, not one in a frame (Fetch Metadata, sections 2.1 and 2.2).
fn is_navigation(context: &Context) -> bool {
    let header = |name| context.incoming.header(name);
    header("sec-fetch-mode") == Some("navigate") && header("sec-fetch-dest") == Some("document")
}

/// A session speaks like a token of its account would, but has no token's id.
pub fn caller_of(context: &Context, session: LivingSession) -> Caller {
    Caller {
        issuer: context.config.issuer.as_str().to_owned(),
        subject: session.account,
        session: Some(session.id),
        token_id: None,
        epoch: Some(session.epoch),
        auth_time: Some(session.authenticated_at),
        roles: session.roles,
        scopes: vec![],
    }
}

/// A cookie comes along without anybody meaning it. So it counts for reading; for anything else, a WebSocket included, the request must
/// show that a page of ours sent it.
fn may_act(context: &Context) -> bool {
    let method = context.incoming.method();
    let reads = is_safe(method) && !opens_socket(context);
    reads || comes_from_us(context)
}

/// Whether the request asks for a WebSocket (RFC 6455 section 4.1), or for any other upgrade. Proxies that ask us on somebody's behalf
/// drop `Upgrade`, which is hop by hop, but not what else a handshake has; and no page can set that by itself.
#[must_use]
pub fn opens_socket(context: &Context) -> bool {
    ["upgrade", "sec-websocket-key", "sec-websocket-version"]
        .iter()
        .any(|name| context.incoming.header(name).is_some())
}

/// The methods that only read (RFC 9110 section 9.2.1), without TRACE.
#[must_use]
pub fn is_safe(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

/// Whether the browser says that a page of our own origin, or of a listed one, sent the request.
#[must_use]
pub fn comes_from_us(context: &Context) -> bool {
    let same_origin = context.incoming.header("sec-fetch-site") == Some("same-origin");
    let listed = |origin| context.config.lists_origin(origin);
    match context.incoming.header("origin") {
        Some(origin) => listed(origin),
        None => same_origin,
    }
}

/// A link on another site: the browser leaves a `Strict` cookie out, so that a signed-in user would be shown the door.
fn is_navigation_from_elsewhere(context: &Context) -> bool {
    context.incoming.method() == "GET"
        && is_navigation(context)
        && context.incoming.header("sec-fetch-site") == Some("cross-site")
}

/// A page that asks for itself again. The second request comes from our own site, so it brings the cookie if there is one, and it isn't
/// `cross-site` any more, so that nothing goes round in circles.
fn come_again() -> Result<Response, Refusal> {
    const PAGE: &str =
        "<!doctype html><meta charset=utf-8><meta http-equiv=refresh content=0><title>One moment…</title>";
    let builder = ResponseBuilder::new().with_status(200);
    let builder = builder.with_header("Content-Type", "text/html; charset=utf-8")?;
    let builder = builder.with_header("Cache-Control", "private, no-store")?;
    let builder =
        builder.with_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")?;
    Ok(builder.with_header("Referrer-Policy", "no-referrer")?.fixed(PAGE.as_bytes().to_vec()))
}
