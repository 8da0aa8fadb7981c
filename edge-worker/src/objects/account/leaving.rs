//! An account on its way out. It is dead for everybody from the moment the decision is stored; what then has to wait for others
//! (revocations, the Directory) is done before the answer leaves, and by the alarm where it can't be.

use auth_core::revocation::Kind;
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
        self.announce(Kind::Epoch, self.id(), account.epoch + 1, self.access_token()?)?;
        store.set_standing(Standing::Leaving)?;
        store.raise_epoch()?;
        self.record(asker.event(What::AccountDeleted, now()))?;
        self.later(|aftermath| aftermath.leave = true);
        Ok(AccountReply::Done)
    }

    /// What an account that is being deleted answers: that there is none. A deletion that is repeated is answered when it is complete;
    /// so is a token's revocation, because the deletion revokes the token.
    pub(super) fn left(&self, call: &AccountCall) -> AccountReply {
        match call {
            AccountCall::Admin { call: AdminCall::Delete, .. } | AccountCall::RevokeToken { .. } => {
                self.later(|aftermath| aftermath.leave = true);
                AccountReply::Done
            }
            _ => AccountReply::NoAccount,
        }
    }

    /// Delivers its revocations, deletes the clients that the limiter stores for it, releases its e-mail address, and deletes its own
    /// storage. Repeated until it succeeds. A sign-in that is under way deletes what it adds to the limiter after that by itself.
    pub(super) async fn finish_leaving(&self) -> Result<()> {
        // Another call may have been quicker.
        let account = if self.store().is_there()? { self.store().read()? } else { None };
        let Some(account) = account else { return Ok(()) };
        // Read before anything waits: another call may delete the storage meanwhile.
        let typed = self.store().typed()?;
        self.deliver().await?;
        let failed = |error: Unavailable| Error::from(error.cause);
        let own = Subject::of(By::Account, &account.email).map_err(failed)?;
        for subject in typed.iter().filter_map(|hash| Subject::of_hash(hash)).chain([own]) {
            let forget = LimiterCall::Forget { account: subject.hash() };
            subject.ask(&self.env, &forget).await.map_err(failed)?;
        }
        let released = client::release_address(&self.env, account.directory_key(), &self.id()).await;
        released.map_err(failed)?;
        self.forget_everything().await
    }
}
