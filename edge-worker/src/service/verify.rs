//! `GET /auth/verify`: forward-auth for nginx `auth_request`, Traefik and Envoy.

use auth_core::token::Caller;
use auth_core::wire::CookieLookup;
use worker::Response;

use super::owner::Owner;
use super::{Context, session};
use crate::gate::cookie_access::{caller_of, comes_from_us, is_safe};
use crate::gate::identity;
use crate::gate::verify::refused;
use crate::http::{Answered, Refusal, empty};
use crate::objects::protocol::{AccountCall, AccountReply};

/// The headers in which proxies say what the original method was. A proxy sets one of them, so a second one came from
/// elsewhere; where they differ, the method isn't known.
const METHOD_HEADERS: [&str; 2] = ["x-forwarded-method", "x-original-method"];

/// 204 with the identity of whoever holds a living token, or a living cookie. A token that is no good is never made up for by a cookie.
pub(super) async fn handle(context: &Context) -> Answered {
    if context.incoming.header("authorization").is_some() {
        let owner = Owner::of(context).await?;
        owner.ask(context, AccountCall::Check(owner.bearing())).await?;
        return identified(context, owner.caller());
    }
    let CookieLookup::Found(cookie) = session::cookie(context) else {
        return Err(context.challenge(None));
    };
    // A cookie comes along without anybody meaning it; where the proxy doesn't say that the method only reads, it may not.
    let mut methods = METHOD_HEADERS.iter().filter_map(|name| context.incoming.header(name)).peekable();
    let only_reads = methods.peek().is_some() && methods.all(is_safe);
    if !only_reads && !comes_from_us(context) {
        return Err(refused(context, "cookie_from_elsewhere", ""));
    }
    match session::ask(context, &cookie, AccountCall::Admit).await? {
        AccountReply::Session(living) => identified(context, &caller_of(context, *living)),
        AccountReply::Ended(_) => Err(refused(context, "session_ended", "")),
        _ => Err(Refusal::unavailable()),
    }
}

fn identified(context: &Context, caller: &Caller) -> Result<Response, Refusal> {
    let headers = identity::headers(caller).map_err(|_| refused(context, "unsafe_claim", ""))?;
    let response = empty(204)?;
    for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
        response.headers().set(name, value)?;
    }
    Ok(response)
}
