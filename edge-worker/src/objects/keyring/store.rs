//! The Keyring's tables. Times are whole seconds since the Unix epoch.

use auth_core::id::KeyId;
use auth_core::keyring::{Change, Key, Ring, State};
use auth_core::time::UnixTime;
use serde::Deserialize;
use worker::{Result, SqlStorage};

use super::super::protocol::keyring::{KeyMessage, KeyRow};
use super::super::protocol::keys::Purpose;
use super::super::schema::Schema;
use super::super::sql;

pub(super) const SCHEMA: Schema = Schema {
    marker_table: "refresh_key",
    steps: &[
        &[
            "CREATE TABLE signing_key (
            kid TEXT PRIMARY KEY,
            jwk TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            active_at INTEGER,
            retired_at INTEGER,
            needed_for INTEGER NOT NULL DEFAULT 0
        )",
            "CREATE TABLE refresh_key (
            id TEXT PRIMARY KEY,
            bytes TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            active_at INTEGER,
            retired_at INTEGER,
            needed_for INTEGER NOT NULL DEFAULT 0
        )",
            "CREATE TABLE removed_key (
            id TEXT PRIMARY KEY,
            purpose TEXT NOT NULL,
            published_at INTEGER NOT NULL,
            active_at INTEGER,
            removed_at INTEGER NOT NULL,
            until INTEGER NOT NULL
        )",
            "CREATE TABLE ring (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            version INTEGER NOT NULL,
            announced INTEGER NOT NULL,
            delivered INTEGER NOT NULL
        )",
            "INSERT INTO ring (id, version, announced, delivered) VALUES (1, 1, 0, 0)",
        ],
        // In the Keyring without a jurisdiction: the one in which the accounts are; an empty text if they are in none.
        // Accounts of the previous version are in none.
        &[
            "CREATE TABLE jurisdiction (id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL)",
            "INSERT INTO jurisdiction (id, name) SELECT 1, '' WHERE EXISTS (SELECT 1 FROM signing_key)",
        ],
    ],
    readable_from: 2,
};

/// The Keyring's tables.
pub(super) struct Store(pub(super) SqlStorage);

/// The names of one purpose's table and its columns.
struct Table {
    name: &'static str,
    id: &'static str,
    material: &'static str,
}

const fn table(purpose: Purpose) -> Table {
    match purpose {
        Purpose::Signing => Table { name: "signing_key", id: "kid", material: "jwk" },
        Purpose::Refresh => Table { name: "refresh_key", id: "id", material: "bytes" },
    }
}

/// Versions of the Keyring: the present one, the lowest that isolates may use, and the one that was announced
/// to the list of revocations.
#[derive(Deserialize)]
pub(super) struct Versions {
    pub(super) version: u64,
    pub(super) announced: u64,
    pub(super) delivered: u64,
}

/// A key with its material.
#[derive(Deserialize)]
pub(super) struct Row {
    pub(super) id: KeyId,
    pub(super) material: String,
    created_at: UnixTime,
    active_at: Option<UnixTime>,
    retired_at: Option<UnixTime>,
    needed_for: u64,
}

#[derive(Deserialize)]
struct RemovedRow {
    id: KeyId,
    purpose: String,
    published_at: UnixTime,
    active_at: Option<UnixTime>,
    removed_at: UnixTime,
    until: UnixTime,
}

impl Row {
    fn key(&self) -> Key {
        Key {
            id: self.id.clone(),
            published_at: self.created_at,
            active_at: self.active_at,
            retired_at: self.retired_at,
            needed_for: self.needed_for,
        }
    }
}

impl Store {
    /// All keys of a purpose: the active one, then the published ones, then the retiring ones, the youngest
    /// first.
    pub(super) fn rows(&self, purpose: Purpose) -> Result<Vec<Row>> {
        let Table { name, id, material } = table(purpose);
        let query = format!(
            "SELECT {id} AS id, {material} AS material, created_at, active_at, retired_at, needed_for FROM {name}
            ORDER BY retired_at IS NOT NULL, active_at IS NULL, created_at DESC"
        );
        sql::rows(&self.0, &query, vec![])
    }

    pub(super) fn ring(&self, purpose: Purpose) -> Result<Ring> {
        Ok(Ring { keys: self.rows(purpose)?.iter().map(Row::key).collect() })
    }

    pub(super) fn messages(&self, purpose: Purpose) -> Result<Vec<KeyMessage>> {
        let rows = self.rows(purpose)?;
        Ok(rows.into_iter().map(|Row { id, material, .. }| KeyMessage { id, material }).collect())
    }

    pub(super) fn versions(&self) -> Result<Versions> {
        let row = sql::row(&self.0, "SELECT version, announced, delivered FROM ring", vec![])?;
        row.ok_or_else(|| "the Keyring has no version".into())
    }

