//! `GET /auth/verify`: forward-auth for nginx `auth_request`, Traefik and Envoy.

use auth_core::time::UnixTime;
use auth_core::token::AccessClaims;
use auth_core::wire::CookieLookup;
use worker::Response;

use super::owner::Owner;
use super::{Context, session};
use crate::gate::identity;
use crate::gate::verify::refused;
use crate::http::{Answered, Refusal, empty};
use crate::objects::protocol::{AccountCall, AccountReply, LivingSession};

/// The headers in which proxies say what the original method was. A proxy sets one of them, so a second one came from
/// elsewhere; where they differ, the method isn't known.
const METHOD_HEADERS: [&str; 2] = ["x-forwarded-method", "x-original-method"];

/// Those that only read (RFC 9110 section 9.2.1).
const SAFE_METHODS: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

/// 204 with the identity of whoever holds a living token, or a living cookie. A token that is no good is never made up for by
/// a cookie.
pub(super) async fn handle(context: &Context) -> Answered {
    let config = &context.config;
    if context.incoming.header("authorization").is_some() {
        let owner = Owner::of(context).await?;
        owner.ask(context, AccountCall::Check(owner.bearing())).await?;
        return identified(context, &owner.claims);
    }
    let CookieLookup::Found(cookie) = session::cookie(context) else {
        return Err(Refusal::invalid_token(config.issuer.as_str(), false));
    };
    if !may_act_by_cookie(context) {
        return Err(refused(config, &context.incoming, "cookie_for_unsafe_method", ""));
    }
    match session::ask(context, &cookie, AccountCall::Admit).await? {
        AccountReply::Session(living) => identified(context, &claims_of(context, *living)),
        AccountReply::Ended(_) => Err(refused(config, &context.incoming, "session_ended", "")),
        _ => Err(Refusal::unavailable()),
    }
}

/// A cookie comes along without anybody meaning it. So it counts for reading only, unless the request shows that a page of ours
/// sent it; and where the proxy doesn't say what the method is, it isn't for reading.
fn may_act_by_cookie(context: &Context) -> bool {
    let header = |name: &str| context.incoming.header(name);
    let methods: Vec<String> = METHOD_HEADERS.iter().filter_map(|name| header(name)).collect();
    let safe = !methods.is_empty() && methods.iter().all(|method| SAFE_METHODS.contains(&method.as_str()));
    let same_origin = header("sec-fetch-site").is_some_and(|site| site == "same-origin");
    let listed = header("origin").is_some_and(|origin| context.config.lists_origin(&origin));
    safe || same_origin || listed
}

fn identified(context: &Context, claims: &AccessClaims) -> Result<Response, Refusal> {
    let headers = identity::headers(claims)
        .map_err(|_| refused(&context.config, &context.incoming, "unsafe_claim", ""))?;
    let response = empty(204)?;
    for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
        response.headers().set(name, value)?;
    }
    Ok(response)
}

/// A session speaks like a token of its account would, but has no token's id.
fn claims_of(context: &Context, session: LivingSession) -> AccessClaims {
    AccessClaims {
        iss: context.config.issuer.as_str().to_owned(),
        sub: session.account,
        aud: context.config.audience.clone(),
        client_id: context.config.client_id.clone(),
        iat: UnixTime(0),
        exp: session.expires_at,
        jti: String::new(),
        sid: session.id,
        epoch: session.epoch,
        roles: session.roles,
        scope: String::new(),
    }
}
