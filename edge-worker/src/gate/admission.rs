//! Whether a verified caller may take a route: whether the token was revoked, and whether he has what the route asks for.

use auth_core::revocation::Bound;
use auth_core::token::Caller;
use auth_core::wire::ErrorCode;

use super::handle::ask_account;
use super::{revocations, verify};
use crate::config::{Requirements, Route};
use crate::http::Refusal;
use crate::service::Context;

/// Holds a verified token against what was revoked, within the route's bound. Gives the age of the list that was asked, in milliseconds, if one was.
///
/// # Errors
/// `invalid_token` when it was; `unavailable` when that can't be found out and the route doesn't go on without.
pub async fn refuse_revoked(
    context: &Context,
    route: &Route,
    caller: &Caller,
) -> Result<Option<u64>, Refusal> {
    let list = revocations::for_route(context, route).await?;
    if let Some((list, _)) = &list
        && list.revokes(caller)
    {
        return Err(verify::refused(context, "revoked", ""));
    }
    if route.revocation == Bound::Strict {
        ask_account(context, caller).await?;
        if revocations::token_is_revoked(context, caller).await? {
            return Err(verify::refused(context, "revoked", ""));
        }
    }
    Ok(list.map(|(_, age_ms)| age_ms))
}

/// Whether the caller has the scopes and roles the route asks for.
#[must_use]
pub fn holds(caller: &Caller, requires: &Requirements) -> bool {
    let has = |owned: &[String], wanted: &[String]| wanted.iter().all(|word| owned.contains(word));
    has(&caller.scopes, &requires.scopes) && has(&caller.roles, &requires.roles)
}

/// Everything the route asks for.
///
/// # Errors
/// `insufficient_scope`.
pub fn require(context: &Context, caller: &Caller, requires: &Requirements) -> Result<(), Refusal> {
    if holds(caller, requires) {
        return Ok(());
    }
    let scope = if requires.scopes.is_empty() {
        String::new()
    } else {
        format!(r#", scope="{}""#, requires.scopes.join(" "))
    };
    Err(insufficient(context, &scope))
}

/// `insufficient_scope` with the challenge of RFC 6750 section 3.1; `more` is the scope, where there is one that would do.
#[must_use]
pub fn insufficient(context: &Context, more: &str) -> Refusal {
    let challenge = context.challenge_header(&format!(r#", error="insufficient_scope"{more}"#));
    Refusal::new(ErrorCode::InsufficientScope).with("WWW-Authenticate", challenge)
}