    /// Stores changes of one purpose's keys. `made` contains the key of [`Change::Published`].
    pub(super) fn apply(
        &self,
        purpose: Purpose,
        changes: &[Change],
        made: Option<&KeyMessage>,
        now: UnixTime,
    ) -> Result<()> {
        let Table { name, id: id_column, material } = table(purpose);
        for change in changes {
            let (statement, bindings) = match change {
                Change::Published(id) => {
                    let made =
                        made.filter(|made| made.id == *id).ok_or("the published key was not generated")?;
                    let insert =
                        format!("INSERT INTO {name} ({id_column}, {material}, created_at) VALUES (?, ?, ?)");
                    (insert, vec![id.as_str().into(), made.material.as_str().into(), sql::time(now)?])
                }
                Change::Activated(id) => (
                    format!("UPDATE {name} SET active_at = ? WHERE {id_column} = ?"),
                    vec![sql::time(now)?, id.as_str().into()],
                ),
                Change::NeededFor(id, seconds) => (
                    format!("UPDATE {name} SET needed_for = ? WHERE {id_column} = ?"),
                    vec![sql::integer(*seconds)?, id.as_str().into()],
                ),
                Change::Retired(id) => (
                    format!("UPDATE {name} SET retired_at = ? WHERE {id_column} = ?"),
                    vec![sql::time(now)?, id.as_str().into()],
                ),
                Change::Gone(id) => {
                    (format!("DELETE FROM {name} WHERE {id_column} = ?"), vec![id.as_str().into()])
                }
            };
            sql::run(&self.0, &statement, bindings)?;
        }
        if !changes.is_empty() {
            sql::run(&self.0, "UPDATE ring SET version = version + 1", vec![])?;
        }
        Ok(())
    }

    /// Replaces a key's material, unless it has changed in the meantime.
    pub(super) fn reseal(&self, purpose: Purpose, id: &KeyId, old: &str, new: &str) -> Result<()> {
        let Table { name, id: id_column, material } = table(purpose);
        let update = format!("UPDATE {name} SET {material} = ? WHERE {id_column} = ? AND {material} = ?");
        sql::run(&self.0, &update, vec![new.into(), id.as_str().into(), old.into()])
    }

    /// Deletes a key before its time, stores until `until` that it existed, and raises the lowest version
    /// that isolates may use.
    pub(super) fn remove(&self, purpose: Purpose, key: &Key, until: UnixTime, now: UnixTime) -> Result<()> {
        let Table { name, id, .. } = table(purpose);
        sql::run(&self.0, &format!("DELETE FROM {name} WHERE {id} = ?"), vec![key.id.as_str().into()])?;
        let insert = "INSERT INTO removed_key (id, purpose, published_at, active_at, removed_at, until)
            VALUES (?, ?, ?, ?, ?, ?)";
        let values = vec![
            key.id.as_str().into(),
            purpose.as_str().into(),
            sql::time(key.published_at)?,
            key.active_at.map(sql::time).transpose()?.into(),
            sql::time(now)?,
            sql::time(until)?,
        ];
        sql::run(&self.0, insert, values)?;
        sql::run(&self.0, "UPDATE ring SET version = version + 1", vec![])?;
        sql::run(&self.0, "UPDATE ring SET announced = version", vec![])
    }

    pub(super) fn was_removed(&self, id: &KeyId) -> Result<bool> {
        let query = "SELECT id FROM removed_key WHERE id = ?";
        Ok(sql::row::<serde_json::Value>(&self.0, query, vec![id.as_str().into()])?.is_some())
    }

    /// The ids of the refresh keys that were removed before their time.
    pub(super) fn removed(&self) -> Result<Vec<KeyId>> {
        Ok(self
            .removed_rows()?
            .into_iter()
            .filter(|row| row.purpose == "refresh")
            .map(|row| row.id)
            .collect())
    }

    fn removed_rows(&self) -> Result<Vec<RemovedRow>> {
        let query = "SELECT id, purpose, published_at, active_at, removed_at, until FROM removed_key";
        sql::rows(&self.0, query, vec![])
    }

    pub(super) fn forget_removed(&self, now: UnixTime) -> Result<()> {
        sql::run(&self.0, "DELETE FROM removed_key WHERE until <= ?", vec![sql::time(now)?])
    }

    pub(super) fn delivered(&self, version: u64) -> Result<()> {
        sql::run(&self.0, "UPDATE ring SET delivered = max(delivered, ?)", vec![sql::integer(version)?])
    }

    /// Lists present and removed keys, the oldest first.
    pub(super) fn list(&self, gone_at: impl Fn(Purpose, &Key) -> Option<UnixTime>) -> Result<Vec<KeyRow>> {
        let mut list = Vec::new();
        for purpose in Purpose::ALL {
            for key in self.ring(purpose)?.keys {
                let state = match key.state() {
                    State::Published => "published",
                    State::Active => "active",
                    State::Retiring => "retiring",
                };
                list.push(KeyRow {
                    purpose,
                    state: state.to_owned(),
                    published_at: key.published_at,
                    active_at: key.active_at,
                    retired_at: key.retired_at,
                    gone_at: gone_at(purpose, &key),
                    id: key.id,
                });
            }
        }
        for row in self.removed_rows()? {
            let purpose = Purpose::ALL.into_iter().find(|purpose| purpose.as_str() == row.purpose);
            list.push(KeyRow {
                id: row.id,
                purpose: purpose.ok_or("the stored purpose is invalid")?,
                state: "removed".to_owned(),
                published_at: row.published_at,
                active_at: row.active_at,
                retired_at: Some(row.removed_at),
                gone_at: Some(row.until),
            });
        }
        list.sort_by(|a, b| (a.published_at, &a.id).cmp(&(b.published_at, &b.id)));
        Ok(list)
    }
}
