//! An isolate's copy of the Keyring.
//!
//! A key that was removed before its time must stop being used soon. So a request asks every few seconds
//! whether the copy is current, which costs one short call per isolate; and the list of revocations states
//! the lowest version that may be used, so that a route's bound holds for keys as it does for sessions.
//! Requests share no future: one of them renews the copy while the others use it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use auth_core::cached::{Cached, Dated, Need, Rules};
use auth_core::id::KeyId;
use auth_core::keyring::COPY_FRESH;
use auth_core::rotation::{RefreshKey, RefreshKeys};
use auth_core::token::KeySet;
use serde_json::json;
use worker::{Context, Env};

use super::Unavailable;
use super::call::Call;
use super::client::{call, named};
use super::protocol::keyring::{KeyMessage, KeyringCalls, Ring, RingMessage};
use super::protocol::keys::{KeysMessage, Purpose, RefreshKeyMessage};
use crate::config;
use crate::log;
use crate::platform;
use crate::sealing::Seals;
use crate::signatures::SigningKey;

/// A copy is used for ten seconds, and for a minute if the Keyring can't be asked; from five seconds on one
/// request renews it. A renewal may take a second before another request starts one.
const RULES: Rules =
    Rules { fresh_ms: 5_000, stale_ms: 10_000, expired_ms: COPY_FRESH * 1000, interval_ms: 1_000 };

/// How long an isolate waits before it asks again because a request named an unknown key, in milliseconds.
const COOL_DOWN_MS: u64 = 5_000;

const PART: &str = "keyring";

/// An isolate's copy of the Keyring.
pub struct Keys {
    /// Signs new access tokens.
    pub signing: SigningKey,
    /// Verifies access tokens.
    pub public: Rc<KeySet>,
    /// The refresh keys as a message for an object.
    pub refresh: KeysMessage,
    /// The refresh keys.
    pub refresh_keys: RefreshKeys,
    /// Refresh keys that were removed before their time.
    pub removed: Vec<KeyId>,
    /// The Keyring's version. It changes if and only if the keys do.
    pub stamp: u64,
    /// When the Keyring was asked, by the isolate's clock, in milliseconds.
    asked_at_ms: Cell<u64>,
}

impl Keys {
    /// The copy's age in milliseconds.
    #[must_use]
    pub fn age_ms(&self, now_ms: u64) -> u64 {
        now_ms.saturating_sub(self.asked_at_ms.get())
    }
}

impl Dated for Keys {
    fn taken_at_ms(&self) -> u64 {
        self.asked_at_ms.get()
    }
}

thread_local! {
    static KEYS: RefCell<Cached<Rc<Keys>>> = const { RefCell::new(Cached::new()) };
    /// The lowest version that may be used, according to the list of revocations.
    static MIN_VERSION: Cell<u64> = const { Cell::new(0) };
}

/// The copy at `now_ms`, and what must be done before it is used.
fn look(now_ms: u64) -> Option<(Rc<Keys>, Need)> {
    KEYS.with_borrow(|cached| {
        let copy = cached.copy()?;
        let need = if is_outdated(copy.stamp) { Need::Fetch } else { cached.need(&RULES, now_ms) };
        Some((Rc::clone(copy), need))
    })
}

/// The service's keys, at most ten seconds old, or up to a minute if the Keyring can't be asked.
///
/// # Errors
/// [`Unavailable`].
pub async fn keys(env: &Env) -> Result<Rc<Keys>, Unavailable> {
    match look(worker::Date::now().as_millis()) {
        Some((copy, Need::Nothing)) => Ok(copy),
        None | Some((_, Need::Fetch)) => fetch(env).await,
        Some((copy, Need::RenewAside | Need::RenewFirst)) => fetch(env).await.or_else(|error| {
            log::line("keys_not_renewed", "", json!({"cause": error.cause}));
            Ok(copy)
        }),
    }
}

/// Like [`keys`], but a copy that is still usable is renewed after the response.
///
/// # Errors
/// [`Unavailable`].
pub async fn keys_renewed_aside(env: &Env, context: &Context) -> Result<Rc<Keys>, Unavailable> {
    let now_ms = worker::Date::now().as_millis();
    let Some((copy, Need::RenewAside)) = look(now_ms) else { return keys(env).await };
    KEYS.with_borrow_mut(|cached| cached.begin(now_ms));
    let env = env.clone();
    platform::aside(context, "keys_not_renewed", async move { fetch(&env).await.map(drop) });
    Ok(copy)
}

/// The isolate's copy of the service's keys, if it can be used as it is.
#[must_use]
pub fn cached_keys(now_ms: u64) -> Option<Rc<Keys>> {
    look(now_ms).filter(|(_, need)| *need == Need::Nothing).map(|(copy, _)| copy)
}

/// The service's keys after a request named a key that the copy does not contain. Asks the Keyring again, but
/// at most once every few seconds.
///
/// # Errors
/// [`Unavailable`].
pub async fn keys_again(env: &Env) -> Result<Rc<Keys>, Unavailable> {
    let now_ms = worker::Date::now().as_millis();
    let young = |keys: &Rc<Keys>| keys.stamp >= MIN_VERSION.get() && keys.age_ms(now_ms) < COOL_DOWN_MS;
    match KEYS.with_borrow(|cached| cached.copy().cloned().filter(young)) {
        Some(keys) => Ok(keys),
        None => fetch(env).await,
    }
}

