//! An isolate's copy of the Keyring.
//!
//! A key that was removed before its time must not be gone by for long. So a copy is asked about every few seconds, at the
//! cost of one short question per isolate; and the list of revocations says which version everybody has to know, so that
//! a route's bound holds for keys as it does for sessions. No future is shared between requests: one of them renews the copy
//! while the others go by it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use auth_core::keyring::COPY_FRESH;
use auth_core::rotation::{RefreshKey, RefreshKeys};
use auth_core::token::KeySet;
use serde_json::json;
use worker::{Context, Env};

use super::Unavailable;
use super::client::call;
use super::protocol::{
    KeyMessage, KeyringCall, KeysMessage, Purpose, RefreshKeyMessage, RingMessage, RingReply,
};
use crate::config;
use crate::log;
use crate::sealing::Seals;
use crate::signatures::SigningKey;

/// From this age on, in milliseconds, one request renews the copy.
const RENEW_MS: u64 = 5_000;

/// From this age on, in milliseconds, nobody goes by the copy, unless another can't be had.
const BOUND_MS: u64 = 10_000;

/// From this age on, in milliseconds, nobody goes by the copy at all.
const LAST_RESORT_MS: u64 = COPY_FRESH * 1000;

/// How soon an isolate asks again because somebody named a key it doesn't know, in milliseconds.
const COOL_DOWN_MS: u64 = 5_000;

/// How long a renewal may be under way before another request begins one, in milliseconds.
const PATIENCE_MS: u64 = 1_000;

const PART: &str = "keyring";

/// An isolate's copy of the Keyring.
pub struct Keys {
    /// Signs new access tokens.
    pub signing: SigningKey,
    /// Verifies them.
    pub public: Rc<KeySet>,
    /// The refresh keys, ready to be sent along.
    pub refresh: KeysMessage,
    /// The refresh keys themselves.
    pub refresh_keys: RefreshKeys,
    /// Refresh keys that were removed before their time.
    pub removed: Vec<String>,
    /// Changes when the keys do, and only then: the Keyring's version.
    pub stamp: u64,
    /// When it was asked for or about, by the isolate's clock, in milliseconds.
    asked_at_ms: Cell<u64>,
}

impl Keys {
    /// How old the copy is, in milliseconds.
    #[must_use]
    pub fn age_ms(&self, now_ms: u64) -> u64 {
        now_ms.saturating_sub(self.asked_at_ms.get())
    }
}

thread_local! {
    /// A value, not a future: no request ever waits for what another one began.
    static KEYS: RefCell<Option<Rc<Keys>>> = const { RefCell::new(None) };
    /// The least version that may be gone by, as the list of revocations said.
    static LEAST: Cell<u64> = const { Cell::new(0) };
    static RENEWAL_BEGUN_AT_MS: Cell<u64> = const { Cell::new(0) };
}

/// What a request has to do before it may go by a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    Nothing,
    /// Ask for another, and go by this one meanwhile.
    Aside,
    /// Ask for another, but go by this one should there be none to be had.
    Renew,
    /// Ask for another.
    Fetch,
}

/// `age` and `renewal` in milliseconds: how old the copy is, and how long ago somebody began to renew it.
const fn need(age: u64, renewal: u64, outdated: bool) -> Need {
    if outdated || age > LAST_RESORT_MS {
        Need::Fetch
    } else if age > BOUND_MS {
        Need::Renew
    } else if age > RENEW_MS && renewal > PATIENCE_MS {
        Need::Aside
    } else {
        Need::Nothing
    }
}

/// What there is at `now_ms`, and what has to be done about it.
fn look(now_ms: u64) -> Option<(Rc<Keys>, Need)> {
    let copy = KEYS.with_borrow(Clone::clone)?;
    let renewal = now_ms.saturating_sub(RENEWAL_BEGUN_AT_MS.get());
    let need = need(copy.age_ms(now_ms), renewal, is_outdated(copy.stamp));
    Some((copy, need))
}

/// The service's keys, at most ten seconds old; a minute, where the Keyring can't be asked.
///
/// # Errors
/// [`Unavailable`].
pub async fn keys(env: &Env) -> Result<Rc<Keys>, Unavailable> {
    match look(worker::Date::now().as_millis()) {
        Some((copy, Need::Nothing)) => Ok(copy),
        None | Some((_, Need::Fetch)) => fetch(env).await,
        Some((copy, Need::Aside | Need::Renew)) => fetch(env).await.or_else(|error| {
            log::line("keys_not_renewed", "", json!({"cause": error.cause}));
            Ok(copy)
        }),
    }
}

