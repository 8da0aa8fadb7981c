//! The account's creation, its credentials and its e-mail addresses.
//!
//! The tables `credential` and `address` apply. The columns `account.password_hash` and `account.email` have
//! the same contents for code of the previous version, which knows no others; triggers copy what that code
//! writes.

use auth_core::credential::{
    self, Credential, CredentialKind, CredentialVersion, Once, Proof, VersionedCredential,
};
use auth_core::one_time::OneTimePassword;
use auth_core::rotation::Family;
use auth_core::secret::SecretText;
use serde::Deserialize;
use worker::Result;

use super::super::sql;
use super::store::{AccountRow, Standing, Store, broken};
use super::{Account, Decide, now};
use crate::audit::Kind;
use crate::hooks::event::HookEventKind;
use crate::objects::call::{Done, Handle};
use crate::objects::protocol::account::{
    AcceptSignUp, Confirm, Confirmed, Conflict, Create, Creation, Credentials, Discard, FindCreation,
    FindProvable, IsProved, NotItsAddress, Provable, Record, Rehash, ReleaseAddress, StoredCredentials,
    VerifyAddress,
};

impl Handle<Create> for Account {
    fn handle(&self, call: Create) -> Result<CredentialVersion> {
        let Create { email, credential, roles, one_time_until, creation, vouched } = call;
        let store = self.store();
        self.object.create_tables()?;
        store.create(&email, Some(&credential), &roles, vouched, now())?;
        let version = store.add_credential(&credential)?;
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
        at.confirm()?;
        Ok(Some(Done {}))
    }
}

impl Decide for AcceptSignUp {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Option<Done>> {
        let Self { roles, metadata } = self;
        if !account.confirmed {
            if let Some(roles) = roles {
                at.store().set_roles(&roles)?;
            }
            if let Some(metadata) = metadata {
                at.store().set_metadata(&metadata)?;
            }
        }
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
            vouched: at.store().is_vouched(&account.email)?,
        }))
    }
}

impl Decide for FindProvable {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Option<Provable>> {
        Ok(Some(Provable {
            credentials: at.store().credentials()?,
            email: account.email,
            second_factors: at.store().second_factors()?.methods(),
        }))
    }
}

impl Decide for VerifyAddress {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        if account.email != self.email || !at.store().has_claimed(&self.email)? {
            return Ok(Some(Err(NotItsAddress {})));
        }
        match at.store().credentials()?.email(&self.email) {
            Some(version) => Ok(Some(Ok(version))),
            None => {
                at.store().add_credential(&Credential::Email(self.email)).map(|version| Some(Ok(version)))
            }
        }
    }
}

impl Decide for ReleaseAddress {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        if at.store().credentials()?.email(&self.email).is_some() {
            return Ok(Some(Err(IsProved {})));
        }
        if at.store().release_address(&self.email)? && account.email == self.email {
            at.record(self.asker.event(Kind::EmailReleased, now()))?;
        }
        Ok(Some(Ok(Done {})))
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
    /// The account exists from now on. Nothing happens if it exists already.
    pub(super) fn confirm(&self) -> Result<()> {
        let Some(account) = self.read()? else { return Ok(()) };
        if account.confirmed {
            return Ok(());
        }
        self.store().confirm()?;
        self.tell_hook(HookEventKind::SignedUp, &account, None)
    }

    /// Whether the proof is one of this account, and the account still has the credential in the state that
    /// was proved. Uses the proof up if it counts once, so this is the last check before it takes effect.
    pub(super) fn accepts(&self, proof: &Proof) -> Result<Acceptance> {
        if proof.account != self.id() || !self.store().credentials()?.has(proof.credential_version) {
            return Ok(Acceptance::Changed);
        }
        match &proof.once {
            Some(once) if !self.uses_up(once)? => return Ok(Acceptance::Used),
            Some(Once { .. }) | None => {}
        }
        Ok(match &proof.passkey {
            Some(used) if !self.uses_passkey(proof.credential_version, used)? => {
                Acceptance::CounterDidNotRise
            }
            Some(_) | None => Acceptance::Accepted,
        })
    }
}

impl Account {
    /// Whether the account accepts the proof of its password, or has none, so that none can be proved.
    pub(super) fn accepts_password(&self, proof: Option<&Proof>) -> Result<bool> {
        match proof {
            Some(proof) => Ok(self.accepts(proof)? == Acceptance::Accepted),
            None => Ok(self.store().credentials()?.password().is_none()),
        }
    }

    /// What the user of a session has proved in it, as a proof of a credential that the account has.
    pub(super) fn standing_proof(&self, family: &Family) -> Result<Proof> {
        let version = self.store().credentials()?.password().map(|(version, _)| version);
        Ok(Proof {
            account: self.id(),
            credential_version: version.ok_or_else(|| broken("password"))?,
            methods: family.methods.clone(),
            time: family.authenticated_at,
            profile: None,
            once: None,
            passkey: None,
        })
    }
}

/// Whether a proof takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Acceptance {
    /// It does.
    Accepted,
    /// The credential has changed in the meantime.
    Changed,
    /// The proof counts once, and was presented before or too late.
    Used,
    /// The passkey's counter did not rise, so its key may have been copied.
    CounterDidNotRise,
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
        let values = vec![credential.kind().as_str().into(), credential.expose().into_owned().into()];
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

    /// Adds an address. `claimed` says whether the Directory assigns it to the account, `vouched` whether an
    /// administrator has assigned it.
    pub(super) fn add_address(&self, email: &str, claimed: bool, vouched: bool) -> Result<()> {
        let insert = "INSERT INTO address (email, claimed, vouched) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
        let values = vec![email.into(), sql::integer(claimed.into())?, sql::integer(vouched.into())?];
        sql::run(&self.sql, insert, values)
    }

    /// Gives the account an address that the Directory has just assigned to it, in place of none.
    pub(super) fn set_address(&self, email: &str) -> Result<()> {
        self.add_address(email, true, false)?;
        sql::run(&self.sql, "UPDATE account SET email = ?", vec![email.into()])
    }

    /// Removes a credential: proofs of it are worthless from now on.
    pub(super) fn remove_credential(&self, version: CredentialVersion) -> Result<()> {
        let delete = "DELETE FROM credential WHERE version = ?";
        sql::run(&self.sql, delete, vec![sql::integer(version.0)?])
    }

    /// Whether the Directory assigns the address to the account.
    pub(super) fn has_claimed(&self, email: &str) -> Result<bool> {
        let query = "SELECT email FROM address WHERE email = ? AND claimed = 1";
        Ok(sql::row::<StoredAddress>(&self.sql, query, vec![email.into()])?.is_some())
    }

    /// Whether an administrator has assigned the address.
    pub(super) fn is_vouched(&self, email: &str) -> Result<bool> {
        let query = "SELECT email FROM address WHERE email = ? AND vouched = 1";
        Ok(sql::row::<StoredAddress>(&self.sql, query, vec![email.into()])?.is_some())
    }

    /// The account keeps the address as a name only. Returns whether it had it.
    fn release_address(&self, email: &str) -> Result<bool> {
        let update =
            "UPDATE address SET claimed = 0, vouched = 0 WHERE email = ? AND claimed = 1 RETURNING email";
        Ok(sql::row::<StoredAddress>(&self.sql, update, vec![email.into()])?.is_some())
    }

    /// Replaces the address that the external system states for the user. It was never claimed.
    pub(super) fn replace_stated_address(&self, email: &str) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM address WHERE claimed = 0", vec![])?;
        self.add_address(email, false, false)?;
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
