//! This isolate's copy of what was revoked.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use auth_core::revocation::{Age, List, Need};
use auth_core::token::Caller;
use serde_json::json;

use crate::config::Route;
use crate::http::Refusal;
use crate::log;
use crate::objects::Unavailable;
use crate::objects::protocol::{RevocationsCall, RevocationsReply};
use crate::objects::{client, keys};
use crate::service::Context;

/// How long a renewal that was begun aside may be under way before another one is begun, in milliseconds.
const RENEWAL_PATIENCE_MS: u64 = 1_000;

struct Copy {
    list: Rc<List>,
    taken_at_ms: u64,
}

thread_local! {
    static COPY: RefCell<Option<Copy>> = const { RefCell::new(None) };
    static RENEWAL_BEGUN_AT_MS: Cell<u64> = const { Cell::new(0) };
}

/// A list young enough for the route's bound and its age in milliseconds; `None` where the route needs none, or goes on without.
///
/// # Errors
/// `unavailable` when the list can't be had and the route doesn't go on without it.
pub async fn for_route(context: &Context, route: &Route) -> Result<Option<(Rc<List>, u64)>, Refusal> {
    let now_ms = context.incoming.now_ms;
    let need = route.revocation.need(age(now_ms).map(Age));
    match need {
        Need::Nothing => {}
        Need::RenewAside => renew_aside(context, now_ms),
        Need::RenewFirst => {
            if let Err(error) = renew(context).await {
                let particulars = json!({"cause": error.cause, "goes_on": route.without_revocations});
                log::line("revocations_missing", &context.incoming.id, particulars);
                return if route.without_revocations { Ok(None) } else { Err(Refusal::from(error)) };
            }
        }
    }
    if !matches!(route.revocation, auth_core::revocation::Bound::Within(_)) {
        return Ok(None);
    }
    let age = age(now_ms).unwrap_or(0);
    Ok(COPY.with_borrow(|copy| copy.as_ref().map(|copy| (Rc::clone(&copy.list), age))))
}

/// The copy as it is, and its age; nothing, when there is none.
#[must_use]
pub fn at_hand(now_ms: u64) -> Option<(Rc<List>, Age)> {
    COPY.with_borrow(|copy| {
        copy.as_ref().map(|copy| (Rc::clone(&copy.list), Age(now_ms.saturating_sub(copy.taken_at_ms))))
    })
}

/// The copy's age, from the object's own timestamp inside it.
fn age(now_ms: u64) -> Option<u64> {
    COPY.with_borrow(|copy| copy.as_ref().map(|copy| now_ms.saturating_sub(copy.taken_at_ms)))
}

/// One request of many renews the copy while all of them go by what there is.
fn renew_aside(context: &Context, now_ms: u64) {
    if now_ms.saturating_sub(RENEWAL_BEGUN_AT_MS.get()) < RENEWAL_PATIENCE_MS {
        return;
    }
    RENEWAL_BEGUN_AT_MS.set(now_ms);
    let env = context.env.clone();
    context.platform.wait_until(async move {
        if let Err(error) = fetch(&env).await {
            log::line("revocations_missing", "", json!({"cause": error.cause}));
        }
    });
}

async fn renew(context: &Context) -> Result<(), Unavailable> {
    RENEWAL_BEGUN_AT_MS.set(context.incoming.now_ms);
    fetch(&context.env).await
}

/// An answer that overtook a newer one must not put the older copy back.
async fn fetch(env: &worker::Env) -> Result<(), Unavailable> {
    match client::revocations(env, &RevocationsCall::Copy).await? {
        RevocationsReply::Copy { taken_at_ms, entries, keys_version } => {
            keys::heed(keys_version);
            COPY.with_borrow_mut(|copy| {
                if copy.as_ref().is_none_or(|copy| copy.taken_at_ms <= taken_at_ms) {
                    *copy = Some(Copy { list: Rc::new(List::new(entries)), taken_at_ms });
                }
            });
            Ok(())
        }
        RevocationsReply::Added => {
            Err(Unavailable::because("revocations", "another answer than was asked for"))
        }
    }
}

/// Whether this very token was revoked, asked of the list itself: what a `strict` route needs besides its account's word.
///
/// # Errors
/// `unavailable` when the list can't be had.
pub async fn token_is_revoked(context: &Context, caller: &Caller) -> Result<bool, Refusal> {
    fetch(&context.env).await?;
    Ok(COPY.with_borrow(|copy| copy.as_ref().is_none_or(|copy| copy.list.revokes(caller))))
}
