//! The account's passkeys.

use auth_core::credential::{Credential, CredentialVersion, MAX_PASSKEYS, Passkey, PasskeyUse};
use worker::Result;

use super::super::sql;
use super::store::{AccountRow, Store};
use super::usable::opens_sessions;
use super::{Account, Decide, now};
use crate::audit::Kind;
use crate::mail;
use crate::objects::call::{Done, Handle};
use crate::objects::protocol::account::{
    AccountExists, AddPasskey, ListPasskeys, NoPasskey, NotAdded, NotRemoved, RemovePasskey, RenamePasskey,
    SignUpByPasskey,
};

/// The challenge names the account, so a response that is presented again finds the account that it created. It goes
/// on from there, because an earlier attempt may have failed at a later step, such as the claim of the address; only
/// one of them opens a session.
impl Handle<SignUpByPasskey> for Account {
    fn handle(
        &self,
        SignUpByPasskey { email, passkey }: SignUpByPasskey,
    ) -> Result<core::result::Result<CredentialVersion, AccountExists>> {
        if self.read()?.is_some() {
            let credentials = self.store().credentials()?;
            let same =
                credentials.passkey(&passkey.id).filter(|(_, own)| own.public_key == passkey.public_key);
            return Ok(same.map(|(version, _)| version).ok_or(AccountExists {}));
        }
        let (store, credential) = (self.store(), Credential::Passkey(passkey));
        self.object.create_tables()?;
        store.create(&email, Some(&credential), &[], false, now())?;
        let version = store.add_credential(&credential)?;
        self.later(|aftermath| aftermath.confirm_later = true);
        Ok(Ok(version))
    }
}

impl Decide for AddPasskey {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Self { bearing, passkey, once, asker } = self;
        if at.session_of(&account, &bearing)?.is_none() {
            return Ok(None);
        }
        let credentials = at.store().credentials()?;
        if let Some((_, present)) = credentials.passkey(&passkey.id) {
            // The same response again, because the first answer was lost.
            let is_same = present.public_key == passkey.public_key;
            return Ok(Some(if is_same { Ok(Box::new(present.clone())) } else { Err(NotAdded::Exists) }));
        }
        if credentials.passkeys().count() >= MAX_PASSKEYS {
            return Ok(Some(Err(NotAdded::TooMany)));
        }
        if !at.uses_up(&once)? {
            return Ok(Some(Err(NotAdded::Used)));
        }
        at.store().add_credential(&Credential::Passkey(passkey.clone()))?;
        at.notify(mail::Kind::PasskeyAdded, &account, &asker, None)?;
        at.record(asker.event(Kind::PasskeyAdded, now()).session(&bearing.session))?;
        Ok(Some(Ok(passkey)))
    }
}

impl Decide for ListPasskeys {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        if at.session_of(&account, &self.bearing)?.is_none() {
            return Ok(None);
        }
        let credentials = at.store().credentials()?;
        let mut passkeys: Vec<Passkey> = credentials.passkeys().map(|(_, passkey)| passkey.clone()).collect();
        passkeys.reverse();
        Ok(Some(passkeys))
    }
}

impl Decide for RenamePasskey {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Self { bearing, id, name } = self;
        if at.session_of(&account, &bearing)?.is_none() {
            return Ok(None);
        }
        let credentials = at.store().credentials()?;
        let Some((version, present)) = credentials.passkey(&id) else {
            return Ok(Some(Err(NoPasskey {})));
        };
        let renamed = Passkey { name, ..present.clone() };
        at.store().update_passkey(version, &renamed)?;
        Ok(Some(Ok(Box::new(renamed))))
    }
}

/// Sessions that the passkey has opened stay. The user ends them in the list of sessions.
impl Decide for RemovePasskey {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Self { bearing, id, asker } = self;
        if at.session_of(&account, &bearing)?.is_none() {
            return Ok(None);
        }
        let (config, credentials) = (at.config()?, at.store().credentials()?);
        let Some((version, _)) = credentials.passkey(&id) else {
            return Ok(Some(Err(NotRemoved::NoPasskey)));
        };
        let is_found_by_address = at.store().has_claimed(&account.email)?;
        let stays = |credential: &Credential| match credential {
            Credential::Passkey(other) => other.id != id,
            other => opens_sessions(&config, is_found_by_address, other),
        };
        if !credentials.iter().any(stays) {
            return Ok(Some(Err(NotRemoved::LastCredential)));
        }
        at.store().remove_credential(version)?;
        at.record(asker.event(Kind::PasskeyRemoved, now()).session(&bearing.session))?;
        Ok(Some(Ok(Done {})))
    }
}

impl Account {
    /// Stores the use of a passkey that was proved. Returns whether its counter rose.
    pub(super) fn uses_passkey(&self, version: CredentialVersion, used: &PasskeyUse) -> Result<bool> {
        let credentials = self.store().credentials()?;
        let Some((stored, passkey)) = credentials.passkey(&used.id) else { return Ok(false) };
        let mut passkey = passkey.clone();
        let accepted = stored == version && passkey.accept(used, now()).is_ok();
        if accepted {
            self.store().update_passkey(version, &passkey)?;
        }
        Ok(accepted)
    }
}

impl Store {
    /// Its version stays, because it is the same key.
    fn update_passkey(&self, version: CredentialVersion, passkey: &Passkey) -> Result<()> {
        let update = "UPDATE credential SET value = ? WHERE version = ?";
        let value = serde_json::to_string(passkey)?;
        sql::run(&self.sql, update, vec![value.into(), sql::integer(version.0)?])
    }
}
