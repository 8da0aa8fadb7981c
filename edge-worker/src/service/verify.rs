//! `GET /auth/verify`: forward-auth for nginx `auth_request`, Traefik and Envoy.
//!
//! The proxy names the original request in headers. If a route of the gate matches its path, that route's
//! policy decides, as it would at the gate; otherwise a valid access token of this service or a valid cookie
//! is required.

use auth_core::gate::browser::comes_from_us;
use auth_core::gate::forwarded::Forwarded;
use auth_core::gate::identity;
use auth_core::token::Caller;
use auth_core::wire::CookieLookup;
use worker::Response;

use super::owner::ask_present_state;
use super::{Context, session};
use crate::config::{Access, Route};
use crate::gate::admission;
use crate::gate::cookie_access::caller_by;
use crate::gate::verify::{bearer_token, by_present_keys, refused};
use crate::http::{Answered, Refusal, empty};
use crate::objects::protocol::{AccountCall, AccountReply};

/// 204 with the caller's identity. If the token is invalid, a valid cookie does not make up for it. A caller
/// without access gets 401 or 403, because proxies treat any other status as a fault of the service.
pub(super) async fn handle(context: &Context) -> Answered {
    let Ok(Forwarded { only_reads, route }) = Forwarded::of(&context.config.gate(), context.incoming.whole())
    else {
        return Err(admission::insufficient(context, ""));
    };
    let serves_workers = route.as_deref().is_some_and(|route| route.service_worker);
    if !serves_workers && context.incoming.header("service-worker").is_some() {
        return Err(admission::insufficient(context, ""));
    }
    let by_token = match route.as_deref().map(|route| route.access) {
        Some(Access::Token) => true,
        Some(Access::Session) => false,
        Some(Access::TokenOrSession | Access::Public) | None => {
            context.incoming.header("authorization").is_some()
        }
    };
    let caller = match (by_token, route.as_deref()) {
        (true, Some(route)) => by_token_of(context, route).await?,
        (true, None) => by_own_token(context).await?,
        (false, _) => by_cookie(context, only_reads).await?,
    };
    if let Some(route) = route {
        admission::require(context, &caller, &route.requires)?;
    }
    identified(&caller)
}

async fn by_token_of(context: &Context, route: &Route) -> Result<Caller, Refusal> {
    let token = bearer_token(context, &route.requires.issuers).await?;
    admission::refuse_revoked(context, route, token.known.verified.claims()).await?;
    let token = by_present_keys(context, &route.requires.issuers, token).await?;
    Ok(token.known.verified.claims().clone())
}

/// Without a route that sets a revocation bound, a revoked token is rejected at once (`strict`).
async fn by_own_token(context: &Context) -> Result<Caller, Refusal> {
    match ask_present_state(context, AccountCall::Check).await? {
        (known, AccountReply::Session(_)) => Ok(known.verified.claims().clone()),
        _ => Err(Refusal::unavailable()),
    }
}

/// Browsers also attach a cookie to requests from other sites' pages. Unless the proxy says that the request
/// only reads, it must therefore come from a listed origin. If the session rotates, the response sets the
/// cookie, which the proxy passes on to the browser.
async fn by_cookie(context: &Context, only_reads: bool) -> Result<Caller, Refusal> {
    let CookieLookup::Found(cookie) = session::cookie(context) else {
        return Err(context.challenge(None));
    };
    if !only_reads && !comes_from_us(&context.config.gate(), context.incoming.whole()) {
        return Err(refused(context, "cookie_from_elsewhere", ""));
    }
    caller_by(context, &cookie, only_reads).await
}

fn identified(caller: &Caller) -> Result<Response, Refusal> {
    let headers = identity::headers(caller);
    let response = empty(204)?;
    for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
        response.headers().set(name, value)?;
    }
    Ok(response)
}
