//! Deletes accounts. An account can't be used from the moment the decision is stored. The steps that involve
//! other objects (revocations, the Directory) are completed before the response leaves, or by the alarm if
//! that fails.

use std::time::Duration;

use auth_core::revocation::Kind;
use auth_core::wire::Email;
use worker::{Error, Result};

use super::super::limiter::{By, Subject};
use super::super::protocol::account::{Conflict, Leave};
use super::super::protocol::limiter::Forget;
use super::super::{Unavailable, client};
use super::store::{AccountRow, Standing};
use super::{Account, Decide, now};
use crate::audit::{Asker, Kind as What};
use crate::hooks::event::HookEventKind;
use crate::objects::call::Done;

impl Decide for Leave {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        if at.session_of(&account, &self.bearing)?.is_none() {
            return Ok(None);
        }
        if !at.accepts_password(self.proof.as_ref())? {
            return Ok(Some(Err(Conflict {})));
        }
        at.begin_to_leave(&account, &self.asker).map(|done| Some(Ok(done)))
    }
}

impl Account {
    /// Stores the decision.
    pub(super) fn begin_to_leave(&self, account: &AccountRow, asker: &Asker) -> Result<Done> {
        let store = self.store();
        self.announce(Kind::Epoch, self.id().as_str(), account.epoch + 1)?;
        store.set_standing(Standing::Leaving)?;
        store.raise_epoch()?;
        self.record(asker.event(What::AccountDeleted, now()))?;
        self.tell_hook(HookEventKind::Deleted, account, None)?;
        Ok(self.continue_leaving())
    }

    /// Has the deletion completed before the reply leaves.
    pub(super) fn continue_leaving(&self) -> Done {
        self.later(|aftermath| aftermath.leave = true);
        Done {}
    }

    /// Delivers the account's revocations, deletes the clients that the limiter stores for it, releases what
    /// it has in the Directory, and deletes its own storage, or all of it except messages that are still to be
    /// delivered to other systems. Repeated until it succeeds. A sign-in in
    /// progress deletes what it adds to the limiter afterwards.
    pub(super) async fn finish_leaving(&self) -> Result<()> {
        // Another call may have completed this already.
        let account = if self.store().is_there()? { self.store().read()? } else { None };
        let Some(account) = account else { return Ok(()) };
        // Read before the first await, because another call may delete the storage during it.
        let typed = self.store().typed()?;
        let keys = [self.store().directory_keys()?, self.store().reserved_keys()?].concat();
        self.deliver().await?;
        let failed = |error: Unavailable| Error::from(error.cause);
        // The limiter counts under the present normal form, which an older account's address may not have.
        let own = Email::stored(&account.email);
        let own = Subject::of(By::Account, own.as_str()).map_err(failed)?;
        let factor = Subject::of_second_factor(&self.id()).map_err(failed)?;
        let has_devices = self.config()?.oauth.is_some();
        let device = has_devices.then(|| Subject::of_user_code(&self.id())).transpose().map_err(failed)?;
        let hashed = typed.iter().filter_map(|hash| Subject::of_hash(hash));
        for subject in hashed.chain([own, factor]).chain(device) {
            let forget = Forget { account: subject.hash() };
            subject.ask(&self.object.env, &forget).await.map_err(failed)?;
        }
        for key in keys {
            client::release_address(&self.object.env, &key, &self.id()).await.map_err(failed)?;
        }
        client::list::delist(&self.object.env, &self.id()).await.map_err(failed)?;
        // Messages that are still to be delivered outlive the account, and nothing else does.
        let waits = self.object.decide(|| {
            let waits = self.store().is_there()? && self.store().next_delivery()?.is_some();
            if waits {
                self.store().forget_all_but_deliveries()?;
            }
            Ok(waits)
        })?;
        if waits {
            return self.object.storage().set_alarm(Duration::ZERO).await;
        }
        self.forget_everything().await
    }
}
