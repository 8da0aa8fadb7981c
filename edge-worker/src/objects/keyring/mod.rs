//! The service's keys: ES256 keys that sign access tokens, and refresh keys. They are generated at first use
//! and rotated by alarm; `auth_core::keyring` decides when.
//!
//! Generating and sealing a key awaits WebCrypto, but a decision must not await anything. So a decision
//! reports which keys it needs, the object generates them, and then the decision runs again with the new
//! keys.

mod store;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use auth_core::id::KeyId;
use auth_core::keyring::{Change, Key, Schedule};
use auth_core::rotation::RefreshKey;
use auth_core::secret::{SecretBytes, SecretText};
use auth_core::time::UnixTime;
use worker::{DurableObject, Env, Error, Request, Response, Result, State, durable_object};

use super::atomic::atomically;
use super::keys::what;
use super::protocol::{
    KeyMessage, KeyringCall, Purpose, RefreshKeyMessage, RevocationsCall, RingMessage, RingReply,
};
use super::{Unavailable, client, key_versions, serve};
use crate::audit::{Actor, Event, Kind};
use crate::config::{self, Config};
use crate::random;
use crate::sealing::Seals;
use crate::signatures::SigningKey;
use store::{SCHEMA, Store};

/// The time after which a failed alarm is repeated.
const AGAIN_AFTER: Duration = Duration::from_secs(10);

/// The number of rounds: enough to generate two keys of each purpose, and one more to see that none is
/// missing.
const ROUNDS: usize = 4;

/// What the object keeps in memory.
#[derive(Clone, Copy)]
struct Known {
    version: u64,
    /// When the next step is due.
    due: UnixTime,
}

/// Keys that were generated but are not stored yet.
type Made = HashMap<Purpose, KeyMessage>;

/// The Keyring. There is one.
#[durable_object(alarm)]
pub struct Keyring {
    state: State,
    env: Env,
    /// Whether the storage was upgraded since the object started.
    ready: Cell<bool>,
    known: RefCell<Option<Known>>,
}

impl DurableObject for Keyring {
    fn new(state: State, env: Env) -> Self {
        Self { state, env, ready: Cell::new(false), known: RefCell::new(None) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let call: KeyringCall = serve::read(&mut request).await?;
        self.bring_up_to_date().await?;
        match call {
            KeyringCall::Ring { known } => {
                let version = self.turn_if_due().await?.version;
                let unchanged = known == Some(version);
                serve::reply(&if unchanged { RingReply::Unchanged } else { RingReply::Ring(self.ring()?) })
            }
            KeyringCall::List => {
                self.turn_if_due().await?;
                let config = self.config()?;
                let gone_at = |purpose, key: &Key| key.gone_at(&schedule(&config, purpose));
                serve::reply(&RingReply::List(self.store().list(gone_at)?))
            }
            KeyringCall::Retire { id } => serve::reply(&self.retire(&id).await?),
            KeyringCall::Rotate { purpose } => serve::reply(&self.rotate(purpose).await?),
        }
    }

    async fn alarm(&self) -> Result<Response> {
        // The platform stops repeating a failing alarm after some attempts, so the next alarm is set first.
        self.state.storage().set_alarm(AGAIN_AFTER).await?;
        self.bring_up_to_date().await?;
        self.turn().await?;
        self.deliver().await?;
        Response::ok("")
    }
}

impl Keyring {
    /// Once per start: upgrades the tables and seals the keys as configured.
    async fn bring_up_to_date(&self) -> Result<()> {
        if self.ready.get() {
            return Ok(());
        }
        let storage = self.state.storage();
        let holds = atomically(&storage, || SCHEMA.upgrade(&storage.sql()))?;
        if holds {
            self.reseal().await?;
        }
        self.ready.set(holds);
        Ok(())
    }

