//! Maps addresses to accounts. Claiming an address is the commit of a sign-up.
//!
//! It also has the list of accounts. An account's place on it is fixed by its id, which never changes, so a
//! reader of the list from one end to the other finds each account that exists during that time exactly once.

use auth_core::id::AccountId;
use auth_core::time::UnixTime;
use serde::Deserialize;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::call::{Done, Handle};
use super::protocol::directory::{
    Claim, Delist, DirectoryCalls, Enlist, Find, FindHeld, Hold, KeysListed, NextAccounts, Release, Taken,
    UnlistedKey, UnlistedKeys,
};
use super::schema::Schema;
use super::sql;
use super::sql_object::SqlObject;
use crate::platform::now;

const SCHEMA: Schema = Schema {
    marker_table: "address",
    steps: &[
        &["CREATE TABLE IF NOT EXISTS address (hash TEXT PRIMARY KEY, account TEXT NOT NULL) WITHOUT ROWID"],
        // The list of accounts. `listed` is 0 for a key that code of the previous version has claimed, whose account
        // may not be on the list.
        &[
            "CREATE TABLE IF NOT EXISTS account (id TEXT PRIMARY KEY) WITHOUT ROWID",
            "ALTER TABLE address ADD COLUMN listed INTEGER NOT NULL DEFAULT 0",
        ],
        // Until when the address is held for the account, which had it before; null if the account has it now.
        &["ALTER TABLE address ADD COLUMN held_until INTEGER"],
    ],
    readable_from: 2,
};

/// One shard of the Directory.
#[durable_object(fetch)]
pub struct Directory {
    object: SqlObject,
}

impl DurableObject for Directory {
    fn new(state: State, env: Env) -> Self {
        Self { object: SqlObject::new(state, env, &SCHEMA) }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        self.object.serve(request, |message| DirectoryCalls::decide(self, message)).await
    }
}

impl Handle<Find> for Directory {
    fn handle(&self, Find { address }: Find) -> Result<Option<AccountId>> {
        Ok(self.find(&address)?.filter(|row| row.held_until.is_none()).map(|row| row.account))
    }
}

impl Handle<FindHeld> for Directory {
    fn handle(&self, FindHeld { address }: FindHeld) -> Result<Option<AccountId>> {
        let held = |row: &Row| row.held_until.is_some_and(|until| now() < until);
        Ok(self.find(&address)?.filter(held).map(|row| row.account))
    }
}

impl Handle<Hold> for Directory {
    fn handle(&self, Hold { address, account, until }: Hold) -> Result<Done> {
        if self.find(&address)?.is_some_and(|row| row.account == account) {
            let update = "UPDATE address SET held_until = ? WHERE hash = ?";
            sql::run(&self.object.sql(), update, vec![sql::time(until)?, address.into()])?;
        }
        Ok(Done {})
    }
}

impl Handle<Claim> for Directory {
    fn handle(&self, Claim { address, account }: Claim) -> Result<core::result::Result<Done, Taken>> {
        match self.find(&address)? {
            Some(row) if row.account == account && row.held_until.is_none() => Ok(Ok(Done {})),
            Some(row) if row.account != account && row.held_until.is_none_or(|until| now() < until) => {
                Ok(Err(Taken {}))
            }
            Some(_) | None => {
                self.object.create_tables()?;
                let insert = "INSERT OR REPLACE INTO address (hash, account, listed) VALUES (?, ?, 1)";
                sql::run(&self.object.sql(), insert, vec![address.into(), account.into_string().into()])?;
                Ok(Ok(Done {}))
            }
        }
    }
}

impl Handle<Release> for Directory {
    fn handle(&self, Release { address, account }: Release) -> Result<Done> {
        if self.find(&address)?.is_some_and(|row| row.account == account) {
            let delete = "DELETE FROM address WHERE hash = ?";
            sql::run(&self.object.sql(), delete, vec![address.into()])?;
        }
        Ok(Done {})
    }
}

impl Handle<Enlist> for Directory {
    fn handle(&self, Enlist { account }: Enlist) -> Result<Done> {
        self.object.create_tables()?;
        let insert = "INSERT INTO account (id) VALUES (?) ON CONFLICT DO NOTHING";
        sql::run(&self.object.sql(), insert, vec![account.into_string().into()])?;
        Ok(Done {})
    }
}

impl Handle<Delist> for Directory {
    fn handle(&self, Delist { account }: Delist) -> Result<Done> {
        if self.object.has_tables() {
            let delete = "DELETE FROM account WHERE id = ?";
            sql::run(&self.object.sql(), delete, vec![account.into_string().into()])?;
        }
        Ok(Done {})
    }
}

impl Handle<NextAccounts> for Directory {
    fn handle(&self, NextAccounts { after, limit }: NextAccounts) -> Result<Vec<AccountId>> {
        if !self.object.has_tables() {
            return Ok(vec![]);
        }
        // No id is empty.
        let after = after.map(AccountId::into_string).unwrap_or_default();
        let query = "SELECT id AS account FROM account WHERE id > ? ORDER BY id LIMIT ?";
        let rows = sql::rows::<Row>(&self.object.sql(), query, vec![after.into(), sql::integer(limit)?])?;
        Ok(rows.into_iter().map(|row| row.account).collect())
    }
}

impl Handle<UnlistedKeys> for Directory {
    fn handle(&self, UnlistedKeys { limit }: UnlistedKeys) -> Result<Vec<UnlistedKey>> {
        if !self.object.has_tables() {
            return Ok(vec![]);
        }
        let query = "SELECT hash, account FROM address WHERE listed = 0 LIMIT ?";
        sql::rows(&self.object.sql(), query, vec![sql::integer(limit)?])
    }
}

impl Handle<KeysListed> for Directory {
    fn handle(&self, KeysListed { hashes }: KeysListed) -> Result<Done> {
        for hash in hashes {
            let update = "UPDATE address SET listed = 1 WHERE hash = ?";
            sql::run(&self.object.sql(), update, vec![hash.into()])?;
        }
        Ok(Done {})
    }
}

#[derive(Deserialize)]
struct Row {
    account: AccountId,
    held_until: Option<UnixTime>,
}

impl Directory {
    fn find(&self, address: &str) -> Result<Option<Row>> {
        if !self.object.has_tables() {
            return Ok(None);
        }
        let query = "SELECT account, held_until FROM address WHERE hash = ?";
        sql::row::<Row>(&self.object.sql(), query, vec![address.into()])
    }
}
