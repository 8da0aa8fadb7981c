//! Opens, lists and ends sessions.

use auth_core::credential::{Proof, join};
use auth_core::id::SessionId;
use auth_core::one_time::OneTimePassword;
use auth_core::rotation::{Family, Lifetimes, Opening, RefreshKeys, UnknownKey};
use auth_core::secret::SecretBytes;
use auth_core::wire::SessionRow;
use worker::{Error, Result};

use super::credentials::Acceptance;
use super::store::{AccountRow, Standing};
use super::{Account, Decide, now, read_keys};
use crate::audit::{Asker, Kind as What, Source};
use crate::hooks::event::{HookEventKind, HookSession};
use crate::mail::Kind as Mail;
use crate::objects::Unavailable;
use crate::objects::call::Done;
use crate::objects::protocol::account::{
    Check, Conflict, ListSessions, NoSession, NotOpened, OpenSession, Reauthenticate, ReplacePassword,
    RevokeSession,
};
use crate::objects::protocol::session::LivingSession;
use crate::random;

/// Opens a session for a user who has proved a credential. A one-time password opens a single one.
impl Decide for OpenSession {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Self { asker, mut proof, signed_up, keys, challenge } = self;
        if account.standing == Standing::Disabled {
            return Ok(Some(Err(NotOpened::Conflict)));
        }
        match at.accepts(&proof)? {
            Acceptance::Accepted => {}
            Acceptance::Changed => return Ok(Some(Err(NotOpened::Conflict))),
            Acceptance::Used => return Ok(Some(Err(NotOpened::Used))),
            Acceptance::CounterDidNotRise => {
                at.record(asker.event(What::SignInFailed, now()).reason("counter"))?;
                return Ok(Some(Err(NotOpened::Conflict)));
            }
        }
        // What an external system says takes effect with the session.
        let roles = proof.profile.as_ref().map_or(&account.roles, |profile| &profile.roles);
        if let Some(methods) = at.lacking_factor(roles, &proof.methods)? {
            // The browser presents its new device cookie with the second factor.
            at.keep_browser(&asker)?;
            let needed = at.demand_factor(&asker, proof, signed_up, challenge, methods)?;
            return Ok(Some(Err(needed)));
        }
        let account = match proof.profile.take() {
            Some(profile) => at.take_over(account, profile, &asker)?,
            None => account,
        };
        let what = if signed_up { What::SignedUp } else { What::SignedIn };
        at.sign_in(&account, &proof, &asker, what, &read_keys(&keys)?).map(Some)
    }

    /// The profile may have outdated the account's tokens.
    fn ends_something(&self) -> bool {
        self.proof.profile.is_some()
    }
}

impl Decide for Check {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Option<Box<LivingSession>>> {
        let family = at.any_session_of(&account, &self.bearing)?;
        family.map(|family| at.living(&account, &family, None)).transpose()
    }
}

impl Decide for ListSessions {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Option<Vec<SessionRow>>> {
        match at.session_of(&account, &self.bearing)? {
            Some(current) => at.list(&current.id).map(Some),
            None => Ok(None),
        }
    }
}

impl Decide for RevokeSession {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Self { bearing, session, asker } = self;
        if at.session_of(&account, &bearing)?.is_none() {
            return Ok(None);
        }
        // A client's session is not on the list of sessions: the user withdraws the grant.
        let is_listed = |family: &Family| family.delegation.is_none() && family.ended(now()).is_none();
        match at.store().family(&session)?.filter(is_listed) {
            Some(mut family) => {
                at.finish(&mut family)?;
                at.record(asker.event(What::SessionRevoked, now()).session(&session))?;
                Ok(Some(Ok(Done {})))
            }
            None => Ok(Some(Err(NoSession {}))),
        }
    }

    fn ends_something(&self) -> bool {
        true
    }
}

/// [`Account::after_credential_change`] describes what happens to the sessions.
impl Decide for ReplacePassword {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Self { bearing, proof, password_hash, keys, asker } = self;
        let Some(family) = at.strong_session_of(&account, &bearing)? else { return Ok(None) };
        if !at.accepts_password(proof.as_ref())? {
            return Ok(Some(Err(Conflict {})));
        }
        let keys = read_keys(&keys)?;
        at.store().replace_password(&password_hash)?;
        let proof = match proof {
            // The new session keeps what was proved in this one.
            Some(proof) => Proof { methods: join(family.methods, &proof.methods), ..proof },
            // The first password. The new session states how the user authenticated in this one.
            None => at.standing_proof(&family)?,
        };
        at.store().forget_one_time()?;
        at.notify(Mail::PasswordChanged, &account, &asker, None)?;
        at.after_credential_change(&account, &proof, What::PasswordChanged, &keys, &asker)
            .map(|session| Some(Ok(session)))
    }

    fn ends_something(&self) -> bool {
        true
    }
}

