//! The service's keys: ES256 keys that sign access tokens, and refresh keys. They are generated at first use
//! and rotated by alarm; `auth_core::keyring` decides when.
//!
//! Generating and sealing a key awaits WebCrypto, but a decision must not await anything. So a decision
//! reports which keys it needs, the object generates them, and then the decision runs again with the new
//! keys.

mod jurisdiction;
mod store;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use auth_core::id::KeyId;
use auth_core::keyring::{Change, Schedule};
use auth_core::rotation::RefreshKey;
use auth_core::secret::{SecretBytes, SecretText};
use auth_core::time::UnixTime;
use worker::{DurableObject, Env, Error, Request, Response, Result, State, durable_object};

use super::call::{Call, Done, HandleLater};
use super::keys::what;
use super::protocol::keyring::{
    KeyMessage, KeyRow, KeyringCalls, List, NoKey, Retire, Ring, RingMessage, Rotate, SettleJurisdiction,
    TooEarly,
};
use super::protocol::keys::{Purpose, RefreshKeyMessage};
use super::protocol::revocations::Keys;
use super::sql_object::{self, SqlObject};
use super::{Unavailable, client, key_versions};
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
    object: SqlObject,
    /// Whether there are keys, and they were sealed as configured since the object started.
    sealed: Cell<bool>,
    /// Whether the accounts were found to be in the configured jurisdiction since the object started.
    in_jurisdiction: Cell<bool>,
    known: RefCell<Option<Known>>,
}

impl DurableObject for Keyring {
    fn new(state: State, env: Env) -> Self {
        let object = SqlObject::new(state, env, &SCHEMA);
        Self {
            object,
            sealed: Cell::new(false),
            in_jurisdiction: Cell::new(false),
            known: RefCell::new(None),
        }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let message = sql_object::read(&mut request).await?;
        self.bring_up_to_date().await?;
        if message.name != SettleJurisdiction::NAME {
            self.require_jurisdiction().await?;
        }
        sql_object::reply(KeyringCalls::carry_out(self, message).await?)
    }

    async fn alarm(&self) -> Result<Response> {
        // The platform stops repeating a failing alarm after some attempts, so the next alarm is set first.
        self.object.storage().set_alarm(AGAIN_AFTER).await?;
        self.bring_up_to_date().await?;
        self.turn().await?;
        self.deliver().await?;
        Response::ok("")
    }
}

impl HandleLater<Ring> for Keyring {
    async fn handle(&self, Ring { known }: Ring) -> Result<Option<RingMessage>> {
        let version = self.turn_if_due().await?.version;
        if known == Some(version) { Ok(None) } else { self.ring().map(Some) }
    }
}

impl HandleLater<List> for Keyring {
    async fn handle(&self, List {}: List) -> Result<Vec<KeyRow>> {
        self.turn_if_due().await?;
        let config = self.config()?;
        self.store().list(|purpose, key| key.gone_at(&schedule(&config, purpose)))
    }
}

/// Removes the key and activates its successor, in one transaction. The reply is sent once the list of
/// revocations and every object that strict checks ask have been told, because the revocation bound of a
/// route counts from the reply.
impl HandleLater<Retire> for Keyring {
    async fn handle(&self, Retire { id }: Retire) -> Result<core::result::Result<Done, NoKey>> {
        let config = self.config()?;
        if !self.sealed.get() {
            return Ok(Err(NoKey {}));
        }
        if self.object.decide(|| self.remove(&id, &config))? {
            self.known.replace(None);
            self.object.storage().set_alarm(AGAIN_AFTER).await?;
        } else if !self.store().was_removed(&id)? {
            return Ok(Err(NoKey {}));
        }
        self.deliver().await?;
        self.turn().await?;
        Ok(Ok(Done {}))
    }
}

impl HandleLater<Rotate> for Keyring {
    async fn handle(&self, Rotate { purpose }: Rotate) -> Result<core::result::Result<Done, TooEarly>> {
        let config = self.config()?;
        self.turn().await?;
        let changes = self.object.decide(|| {
            let (store, now) = (self.store(), now());
            let changes = store.ring(purpose)?.rotate(&schedule(&config, purpose), now);
            store.apply(purpose, &changes, None, now)?;
            Ok(changes)
        })?;
        record(purpose, &changes);
        self.turn().await?;
        Ok(if changes.is_empty() { Err(TooEarly {}) } else { Ok(Done {}) })
    }
}

impl Keyring {
    /// Once per start: upgrades the tables and seals the keys as configured.
    async fn bring_up_to_date(&self) -> Result<()> {
        if self.sealed.get() {
            return Ok(());
        }
        let has_tables = self.object.decide(|| Ok(self.object.has_tables()))?;
        if has_tables {
            self.reseal().await?;
        }
        self.sealed.set(has_tables);
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
        let (storage, config) = (self.object.storage(), self.config()?);
        let mut made = Made::new();
        for _ in 0..ROUNDS {
            let (wanted, known) = self.object.decide(|| self.turn_with(&made, &config))?;
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
        let alarm = self.object.storage().get_alarm().await?;
        Ok(alarm.and_then(|ms| u64::try_from(ms / 1000).ok()).is_none_or(|at| at != due.0))
    }

    /// Runs one decision. Returns the purposes that need a new key, and the resulting state.
    fn turn_with(&self, made: &Made, config: &Config) -> Result<(Vec<Purpose>, Known)> {
        let (store, now) = (self.store(), now());
        self.object.create_tables()?;
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

    /// Removes a key and activates its successor. Returns false if there is no such key.
    fn remove(&self, id: &KeyId, config: &Config) -> Result<bool> {
        let (store, now) = (self.store(), now());
        for purpose in Purpose::ALL {
            let mut ring = store.ring(purpose)?;
            let schedule = schedule(config, purpose);
            if let Some(key) = ring.keys.iter().find(|key| key.id == *id).cloned() {
                let until = key
                    .gone_at(&schedule)
                    .unwrap_or_else(|| now.plus(key.needed_for.max(schedule.life)).plus(schedule.retiring));
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
    }

    /// Announces which version every isolate must know, if that is still to be done: to the list of
    /// revocations, for routes with a bound, and to the objects that strict checks ask.
    async fn deliver(&self) -> Result<()> {
        if !self.sealed.get() {
            return Ok(());
        }
        let versions = self.store().versions()?;
        if versions.delivered < versions.announced {
            let call = Keys { version: versions.announced };
            client::revocations(&self.object.env, &call).await.map_err(failed)?;
            key_versions::announce(&self.object.env, versions.announced).await.map_err(failed)?;
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
        Seals::of(&self.object.env, &self.config()?.keys.secret_bindings).await.map_err(failed)
    }

    fn config(&self) -> Result<Rc<Config>> {
        config::of(&self.object.env).map_err(|_| Error::from("the configuration is invalid"))
    }

    fn store(&self) -> Store {
        Store(self.object.sql())
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
