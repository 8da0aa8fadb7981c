//! The schemas of the objects, and how storage of an older one is brought up to date.
//!
//! STORAGE.md describes every table. The rules: a step only ever adds (tables, columns with a default), so that the version
//! before goes on working on the same storage, as it has to while a deployment is under way or is taken back. A step that
//! can't keep that says from which version on storage can be read, and older code then refuses to touch it.

use serde::Deserialize;
use worker::{Result, SqlStorage};

use super::sql;

/// The version of whatever was written before versions were written down.
const FIRST: u64 = 1;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS schema_version (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        version INTEGER NOT NULL,
        readable_from INTEGER NOT NULL
    )";

/// The schema of one kind of object.
pub(super) struct Schema {
    /// A table that is there from version 1 on, wherever anything is.
    pub(super) sign_of_life: &'static str,
    /// The statements of each step: the first makes version 1, the next version 2 of it, and so on.
    pub(super) steps: &'static [&'static [&'static str]],
    /// The oldest version whose code can work with storage that has taken all steps.
    pub(super) readable_from: u64,
}

#[derive(Deserialize)]
struct Stored {
    version: u64,
    readable_from: u64,
}

impl Schema {
    /// The version of this code.
    fn present(&self) -> u64 {
        u64::try_from(self.steps.len()).unwrap_or(u64::MAX)
    }

    /// Makes the tables of an object that holds nothing yet; brings those it has up to date.
    pub(super) fn create(&self, sql: &SqlStorage) -> Result<()> {
        if self.upgrade(sql)? { Ok(()) } else { self.run_from(sql, 0) }
    }

    /// Brings storage up to date and says whether it holds anything. Storage that holds nothing stays as it is.
    pub(super) fn upgrade(&self, sql: &SqlStorage) -> Result<bool> {
        if !sql::has_table(sql, self.sign_of_life)? {
            return Ok(false);
        }
        let stored = if sql::has_table(sql, "schema_version")? {
            sql::row::<Stored>(sql, "SELECT version, readable_from FROM schema_version", vec![])?
        } else {
            None
        };
        let stored = stored.unwrap_or(Stored { version: FIRST, readable_from: FIRST });
        if stored.readable_from > self.present() {
            return Err("stored by a later version, whose storage this one can't work with".into());
        }
        if stored.version < self.present() {
            self.run_from(sql, stored.version)?;
        }
        Ok(true)
    }

    fn run_from(&self, sql: &SqlStorage, version: u64) -> Result<()> {
        let skip = usize::try_from(version).unwrap_or(usize::MAX);
        for statement in self.steps.iter().skip(skip).copied().flatten() {
            sql::run(sql, statement, vec![])?;
        }
        sql::run(sql, TABLE, vec![])?;
        let remember = "INSERT INTO schema_version (id, version, readable_from) VALUES (1, ?, ?)
            ON CONFLICT DO UPDATE SET version = excluded.version, readable_from = excluded.readable_from";
        sql::run(sql, remember, vec![sql::integer(self.present())?, sql::integer(self.readable_from)?])
    }
}
