//! Revocations that a change or the deletion of a client causes. They are stored with it and delivered before the response,
//! as those of an account are.

use auth_core::id::{ClientId, SessionId};
use auth_core::revocation::{Entry, Kind};
use auth_core::wire::read_json;
use serde::Deserialize;
use worker::{Error, Result};

use super::Clients;
use crate::config;
use crate::objects::client;
use crate::objects::protocol::clients::StoredClient;
use crate::objects::protocol::revocations::Add;
use crate::objects::sql::{self, misshapen};
use crate::platform::now;

#[derive(Deserialize)]
struct StoredEntry {
    id: u64,
    entry: String,
}

impl Clients {
    /// The client was changed: the tokens that it got for itself before are revoked. What users have granted to it stays.
    pub(super) fn revoke_earlier_tokens(&self, client: &StoredClient) -> Result<()> {
        self.announce(Kind::Epoch, client.id.as_str(), client.epoch)
    }

    /// The client was deleted: all of its tokens are revoked, also those that users have granted to it.
    pub(super) fn revoke_all_tokens(&self, id: &ClientId) -> Result<()> {
        self.announce(Kind::Session, SessionId::of_client(id).as_str(), 0)
    }

    fn announce(&self, kind: Kind, id: &str, least_epoch: u64) -> Result<()> {
        let config = config::of(&self.object.env).map_err(|_| Error::from("the configuration is invalid"))?;
        let entry = Entry {
            issuer: config.issuer.to_string(),
            kind,
            id: id.to_owned(),
            least_epoch,
            // As long as a token that was issued until now may be valid.
            until: now().plus(config.lifetimes.access_token),
        };
        self.revoked.set(true);
        let insert = "INSERT INTO outbox (entry) VALUES (?)";
        sql::run(&self.object.sql(), insert, vec![serde_json::to_string(&entry)?.into()])
    }

    /// Delivers the outbox's entries and deletes them. Entries that are added during the delivery stay for the next one.
    pub(super) async fn deliver(&self) -> Result<()> {
        if !self.object.has_tables() {
            return Ok(());
        }
        let rows =
            sql::rows::<StoredEntry>(&self.object.sql(), "SELECT id, entry FROM outbox ORDER BY id", vec![])?;
        let Some(last) = rows.last().map(|row| row.id) else { return Ok(()) };
        let entries = rows
            .iter()
            .map(|row| read_json::<Entry>(row.entry.as_bytes()).map_err(misshapen))
            .collect::<Result<_>>()?;
        let delivered = client::revocations(&self.object.env, &Add { entries }).await;
        delivered.map_err(|error| Error::from(error.cause))?;
        sql::run(&self.object.sql(), "DELETE FROM outbox WHERE id <= ?", vec![sql::integer(last)?])
    }
}