/// The same, for whoever can leave the renewal of a copy that is still good to go on after his answer.
///
/// # Errors
/// [`Unavailable`].
pub async fn keys_meanwhile(env: &Env, platform: &Context) -> Result<Rc<Keys>, Unavailable> {
    let now_ms = worker::Date::now().as_millis();
    let Some((copy, Need::Aside)) = look(now_ms) else { return keys(env).await };
    RENEWAL_BEGUN_AT_MS.set(now_ms);
    let env = env.clone();
    platform.wait_until(async move {
        if let Err(error) = fetch(&env).await {
            log::line("keys_not_renewed", "", json!({"cause": error.cause}));
        }
    });
    Ok(copy)
}

/// The isolate's copy of the service's keys, if there is nothing to be done about it.
#[must_use]
pub fn keys_at_hand(now_ms: u64) -> Option<Rc<Keys>> {
    look(now_ms).filter(|(_, need)| *need == Need::Nothing).map(|(copy, _)| copy)
}

/// The service's keys after somebody named one that the copy doesn't hold: asked for again, but not more often than every
/// few seconds, whatever is named.
///
/// # Errors
/// [`Unavailable`].
pub async fn keys_again(env: &Env) -> Result<Rc<Keys>, Unavailable> {
    let now_ms = worker::Date::now().as_millis();
    let young = |keys: &Rc<Keys>| keys.stamp >= LEAST.get() && keys.age_ms(now_ms) < COOL_DOWN_MS;
    match KEYS.with_borrow(|keys| keys.clone().filter(young)) {
        Some(keys) => Ok(keys),
        None => fetch(env).await,
    }
}

/// The list of revocations says that no version before this one may be gone by.
pub fn heed(version: u64) {
    LEAST.set(LEAST.get().max(version));
}

/// Whether the keys that had this stamp may not be gone by any more.
#[must_use]
pub fn is_outdated(stamp: u64) -> bool {
    stamp < LEAST.get()
}

async fn fetch(env: &Env) -> Result<Rc<Keys>, Unavailable> {
    let now_ms = worker::Date::now().as_millis();
    RENEWAL_BEGUN_AT_MS.set(now_ms);
    // Twice, should the list of revocations have named a later version while the first answer was on its way.
    for _ in 0..2 {
        let known = KEYS.with_borrow(Clone::clone);
        let least = LEAST.get();
        let keys = ask(env, known, worker::Date::now().as_millis()).await?;
        if keys.stamp < LEAST.get() && LEAST.get() == least {
            // It was asked when the list had said so already: the Keyring began anew, and the list speaks of the one before.
            LEAST.set(keys.stamp);
        }
        if keys.stamp >= LEAST.get() {
            keep(&keys, now_ms);
            return Ok(keys);
        }
    }
    Err(Unavailable::because(PART, "a version that is outdated already"))
}

/// An answer that was overtaken by a newer one must not put older keys back.
fn keep(keys: &Rc<Keys>, asked_at_ms: u64) {
    let overtaken = |kept: &Rc<Keys>| kept.stamp > keys.stamp && kept.asked_at_ms.get() >= asked_at_ms;
    if !KEYS.with_borrow(|kept| kept.as_ref().is_some_and(overtaken)) {
        KEYS.set(Some(Rc::clone(keys)));
    }
}

/// What operators ask of the Keyring.
///
/// # Errors
/// [`Unavailable`].
pub async fn operate(env: &Env, asked: &KeyringCall) -> Result<RingReply, Unavailable> {
    let namespace = env.durable_object("KEYRING").map_err(|error| Unavailable::because(PART, error))?;
    let stub = namespace.get_by_name("keyring").map_err(|error| Unavailable::because(PART, error))?;
    call(stub, PART, asked).await
}

