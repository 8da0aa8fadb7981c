//! The keys of an issuer: our own from the Keyring, foreign ones by URL, kept on two levels: this isolate, and the platform's
//! cache, which the isolates of one place share.
//!
//! No future is shared between requests. Who has to wait for keys that another request is already fetching looks for the value,
//! again and again, until it is there or the fetch has had its time.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use auth_core::secret::SecretText;
use auth_core::time::UnixTime;
use auth_core::token::{
    Algorithm, CopyState, InvalidJwks, KeyMaterial, KeyNeed, KeySet, STALE, VerificationKey, parse_jwks,
};
use serde_json::json;
use worker::{Context, Delay, Env};

use super::jwks_fetch;
use crate::config::{Issuer, KeySource};
use crate::log;
use crate::objects::{Unavailable, client};
use crate::signatures::{can_import, is_valid_key};

/// The fewest bytes of a shared secret.
const MIN_SECRET_BYTES: usize = 32;

/// How often a waiting request looks again, in milliseconds, and how many times: 5 seconds in all.
const LOOK_AGAIN_MS: u64 = 20;
const LOOKS: u32 = 250;

/// Keys, and which ones they are.
#[derive(Clone)]
pub struct IssuerKeys {
    /// The keys.
    pub keys: Rc<KeySet>,
    /// Changes when the keys do, and only then: what was verified with other keys is verified again.
    pub stamp: u64,
    /// How old the copy is, in milliseconds.
    pub age_ms: u64,
}

/// A foreign issuer's copy in this isolate.
#[derive(Default)]
struct Slot {
    state: CopyState,
    keys: Option<Rc<KeySet>>,
    stamp: u64,
    fetched_at_ms: u64,
    fetching: bool,
}

impl Slot {
    fn copy(&self, now_ms: u64) -> Option<IssuerKeys> {
        let age_ms = now_ms.saturating_sub(self.fetched_at_ms);
        self.keys.as_ref().map(|keys| IssuerKeys { keys: Rc::clone(keys), stamp: self.stamp, age_ms })
    }
}

thread_local! {
    /// By the issuer's name. As many as the configuration has.
    static SLOTS: RefCell<HashMap<String, Slot>> = RefCell::new(HashMap::new());
}

/// The keys to verify a token of this issuer with, which names `kid`.
///
/// # Errors
/// [`Unavailable`] when there are none that are good enough.
pub async fn keys_for(
    env: &Env,
    platform: &Context,
    issuer: &Issuer,
    kid: Option<&str>,
    now_ms: u64,
) -> Result<IssuerKeys, Unavailable> {
    match &issuer.keys {
        KeySource::Own => own_keys(env, kid, now_ms).await,
        KeySource::Static(keys) => Ok(IssuerKeys { keys: Rc::clone(keys), stamp: 0, age_ms: 0 }),
        KeySource::Secret(binding) => secret_key(env, binding),
        KeySource::Jwks(_) | KeySource::Discovery(_) => foreign_keys(platform, issuer, kid, now_ms).await,
    }
}

async fn own_keys(env: &Env, kid: Option<&str>, now_ms: u64) -> Result<IssuerKeys, Unavailable> {
    let keys = client::keys(env).await?;
    let keys = match kid {
        Some(kid) if keys.public.find(kid).is_none() => client::keys_again(env).await?,
        Some(_) | None => keys,
    };
    let age_ms = now_ms.saturating_sub(keys.fetched_at);
    Ok(IssuerKeys { keys: Rc::clone(&keys.public), stamp: keys.stamp, age_ms })
}

fn secret_key(env: &Env, binding: &str) -> Result<IssuerKeys, Unavailable> {
    let secret =
        env.secret(binding).map_err(|error| Unavailable::because("shared secret", error))?.to_string();
    if secret.len() < MIN_SECRET_BYTES {
        return Err(Unavailable::because("shared secret", "fewer than 32 bytes"));
    }
    let material = KeyMaterial::Secret(SecretText::new(secret));
    let key = VerificationKey { kid: String::new(), algorithm: Algorithm::Hs256, material };
    let keys = KeySet::new(vec![key]).map_err(|_| Unavailable::because("shared secret", "more than one"))?;
    Ok(IssuerKeys { keys: Rc::new(keys), stamp: 0, age_ms: 0 })
}