/// Stores that the list of revocations allows no version before this one.
pub fn require_version(version: u64) {
    MIN_VERSION.set(MIN_VERSION.get().max(version));
}

/// Whether the keys of this version must not be used any more.
#[must_use]
pub fn is_outdated(stamp: u64) -> bool {
    stamp < MIN_VERSION.get()
}

async fn fetch(env: &Env) -> Result<Rc<Keys>, Unavailable> {
    let now_ms = worker::Date::now().as_millis();
    KEYS.with_borrow_mut(|cached| cached.begin(now_ms));
    // Twice, because the list of revocations may state a later version while the first reply is on its way.
    for _ in 0..2 {
        let known = KEYS.with_borrow(|cached| cached.copy().cloned());
        let least = MIN_VERSION.get();
        let keys = ask(env, known, worker::Date::now().as_millis()).await?;
        if keys.stamp < MIN_VERSION.get() && MIN_VERSION.get() == least {
            // The Keyring was asked after the list had stated its version, so the Keyring was reset, and the
            // list's version belongs to its predecessor.
            MIN_VERSION.set(keys.stamp);
        }
        if keys.stamp >= MIN_VERSION.get() {
            keep(&keys, now_ms);
            return Ok(keys);
        }
    }
    Err(Unavailable::because(PART, "the Keyring's reply is older than the version that must be used"))
}

/// Stores the copy, unless a newer one has been stored in the meantime.
fn keep(keys: &Rc<Keys>, asked_at_ms: u64) {
    let overtaken = |kept: &Rc<Keys>| kept.stamp > keys.stamp && kept.asked_at_ms.get() >= asked_at_ms;
    KEYS.with_borrow_mut(|cached| {
        if !cached.copy().is_some_and(overtaken) {
            *cached.copy_mut() = Some(Rc::clone(keys));
        }
    });
}

/// Asks the Keyring.
///
/// # Errors
/// [`Unavailable`].
pub async fn keyring<C: Call<Object = KeyringCalls>>(env: &Env, asked: &C) -> Result<C::Reply, Unavailable> {
    call(named(env, "KEYRING", "keyring", PART)?, PART, asked).await
}

/// A copy's age counts from the request, because the reply misses a change made while it was on its way.
async fn ask(env: &Env, known: Option<Rc<Keys>>, asked_at_ms: u64) -> Result<Rc<Keys>, Unavailable> {
    match keyring(env, &Ring { known: known.as_ref().map(|keys| keys.stamp) }).await? {
        None => {
            let keys = known.ok_or_else(|| {
                Unavailable::because(PART, "the Keyring sent no keys to an isolate without a copy")
            })?;
            keys.asked_at_ms.set(asked_at_ms);
            Ok(keys)
        }
        Some(ring) => {
            let config =
                config::of(env).map_err(|_| Unavailable::because(PART, "the configuration is invalid"))?;
            let seals = Seals::of(env, &config.keys.secret_bindings).await?;
            into_keys(open(&seals, &ring).await?, ring.removed, ring.version, asked_at_ms)
        }
    }
}

/// The context that a seal is bound to, so that a sealed key can't be put in another's place.
pub(super) fn what(purpose: Purpose, id: &KeyId) -> String {
    format!("latchkey {} key {id}", purpose.as_str())
}

/// All keys, the active ones first.
struct Opened {
    signing: Vec<SigningKey>,
    refresh: Vec<RefreshKey>,
}

/// Opens every key of a Keyring's reply. If one can't be opened, all are rejected: a service that signs
/// tokens but can't verify those it signed before would sign every user out.
async fn open(seals: &Seals, ring: &RingMessage) -> Result<Opened, Unavailable> {
    let mut opened = Opened { signing: vec![], refresh: vec![] };
    for KeyMessage { id, material } in &ring.signing {
        let jwk = seals.open(&what(Purpose::Signing, id), material).await?;
        let key = SigningKey::from_jwk(jwk.expose()).ok().filter(|key| key.kid() == id);
        opened.signing.push(key.ok_or_else(|| Unavailable::because(PART, "malformed signing key"))?);
    }
    for KeyMessage { id, material } in &ring.refresh {
        let bytes = seals.open(&what(Purpose::Refresh, id), material).await?;
        let message = RefreshKeyMessage { id: id.clone(), bytes: bytes.expose().to_owned() };
        let key = message.key().ok_or_else(|| Unavailable::because(PART, "malformed refresh key"))?;
        opened.refresh.push(key);
    }
    Ok(opened)
}

fn into_keys(
    opened: Opened,
    removed: Vec<KeyId>,
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
    use super::{Need, RULES};

    #[test]
    fn check_42_a_copy_is_used_for_ten_seconds_and_for_a_minute_without_the_keyring() {
        for (age, expected) in [
            (0, Need::Nothing),
            (5_000, Need::Nothing),
            (5_001, Need::RenewAside),
            (10_000, Need::RenewAside),
            (10_001, Need::RenewFirst),
            (60_000, Need::RenewFirst),
            (60_001, Need::Fetch),
        ] {
            assert_eq!(RULES.need(Some(age)), expected, "{age}");
        }
        assert_eq!(RULES.interval_ms, 1_000);
    }
}
