//! What an account's alarm leaves undone, and when the next one is due.

use std::time::Duration;

use auth_core::time::UnixTime;
use worker::{Error, Result};

use super::store::Standing;
use super::{Account, now};
use crate::objects::client;

/// When an account's alarm is due next.
enum Due {
    /// The account was deleted, and nothing of it is left to do.
    Never,
    /// Something has to be repeated; the alarm is set already.
    Soon,
    /// At this time.
    At(UnixTime),
    /// There is nothing to do.
    Nothing,
}

impl Account {
    /// Deletes what has expired, and sets the alarm for what is due next. Other calls may have changed anything
    /// while the alarm waited for other systems, so this starts from what is stored now. Deletes the whole storage
    /// if the account was deleted and its last message is delivered.
    pub(super) async fn set_next_alarm(&self) -> Result<()> {
        let storage = self.object.storage();
        let due = self.object.decide(|| self.next_due())?;
        match due {
            Due::Never => self.forget_everything().await,
            Due::Soon => Ok(()),
            Due::At(at) => storage.set_alarm(Duration::from_secs(at.since(now()).max(1))).await,
            Due::Nothing => storage.delete_alarm().await,
        }
    }

    fn next_due(&self) -> Result<Due> {
        if !self.object.has_tables() {
            return Ok(Due::Never);
        }
        let message = self.store().next_delivery()?;
        let Some(account) = self.store().read()? else { return Ok(message.map_or(Due::Never, Due::At)) };
        self.forget_addresses_before(now())?;
        let undelivered = !self.store().outbox()?.0.is_empty() || self.store().unsynced_address()?.is_some();
        if undelivered || account.standing == Standing::Leaving || !account.confirmed {
            return Ok(Due::Soon);
        }
        self.store().forget_families(now())?;
        self.store().forget_tickets_before(now())?;
        self.store().forget_creation_before(now())?;
        self.store().forget_revoked_tokens_before(now())?;
        self.store().forget_challenges_before(now())?;
        self.store().forget_pending_totp_before(now())?;
        self.store().forget_api_keys(now())?;
        self.store().forget_codes(now())?;
        let next = self.store().next_to_forget()?.into_iter().chain(message);
        let next = next.chain(self.store().next_address_to_forget()?).min();
        Ok(next.map_or(Due::Nothing, Due::At))
    }

    /// Asks the Directory whether it has assigned the account's address or id to the account, and if so
    /// confirms the account.
    pub(super) async fn confirm_if_claimed(&self) -> Result<bool> {
        for key in self.store().directory_keys()? {
            let owner = client::find_account(&self.object.env, &key).await;
            if owner.map_err(|error| Error::from(error.cause))? == Some(self.id()) {
                let listed = client::list::enlist(&self.object.env, &self.id()).await;
                listed.map_err(|error| Error::from(error.cause))?;
                self.object.decide(|| self.confirm())?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Deletes the whole storage.
    pub(super) async fn forget_everything(&self) -> Result<()> {
        self.object.delete_everything().await?;
        self.object.storage().delete_alarm().await
    }
}
