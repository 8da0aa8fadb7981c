//! Revocations that are still to be delivered to the list of revocations.

use auth_core::revocation::{Entry, Kind};
use worker::{Error, Result};

use super::{Account, now};
use crate::objects::client;
use crate::objects::protocol::revocations::Add;

impl Account {
    /// Adds a revocation to the outbox, in the transaction that causes it. It is needed as long as an access
    /// token issued until now may be valid.
    pub(super) fn announce(&self, kind: Kind, id: &str, least_epoch: u64) -> Result<()> {
        let config = self.config()?;
        let until = now().plus(config.lifetimes.access_token);
        self.put_into_outbox(&Entry {
            issuer: config.issuer.to_string(),
            kind,
            id: id.to_owned(),
            least_epoch,
            until,
        })
    }

    /// Adds an entry whose end is already known.
    pub(super) fn put_into_outbox(&self, entry: &Entry) -> Result<()> {
        self.later(|aftermath| aftermath.deliver = true);
        self.store().put_into_outbox(entry)
    }

    /// Delivers the outbox's entries and removes them. Entries that are added during the delivery stay for
    /// the next one.
    pub(super) async fn deliver(&self) -> Result<()> {
        let (entries, last) = self.store().outbox()?;
        if entries.is_empty() {
            return Ok(());
        }
        let delivered = client::revocations(&self.object.env, &Add { entries }).await;
        delivered.map_err(|error| Error::from(error.cause))?;
        self.store().empty_outbox(last)
    }
}
