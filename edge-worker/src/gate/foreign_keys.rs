//! The keys of another issuer, kept on two levels: in this isolate, and in the platform's cache, which the
//! isolates of one place share. [`FOREIGN_KEYS`] says how long a copy is good, on either level.
//!
//! No future is shared between requests: a request that waits for keys polls for them until they are
//! available or the attempt has timed out. An attempt runs independently of the request that began it, so
//! that it continues when the client disconnects.
//!
//! Unknown key ids are not remembered: the cool-down belongs to the issuer and not to the key, so any number
//! of made-up ids costs one attempt in 30 seconds and no memory.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use auth_core::cached::{Cached, Dated, PartNeed};
use auth_core::gate::IssuerKeys;
use auth_core::token::{FOREIGN_KEYS, InvalidJwks, Jwks, KeySet, LeftOutKey, UnusableKey};
use futures_util::future::{Either, select};
use serde_json::json;
use worker::{AbortController, AbortSignal, Context, Delay};

use super::{jwks_fetch, key_cache};
use crate::config::Issuer;
use crate::log;
use crate::objects::Unavailable;
use crate::signatures::{can_import, is_valid_key};

/// How long an attempt may take, the discovery document included.
const TIMEOUT: Duration = Duration::from_secs(5);

/// An attempt that was begun longer ago than this, in milliseconds, has ended, whether it said so or not.
const ATTEMPT_IS_OVER_MS: u64 = 6_000;

/// How often a waiting request looks again, in milliseconds, and how many times: as long as an attempt may
/// take.
const LOOK_AGAIN_MS: u64 = 10;
const LOOKS: u32 = 500;

/// A set of keys, and when it was requested, in milliseconds since the Unix epoch.
struct Fetched {
    keys: Rc<KeySet>,
    at_ms: u64,
}

impl Dated for Fetched {
    fn taken_at_ms(&self) -> u64 {
        self.at_ms
    }
}

/// An issuer's copy in this isolate.
#[derive(Default)]
struct Slot {
    cached: Cached<Fetched>,
    /// Changes with the keys, and only then.
    stamp: u64,
    /// Why the set that the last attempt found can't be used.
    rejected: Option<String>,
}

/// What a request finds.
struct Found {
    need: PartNeed,
    /// The copy, unless it is expired.
    copy: Option<IssuerKeys>,
    attempt_under_way: bool,
}

impl Slot {
    fn found(&self, kid: Option<&str>, now_ms: u64) -> Found {
        let contains = self.cached.copy().is_some_and(|copy| holds(&copy.keys, kid));
        let usable = self.cached.usable(&FOREIGN_KEYS, now_ms).zip(self.cached.age_ms(now_ms));
        Found {
            need: self.cached.need_part(contains, &FOREIGN_KEYS, now_ms),
            copy: usable.map(|(copy, age_ms)| IssuerKeys {
                keys: Rc::clone(&copy.keys),
                stamp: self.stamp,
                age_ms,
            }),
            attempt_under_way: self.cached.is_under_way(ATTEMPT_IS_OVER_MS, now_ms),
        }
    }

    /// Stores a set, unless it is older than the stored one.
    fn install(&mut self, keys: KeySet, at_ms: u64) {
        self.install_copy(Fetched { keys: Rc::new(keys), at_ms });
    }

    fn install_copy(&mut self, copy: Fetched) {
        let stored = self.cached.copy_mut();
        if stored.as_ref().is_some_and(|stored| copy.at_ms < stored.at_ms) {
            return;
        }
        if !stored.as_ref().is_some_and(|stored| stored.keys.same_public_keys(&copy.keys)) {
            self.stamp += 1;
        }
        *stored = Some(copy);
    }
}

thread_local! {
    /// By the issuer's name. As many as the configuration has.
    static SLOTS: RefCell<HashMap<String, Slot>> = RefCell::new(HashMap::new());
}

fn with_slot<T>(issuer: &Issuer, work: impl FnOnce(&mut Slot) -> T) -> T {
    SLOTS.with_borrow_mut(|slots| match slots.get_mut(&issuer.name) {
        Some(slot) => work(slot),
        None => work(slots.entry(issuer.name.clone()).or_default()),
    })
}

