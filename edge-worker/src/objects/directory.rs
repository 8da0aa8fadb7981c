//! Maps addresses to accounts. Claiming an address is the commit of a sign-up.

use auth_core::id::AccountId;
use serde::Deserialize;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::call::{Done, Handle};
use super::protocol::directory::{Claim, DirectoryCalls, Find, Release, Taken};
use super::schema::Schema;
use super::sql;
use super::sql_object::SqlObject;

const SCHEMA: Schema = Schema {
    marker_table: "address",
    steps: &[&[
        "CREATE TABLE IF NOT EXISTS address (hash TEXT PRIMARY KEY, account TEXT NOT NULL) WITHOUT ROWID",
    ]],
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
        self.find(&address)
    }
}

impl Handle<Claim> for Directory {
    fn handle(&self, Claim { address, account }: Claim) -> Result<core::result::Result<Done, Taken>> {
        match self.find(&address)? {
            Some(owner) if owner == account => Ok(Ok(Done {})),
            Some(_) => Ok(Err(Taken {})),
            None => {
                self.object.create_tables()?;
                let insert = "INSERT INTO address (hash, account) VALUES (?, ?)";
                sql::run(&self.object.sql(), insert, vec![address.into(), account.into_string().into()])?;
                Ok(Ok(Done {}))
            }
        }
    }
}

impl Handle<Release> for Directory {
    fn handle(&self, Release { address, account }: Release) -> Result<Done> {
        if self.find(&address)?.is_some_and(|owner| owner == account) {
            let delete = "DELETE FROM address WHERE hash = ?";
            sql::run(&self.object.sql(), delete, vec![address.into()])?;
        }
        Ok(Done {})
    }
}

#[derive(Deserialize)]
struct Row {
    account: AccountId,
}

impl Directory {
    fn find(&self, address: &str) -> Result<Option<AccountId>> {
        if !self.object.has_tables() {
            return Ok(None);
        }
        let query = "SELECT account FROM address WHERE hash = ?";
        Ok(sql::row::<Row>(&self.object.sql(), query, vec![address.into()])?.map(|row| row.account))
    }
}
