//! Maps addresses to accounts. Claiming an address is the commit of a sign-up.

use std::cell::Cell;

use auth_core::id::AccountId;
use serde::Deserialize;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::protocol::{DirectoryCall, DirectoryReply};
use super::schema::Schema;
use super::{serve, sql};

const SCHEMA: Schema = Schema {
    sign_of_life: "address",
    steps: &[&[
        "CREATE TABLE IF NOT EXISTS address (hash TEXT PRIMARY KEY, account TEXT NOT NULL) WITHOUT ROWID",
    ]],
    readable_from: 2,
};

/// One shard of the Directory.
#[durable_object(fetch)]
pub struct Directory {
    state: State,
    /// Whether the storage contains tables, of the present schema. Determined once per start.
    holds: Cell<bool>,
}

impl DurableObject for Directory {
    fn new(state: State, _: Env) -> Self {
        Self { state, holds: Cell::new(false) }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let storage = self.state.storage();
        let served = serve::serve(&storage, request, |call| {
            // Part of the decision, because another call may store something while this one's body is being
            // read.
            if !self.holds.get() {
                self.holds.set(SCHEMA.upgrade(&storage.sql())?);
            }
            self.answer(call)
        });
        let served = served.await;
        self.holds.set(self.holds.get() && served.is_ok());
        served
    }
}

#[derive(Deserialize)]
struct Row {
    account: AccountId,
}

impl Directory {
    fn answer(&self, call: DirectoryCall) -> Result<DirectoryReply> {
        match call {
            DirectoryCall::Find { address } => {
                Ok(self.find(&address)?.map_or(DirectoryReply::Nobody, DirectoryReply::Account))
            }
            DirectoryCall::Claim { address, account } => match self.find(&address)? {
                Some(owner) if owner == account => Ok(DirectoryReply::Claimed),
                Some(_) => Ok(DirectoryReply::Taken),
                None => {
                    let sql = self.state.storage().sql();
                    if !self.holds.get() {
                        SCHEMA.create(&sql)?;
                    }
                    let insert = "INSERT INTO address (hash, account) VALUES (?, ?)";
                    sql::run(&sql, insert, vec![address.into(), account.into_string().into()])?;
                    Ok(DirectoryReply::Claimed)
                }
            },
            DirectoryCall::Release { address, account } => {
                if self.find(&address)?.is_some_and(|owner| owner == account) {
                    let sql = self.state.storage().sql();
                    sql::run(&sql, "DELETE FROM address WHERE hash = ?", vec![address.into()])?;
                }
                Ok(DirectoryReply::Released)
            }
        }
    }

    fn find(&self, address: &str) -> Result<Option<AccountId>> {
        if !self.holds.get() {
            return Ok(None);
        }
        let sql = self.state.storage().sql();
        let query = "SELECT account FROM address WHERE hash = ?";
        Ok(sql::row::<Row>(&sql, query, vec![address.into()])?.map(|row| row.account))
    }
}
