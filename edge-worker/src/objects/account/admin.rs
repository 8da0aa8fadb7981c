//! The operations of administrators on an account.

use auth_core::one_time::OneTimePassword;
use auth_core::revocation::Kind;
use auth_core::wire::SessionEndReason;
use worker::Result;

use super::store::{AccountRow, Standing};
use super::{Account, Decide, now};
use crate::audit::{Event, Kind as What};
use crate::objects::call::Done;
use crate::objects::protocol::account::{
    Delete, Disable, Enable, EndSessions, Events, NoPassword, NotConfirmed, Overview, ResetPassword,
    SetMetadata, SetRoles, View, ViewListed,
};

// Work that is already done is not repeated and not reported as an error, so that every call can be repeated.
// An unconfirmed account counts: if the Directory has its address, it exists, and its user can sign in.

impl Decide for View {
    fn decide(self, at: &Account, _: AccountRow) -> Result<Option<Box<Overview>>> {
        at.overview()
    }

    /// An administrator sees an account whose revocations are delivered.
    fn ends_something(&self) -> bool {
        true
    }
}

impl Decide for ViewListed {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        if !account.confirmed {
            return Ok(Some(Err(NotConfirmed {})));
        }
        Ok(at.overview()?.map(Ok))
    }
}

impl Decide for Events {
    fn decide(self, at: &Account, _: AccountRow) -> Result<Option<Vec<Event>>> {
        at.store().events().map(Some)
    }

    /// As for [`View`].
    fn ends_something(&self) -> bool {
        true
    }
}

impl Decide for SetRoles {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Option<Box<Overview>>> {
        let Self { roles, asker } = self;
        if roles != account.roles {
            at.outdate_tokens(&account)?;
            at.store().set_roles(&roles)?;
        }
        at.record(Event { roles: Some(roles), ..asker.event(What::RolesChanged, now()) })?;
        at.overview()
    }

    fn ends_something(&self) -> bool {
        true
    }
}

impl Decide for SetMetadata {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Option<Box<Overview>>> {
        let Self { metadata, asker } = self;
        if metadata != account.metadata {
            at.outdate_tokens(&account)?;
            at.store().set_metadata(&metadata)?;
        }
        at.record(asker.event(What::MetadataChanged, now()))?;
        at.overview()
    }

    fn ends_something(&self) -> bool {
        true
    }
}

impl Decide for Disable {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Option<Box<Overview>>> {
        at.store().set_standing(Standing::Disabled)?;
        // Like the sessions, they have ended also if the account is enabled again. The epoch, which rises, has
        // isolates ask again about the keys that they know.
        at.store().delete_api_keys()?;
        let ended = at.end_sessions(&account)?;
        at.record(self.asker.event(What::AccountDisabled, now()).sessions(ended))?;
        at.overview()
    }

    fn ends_something(&self) -> bool {
        true
    }
}

impl Decide for Enable {
    fn decide(self, at: &Account, _: AccountRow) -> Result<Option<Box<Overview>>> {
        at.store().set_standing(Standing::Open)?;
        at.record(self.asker.event(What::AccountEnabled, now()))?;
        at.overview()
    }

    /// A repetition of this call must not hide that the sessions ended by [`Disable`] are still to be
    /// delivered.
    fn ends_something(&self) -> bool {
        true
    }
}

impl Decide for EndSessions {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Option<Box<Overview>>> {
        let ended = at.end_sessions(&account)?;
        at.record(self.asker.event(What::SessionsEnded, now()).sessions(ended))?;
        at.overview()
    }

    fn ends_something(&self) -> bool {
        true
    }
}

impl Decide for ResetPassword {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        // An account with external credentials has no password.
        if at.store().credentials()?.password().is_none() {
            return Ok(Some(Err(NoPassword {})));
        }
        let ended = at.end_sessions(&account)?;
        at.store().replace_password(&self.password_hash)?;
        at.store().set_one_time(&OneTimePassword::new(self.until))?;
        at.record(self.asker.event(What::PasswordReset, now()).sessions(ended))?;
        Ok(at.overview()?.map(Ok))
    }

    fn ends_something(&self) -> bool {
        true
    }
}

impl Decide for Delete {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Option<Done>> {
        at.begin_to_leave(&account, &self.asker).map(Some)
    }

    fn ends_something(&self) -> bool {
        true
    }

    /// A repeated deletion is answered when the deletion is complete.
    fn decide_while_leaving(&self, at: &Account) -> Option<Done> {
        Some(at.continue_leaving())
    }
}

impl Account {
    pub(super) fn overview(&self) -> Result<Option<Box<Overview>>> {
        let store = self.store();
        let Some(account) = store.read()? else { return Ok(None) };
        let unused = store.one_time()?.filter(|password| password.opens_session(now()));
        let families = store.families()?;
        let living =
            families.iter().filter(|family| family.delegation.is_none() && family.ended(now()).is_none());
        Ok(Some(Box::new(Overview {
            id: self.id(),
            external_id: store.credentials()?.external().map(|(_, id)| id.clone()),
            email: account.email,
            email_verified: account.email_verified,
            roles: account.roles,
            second_factor: account.second_factor,
            profile: account.profile,
            metadata: account.metadata,
            disabled: account.standing == Standing::Disabled,
            created_at: account.created_at,
            sessions: living.count(),
            one_time_password_until: unused.map(|password| password.until),
        })))
    }

    /// Invalidates all access tokens that the account has. Clients with a session get a new one with their
    /// cookie.
    pub(super) fn outdate_tokens(&self, account: &AccountRow) -> Result<()> {
        self.announce(Kind::Epoch, self.id().as_str(), account.epoch + 1)?;
        self.store().raise_epoch()
    }

    /// Ends every session, those of OAuth clients included, and returns how many were active. A single entry for the account revokes all their
    /// tokens, so that the list of revocations does not have to name each session.
    pub(super) fn end_sessions(&self, account: &AccountRow) -> Result<usize> {
        self.outdate_tokens(account)?;
        self.store().delete_codes()?;
        let mut ended = 0;
        for mut family in self.store().families()? {
            if family.finish(SessionEndReason::Revoked, now()) {
                self.store().update(&family)?;
                ended += 1;
            }
        }
        Ok(ended)
    }
}