    /// Seals all keys with the first secret. If a key can't be opened, nothing is changed, and the Keyring
    /// stops working: new keys would hide that the old ones are lost.
    async fn reseal(&self) -> Result<()> {
        let seals = self.seals().await?;
        for purpose in Purpose::ALL {
            for row in self.store().rows(purpose)? {
                let what = what(purpose, &row.id);
                let material = seals.open(&what, &row.material).await.map_err(failed)?;
                if !seals.is_current(&row.material) {
                    let sealed = seals.seal(&what, &material).await.map_err(failed)?;
                    self.store().reseal(purpose, &row.id, &row.material, &sealed)?;
                    note(Kind::KeyResealed, purpose, &row.id);
                }
            }
        }
        Ok(())
    }

    async fn turn_if_due(&self) -> Result<Known> {
        let known = *self.known.borrow();
        match known.filter(|known| now() < known.due) {
            Some(known) => Ok(known),
            None => self.turn().await,
        }
    }

    /// Carries out what is due and sets the alarm for the next step.
    async fn turn(&self) -> Result<Known> {
        let (storage, config) = (self.state.storage(), self.config()?);
        let mut made = Made::new();
        for _ in 0..ROUNDS {
            let (wanted, known) = atomically(&storage, || self.turn_with(&made, &config))?;
            if wanted.is_empty() {
                let first = self.known.replace(Some(known)).is_none();
                if first || self.alarm_is_late(known.due).await? {
                    storage.set_alarm(Duration::from_secs(known.due.since(now()).max(1))).await?;
                }
                return Ok(known);
            }
            made.clear();
            for purpose in wanted {
                made.insert(purpose, self.make(purpose).await?);
            }
        }
        Err("the decision keeps asking for new keys".into())
    }

    async fn alarm_is_late(&self, due: UnixTime) -> Result<bool> {
        let alarm = self.state.storage().get_alarm().await?;
        Ok(alarm.and_then(|ms| u64::try_from(ms / 1000).ok()).is_none_or(|at| at != due.0))
    }

    /// Runs one decision. Returns the purposes that need a new key, and the resulting state.
    fn turn_with(&self, made: &Made, config: &Config) -> Result<(Vec<Purpose>, Known)> {
        let (store, now) = (self.store(), now());
        SCHEMA.create(&store.0)?;
        store.forget_removed(now)?;
        let (mut wanted, mut due) = (Vec::new(), now.plus(86_400));
        for purpose in Purpose::ALL {
            let mut ring = store.ring(purpose)?;
            let new = made.get(&purpose);
            let turn = ring.turn(new.map(|new| new.id.clone()), &schedule(config, purpose), now);
            store.apply(purpose, &turn.changes, new, now)?;
            record(purpose, &turn.changes);
            if turn.wants_key {
                wanted.push(purpose);
            }
            due = due.min(turn.next_at);
        }
        Ok((wanted, Known { version: store.versions()?.version, due }))
    }

    /// Generates and seals a key. Fails if the existing keys can't be opened.
    async fn make(&self, purpose: Purpose) -> Result<KeyMessage> {
        let seals = self.seals().await?;
        for row in self.store().rows(purpose)? {
            seals.open(&what(purpose, &row.id), &row.material).await.map_err(failed)?;
        }
        let (id, material) = match purpose {
            Purpose::Signing => {
                let key = SigningKey::generate();
                (key.kid().clone(), SecretText::new(key.expose_jwk().to_owned()))
            }
            Purpose::Refresh => {
                let id = random::id().map_err(failed)?.into();
                let bytes = SecretBytes::new(random::bytes::<32>().map_err(failed)?);
                let message = RefreshKeyMessage::of(&RefreshKey { id, bytes });
                (message.id, SecretText::new(message.bytes))
            }
        };
        let material = seals.seal(&what(purpose, &id), &material).await.map_err(failed)?;
        Ok(KeyMessage { id, material })
    }

