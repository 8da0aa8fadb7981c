//! This isolate's copy of what was revoked, for routes with a bound.

use std::cell::{Cell, RefCell};

use auth_core::revocation::{Age, Applied, Bound, ListCopy, Need};
use auth_core::token::Caller;
use serde_json::json;

use crate::config::Route;
use crate::http::Refusal;
use crate::log;
use crate::objects::Unavailable;
use crate::objects::protocol::{RevocationsCall, RevocationsReply};
use crate::objects::{client, keys};
use crate::service::Context;

/// How long a renewal beside a request may take before another one is begun, in milliseconds.
const RENEWAL_PATIENCE_MS: u64 = 1_000;

/// How often the list is asked in one renewal. An answer can't be used if another request has replaced the copy that it was for.
const ATTEMPTS: usize = 3;

const PART: &str = "revocations";

thread_local! {
    static COPY: RefCell<Option<ListCopy>> = const { RefCell::new(None) };
    static RENEWAL_BEGUN_AT_MS: Cell<u64> = const { Cell::new(0) };
}

/// What the copy says about a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Whether the token was revoked.
    pub revoked: bool,
    /// How old the copy is.
    pub age: Age,
}

/// Looks a caller up in a copy that is young enough for the route's bound; `None` where the route has no bound, or allows requests
/// without the list.
///
/// # Errors
/// `unavailable` when the list can't be had and the route doesn't allow requests then.
pub async fn within_bound(
    context: &Context,
    route: &Route,
    caller: &Caller,
) -> Result<Option<Checked>, Refusal> {
    let now_ms = context.incoming.now_ms;
    match route.revocation.need(age(now_ms)) {
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
    Ok(match route.revocation {
        Bound::Within(_) => in_copy(caller, now_ms),
        Bound::None | Bound::Strict => None,
    })
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

/// Gets what has changed since the copy, or the whole list. What an answer means for the copy, which may have been renewed
/// meanwhile, [`ListCopy::apply`] decides.
async fn fetch(env: &worker::Env) -> Result<(), Unavailable> {
    for _ in 0..ATTEMPTS {
        let since = COPY.with_borrow(|copy| copy.as_ref().map(|copy| copy.position().clone()));
        match client::revocations(env, &RevocationsCall::Changes { since }).await? {
            RevocationsReply::Changes { update, keys_version } => {
                keys::heed(keys_version);
                if COPY.with_borrow_mut(|copy| ListCopy::apply(copy, update)) == Applied::Yes {
                    return Ok(());
                }
            }
            RevocationsReply::Added | RevocationsReply::LeastKeysVersion(_) => {
                return Err(Unavailable::because(PART, "the reply to another call"));
            }
        }
    }
    Err(Unavailable::because(PART, "the copy was replaced each time while the list was asked"))
}
