//! Revocations that have not expired yet. Isolates keep a copy, whose age counts from this object's clock.
//! They fetch the changes since their last copy, or the whole list
//! (`auth_core::revocation::Position::extent_for`).
//!
//! Objects of this class with other names store only the version of the Keyring: see [`super::key_versions`].

use std::cell::Cell;
use std::time::Duration;

use auth_core::revocation::{Entry, Extent, Kind, Position, Update};
use auth_core::time::UnixTime;
use serde::Deserialize;
use worker::{DurableObject, Env, Error, Request, Response, Result, State, durable_object};

use super::call::{Done, Handle};
use super::protocol::revocations::{Add, Changed, Changes, Keys, LeastKeysVersion, RevocationsCalls};
use super::schema::Schema;
use super::sql;
use super::sql_object::SqlObject;

const SCHEMA: Schema = Schema {
    marker_table: "revocation",
    steps: &[
        &[
            "CREATE TABLE IF NOT EXISTS revocation (
                issuer TEXT NOT NULL,
                kind TEXT NOT NULL,
                id TEXT NOT NULL,
                least_epoch INTEGER NOT NULL,
                until INTEGER NOT NULL,
                PRIMARY KEY (issuer, kind, id)
            ) WITHOUT ROWID",
            "CREATE TABLE IF NOT EXISTS keys_version (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                version INTEGER NOT NULL
            )",
        ],
        // Triggers number the changes, so that code of the previous version, which knows no numbers, numbers
        // its changes too. It may use this storage during a deployment, and a copy must not miss what it
        // adds.
        &[
            "ALTER TABLE revocation ADD COLUMN change INTEGER NOT NULL DEFAULT 0",
            "CREATE INDEX revocation_by_change ON revocation (change)",
            "CREATE TABLE position (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                list TEXT NOT NULL,
                change INTEGER NOT NULL
            )",
            "INSERT INTO position (id, list, change) VALUES (1, lower(hex(randomblob(16))), 0)",
            "CREATE TRIGGER revocation_added AFTER INSERT ON revocation BEGIN
                UPDATE position SET change = change + 1;
                UPDATE revocation SET change = (SELECT change FROM position)
                    WHERE issuer = new.issuer AND kind = new.kind AND id = new.id;
            END",
            "CREATE TRIGGER revocation_extended AFTER UPDATE OF least_epoch, until ON revocation BEGIN
                UPDATE position SET change = change + 1;
                UPDATE revocation SET change = (SELECT change FROM position)
                    WHERE issuer = new.issuer AND kind = new.kind AND id = new.id;
            END",
        ],
    ],
    readable_from: 2,
};

/// The minimum interval between removals of expired entries.
const TIDY_EVERY: Duration = Duration::from_secs(600);

/// The list of revocations, and the objects that hold the version of the Keyring.
#[durable_object(alarm)]
pub struct Revocations {
    object: SqlObject,
    /// Whether an entry was added since the alarm was last checked.
    added: Cell<bool>,
}

impl DurableObject for Revocations {
    fn new(state: State, env: Env) -> Self {
        Self { object: SqlObject::new(state, env, &SCHEMA), added: Cell::new(false) }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let served = self.object.serve(request, |message| RevocationsCalls::decide(self, message)).await;
        let response = served?;
        let storage = self.object.storage();
        if self.added.take() && storage.get_alarm().await?.is_none() {
            storage.set_alarm(TIDY_EVERY).await?;
        }
        Ok(response)
    }

    /// Removes expired entries, and sets the next alarm if any are left.
    async fn alarm(&self) -> Result<Response> {
        let left = self.object.decide(|| {
            Ok(self.object.has_tables() && self.tidy(UnixTime(worker::Date::now().as_millis() / 1000))?)
        })?;
        if left {
            self.object.storage().set_alarm(TIDY_EVERY).await?;
        }
        Response::ok("")
    }
}

impl Handle<Add> for Revocations {
    fn handle(&self, Add { entries }: Add) -> Result<Done> {
        let now = UnixTime(worker::Date::now().as_millis() / 1000);
        for entry in entries.into_iter().filter(|entry| entry.until > now) {
            self.add(&entry)?;
        }
        Ok(Done {})
    }
}

impl Handle<Changes> for Revocations {
    fn handle(&self, Changes { since }: Changes) -> Result<Changed> {
        let update = self.changes(since.as_ref(), worker::Date::now().as_millis())?;
        Ok(Changed { update, keys_version: self.keys_version()? })
    }
}