async fn foreign_keys(
    platform: &Context,
    issuer: &Issuer,
    kid: Option<&str>,
    now_ms: u64,
) -> Result<IssuerKeys, Unavailable> {
    for _ in 0..LOOKS {
        let (need, copy, fetching) = look(issuer, kid, now_ms);
        match (need, copy) {
            (KeyNeed::Use | KeyNeed::Unknown, Some(copy)) if !(fetching && need == KeyNeed::Unknown) => {
                return Ok(copy);
            }
            (KeyNeed::UseAndRefresh, Some(copy)) => {
                begin(issuer, now_ms);
                let issuer = issuer.clone();
                platform.wait_until(async move {
                    fetch(&issuer, now_ms).await;
                });
                return Ok(copy);
            }
            (KeyNeed::Fetch, _) => {
                begin(issuer, now_ms);
                fetch(issuer, now_ms).await;
            }
            // Another request is fetching: its value will be ours too.
            _ if fetching => Delay::from(Duration::from_millis(LOOK_AGAIN_MS)).await,
            _ => break,
        }
    }
    let (_, copy, _) = look(issuer, kid, now_ms);
    let good = |copy: &IssuerKeys| copy.age_ms < STALE * 1000;
    copy.filter(good).ok_or_else(|| Unavailable::because("issuer keys", &issuer.name))
}

/// What there is in this isolate, and what has to be done.
fn look(issuer: &Issuer, kid: Option<&str>, now_ms: u64) -> (KeyNeed, Option<IssuerKeys>, bool) {
    SLOTS.with_borrow_mut(|slots| {
        let slot = slots.entry(issuer.name.clone()).or_default();
        let holds = slot.keys.as_ref().is_some_and(|keys| kid.is_none_or(|kid| keys.find(kid).is_some()));
        (slot.state.need(holds, UnixTime(now_ms / 1000)), slot.copy(now_ms), slot.fetching)
    })
}

/// The attempt counts from here, whatever comes of it.
fn begin(issuer: &Issuer, now_ms: u64) {
    SLOTS.with_borrow_mut(|slots| {
        let slot = slots.entry(issuer.name.clone()).or_default();
        slot.state.attempted_at = Some(UnixTime(now_ms / 1000));
        slot.fetching = true;
    });
}

/// Fetches the set and puts it into the slot; a failure leaves what is there.
async fn fetch(issuer: &Issuer, now_ms: u64) {
    let known_ms = SLOTS.with_borrow(|slots| slots.get(&issuer.name).map_or(0, |slot| slot.fetched_at_ms));
    let fetched = jwks_fetch::fetch(issuer, known_ms, now_ms).await;
    let parsed = match fetched {
        Ok((bytes, at_ms)) => read(issuer, &bytes).await.map(|keys| (keys, at_ms)),
        Err(cause) => Err(cause),
    };
    SLOTS.with_borrow_mut(|slots| {
        let slot = slots.entry(issuer.name.clone()).or_default();
        slot.fetching = false;
        match parsed {
            Ok((keys, at_ms)) => {
                if !slot.keys.as_ref().is_some_and(|known| known.same_public_keys(&keys)) {
                    slot.stamp += 1;
                }
                slot.state.fetched_at = Some(UnixTime(at_ms / 1000));
                slot.fetched_at_ms = at_ms;
                slot.keys = Some(Rc::new(keys));
            }
            Err(cause) => log::line("issuer_keys_failed", "", json!({"issuer": issuer.name, "cause": cause})),
        }
    });
}

/// The set, every key of which the platform takes too.
async fn read(issuer: &Issuer, bytes: &[u8]) -> Result<KeySet, String> {
    let refused = |error: InvalidJwks| error.as_str().to_owned();
    let keys = parse_jwks(bytes, issuer.policy.algorithms(), is_valid_key).map_err(refused)?;
    for key in keys.keys() {
        if !can_import(key).await {
            return Err(refused(InvalidJwks::OffCurve));
        }
    }
    Ok(keys)
}