/// The keys to verify a token with that names `kid`.
///
/// # Errors
/// [`Unavailable`] if there are no keys that may still be used.
pub(crate) async fn keys(
    platform: &Context,
    issuer: &Issuer,
    kid: Option<&str>,
    now_ms: u64,
) -> Result<IssuerKeys, Unavailable> {
    for _ in 0..LOOKS {
        let Found { need, copy, attempt_under_way } = with_slot(issuer, |slot| slot.found(kid, now_ms));
        match (need, copy) {
            (PartNeed::Use, Some(copy)) => return Ok(copy),
            (PartNeed::UseAndRenew, Some(copy)) => {
                begin_attempt(platform, issuer, kid, now_ms);
                return Ok(copy);
            }
            (PartNeed::Fetch, _) => begin_attempt(platform, issuer, kid, now_ms),
            // What is being fetched may hold the key, or be the first copy there is.
            (_, _) if attempt_under_way => {}
            (PartNeed::Unknown, Some(copy)) => return Ok(copy),
            (_, _) => break,
        }
        Delay::from(Duration::from_millis(LOOK_AGAIN_MS)).await;
    }
    let (last, rejected) = with_slot(issuer, |slot| (slot.found(kid, now_ms).copy, slot.rejected.clone()));
    last.ok_or_else(|| Unavailable {
        detail: rejected.map(|why| format!("The key set of the token's issuer can't be used: {why}.")),
        ..Unavailable::because("issuer keys", &issuer.name)
    })
}

/// The copy as it is in this isolate, if nothing has to be done about it first.
pub(super) fn cached(issuer: &Issuer, now_ms: u64) -> Option<IssuerKeys> {
    let Found { need, copy, .. } = with_slot(issuer, |slot| slot.found(None, now_ms));
    copy.filter(|_| need == PartNeed::Use)
}

/// The attempt counts from here, whatever comes of it.
fn begin_attempt(platform: &Context, issuer: &Issuer, kid: Option<&str>, now_ms: u64) {
    with_slot(issuer, |slot| {
        slot.cached.begin(now_ms);
    });
    let (issuer, kid) = (issuer.clone(), kid.map(ToOwned::to_owned));
    platform.wait_until(async move { attempt(&issuer, kid.as_deref(), now_ms).await });
}

async fn attempt(issuer: &Issuer, kid: Option<&str>, now_ms: u64) {
    let controller = AbortController::default();
    let signal = controller.signal();
    let work = core::pin::pin!(renew(issuer, kid, now_ms, &signal));
    let outcome = match select(work, core::pin::pin!(Delay::from(TIMEOUT))).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(_) => {
            controller.abort();
            Err(Failure::Fetch("no answer within 5 seconds".to_owned()))
        }
    };
    let rejected = match &outcome {
        Err(Failure::Set(invalid)) => Some(invalid.to_string()),
        Err(Failure::Fetch(_)) | Ok(()) => None,
    };
    with_slot(issuer, |slot| {
        slot.cached.end();
        slot.rejected.clone_from(&rejected);
    });
    if let Err(Failure::Fetch(cause)) = outcome {
        log::line("issuer_keys_failed", "", json!({"issuer": issuer.name, "cause": cause}));
    } else if let Some(cause) = rejected {
        log::line("issuer_keys_failed", "", json!({"issuer": issuer.name, "cause": cause}));
    }
}

/// Why an attempt found no keys.
enum Failure {
    /// The set couldn't be had.
    Fetch(String),
    /// It can't be used.
    Set(InvalidJwks),
}