    /// Removes the key and activates its successor, in one transaction. The reply is sent once the list of
    /// revocations and every object that strict checks ask have been told, because the revocation bound of a
    /// route counts from the reply.
    async fn retire(&self, id: &KeyId) -> Result<RingReply> {
        let (storage, config) = (self.state.storage(), self.config()?);
        if !self.ready.get() {
            return Ok(RingReply::NoKey);
        }
        let removed = atomically(&storage, || {
            let (store, now) = (self.store(), now());
            for purpose in Purpose::ALL {
                let mut ring = store.ring(purpose)?;
                let schedule = schedule(&config, purpose);
                if let Some(key) = ring.keys.iter().find(|key| key.id == *id).cloned() {
                    let until = key.gone_at(&schedule).unwrap_or_else(|| {
                        now.plus(key.needed_for.max(schedule.life)).plus(schedule.retiring)
                    });
                    store.remove(purpose, &key, until, now)?;
                    ring.remove(id);
                    let turn = ring.turn(None, &schedule, now);
                    store.apply(purpose, &turn.changes, None, now)?;
                    note(Kind::KeyRemoved, purpose, id);
                    record(purpose, &turn.changes);
                    return Ok(true);
                }
            }
            Ok(false)
        })?;
        if removed {
            self.known.replace(None);
            storage.set_alarm(AGAIN_AFTER).await?;
        } else if !self.store().was_removed(id)? {
            return Ok(RingReply::NoKey);
        }
        self.deliver().await?;
        self.turn().await?;
        Ok(RingReply::Done)
    }

    async fn rotate(&self, purpose: Purpose) -> Result<RingReply> {
        let (storage, config) = (self.state.storage(), self.config()?);
        self.turn().await?;
        let changes = atomically(&storage, || {
            let (store, now) = (self.store(), now());
            let changes = store.ring(purpose)?.rotate(&schedule(&config, purpose), now);
            store.apply(purpose, &changes, None, now)?;
            Ok(changes)
        })?;
        record(purpose, &changes);
        self.turn().await?;
        Ok(if changes.is_empty() { RingReply::TooEarly } else { RingReply::Done })
    }

    /// Announces which version every isolate must know, if that is still to be done: to the list of
    /// revocations, for routes with a bound, and to the objects that strict checks ask.
    async fn deliver(&self) -> Result<()> {
        if !self.ready.get() {
            return Ok(());
        }
        let versions = self.store().versions()?;
        if versions.delivered < versions.announced {
            let call = RevocationsCall::Keys { version: versions.announced };
            client::revocations(&self.env, &call).await.map_err(failed)?;
            key_versions::announce(&self.env, versions.announced).await.map_err(failed)?;
            self.store().delivered(versions.announced)?;
        }
        Ok(())
    }

    fn ring(&self) -> Result<RingMessage> {
        let store = self.store();
        Ok(RingMessage {
            version: store.versions()?.version,
            signing: store.messages(Purpose::Signing)?,
            refresh: store.messages(Purpose::Refresh)?,
            removed: store.removed()?,
        })
    }

    async fn seals(&self) -> Result<Seals> {
        Seals::of(&self.env, &self.config()?.keys.secret_bindings).await.map_err(failed)
    }

    fn config(&self) -> Result<Rc<Config>> {
        config::of(&self.env).map_err(|_| Error::from("the configuration is invalid"))
    }

    fn store(&self) -> Store {
        Store(self.state.storage().sql())
    }
}

/// The schedule of a purpose's keys: a key lives as long as the tokens or sessions made with it.
fn schedule(config: &Config, purpose: Purpose) -> Schedule {
    config.keys.schedule(match purpose {
        Purpose::Signing => config.lifetimes.access_token,
        Purpose::Refresh => config.lifetimes.absolute_expiry,
    })
}

fn record(purpose: Purpose, changes: &[Change]) {
    for change in changes {
        let (kind, id) = match change {
            Change::Published(id) => (Kind::KeyPublished, id),
            Change::Activated(id) => (Kind::KeyActivated, id),
            Change::Retired(id) => (Kind::KeyRetired, id),
            Change::Gone(id) => (Kind::KeyGone, id),
            Change::NeededFor(..) => continue,
        };
        note(kind, purpose, id);
    }
}

/// Records a change of keys in the log. It belongs to no account's audit trail.
fn note(kind: Kind, purpose: Purpose, id: &KeyId) {
    Event::new(kind, Actor::System, now()).reason(purpose.as_str()).id(id.as_str()).log();
}

fn failed(error: Unavailable) -> Error {
    Error::from(format!("{}: {}", error.part, error.cause))
}

/// The object's clock.
fn now() -> UnixTime {
    UnixTime(worker::Date::now().as_millis() / 1000)
}
