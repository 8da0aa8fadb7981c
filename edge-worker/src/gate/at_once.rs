//! Judging a request without waiting: most requests, because most bring a token that was verified before. A
//! token that was not needs one check of its signature, which `js/entry.ts` asks the platform for, without a
//! Rust future.
//!
//! This says only that a request may be forwarded, or nothing. Whatever else becomes of it is for
//! [`super::handle`], which begins with what was found out here.

use std::cell::RefCell;
use std::collections::HashMap;

use auth_core::gate::{Fact, Facts, Forward, Head, Need, Signature, Stop};

use super::fulfil::{confirm, log_left_out};
use super::isolate::Isolate;
use super::token_cache::Token;
use crate::config::{Config, SignatureBackend};
use crate::random;

/// How many requests may wait for their signature. More are judged by [`super::handle`].
const MAX_WAITING: usize = 256;

/// A request that has waited this long, in milliseconds, has been abandoned by its client.
const ABANDONED_MS: u64 = 10_000;

/// A request whose signature is being checked.
struct Waiting {
    head: Head,
    signature: Option<Box<Signature>>,
    facts: Facts<Token>,
    since_ms: u64,
}

thread_local! {
    /// By the request's number.
    static WAITING: RefCell<HashMap<u32, Waiting>> = RefCell::default();
}

/// The request, if it may be forwarded. If its signature must be checked first, `check` begins that and says
/// whether it could; then the request is remembered under its number until [`settle`] is told the result.
pub fn admit(
    config: &Config,
    head: Head,
    number: u32,
    now_ms: u64,
    check: impl FnOnce(&Signature) -> bool,
) -> Option<Forward<Token>> {
    let signature = match judge(config, &head, &Facts::default(), now_ms) {
        Ok(forward) => return Some(forward),
        Err(Some(signature)) if config.signatures == SignatureBackend::WebCrypto => signature,
        Err(_) => return None,
    };
    if !make_room(now_ms) || !check(&signature) {
        return None;
    }
    let waiting = Waiting { head, signature: Some(signature), facts: Facts::default(), since_ms: now_ms };
    WAITING.with_borrow_mut(|all| all.insert(number, waiting));
    None
}

/// Judges a request whose signature has been checked. If it can't be forwarded at once, what it has found out
/// is kept for [`facts_of`].
pub fn settle(config: &Config, number: u32, genuine: bool, now_ms: u64) -> Option<Forward<Token>> {
    let mut waiting = WAITING.with_borrow_mut(|all| all.remove(&number))?;
    let signature = waiting.signature.take()?;
    if genuine && let Some(issuer) = config.issuers.get(signature.issuer) {
        log_left_out(&random::request_id(number), issuer, &signature.left_out);
    }
    waiting.facts.token = Fact::Known(confirm(*signature, genuine));
    match judge(config, &waiting.head, &waiting.facts, now_ms) {
        Ok(forward) => Some(forward),
        Err(_) => {
            WAITING.with_borrow_mut(|all| all.insert(number, waiting));
            None
        }
    }
}

/// What a request has found out here.
pub fn facts_of(number: u32, head: &Head) -> Facts<Token> {
    let waiting = WAITING.with_borrow_mut(|all| all.remove(&number));
    // The facts are those of its token, so it must be the same one.
    let token = |head: &Head| head.header("authorization").map(ToOwned::to_owned);
    waiting
        .filter(|waiting| token(&waiting.head) == token(head))
        .map(|waiting| waiting.facts)
        .unwrap_or_default()
}

/// A request to forward, or the signature that it needs.
fn judge(
    config: &Config,
    head: &Head,
    facts: &Facts<Token>,
    now_ms: u64,
) -> Result<Forward<Token>, Option<Box<Signature>>> {
    match Isolate::new(config).judge(head, facts, now_ms).gate() {
        // A renewal needs the platform's context, which is not here.
        Ok(forward) if !forward.findings.renew_revocations => Ok(forward),
        Err(Stop::Need(Need::Signature(signature))) => Err(Some(signature)),
        Ok(_) | Err(_) => Err(None),
    }
}

fn make_room(now_ms: u64) -> bool {
    WAITING.with_borrow_mut(|all| {
        if all.len() >= MAX_WAITING {
            all.retain(|_, waiting| now_ms.saturating_sub(waiting.since_ms) < ABANDONED_MS);
        }
        all.len() < MAX_WAITING
    })
}
