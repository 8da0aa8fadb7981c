//! Deletes accounts. An account can't be used from the moment the decision is stored. The steps that involve
//! other objects (revocations, the Directory) are completed before the response leaves, or by the alarm if
//! that fails.

use auth_core::revocation::Kind;
use auth_core::wire::Email;
use worker::{Error, Result};

use super::super::limiter::LimiterCall;
use super::super::limiter::client::{By, Subject};
use super::super::protocol::{AccountCall, AccountReply, AdminCall};
use super::super::{Unavailable, client};
use super::store::{AccountRow, Standing};
use super::{Account, now};
use crate::audit::{Asker, Kind as What};

impl Account {
    /// Stores the decision.
    pub(super) fn begin_to_leave(&self, account: &AccountRow, asker: &Asker) -> Result<AccountReply> {
        let store = self.store();
        self.announce(Kind::Epoch, self.id().as_str(), account.epoch + 1, self.access_token()?)?;
        store.set_standing(Standing::Leaving)?;
        store.raise_epoch()?;
        self.record(asker.event(What::AccountDeleted, now()))?;
        self.later(|aftermath| aftermath.leave = true);
        Ok(AccountReply::Done)
    }

    /// The reply of an account that is being deleted: it does not exist. A repeated deletion is answered when
    /// the deletion is complete; so is the revocation of a token, because the deletion revokes it.
    pub(super) fn left(&self, call: &AccountCall) -> AccountReply {
        match call {
            AccountCall::Admin { call: AdminCall::Delete, .. } | AccountCall::RevokeToken { .. } => {
                self.later(|aftermath| aftermath.leave = true);
                AccountReply::Done
            }
            _ => AccountReply::NoAccount,
        }
    }

    /// Delivers the account's revocations, deletes the clients that the limiter stores for it, releases its
    /// e-mail address, and deletes its own storage. Repeated until it succeeds. A sign-in in progress deletes
    /// what it adds to the limiter afterwards.
    pub(super) async fn finish_leaving(&self) -> Result<()> {
        // Another call may have completed this already.
        let account = if self.store().is_there()? { self.store().read()? } else { None };
        let Some(account) = account else { return Ok(()) };
        // Read before the first await, because another call may delete the storage during it.
        let typed = self.store().typed()?;
        self.deliver().await?;
        let failed = |error: Unavailable| Error::from(error.cause);
        // The limiter counts under the present normal form, which an older account's address may not have.
        let own = Email::stored(&account.email);
        let own = Subject::of(By::Account, own.as_str()).map_err(failed)?;
        for subject in typed.iter().filter_map(|hash| Subject::of_hash(hash)).chain([own]) {
            let forget = LimiterCall::Forget { account: subject.hash() };
            subject.ask(&self.env, &forget).await.map_err(failed)?;
        }
        let released = client::release_address(&self.env, account.directory_key(), &self.id()).await;
        released.map_err(failed)?;
        self.forget_everything().await
    }
}
