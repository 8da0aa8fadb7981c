//! Whether a verified caller may take a route: whether the token was revoked, and whether it meets the route's requirements.

use auth_core::revocation::Bound;
use auth_core::time::UnixTime;
use auth_core::token::Caller;
use auth_core::wire::ErrorCode;

use super::{present_state, revocations, verify};
use crate::config::{Requirements, Route};
use crate::http::Refusal;
use crate::objects::protocol::{AccountCall, AccountReply};
use crate::service::Context;
use crate::service::session::now;

/// Checks whether a verified token was revoked, within the route's bound. Returns the age of the copy of the list that was used, in
/// milliseconds, if one was.
///
/// # Errors
/// `invalid_token` when it was; `unavailable` when that can't be found out and the route doesn't allow requests then.
pub async fn refuse_revoked(
    context: &Context,
    route: &Route,
    caller: &Caller,
) -> Result<Option<u64>, Refusal> {
    if route.revocation == Bound::Strict {
        return match present_state::ask(context, caller, AccountCall::Check).await? {
            Some(AccountReply::Session(_)) => Ok(None),
            Some(_) => Err(Refusal::unavailable()),
            None => Err(verify::refused(context, "revoked", "")),
        };
    }
    match revocations::within_bound(context, route, caller).await? {
        Some(checked) if checked.revoked => Err(verify::refused(context, "revoked", "")),
        Some(checked) => Ok(Some(checked.age.0)),
        None => Ok(None),
    }
}

/// What a route's requirements say of a verified caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// All of them are met.
    Met,
    /// A scope or a role is missing.
    Insufficient,
    /// The user proved a credential longer ago than the route allows, in seconds.
    TooOld(u64),
}

/// Holds a verified caller against a route's requirements. Scopes and roles come first: a user who lacks them need not authenticate
/// again.
#[must_use]
pub fn judge(caller: &Caller, requires: &Requirements, now: UnixTime) -> Judgement {
    let has = |owned: &[String], wanted: &[String]| wanted.iter().all(|word| owned.contains(word));
    if !has(&caller.scopes, &requires.scopes) || !has(&caller.roles, &requires.roles) {
        return Judgement::Insufficient;
    }
    match requires.max_auth_age {
        Some(max_age) if !caller.authenticated_within(max_age, now) => Judgement::TooOld(max_age),
        Some(_) | None => Judgement::Met,
    }
}

/// Everything the route requires.
///
/// # Errors
/// `insufficient_scope`, `step_up_required`.
pub fn require(context: &Context, caller: &Caller, requires: &Requirements) -> Result<(), Refusal> {
    match judge(caller, requires, now()) {
        Judgement::Met => Ok(()),
        Judgement::Insufficient if requires.scopes.is_empty() => Err(insufficient(context, "")),
        Judgement::Insufficient => {
            Err(insufficient(context, &format!(r#", scope="{}""#, requires.scopes.join(" "))))
        }
        Judgement::TooOld(max_age) => Err(step_up(context, max_age)),
    }
}

/// `step_up_required` with the challenge of RFC 9470 section 3.
fn step_up(context: &Context, max_age: u64) -> Refusal {
    let challenge = context
        .challenge_header(&format!(r#", error="insufficient_user_authentication", max_age="{max_age}""#));
    Refusal::new(ErrorCode::StepUpRequired).with("WWW-Authenticate", challenge)
}

/// `insufficient_scope` with the challenge of RFC 6750 section 3.1; `more` is the scope, where there is one that would do.
#[must_use]
pub fn insufficient(context: &Context, more: &str) -> Refusal {
    let challenge = context.challenge_header(&format!(r#", error="insufficient_scope"{more}"#));
    Refusal::new(ErrorCode::InsufficientScope).with("WWW-Authenticate", challenge)
}

#[cfg(test)]
mod tests {
    use auth_core::time::UnixTime;
    use auth_core::token::Caller;

    use super::{Judgement, judge};
    use crate::config::Requirements;

    #[test]
    fn a_caller_must_meet_all_requirements_and_authorisation_comes_before_age() {
        let words = |text: &str| text.split_whitespace().map(ToOwned::to_owned).collect::<Vec<_>>();
        let caller = Caller {
            issuer: "i".into(),
            subject: "u".into(),
            session: None,
            token_id: None,
            epoch: None,
            auth_time: Some(UnixTime(1_000)),
            roles: words("admin editor"),
            scopes: words("read"),
        };
        for (roles, scopes, max_auth_age, now, expected) in [
            ("", "", None, 9_999, Judgement::Met),
            ("admin editor", "read", Some(600), 1_600, Judgement::Met),
            ("admin", "read", Some(600), 1_601, Judgement::TooOld(600)),
            ("admin", "write", Some(600), 1_601, Judgement::Insufficient),
            ("owner", "read", None, 1_000, Judgement::Insufficient),
        ] {
            let requires =
                Requirements { issuers: vec![0], scopes: words(scopes), roles: words(roles), max_auth_age };
            assert_eq!(judge(&caller, &requires, UnixTime(now)), expected, "{roles} {scopes} {now}");
        }
        let silent = Caller { auth_time: None, ..caller };
        let requires = Requirements { max_auth_age: Some(600), ..Requirements::default() };
        assert_eq!(judge(&silent, &requires, UnixTime(0)), Judgement::TooOld(600));
    }
}
