//! The operations of administrators on an account.

use auth_core::one_time::OneTimePassword;
use auth_core::revocation::Kind;
use auth_core::wire::SessionEndReason;
use worker::Result;

use super::super::external::external_id;
use super::super::protocol::{AccountReply, AdminCall, Overview};
use super::store::{AccountRow, Standing};
use super::{Account, now};
use crate::audit::{Asker, Event, Kind as What};
use crate::config;

impl Account {
    /// Carries out a call. Work that is already done is not repeated and not reported as an error, so that
    /// every call can be repeated. An unconfirmed account counts: if the Directory has its address, it
    /// exists, and its user can sign in.
    pub(super) fn administer(
        &self,
        account: &AccountRow,
        call: AdminCall,
        asker: &Asker,
    ) -> Result<AccountReply> {
        let store = self.store();
        match call {
            AdminCall::View => {}
            AdminCall::Events => return Ok(AccountReply::Events(store.events()?)),
            AdminCall::Delete => return self.begin_to_leave(account, asker),
            AdminCall::SetRoles(roles) => {
                if roles != account.roles {
                    self.outdate_tokens(account)?;
                    store.set_roles(&roles)?;
                }
                self.record(Event { roles: Some(roles), ..asker.event(What::RolesChanged, now()) })?;
            }
            AdminCall::Disable => {
                store.set_standing(Standing::Disabled)?;
                let ended = self.end_sessions(account)?;
                self.record(asker.event(What::AccountDisabled, now()).sessions(ended))?;
            }
            AdminCall::Enable => {
                store.set_standing(Standing::Open)?;
                self.record(asker.event(What::AccountEnabled, now()))?;
            }
            AdminCall::SignOut => {
                let ended = self.end_sessions(account)?;
                self.record(asker.event(What::SessionsEnded, now()).sessions(ended))?;
            }
            // An account with external credentials has no password, and its hash column holds its name.
            AdminCall::ResetPassword { .. } if external_id(&account.password_hash).is_some() => {
                return Ok(AccountReply::Conflict);
            }
            AdminCall::ResetPassword { password_hash, until } => {
                let ended = self.end_sessions(account)?;
                store.set_password(&password_hash)?;
                store.set_one_time(&OneTimePassword::new(until))?;
                self.record(asker.event(What::PasswordReset, now()).sessions(ended))?;
            }
        }
        self.overview()
    }

    fn overview(&self) -> Result<AccountReply> {
        let store = self.store();
        let Some(account) = store.read()? else { return Ok(AccountReply::NoAccount) };
        let unused = store.one_time()?.filter(|password| password.opens_session(now()));
        let living = store.families()?.iter().filter(|family| family.ended(now()).is_none()).count();
        Ok(AccountReply::Overview(Box::new(Overview {
            id: self.id(),
            external_id: external_id(&account.password_hash).map(ToOwned::to_owned),
            email: account.email,
            email_verified: false,
            roles: account.roles,
            disabled: account.standing == Standing::Disabled,
            created_at: account.created_at,
            sessions: living,
            one_time_password_until: unused.map(|password| password.until),
        })))
    }

    /// Invalidates all access tokens that the account has. Clients with a session get a new one with their
    /// cookie.
    pub(super) fn outdate_tokens(&self, account: &AccountRow) -> Result<()> {
        self.announce(Kind::Epoch, self.id().as_str(), account.epoch + 1, self.access_token()?)?;
        self.store().raise_epoch()
    }

    /// Ends every session and returns how many were active. A single entry for the account revokes all their
    /// tokens, so that the list of revocations does not have to name each session.
    pub(super) fn end_sessions(&self, account: &AccountRow) -> Result<usize> {
        self.outdate_tokens(account)?;
        let mut ended = 0;
        for mut family in self.store().families()? {
            if family.finish(SessionEndReason::Revoked, now()) {
                self.store().update(&family)?;
                ended += 1;
            }
        }
        Ok(ended)
    }

    /// The longest remaining lifetime of an access token issued until now, in seconds.
    pub(super) fn access_token(&self) -> Result<u64> {
        Ok(config::of(&self.env)
            .map_err(|_| worker::Error::from("the configuration is invalid"))?
            .lifetimes
            .access_token)
    }
}
