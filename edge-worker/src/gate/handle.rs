//! A request at the gate, from path to upstream.

use std::rc::Rc;

use auth_core::revocation::Bound;
use auth_core::token::Caller;
use auth_core::wire::ErrorCode;

use super::cookie_access::{self, CookieAccess};
use super::path::CanonicalPath;
use super::route::{Choice, choose};
use super::{forward, identity, revocations, timing, verify};
use crate::config::{Access, Requirements, Route};
use crate::http::{Answered, Refusal, is_preflight, preflight};
use crate::objects::client;
use crate::objects::protocol::{AccountCall, AccountReply, Bearing};
use crate::service::Context;

/// Answers a request that isn't the service's: by its route's policy, or not at all.
///
/// # Errors
/// [`Refusal`].
pub async fn handle(context: &Context) -> Answered {
    let incoming = &context.incoming;
    let path = CanonicalPath::parse(incoming.path())
        .map_err(|_| Refusal::invalid("The path can be read in more than one way."))?;
    let asks_first = is_preflight(incoming);
    let method = if asks_first {
        incoming.header("access-control-request-method").unwrap_or_default()
    } else {
        incoming.method()
    };
    let route = match choose(&context.config.routes, path, method) {
        Choice::Route(route) => Rc::clone(route),
        Choice::MethodNotAllowed { allow } => return Err(Refusal::method_not_allowed(allow)),
        Choice::None => return Err(Refusal::new(ErrorCode::NotFound)),
    };
    if asks_first {
        return preflight(&context.config, incoming, &route.methods.join(", "));
    }
    let by_token = match route.access {
        Access::Public => return forward::forward(context, &route, "").await,
        Access::Token => true,
        Access::Session => false,
        // A token that is no good is never made up for by a cookie.
        Access::TokenOrSession => incoming.header("authorization").is_some(),
    };
    if by_token {
        let known = verify::bearer_token(context, &route.requires.issuers).await?;
        let caller = known.verified.claims();
        refuse_revoked(context, &route, caller).await?;
        require(context, caller, &route.requires)?;
        let identity =
            known.identity.as_deref().ok_or_else(|| verify::refused(context, "unsafe_claim", ""))?;
        return forward::forward(context, &route, identity).await;
    }
    match cookie_access::caller(context).await? {
        CookieAccess::ComeAgain(page) => Ok(page),
        CookieAccess::Caller(caller) => {
            require(context, &caller, &route.requires)?;
            let identity =
                identity::lines(&caller).map_err(|_| verify::refused(context, "unsafe_claim", ""))?;
            forward::forward(context, &route, &identity).await
        }
    }
}

/// Holds a verified token against what was revoked, within the route's bound.
async fn refuse_revoked(context: &Context, route: &Route, caller: &Caller) -> Result<(), Refusal> {
    if let Some((list, age_ms)) = revocations::for_route(context, route).await? {
        timing::revocations(context, age_ms);
        if list.revokes(caller) {
            return Err(verify::refused(context, "revoked", ""));
        }
    }
    if route.revocation == Bound::Strict {
        ask_account(context, caller).await?;
        if revocations::token_is_revoked(context, caller).await? {
            return Err(verify::refused(context, "revoked", ""));
        }
    }
    Ok(())
}

/// Asks the account itself whether the token's session lives and its epoch is the present one.
///
/// # Errors
/// `invalid_token` when it isn't; `unavailable` when the account can't be asked.
pub async fn ask_account(context: &Context, caller: &Caller) -> Result<(), Refusal> {
    let (Some(session), Some(epoch)) = (caller.session.clone(), caller.epoch) else {
        return Err(verify::refused(context, "no_session", ""));
    };
    let call = AccountCall::Check(Bearing { session, epoch });
    match client::account(&context.env, &caller.subject, &call).await? {
        AccountReply::Session(_) => Ok(()),
        AccountReply::TokenDead | AccountReply::NoAccount => Err(verify::refused(context, "revoked", "")),
        _ => Err(Refusal::unavailable()),
    }
}

/// Everything the route asks for.
fn require(context: &Context, caller: &Caller, requires: &Requirements) -> Result<(), Refusal> {
    let has = |owned: &[String], wanted: &[String]| wanted.iter().all(|word| owned.contains(word));
    if has(&caller.scopes, &requires.scopes) && has(&caller.roles, &requires.roles) {
        return Ok(());
    }
    let scope = if requires.scopes.is_empty() {
        String::new()
    } else {
        format!(r#", scope="{}""#, requires.scopes.join(" "))
    };
    let challenge = context.challenge_header(&format!(r#", error="insufficient_scope"{scope}"#));
    Err(Refusal::new(ErrorCode::InsufficientScope).with("WWW-Authenticate", challenge))
}
