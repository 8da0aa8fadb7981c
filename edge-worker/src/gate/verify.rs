//! Verifying the token in a request.

use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

use auth_core::gate::{Bearer, OWN_ISSUER, identity};
use auth_core::time::UnixMillis;
use auth_core::token::{
    Caller, ClaimNames, LeftOutClaim, LeftOutReason, Refusal as Check, Unverified, VerifyError,
    choose_policy, mask,
};
use serde_json::json;

use super::carried_token::{self, Carried};
use super::issuer_keys::keys_for;
use super::token_cache::{self, Known};
use crate::config::Issuer;
use crate::http::Refusal;
use crate::log;
use crate::objects::keys;
use crate::service::Context;
use crate::signatures::Verifier;

/// A verified token, and what it took.
pub struct Presented {
    /// The token.
    pub known: Rc<Known>,
    /// Whether it had been verified before.
    pub hit: bool,
    /// How old the copy of its issuer's keys is, in milliseconds.
    pub keys_age_ms: u64,
}

/// The verified token of a request, whose issuer is one of `issuers` (indices into the configuration).
///
/// # Errors
/// `invalid_token`, the same for every check that failed; `unavailable` when keys or backend can't be had. The log names the check.
pub async fn bearer_token(context: &Context, issuers: &[usize]) -> Result<Presented, Refusal> {
    match Bearer::read(context.incoming.header("authorization")) {
        Bearer::Absent => Err(context.challenge(None)),
        Bearer::Malformed => Err(malformed(context, "authorization_header")),
        Bearer::Token(token) => verified(context, issuers, token).await,
    }
}

/// The same at the gate, where a token may also be in the header or cookie that an issuer's entry names. It never makes up for an
/// `Authorization` header.
///
/// # Errors
/// As [`bearer_token`].
pub(super) async fn presented_token(context: &Context, issuers: &[usize]) -> Result<Presented, Refusal> {
    if context.incoming.header("authorization").is_some() {
        return bearer_token(context, issuers).await;
    }
    match carried_token::find(context, issuers) {
        Carried::Absent => Err(context.challenge(None)),
        Carried::Malformed => Err(malformed(context, "token_header")),
        Carried::Token { by_cookie, .. } if carried_token::may_be_forged(context, by_cookie) => {
            Err(refused(context, "token_from_another_site", ""))
        }
        Carried::Token { token, issuers, .. } => verified(context, &issuers, token).await,
    }
}

async fn verified(context: &Context, issuers: &[usize], token: &str) -> Result<Presented, Refusal> {
    match verify(context, issuers, token).await {
        Ok(presented) => Ok(presented),
        Err(Failure::Refused(check)) => Err(refused(context, check.as_str(), token)),
        Err(Failure::Unavailable(refusal)) => Err(refusal),
    }
}

/// The same token, verified again if the list of revocations has said meanwhile that its key may not be gone by any more.
///
/// # Errors
/// As [`bearer_token`].
pub async fn by_present_keys(
    context: &Context,
    issuers: &[usize],
    token: Presented,
) -> Result<Presented, Refusal> {
    if token.known.issuer == OWN_ISSUER && keys::is_outdated(token.known.keys_stamp) {
        return bearer_token(context, issuers).await;
    }
    Ok(token)
}

enum Failure {
    Refused(Check),
    Unavailable(Refusal),
}

