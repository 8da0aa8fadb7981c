//! The account's creation, its credentials and its e-mail addresses.
//!
//! The tables `credential` and `address` apply. The columns `account.password_hash` and `account.email` have
//! the same contents for code of the previous version, which knows no others; triggers copy what that code
//! writes.

use auth_core::credential::{
    self, Credential, CredentialKind, CredentialVersion, Proof, VersionedCredential,
};
use auth_core::one_time::OneTimePassword;
use auth_core::secret::SecretText;
use serde::Deserialize;
use worker::Result;

use super::super::sql;
use super::store::{AccountRow, Standing, Store, broken};
use super::{Account, Decide, now};
use crate::objects::call::{Done, Handle};
use crate::objects::protocol::account::{
    Confirm, Confirmed, Conflict, Create, Creation, Credentials, Discard, FindCreation, Record, Rehash,
    StoredCredentials,
};

impl Handle<Create> for Account {
    fn handle(&self, call: Create) -> Result<CredentialVersion> {
        let Create { email, credential, roles, one_time_until, creation } = call;
        let store = self.store();
        self.object.create_tables()?;
        let version = store.create(&email, &credential, &roles, now())?;
        if let Some(until) = one_time_until {
            store.set_one_time(&OneTimePassword::new(until))?;
        }
        if let Some(creation) = creation {
            store.put_creation(&creation)?;
        }
        self.later(|aftermath| aftermath.confirm_later = true);
        Ok(version)
    }
}

impl Decide for FindCreation {
    fn decide(self, at: &Account, _: AccountRow) -> Result<Option<Creation>> {
        at.store().creation(&self.key_hash, now())
    }
}

impl Decide for Confirm {
    fn decide(self, at: &Account, _: AccountRow) -> Result<Option<Done>> {
        at.store().confirm()?;
        Ok(Some(Done {}))
    }
}

impl Decide for Discard {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        if account.confirmed {
            return Ok(Some(Err(Confirmed {})));
        }
        at.store().discard()?;
        Ok(Some(Ok(Done {})))
    }
}

impl Decide for Credentials {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Option<StoredCredentials>> {
        let spent = at.store().one_time()?.is_some_and(|password| !password.opens_session(now()));
        Ok(Some(StoredCredentials {
            credentials: at.store().credentials()?,
            disabled: account.standing == Standing::Disabled,
            spent,
        }))
    }
}

impl Decide for Rehash {
    fn decide(self, at: &Account, _: AccountRow) -> Result<Self::Reply> {
        if at.store().credentials()?.password().is_none_or(|(present, _)| present != self.version) {
            return Ok(Some(Err(Conflict {})));
        }
        at.store().rehash_password(self.version, &self.password_hash)?;
        Ok(Some(Ok(Done {})))
    }
}

impl Decide for Record {
    fn decide(self, at: &Account, _: AccountRow) -> Result<Option<Done>> {
        at.record(*self.event)?;
        Ok(Some(Done {}))
    }
}

impl Account {
    /// Whether the proof is one of this account, and the account still has the credential in the state that
    /// was proved.
    pub(super) fn accepts(&self, proof: &Proof) -> Result<bool> {
        Ok(proof.account == self.id() && self.store().credentials()?.has(proof.credential_version))
    }
}

#[derive(Deserialize)]
struct StoredCredential {
    version: CredentialVersion,
    kind: String,
    value: String,
}

#[derive(Deserialize)]
struct StoredAddress {
    email: String,
}

impl Store {
    /// All credentials, with their versions.
    pub(super) fn credentials(&self) -> Result<credential::Credentials> {
        let query = "SELECT version, kind, value FROM credential ORDER BY version";
        let rows = sql::rows::<StoredCredential>(&self.sql, query, vec![])?;
        let credentials = rows.into_iter().map(|StoredCredential { version, kind, value }| {
            let credential = Credential::from_stored(&kind, value).ok_or_else(|| broken("credential"))?;
            Ok(VersionedCredential { version, credential })
        });
        credentials.collect::<Result<_>>().map(credential::Credentials::new)
    }

    /// Adds a credential. SQLite gives it a version that no credential of the account has had before.
    pub(super) fn add_credential(&self, credential: &Credential) -> Result<CredentialVersion> {
        let insert = "INSERT INTO credential (kind, value) VALUES (?, ?) RETURNING version, kind, value";
        let values = vec![credential.kind().as_str().into(), credential.expose().into()];
        let stored = sql::row::<StoredCredential>(&self.sql, insert, values)?;
        stored.map(|stored| stored.version).ok_or_else(|| broken("version"))
    }

    /// Replaces the password by one with another version: proofs of the old one are worthless from now on.
    pub(super) fn replace_password(&self, hash: &SecretText) -> Result<()> {
        let delete = "DELETE FROM credential WHERE kind = ?";
        sql::run(&self.sql, delete, vec![CredentialKind::Password.as_str().into()])?;
        self.add_credential(&Credential::Password(hash.clone()))?;
        self.copy_password(hash)
    }

    /// Replaces only the hash of the same password, so its version stays.
    pub(super) fn rehash_password(&self, version: CredentialVersion, hash: &SecretText) -> Result<()> {
        let update = "UPDATE credential SET value = ? WHERE version = ?";
        sql::run(&self.sql, update, vec![hash.expose().into(), sql::integer(version.0)?])?;
        self.copy_password(hash)
    }

    /// For code of the previous version.
    fn copy_password(&self, hash: &SecretText) -> Result<()> {
        sql::run(&self.sql, "UPDATE account SET password_hash = ?", vec![hash.expose().into()])
    }

    /// Adds an address. `claimed` says whether the Directory assigns it to the account.
    pub(super) fn add_address(&self, email: &str, claimed: bool) -> Result<()> {
        let insert = "INSERT INTO address (email, claimed) VALUES (?, ?) ON CONFLICT DO NOTHING";
        sql::run(&self.sql, insert, vec![email.into(), sql::integer(claimed.into())?])
    }

    /// Replaces the address that the external system states for the user. It was never claimed.
    pub(super) fn replace_stated_address(&self, email: &str) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM address WHERE claimed = 0", vec![])?;
        self.add_address(email, false)?;
        sql::run(&self.sql, "UPDATE account SET email = ?", vec![email.into()])
    }

    /// The keys under which the Directory has the account, or is about to have it: claimed addresses, and the
    /// ids of credentials that name the account.
    pub(super) fn directory_keys(&self) -> Result<Vec<String>> {
        let query = "SELECT email FROM address WHERE claimed = 1 ORDER BY email";
        let addresses = sql::rows::<StoredAddress>(&self.sql, query, vec![])?;
        let credentials = self.credentials()?;
        let ids = credentials.iter().filter_map(Credential::directory_key);
        Ok(addresses.into_iter().map(|StoredAddress { email }| email).chain(ids).collect())
    }
}
