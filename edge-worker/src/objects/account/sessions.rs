//! Sessions are opened, listed, and ended.

use auth_core::one_time::OneTimePassword;
use auth_core::revocation::Kind;
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
    /// Opens a session for whoever has proved the password, once or as often as he likes, depending on whose choice it was.
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
            id: random::id().map_err(failed)?,
            nonce: SecretBytes::new(random::bytes::<32>().map_err(failed)?),
            user_agent: source.user_agent.clone(),
            address: source.client_address.clone(),
        };
        let family = Family::open(opening, keys, lifetimes, now());
        let cookie = match family.cookie(keys) {
            Ok(cookie) => cookie,
            Err(unknown) => return Ok(Err(unknown)),
        };
        self.store().forget_families_before(now())?;
        self.store().insert(&family)?;
        self.later(|aftermath| aftermath.forget_at = Some(family.expires_at));
        let living = living(account, &family, Some((cookie, lifetimes.absolute_expiry)));
        Ok(Ok((family, AccountReply::Session(Box::new(living)))))
    }

    /// An account has so many living sessions at the most: one more ends those that have been idle longest.
    fn make_room(&self, access_token: u64, asker: &Asker) -> Result<()> {
        let most = self.config()?.sessions_per_account;
        for mut family in self.store().idle_beyond(most.saturating_sub(1), now())? {
            self.finish(&mut family, access_token)?;
            let event = asker.event(What::SessionReplaced, now()).session(&family.id);
            self.record(event.sessions(1).reason("too_many_sessions"))?;
        }
        Ok(())
    }

    pub(super) fn list(&self, current: &str) -> Result<AccountReply> {
        let mut families = self.store().families()?;
        families.retain(|family| family.ended(now()).is_none());
        // The store gives the newest first, and sorting leaves alone what is equal.
        families.sort_by_key(|family| family.id != current);
        let row = |family: Family| SessionRow {
            current: family.id == current,
            id: family.id,
            created_at: family.created_at,
            last_used_at: family.last_used_at,
            expires_at: family.expires_at,
            user_agent: family.user_agent,
        };
        Ok(AccountReply::Sessions(families.into_iter().map(row).collect()))
    }

    pub(super) fn revoke(&self, session: &str, access_token: u64, asker: &Asker) -> Result<AccountReply> {
        match self.store().family(session)?.filter(|family| family.ended(now()).is_none()) {
            Some(mut family) => {
                self.finish(&mut family, access_token)?;
                self.record(asker.event(What::SessionRevoked, now()).session(session))?;
                Ok(AccountReply::Done)
            }
            None => Ok(AccountReply::NoSession),
        }
    }

    /// Every other session ends, and every token that was made before. Whoever signed in with a one-time password has a session
    /// that ends soon; now that he has chosen a password of his own, he gets one of the usual length in its place.
    pub(super) fn replace_password(
        &self,
        account: &AccountRow,
        family: &Family,
        password_hash: &str,
        keys: &RefreshKeys,
        lifetimes: Lifetimes,
        asker: &Asker,
    ) -> Result<AccountReply> {
        let store = self.store();
        let was_one_time = store.one_time()?.is_some();
        self.announce(Kind::Epoch, self.id(), account.epoch + 1, lifetimes.access_token)?;
        let mut ended = 0;
        for mut other in store.families()?.into_iter().filter(|other| was_one_time || other.id != family.id) {
            ended += usize::from(self.finish(&mut other, lifetimes.access_token)?);
        }
        store.replace_password(password_hash)?;
        store.forget_one_time()?;
        let account = AccountRow { epoch: account.epoch + 1, ..account.clone() };
        let event = asker.event(What::PasswordChanged, now()).sessions(ended);
        if was_one_time {
            let (family, reply) = match self.open_session(&account, &asker.source, keys, lifetimes)? {
                Ok(opened) => opened,
                Err(UnknownKey { .. }) => return Err(Error::from("the active refresh key is missing")),
            };
            self.record(event.session(&family.id))?;
            return Ok(reply);
        }
        self.record(event.session(&family.id))?;
        let Ok(cookie) = family.cookie(keys) else { return Ok(AccountReply::UnknownKey) };
        let max_age = family.expires_at.since(now());
        let cookie = family.may_set_cookie(lifetimes, now()).then_some((cookie, max_age));
        Ok(AccountReply::Session(Box::new(living(&account, family, cookie))))
    }
}
