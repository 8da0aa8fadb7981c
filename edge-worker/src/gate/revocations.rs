//! This isolate's copy of what was revoked, for routes with a bound.

use std::cell::{Cell, RefCell};

use auth_core::gate::Checked;
use auth_core::revocation::{Age, Applied, ListCopy};
use auth_core::token::Caller;
use serde_json::json;

use crate::context::Context;
use crate::log;
use crate::objects::Unavailable;
use crate::objects::protocol::revocations::{Changed, Changes};
use crate::objects::{client, keys};

/// How long a renewal beside a request may take before another one is begun, in milliseconds.
const RENEWAL_PATIENCE_MS: u64 = 1_000;

/// How often the list is asked in one renewal. An answer can't be used if another request has replaced the copy that it was for.
const ATTEMPTS: usize = 3;

const PART: &str = "revocations";

thread_local! {
    static COPY: RefCell<Option<ListCopy>> = const { RefCell::new(None) };
    static RENEWAL_BEGUN_AT_MS: Cell<u64> = const { Cell::new(0) };
}

/// Looks a caller up in the copy as it is; `None` where there is no copy.
#[must_use]
pub fn in_copy(caller: &Caller, now_ms: u64) -> Option<Checked> {
    let revoked = COPY.with_borrow(|copy| copy.as_ref().map(|copy| copy.list().revokes(caller)))?;
    Some(Checked { revoked, age: age(now_ms)? })
}

/// The copy's age, from the object's own timestamp inside it.
fn age(now_ms: u64) -> Option<Age> {
    COPY.with_borrow(|copy| copy.as_ref().map(|copy| Age(now_ms.saturating_sub(copy.taken_at_ms()))))
}

/// One request of many renews the copy while all of them use the present one.
pub fn renew_aside(context: &Context) {
    let now_ms = context.incoming.now_ms;
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

/// Renews the copy.
///
/// # Errors
/// [`Unavailable`].
pub async fn renew(context: &Context) -> Result<(), Unavailable> {
    RENEWAL_BEGUN_AT_MS.set(context.incoming.now_ms);
    fetch(&context.env).await
}

/// Gets what has changed since the copy, or the whole list. What an answer means for the copy, which may have been renewed
/// meanwhile, [`ListCopy::apply`] decides.
async fn fetch(env: &worker::Env) -> Result<(), Unavailable> {
    for _ in 0..ATTEMPTS {
        let since = COPY.with_borrow(|copy| copy.as_ref().map(|copy| copy.position().clone()));
        let Changed { update, keys_version } = client::revocations(env, &Changes { since }).await?;
        keys::heed(keys_version);
        if COPY.with_borrow_mut(|copy| ListCopy::apply(copy, update)) == Applied::Yes {
            return Ok(());
        }
    }
    Err(Unavailable::because(PART, "the copy was replaced each time while the list was asked"))
}