async fn verify(context: &Context, issuers: &[usize], token: &str) -> Result<Presented, Failure> {
    let now_ms = context.incoming.now_ms;
    let now = UnixMillis(now_ms);
    if let Some(known) = token_cache::find(token, now) {
        if !issuers.contains(&known.issuer) {
            return Err(Failure::Refused(Check::Issuer));
        }
        let issuer = context.config.issuers.get(known.issuer).ok_or(Failure::Refused(Check::Issuer))?;
        let keys =
            keys_for(&context.env, &context.platform, issuer, None, now_ms).await.map_err(unavailable)?;
        if keys.stamp == known.keys_stamp {
            return Ok(Presented { known, hit: true, keys_age_ms: keys.age_ms });
        }
        token_cache::forget(token);
    }
    let unverified = Unverified::parse(token).map_err(Failure::Refused)?;
    // Among all issuers, not the route's: which entry a token belongs to must not depend on where it is shown first.
    let policies = context.config.issuers.iter().map(|issuer| &issuer.policy);
    let index = choose_policy(&unverified, policies).map_err(Failure::Refused)?;
    let issuer = context.config.issuers.get(index).filter(|_| issuers.contains(&index));
    let issuer = issuer.ok_or(Failure::Refused(Check::Issuer))?;
    unverified.check_size(&issuer.policy).map_err(Failure::Refused)?;
    let kid = unverified.claimed_key();
    let keys = keys_for(&context.env, &context.platform, issuer, kid, now_ms).await.map_err(unavailable)?;
    let backend = Verifier(context.config.signatures);
    let verdict = unverified.verify::<Caller>(&issuer.policy, &issuer.names, &keys.keys, &backend, now).await;
    let verified = verdict.map_err(|error| match error {
        VerifyError::Refused(check) => Failure::Refused(check),
        VerifyError::Fault(fault) => {
            log::line("signature_backend_failed", &context.incoming.id, json!({"cause": fault.0}));
            Failure::Unavailable(Refusal::unavailable())
        }
    })?;
    if index != OWN_ISSUER {
        log_left_out(context, issuer, &unverified);
    }
    let identity = identity::lines(verified.claims());
    let known = Rc::new(Known::new(verified, index, keys.stamp, identity));
    token_cache::remember(token, Rc::clone(&known));
    Ok(Presented { known, hit: false, keys_age_ms: keys.age_ms })
}

thread_local! {
    /// The keys of the configuration whose paths found nothing in this isolate. As many as the configuration has.
    static FOUND_NOTHING: RefCell<HashSet<String>> = RefCell::default();
}

/// Logs which claims the caller has nothing of: each one that can't be read, and once each path of the configuration that finds nothing.
fn log_left_out(context: &Context, issuer: &Issuer, token: &Unverified<'_>) {
    let (names, usual) = (&issuer.names, ClaimNames::default());
    for LeftOutClaim { claim, reason } in token.left_out_claims(names) {
        let configured = match claim {
            "roles" => names.roles != usual.roles,
            _ => claim == "scope" && names.scope != usual.scope,
        };
        match reason {
            LeftOutReason::Unreadable => {
                let particulars = json!({"issuer": issuer.name, "claim": claim});
                log::line("claim_left_out", &context.incoming.id, particulars);
            }
            LeftOutReason::Absent if configured => {
                let key = format!("issuers.{}.{claim}_claim", issuer.name);
                if FOUND_NOTHING.with_borrow_mut(|known| known.insert(key.clone())) {
                    log::line("claim_not_found", &context.incoming.id, json!({"key": key}));
                }
            }
            LeftOutReason::Absent => {}
        }
    }
}

/// One of our own tokens; `None` when it isn't one that is good.
///
/// # Errors
/// `unavailable` when keys or backend can't be had.
pub async fn own_token(context: &Context, token: &str) -> Result<Option<Rc<Known>>, Refusal> {
    match verify(context, &[OWN_ISSUER], token).await {
        Ok(presented) => Ok(Some(presented.known)),
        Err(Failure::Refused(_)) => Ok(None),
        Err(Failure::Unavailable(refusal)) => Err(refusal),
    }
}

fn unavailable(error: crate::objects::Unavailable) -> Failure {
    Failure::Unavailable(Refusal::from(error))
}

/// Logs which check failed; the caller learns only that one did.
pub fn refused(context: &Context, check: &'static str, token: &str) -> Refusal {
    log_refusal(context, check, token);
    context.challenge(Some("invalid_token"))
}

/// What should hold the token isn't as RFC 6750 or we write it, which is the request's fault and not a token's.
pub(super) fn malformed(context: &Context, check: &'static str) -> Refusal {
    log_refusal(context, check, "");
    context.challenge(Some("invalid_request"))
}

fn log_refusal(context: &Context, check: &'static str, token: &str) {
    let path = context.incoming.path();
    let particulars = json!({"check": check, "token": mask(token), "path": path, "count": log::count(check)});
    log::line("token_refused", &context.incoming.id, particulars);
}
