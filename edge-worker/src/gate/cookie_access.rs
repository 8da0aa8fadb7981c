//! Our cookie at the gate: server-rendered pages by session, beside an API by token.
//!
//! The account is asked every time and judges the cookie as at `/auth/refresh`, so an old generation ends the session. The
//! session rotates for document navigations only; a page's subresources come many at once and never get a new cookie.

use auth_core::gate::browser::{
    comes_from_us, is_navigation_from_another_site, is_safe, opens_socket, shows_document,
};
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
        CookieLookup::Absent if is_navigation_from_another_site(context.incoming.whole()) => {
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
    let navigates = only_reads && shows_document(context.incoming.whole());
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

/// A session speaks like a token of its account would, but has no token's id.
pub fn caller_of(context: &Context, session: LivingSession) -> Caller {
    Caller {
        issuer: context.config.issuer.as_str().to_owned(),
        subject: session.account.into_string(),
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
    let reads = is_safe(method) && !opens_socket(context.incoming.whole());
    reads || comes_from_us(&context.config.gate(), context.incoming.whole())
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
