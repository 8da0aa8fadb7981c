//! This isolate's copy of what was revoked, for routes with a bound.

use std::cell::RefCell;

use auth_core::cached::Cached;
use auth_core::gate::Checked;
use auth_core::revocation::{Age, Applied, ListCopy};
use auth_core::token::Caller;

use crate::context::Context;
use crate::objects::Unavailable;
use crate::objects::protocol::revocations::{Changed, Changes};
use crate::objects::{client, keys};
use crate::platform;

/// How long a renewal beside a request may take before another one is begun, in milliseconds.
const RENEWAL_PATIENCE_MS: u64 = 1_000;

/// How often the list is asked in one renewal. An answer can't be used if another request has replaced the
/// copy that it was for.
const ATTEMPTS: usize = 3;

const PART: &str = "revocations";

thread_local! {
    static COPY: RefCell<Cached<ListCopy>> = const { RefCell::new(Cached::new()) };
}

/// Looks a caller up in the copy as it is; `None` where there is no copy.
#[must_use]
pub fn in_copy(caller: &Caller, now_ms: u64) -> Option<Checked> {
    COPY.with_borrow(|cached| {
        let revoked = cached.copy()?.list().revokes(caller);
        Some(Checked { revoked, age: Age(cached.age_ms(now_ms)?) })
    })
}

/// One request of many renews the copy while all of them use the present one.
pub fn renew_aside(context: &Context) {
    let now_ms = context.incoming.now_ms;
    if COPY.with_borrow(|cached| cached.may_begin(RENEWAL_PATIENCE_MS, now_ms)) {
        COPY.with_borrow_mut(|cached| cached.begin(now_ms));
        let env = context.env.clone();
        platform::aside(&context.platform, "revocations_missing", async move { fetch(&env).await });
    }
}

/// Renews the copy.
///
/// # Errors
/// [`Unavailable`].
pub async fn renew(context: &Context) -> Result<(), Unavailable> {
    COPY.with_borrow_mut(|cached| cached.begin(context.incoming.now_ms));
    fetch(&context.env).await
}

/// Gets what has changed since the copy, or the whole list. What an answer means for the copy, which may have
/// been renewed meanwhile, [`ListCopy::apply`] decides.
async fn fetch(env: &worker::Env) -> Result<(), Unavailable> {
    for _ in 0..ATTEMPTS {
        let since = COPY.with_borrow(|cached| cached.copy().map(|copy| copy.position().clone()));
        let Changed { update, keys_version } = client::revocations(env, &Changes { since }).await?;
        keys::require_version(keys_version);
        if COPY.with_borrow_mut(|cached| ListCopy::apply(cached.copy_mut(), update)) == Applied::Yes {
            return Ok(());
        }
    }
    Err(Unavailable::because(PART, "the copy was replaced each time while the list was asked"))
}