/// Looks for a newer set, first in the platform's cache, then at the issuer's. A failure leaves what is
/// there.
async fn renew(issuer: &Issuer, kid: Option<&str>, now_ms: u64, signal: &AbortSignal) -> Result<(), Failure> {
    let known_ms = with_slot(issuer, |slot| slot.cached.copy().map_or(0, |copy| copy.at_ms));
    if let Some((bytes, at_ms)) = key_cache::find(issuer, now_ms).await.filter(|(_, at_ms)| *at_ms > known_ms)
        && let Ok((keys, _)) = read(issuer, &bytes).await
    {
        // The isolate that stored it made an attempt at that time.
        let mut theirs = Slot::default();
        theirs.cached.begin(at_ms);
        theirs.install(keys, at_ms);
        let need = theirs.found(kid, now_ms).need;
        // Requests that wait may use it from now on, also if it is stale and the issuer does not answer.
        if let Some(copy) = theirs.cached.copy_mut().take() {
            with_slot(issuer, |slot| slot.install_copy(copy));
        }
        if matches!(need, PartNeed::Use | PartNeed::Unknown) {
            return Ok(());
        }
    }
    let bytes = jwks_fetch::fetch(issuer, signal).await.map_err(Failure::Fetch)?;
    let (keys, left_out) = read(issuer, &bytes).await.map_err(Failure::Set)?;
    for LeftOutKey { index, kid, reason } in left_out {
        let particulars =
            json!({"issuer": issuer.name, "index": index, "kid": kid, "reason": reason.as_str()});
        log::line("issuer_key_left_out", "", particulars);
    }
    with_slot(issuer, |slot| slot.install(keys, now_ms));
    key_cache::store(issuer, &bytes, now_ms).await;
    Ok(())
}

/// The keys of a set that the platform takes too, and those that were left out. A copy from the cache is read
/// as strictly as one from the issuer.
async fn read(issuer: &Issuer, bytes: &[u8]) -> Result<(KeySet, Vec<LeftOutKey>), InvalidJwks> {
    let mut set = Jwks::parse(bytes, issuer.policy.algorithms())?;
    set.retain(UnusableKey::OffCurve, is_valid_key);
    let mut not_imported = Vec::new();
    for key in set.usable() {
        if !can_import(key).await {
            not_imported.push(key.material.clone());
        }
    }
    set.retain(UnusableKey::OffCurve, |key| !not_imported.iter().any(|known| known.is_same(&key.material)));
    set.into_keys()
}

fn holds(keys: &KeySet, kid: Option<&str>) -> bool {
    kid.is_none_or(|kid| keys.has_id(kid))
}

#[cfg(test)]
mod tests {
    use auth_core::cached::PartNeed;
    use auth_core::token::{Algorithm, KeyMaterial, KeySet, VerificationKey};

    use super::Slot;

    const AT: u64 = 1_000_000_000;

    fn keys(kid: &str) -> KeySet {
        let material = KeyMaterial::Ed25519([1; 32]);
        KeySet::new(vec![VerificationKey { kid: kid.into(), algorithm: Algorithm::EdDsa, material }]).unwrap()
    }

    fn slot() -> Slot {
        let mut slot = Slot::default();
        slot.cached.begin(AT);
        slot.cached.end();
        slot.install(keys("a"), AT);
        slot
    }

    #[test]
    fn check_20_the_stamp_changes_with_the_keys_and_only_then() {
        let mut slot = slot();
        let stamp = |slot: &Slot| slot.found(None, AT).copy.unwrap().stamp;
        let first = stamp(&slot);
        slot.install(keys("a"), AT + 1);
        assert_eq!(stamp(&slot), first);
        slot.install(keys("b"), AT + 2);
        assert_ne!(stamp(&slot), first);
    }

    #[test]
    fn an_older_key_set_does_not_replace_a_newer_one() {
        let mut slot = slot();
        slot.install(keys("b"), AT - 1);
        assert_eq!(slot.found(Some("a"), AT).need, PartNeed::Use);
        assert_eq!(slot.found(Some("b"), AT).need, PartNeed::Unknown);
        assert_eq!(slot.cached.copy().unwrap().at_ms, AT);
    }

    #[test]
    fn check_14_a_copy_older_than_24_hours_is_not_used() {
        let slot = slot();
        assert!(slot.found(Some("a"), AT + 86_399_999).copy.is_some());
        assert!(slot.found(Some("a"), AT + 86_400_000).copy.is_none());
        assert!(Slot::default().found(None, AT).copy.is_none());
    }

    #[test]
    fn an_attempt_without_a_result_times_out_after_six_seconds() {
        let mut slot = slot();
        assert!(!slot.found(None, AT).attempt_under_way);
        slot.cached.begin(AT);
        assert!(slot.found(None, AT + 5_999).attempt_under_way);
        assert!(!slot.found(None, AT + 6_000).attempt_under_way);
    }
}
