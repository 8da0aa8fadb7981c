//! The schemas of the objects, and the upgrade of storage with an older schema.
//!
//! STORAGE.md describes every table. A step only adds (tables, columns with a default), so that the previous
//! version can still read and write the same storage, as it must during a deployment and after a rollback. A
//! step that can't keep to this rule raises [`Schema::readable_from`]; older code then refuses to use the
//! storage.

use serde::Deserialize;
use worker::{Result, SqlStorage};

use super::sql;

/// The version that a schema's first step creates.
const FIRST: u64 = 2;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_version (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        version INTEGER NOT NULL,
        readable_from INTEGER NOT NULL
    )";

/// The schema of one kind of object.
pub(super) struct Schema {
    /// A table that the first step creates. If it is missing, the storage is empty.
    pub(super) marker_table: &'static str,
    /// The statements of each step: the first step creates version 2, the next one version 3, and so on.
    pub(super) steps: &'static [&'static [&'static str]],
    /// The oldest version whose code can use storage that has taken all steps.
    pub(super) readable_from: u64,
}

#[derive(Deserialize)]
struct Stored {
    version: u64,
    readable_from: u64,
}

impl Schema {
    /// The schema version of this code.
    fn present(&self) -> u64 {
        u64::try_from(self.steps.len()).map_or(u64::MAX, |steps| FIRST + steps - 1)
    }

    /// Creates the tables of an object whose storage is empty, or upgrades its tables.
    pub(super) fn create(&self, sql: &SqlStorage) -> Result<()> {
        if self.upgrade(sql)? { Ok(()) } else { self.run_from(sql, FIRST - 1) }
    }

    /// Upgrades the storage and returns whether it contains anything. Empty storage stays empty.
    pub(super) fn upgrade(&self, sql: &SqlStorage) -> Result<bool> {
        if !sql::has_table(sql, self.marker_table)? {
            return Ok(false);
        }
        // Fails if the table is missing: storage without a version was not written by this code.
        let query = "SELECT version, readable_from FROM schema_version";
        let stored = sql::row::<Stored>(sql, query, vec![])?.ok_or("the storage has no schema version")?;
        if stored.readable_from > self.present() {
            return Err(
                "the storage was written by a later version of Latchkey, with which this version is not compatible".into()
            );
        }
        if stored.version < self.present() {
            self.run_from(sql, stored.version)?;
        }
        Ok(true)
    }

    /// Runs the steps that storage of this version has not taken.
    fn run_from(&self, sql: &SqlStorage, version: u64) -> Result<()> {
        let skip = usize::try_from((version + 1).saturating_sub(FIRST)).unwrap_or(usize::MAX);
        for statement in self.steps.iter().skip(skip).copied().flatten() {
            sql::run(sql, statement, vec![])?;
        }
        sql::run(sql, TABLE, vec![])?;
        let remember = "INSERT INTO schema_version (id, version, readable_from) VALUES (1, ?, ?)
            ON CONFLICT DO UPDATE SET version = excluded.version, readable_from = excluded.readable_from";
        sql::run(sql, remember, vec![sql::integer(self.present())?, sql::integer(self.readable_from)?])
    }
}