/// The user has proved a credential in this session: tokens issued from now on carry this time as
/// `auth_time`.
impl Decide for Reauthenticate {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Some(family) = at.session_of(&account, &self.bearing)? else { return Ok(None) };
        if at.accepts(&self.proof)? != Acceptance::Accepted {
            return Ok(Some(Err(Conflict {})));
        }
        let authenticated_at = self.proof.authenticated_at(now());
        let methods = join(family.methods, &self.proof.methods);
        let family = Family { authenticated_at, methods, ..family };
        at.store().update(&family)?;
        at.record(self.asker.event(What::Reauthenticated, now()).session(&family.id))?;
        Ok(Some(Ok(at.living(&account, &family, None)?)))
    }
}

impl Account {
    pub(super) fn sign_in(
        &self,
        account: &AccountRow,
        proof: &Proof,
        asker: &Asker,
        what: What,
        keys: &RefreshKeys,
    ) -> Result<core::result::Result<Box<LivingSession>, NotOpened>> {
        let password = self.store().credentials()?.password().map(|(version, _)| version);
        let one_time =
            if password == Some(proof.credential_version) { self.store().one_time()? } else { None };
        if one_time.as_ref().is_some_and(|password| !password.opens_session(now())) {
            return Ok(Err(NotOpened::Conflict));
        }
        self.make_room(asker)?;
        let lifetimes = self.config()?.lifetimes;
        let lifetimes = if one_time.is_some() { OneTimePassword::lifetimes(lifetimes) } else { lifetimes };
        let session = match self.open_session(account, proof, &asker.source, keys, lifetimes)? {
            Ok(session) => session,
            Err(UnknownKey { .. }) => return Ok(Err(NotOpened::UnknownKey)),
        };
        if what == What::SignedIn {
            let opened = HookSession {
                id: &session.id,
                methods: proof.methods.iter().map(|method| method.as_str()).collect(),
                client_address: &asker.source.client_address,
                user_agent: &asker.source.user_agent,
            };
            self.tell_hook(HookEventKind::SignedIn, account, Some(opened))?;
        }
        let mut event = asker.event(what, now()).session(&session.id);
        if let Some(password) = one_time {
            let session = Some(session.id.clone());
            self.store().set_one_time(&OneTimePassword { session, ..password })?;
            event = event.reason("one_time_password");
        }
        self.record(event)?;
        self.recognise_browser(account, asker)?;
        Ok(Ok(session))
    }

    fn open_session(
        &self,
        account: &AccountRow,
        proof: &Proof,
        source: &Source,
        keys: &RefreshKeys,
        lifetimes: Lifetimes,
    ) -> Result<core::result::Result<Box<LivingSession>, UnknownKey>> {
        if self.lacking_factor(&account.roles, &proof.methods)?.is_some() {
            // The error rolls back the whole call. Every way in asks for the second factor before.
            return Err(Error::from("a session cannot be opened without the second factor"));
        }
        let failed = |error: Unavailable| Error::from(error.cause);
        let opening = Opening {
            account: self.id(),
            id: random::id().map_err(failed)?.into(),
            nonce: SecretBytes::new(random::bytes::<32>().map_err(failed)?),
            authenticated_at: proof.authenticated_at(now()),
            methods: proof.methods.clone(),
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
        self.living(account, &family, Some((cookie, lifetimes.absolute_expiry))).map(Ok)
    }

    /// Limits the number of active sessions of browsers per account: one more ends the sessions that have been idle
    /// longest.
    fn make_room(&self, asker: &Asker) -> Result<()> {
        let most = self.config()?.sessions_per_account;
        for mut family in self.store().idle_beyond(most.saturating_sub(1), now())? {
            self.finish(&mut family)?;
            let event = asker.event(What::SessionReplaced, now()).session(&family.id);
            self.record(event.sessions(1).reason("too_many_sessions"))?;
        }
        Ok(())
    }

    fn list(&self, current: &SessionId) -> Result<Vec<SessionRow>> {
        let mut families = self.store().families()?;
        families.retain(|family| family.delegation.is_none() && family.ended(now()).is_none());
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
        Ok(families.into_iter().map(row).collect())
    }

    /// Applies the consequences of every change of a credential: all sessions of the account end, including
    /// the caller's, because its cookie may have been stolen before the change; all existing access tokens
    /// are revoked; and the caller gets a new session that shares nothing with the old one.
    fn after_credential_change(
        &self,
        account: &AccountRow,
        proof: &Proof,
        what: What,
        keys: &RefreshKeys,
        asker: &Asker,
    ) -> Result<Box<LivingSession>> {
        let ended = self.end_sessions(account)?;
        let account = AccountRow { epoch: account.epoch + 1, ..account.clone() };
        let lifetimes = self.config()?.lifetimes;
        let session = match self.open_session(&account, proof, &asker.source, keys, lifetimes)? {
            Ok(session) => session,
            // The error rolls back the whole change; the client repeats the request.
            Err(UnknownKey { .. }) => return Err(Error::from("the active refresh key is missing")),
        };
        self.record(asker.event(what, now()).session(&session.id).sessions(ended))?;
        Ok(session)
    }
}
