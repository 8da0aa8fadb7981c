//! Opens, lists and ends sessions.

use auth_core::id::SessionId;
use auth_core::one_time::OneTimePassword;
use auth_core::rotation::{Family, Lifetimes, Opening, RefreshKeys, UnknownKey};
use auth_core::secret::SecretBytes;
use auth_core::wire::SessionRow;
use worker::{Error, Result};

use super::store::AccountRow;
use super::{Account, living, now};
use crate::audit::{Asker, Kind as What, Source};
use crate::objects::Unavailable;
use crate::objects::protocol::AccountReply;
use crate::random;

impl Account {
    /// Opens a session for a user who has proved the password. A password chosen by the user opens any number
    /// of sessions; a one-time password opens one.
    pub(super) fn sign_in(
        &self,
        account: &AccountRow,
        asker: &Asker,
        what: What,
        keys: &RefreshKeys,
        lifetimes: Lifetimes,
    ) -> Result<AccountReply> {
        let one_time = self.store().one_time()?;
        if one_time.as_ref().is_some_and(|password| !password.opens_session(now())) {
            return Ok(AccountReply::Conflict);
        }
        self.make_room(lifetimes.access_token, asker)?;
        let lifetimes = if one_time.is_some() { OneTimePassword::lifetimes(lifetimes) } else { lifetimes };
        let (family, reply) = match self.open_session(account, &asker.source, keys, lifetimes)? {
            Ok(opened) => opened,
            Err(UnknownKey { .. }) => return Ok(AccountReply::UnknownKey),
        };
        let mut event = asker.event(what, now()).session(&family.id);
        if let Some(password) = one_time {
            let session = Some(family.id);
            self.store().set_one_time(&OneTimePassword { session, ..password })?;
            event = event.reason("one_time_password");
        }
        self.record(event)?;
        Ok(reply)
    }

    pub(super) fn open_session(
        &self,
        account: &AccountRow,
        source: &Source,
        keys: &RefreshKeys,
        lifetimes: Lifetimes,
    ) -> Result<core::result::Result<(Family, AccountReply), UnknownKey>> {
        let failed = |error: Unavailable| Error::from(error.cause);
        let opening = Opening {
            account: self.id(),
            id: random::id().map_err(failed)?.into(),
            nonce: SecretBytes::new(random::bytes::<32>().map_err(failed)?),
            user_agent: source.user_agent.clone(),
            address: source.client_address.clone(),
        };
        let family = Family::open(opening, keys, lifetimes, now());
        let cookie = match family.cookie(keys) {
            Ok(cookie) => cookie,
            Err(unknown) => return Ok(Err(unknown)),
        };
        self.store().forget_families(now())?;
        self.store().insert(&family)?;
        self.later(|aftermath| aftermath.forget_at = Some(Family::kept_until(family.expires_at)));
        let living = living(account, &family, Some((cookie, lifetimes.absolute_expiry)));
        Ok(Ok((family, AccountReply::Session(Box::new(living)))))
    }

    /// Limits the number of active sessions per account: one more ends the sessions that have been idle
    /// longest.
    fn make_room(&self, access_token: u64, asker: &Asker) -> Result<()> {
        let most = self.config()?.sessions_per_account;
        for mut family in self.store().idle_beyond(most.saturating_sub(1), now())? {
            self.finish(&mut family, access_token)?;
            let event = asker.event(What::SessionReplaced, now()).session(&family.id);
            self.record(event.sessions(1).reason("too_many_sessions"))?;
        }
        Ok(())
    }

    pub(super) fn list(&self, current: &SessionId) -> Result<AccountReply> {
        let mut families = self.store().families()?;
        families.retain(|family| family.ended(now()).is_none());
        // The store returns the newest first, and the sort is stable.
        families.sort_by_key(|family| family.id != *current);
        let row = |family: Family| SessionRow {
            current: family.id == *current,
            id: family.id,
            created_at: family.created_at,
            last_used_at: family.last_used_at,
            expires_at: family.expires_at,
            user_agent: family.user_agent,
        };
        Ok(AccountReply::Sessions(families.into_iter().map(row).collect()))
    }

    pub(super) fn revoke(
        &self,
        session: &SessionId,
        access_token: u64,
        asker: &Asker,
    ) -> Result<AccountReply> {
        match self.store().family(session)?.filter(|family| family.ended(now()).is_none()) {
            Some(mut family) => {
                self.finish(&mut family, access_token)?;
                self.record(asker.event(What::SessionRevoked, now()).session(session))?;
                Ok(AccountReply::Done)
            }
            None => Ok(AccountReply::NoSession),
        }
    }

    /// The user has proved the password in this session: tokens issued from now on carry this time as
    /// `auth_time`.
    pub(super) fn reauthenticate(
        &self,
        account: &AccountRow,
        family: &Family,
        asker: &Asker,
    ) -> Result<AccountReply> {
        let family = Family { authenticated_at: now(), ..family.clone() };
        self.store().update(&family)?;
        self.record(asker.event(What::Reauthenticated, now()).session(&family.id))?;
        Ok(AccountReply::Session(Box::new(living(account, &family, None))))
    }

    /// Replaces the password. [`Self::after_credential_change`] describes what happens to the sessions.
    pub(super) fn replace_password(
        &self,
        account: &AccountRow,
        password_hash: &str,
        keys: &RefreshKeys,
        lifetimes: Lifetimes,
        asker: &Asker,
    ) -> Result<AccountReply> {
        self.store().set_password(password_hash)?;
        self.store().forget_one_time()?;
        self.after_credential_change(account, What::PasswordChanged, keys, lifetimes, asker)
    }

    /// Applies the consequences of every change of a credential: all sessions of the account end, including
    /// the caller's, because its cookie may have been stolen before the change; all existing access tokens
    /// are revoked; and the caller gets a new session that shares nothing with the old one.
    fn after_credential_change(
        &self,
        account: &AccountRow,
        what: What,
        keys: &RefreshKeys,
        lifetimes: Lifetimes,
        asker: &Asker,
    ) -> Result<AccountReply> {
        let ended = self.end_sessions(account)?;
        let account = AccountRow { epoch: account.epoch + 1, ..account.clone() };
        let (family, reply) = match self.open_session(&account, &asker.source, keys, lifetimes)? {
            Ok(opened) => opened,
            // The error rolls back the whole change; the client repeats the request.
            Err(UnknownKey { .. }) => return Err(Error::from("the active refresh key is missing")),
        };
        self.record(asker.event(what, now()).session(&family.id).sessions(ended))?;
        Ok(reply)
    }
}