impl Handle<Keys> for Revocations {
    /// Stores that every isolate must know this version of the Keyring; a later one stays.
    fn handle(&self, Keys { version }: Keys) -> Result<Done> {
        self.object.create_tables()?;
        let insert = "INSERT INTO keys_version (id, version) VALUES (1, ?)
            ON CONFLICT DO UPDATE SET version = max(version, excluded.version)";
        sql::run(&self.object.sql(), insert, vec![sql::integer(version)?])?;
        Ok(Done {})
    }
}

impl Handle<LeastKeysVersion> for Revocations {
    fn handle(&self, LeastKeysVersion {}: LeastKeysVersion) -> Result<u64> {
        self.keys_version()
    }
}

#[derive(Deserialize)]
struct Row {
    issuer: String,
    kind: String,
    id: String,
    least_epoch: u64,
    until: UnixTime,
}

#[derive(Deserialize)]
struct Version {
    version: u64,
}

impl Revocations {
    /// Stores an entry. The later expiry and the higher epoch win, so that entries may arrive in any order
    /// and more than once.
    fn add(&self, entry: &Entry) -> Result<()> {
        let sql = self.object.sql();
        self.object.create_tables()?;
        self.added.set(true);
        let insert = "INSERT INTO revocation (issuer, kind, id, least_epoch, until) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET
                least_epoch = max(least_epoch, excluded.least_epoch), until = max(until, excluded.until)";
        let values = vec![
            entry.issuer.as_str().into(),
            kind_name(entry.kind).into(),
            entry.id.as_str().into(),
            sql::integer(entry.least_epoch)?,
            sql::time(entry.until)?,
        ];
        sql::run(&sql, insert, values)
    }

    /// The changes since the caller's state.
    fn changes(&self, since: Option<&Position>, taken_at_ms: u64) -> Result<Update> {
        let (position, now) = (self.position()?, UnixTime(taken_at_ms / 1000));
        let (since, entries) = match position.extent_for(since) {
            Extent::Nothing => (Some(position.change), vec![]),
            Extent::Since(change) => (Some(change), self.living(now, Some(change))?),
            Extent::Whole => (None, self.living(now, None)?),
        };
        Ok(Update { taken_at_ms, position, since, entries })
    }

    /// The list's state; without an id if the list does not exist yet.
    fn position(&self) -> Result<Position> {
        if !self.object.has_tables() {
            return Ok(Position { list: String::new(), change: 0 });
        }
        let query = "SELECT list, change FROM position";
        let row = sql::row(&self.object.sql(), query, vec![])?;
        row.ok_or_else(|| Error::from("the list has no position"))
    }

    /// The entries that have not expired: all, or those with a change number above `after`.
    fn living(&self, now: UnixTime, after: Option<u64>) -> Result<Vec<Entry>> {
        if !self.object.has_tables() {
            return Ok(vec![]);
        }
        let (select, mut values) =
            ("SELECT issuer, kind, id, least_epoch, until FROM revocation", vec![sql::time(now)?]);
        let query = match after {
            None => format!("{select} WHERE until > ?"),
            Some(change) => {
                values.push(sql::integer(change)?);
                format!("{select} WHERE until > ? AND change > ?")
            }
        };
        let rows = sql::rows::<Row>(&self.object.sql(), &query, values)?;
        rows.into_iter().map(entry).collect()
    }

    /// Removes expired entries. Returns whether any are left.
    fn tidy(&self, now: UnixTime) -> Result<bool> {
        let sql = self.object.sql();
        sql::run(&sql, "DELETE FROM revocation WHERE until <= ?", vec![sql::time(now)?])?;
        Ok(sql::row::<serde_json::Value>(&sql, "SELECT issuer FROM revocation LIMIT 1", vec![])?.is_some())
    }

    fn keys_version(&self) -> Result<u64> {
        if !self.object.has_tables() {
            return Ok(0);
        }
        let sql = self.object.sql();
        let row = sql::row::<Version>(&sql, "SELECT version FROM keys_version", vec![])?;
        Ok(row.map_or(0, |row| row.version))
    }
}

fn entry(row: Row) -> Result<Entry> {
    let kind =
        [Kind::Session, Kind::Token, Kind::Epoch].into_iter().find(|kind| kind_name(*kind) == row.kind);
    let kind = kind.ok_or_else(|| Error::from("the stored kind of revocation is invalid"))?;
    Ok(Entry { issuer: row.issuer, kind, id: row.id, least_epoch: row.least_epoch, until: row.until })
}

const fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Session => "session",
        Kind::Token => "token",
        Kind::Epoch => "epoch",
    }
}
