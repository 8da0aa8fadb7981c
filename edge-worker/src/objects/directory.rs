//! Which account an address belongs to. Claiming an address is what commits a sign-up.

use serde::Deserialize;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::protocol::{DirectoryCall, DirectoryReply};
use super::{serve, sql};

const SCHEMA: &str =
    "CREATE TABLE IF NOT EXISTS address (hash TEXT PRIMARY KEY, account TEXT NOT NULL) WITHOUT ROWID";

/// One shard of the Directory.
#[durable_object(fetch)]
pub struct Directory {
    state: State,
}

impl DurableObject for Directory {
    fn new(state: State, _: Env) -> Self {
        Self { state }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        serve::serve(request, |call| self.answer(call)).await
    }
}

#[derive(Deserialize)]
struct Row {
    account: String,
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
                    sql::run(&sql, SCHEMA, vec![])?;
                    let insert = "INSERT INTO address (hash, account) VALUES (?, ?)";
                    sql::run(&sql, insert, vec![address.into(), account.into()])?;
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

    fn find(&self, address: &str) -> Result<Option<String>> {
        let sql = self.state.storage().sql();
        if !sql::has_table(&sql, "address")? {
            return Ok(None);
        }
        let query = "SELECT account FROM address WHERE hash = ?";
        Ok(sql::row::<Row>(&sql, query, vec![address.into()])?.map(|row| row.account))
    }
}