/// A copy is as old as the question: a change made while the answer was on its way is not in it.
async fn ask(env: &Env, known: Option<Rc<Keys>>, asked_at_ms: u64) -> Result<Rc<Keys>, Unavailable> {
    let namespace = env.durable_object("KEYRING").map_err(|error| Unavailable::because(PART, error))?;
    let stub = namespace.get_by_name("keyring").map_err(|error| Unavailable::because(PART, error))?;
    let asked = KeyringCall::Ring { known: known.as_ref().map(|keys| keys.stamp) };
    match call(stub, PART, &asked).await? {
        RingReply::Unchanged => {
            let keys = known.ok_or_else(|| Unavailable::because(PART, "unchanged, but from what"))?;
            keys.asked_at_ms.set(asked_at_ms);
            Ok(keys)
        }
        RingReply::Ring(ring) => {
            let config =
                config::of(env).map_err(|_| Unavailable::because(PART, "the configuration is wrong"))?;
            let seals = Seals::of(env, &config.keys.secret_bindings).await?;
            into_keys(open(&seals, &ring).await?, ring.removed, ring.version, asked_at_ms)
        }
        RingReply::List(_) | RingReply::Done | RingReply::NoKey | RingReply::TooEarly => {
            Err(Unavailable::because(PART, "the Keyring gave the reply to another call"))
        }
    }
}

/// What a seal is bound to, so that one key can't stand in another's place.
pub(super) fn what(purpose: Purpose, id: &str) -> String {
    format!("latchkey {} key {id}", purpose.as_str())
}

/// All keys, the active ones first.
struct Opened {
    signing: Vec<SigningKey>,
    refresh: Vec<RefreshKey>,
}

/// Opens every key of a ring. One that can't be opened spoils all: a service that signs but can't verify what it signed
/// before would sign everybody out.
async fn open(seals: &Seals, ring: &RingMessage) -> Result<Opened, Unavailable> {
    let mut opened = Opened { signing: vec![], refresh: vec![] };
    for KeyMessage { id, material } in &ring.signing {
        let jwk = seals.open(&what(Purpose::Signing, id), material).await?;
        let key = SigningKey::from_jwk(jwk.expose()).ok().filter(|key| key.kid() == id);
        opened.signing.push(key.ok_or_else(|| Unavailable::because(PART, "a signing key that is none"))?);
    }
    for KeyMessage { id, material } in &ring.refresh {
        let bytes = seals.open(&what(Purpose::Refresh, id), material).await?;
        let message = RefreshKeyMessage { id: id.clone(), bytes: bytes.expose().to_owned() };
        let key = message.key().ok_or_else(|| Unavailable::because(PART, "a refresh key that is none"))?;
        opened.refresh.push(key);
    }
    Ok(opened)
}

fn into_keys(
    opened: Opened,
    removed: Vec<String>,
    stamp: u64,
    asked_at_ms: u64,
) -> Result<Rc<Keys>, Unavailable> {
    let none = || Unavailable::because(PART, "no keys");
    let public =
        opened.signing.iter().map(|key| key.public().ok()).collect::<Option<_>>().ok_or_else(none)?;
    let mut refresh = opened.refresh.into_iter();
    let refresh_keys = RefreshKeys { active: refresh.next().ok_or_else(none)?, older: refresh.collect() };
    Ok(Rc::new(Keys {
        public: Rc::new(KeySet::new(public).map_err(|_| none())?),
        signing: opened.signing.into_iter().next().ok_or_else(none)?,
        refresh: KeysMessage::of(&refresh_keys),
        refresh_keys,
        removed,
        stamp,
        asked_at_ms: Cell::new(asked_at_ms),
    }))
}

#[cfg(test)]
mod tests {
    use super::{Need, need};

    #[test]
    fn check_42_a_copy_is_renewed_in_time_by_one_request_of_many() {
        for (age, renewal, outdated, expected) in [
            (0, 0, false, Need::Nothing),
            (5_000, 99_999, false, Need::Nothing),
            (5_001, 99_999, false, Need::Aside),
            (5_001, 1_000, false, Need::Nothing),
            (5_001, 1_001, false, Need::Aside),
            (10_000, 1_000, false, Need::Nothing),
            (10_001, 0, false, Need::Renew),
            (60_000, 0, false, Need::Renew),
            (60_001, 0, false, Need::Fetch),
            (0, 0, true, Need::Fetch),
        ] {
            assert_eq!(need(age, renewal, outdated), expected, "{age} {renewal} {outdated}");
        }
    }
}
