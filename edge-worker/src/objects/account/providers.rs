//! Users of other providers as credentials, the provider's tokens, and keys of the Directory that are being
//! claimed.
//!
//! The Directory is another object, so a claim and the credential that it is for are two steps. A
//! [reservation](Reserve) is stored before the claim, and deleted in the transaction that adds the credential.
//! If that never happens, the alarm releases the key. A removed credential leaves a reservation that has ended
//! already, so that its key is released before the response leaves, or by the alarm.

use auth_core::credential::{Credential, CredentialVersion};
use auth_core::time::UnixTime;
use serde::Deserialize;
use worker::{Error, Result};

use super::super::call::Done;
use super::super::protocol::account::{
    KeepTokens, KeptTokens, Link, ListLinked, NotLinked, NotReserved, NotUnlinked, ProviderTokens, Reserve,
    TakeAddress, Unlink,
};
use super::super::{Unavailable, client, sql};
use super::store::{AccountRow, Next, Standing, Store};
use super::usable::{is_configured, opens_sessions};
use super::{Account, Decide, now};
use crate::audit::Kind as What;

/// How long a claim may take, in seconds.
const RESERVED_FOR: u64 = 600;

#[derive(Deserialize)]
struct Reserved {
    key: String,
    until: UnixTime,
}

impl Decide for Reserve {
    fn decide(self, at: &Account, _: AccountRow) -> Result<Self::Reply> {
        // A key that is being released must not be claimed at the same time.
        if at.store().reservation(&self.key)?.is_some_and(|until| until <= now()) {
            at.later(|aftermath| aftermath.release = true);
            return Ok(Some(Err(NotReserved {})));
        }
        let until = now().plus(RESERVED_FOR);
        at.store().reserve(&self.key, until)?;
        at.later(|aftermath| aftermath.forget_at = Some(until));
        Ok(Some(Ok(Done {})))
    }
}

impl Decide for TakeAddress {
    fn decide(self, at: &Account, _: AccountRow) -> Result<Self::Reply> {
        if !at.store().take_reservation(&self.email)? {
            return Ok(Some(Err(NotReserved {})));
        }
        at.store().set_address(&self.email)?;
        at.store().add_credential(&Credential::Email(self.email)).map(|version| Some(Ok(version)))
    }
}

impl Decide for Link {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Self { linked, session, once, tokens, asker } = self;
        let is_active = at.store().family(&session)?.is_some_and(|family| family.ended(now()).is_none());
        if account.standing != Standing::Open || !is_active {
            return Ok(Some(Err(NotLinked::SignedOut)));
        }
        if !at.uses_up(&once)? {
            return Ok(Some(Err(NotLinked::Used)));
        }
        let store = at.store();
        let is_reserved = store.take_reservation(&linked.user().directory_key())?;
        if store.credentials()?.provider_user(linked.user()).is_none() {
            if !is_reserved {
                return Err(Error::from("the claim took too long"));
            }
            at.record(asker.event(What::ProviderLinked, now()).session(&session))?;
            store.add_credential(&Credential::Provider(linked.clone()))?;
        }
        if let Some(sealed) = tokens {
            store.keep_tokens(linked.provider(), &sealed, now())?;
        }
        Ok(Some(Ok(Done {})))
    }
}

impl Decide for Unlink {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Self { bearing, provider, asker } = self;
        if at.session_of(&account, &bearing)?.is_none() {
            return Ok(None);
        }
        let (store, config) = (at.store(), at.config()?);
        let credentials = store.credentials()?;
        let removed: Vec<(CredentialVersion, String)> = credentials
            .linked_users()
            .filter(|(_, linked)| linked.provider() == provider)
            .map(|(version, linked)| (version, linked.user().directory_key()))
            .collect();
        if removed.is_empty() {
            return Ok(Some(Err(NotUnlinked::NotLinked)));
        }
        let is_found_by_address = store.has_claimed(&account.email)?;
        let stays = |credential: &Credential| match credential {
            Credential::Provider(linked) => linked.provider() != provider && is_configured(&config, linked),
            credential => opens_sessions(&config, is_found_by_address, credential),
        };
        if !credentials.iter().any(stays) {
            return Ok(Some(Err(NotUnlinked::LastCredential)));
        }
        for (version, key) in removed {
            store.remove_credential(version)?;
            store.reserve(&key, now())?;
        }
        store.forget_tokens(&provider)?;
        at.later(|aftermath| aftermath.release = true);
        at.record(asker.event(What::ProviderUnlinked, now()).session(&bearing.session))?;
        Ok(Some(Ok(Done {})))
    }
}

impl Decide for ListLinked {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Option<Vec<String>>> {
        if at.session_of(&account, &self.bearing)?.is_none() {
            return Ok(None);
        }
        let credentials = at.store().credentials()?;
        Ok(Some(credentials.linked_users().map(|(_, linked)| linked.provider().to_owned()).collect()))
    }
}

impl Decide for KeepTokens {
    fn decide(self, at: &Account, _: AccountRow) -> Result<Option<Done>> {
        at.store().keep_tokens(&self.provider, &self.sealed, now())?;
        Ok(Some(Done {}))
    }
}

impl Decide for ProviderTokens {
    fn decide(self, at: &Account, _: AccountRow) -> Result<Option<Vec<KeptTokens>>> {
        let tokens = at.store().kept_tokens()?;
        at.record(self.asker.event(What::ProviderTokensRead, now()))?;
        Ok(Some(tokens))
    }
}

impl Account {
    /// Releases the keys whose claims took too long, and those of removed credentials. A key that the account still
    /// uses, because the user wanted to link what was linked already, is only forgotten.
    pub(super) async fn release_reserved(&self) -> Result<()> {
        let due = if self.store().is_there()? { self.store().due_reservations(now())? } else { vec![] };
        for Reserved { key, until } in due {
            if !self.store().is_found_by(&key)? {
                let released = client::release_address(&self.object.env, &key, &self.id()).await;
                released.map_err(|error: Unavailable| Error::from(error.cause))?;
            }
            if self.store().is_there()? {
                self.store().forget_reservation(&key, until)?;
            }
        }
        Ok(())
    }
}

impl Store {
    /// Whether a credential of the account is found by this key of the Directory.
    fn is_found_by(&self, key: &str) -> Result<bool> {
        Ok(self.credentials()?.iter().filter_map(Credential::directory_key).any(|used| used == key))
    }

    fn reservation(&self, key: &str) -> Result<Option<UnixTime>> {
        let query = "SELECT key, until FROM reservation WHERE key = ?";
        Ok(sql::row::<Reserved>(&self.sql, query, vec![key.into()])?.map(|row| row.until))
    }

    pub(super) fn reserve(&self, key: &str, until: UnixTime) -> Result<()> {
        let insert = "INSERT OR REPLACE INTO reservation (key, until) VALUES (?, ?)";
        sql::run(&self.sql, insert, vec![key.into(), sql::time(until)?])
    }

    /// Returns whether the key was reserved, and its claim did not take too long.
    fn take_reservation(&self, key: &str) -> Result<bool> {
        let delete = "DELETE FROM reservation WHERE key = ? AND until > ? RETURNING key, until";
        Ok(sql::row::<Reserved>(&self.sql, delete, vec![key.into(), sql::time(now())?])?.is_some())
    }

    fn due_reservations(&self, now: UnixTime) -> Result<Vec<Reserved>> {
        let query = "SELECT key, until FROM reservation WHERE until <= ?";
        sql::rows(&self.sql, query, vec![sql::time(now)?])
    }

    fn forget_reservation(&self, key: &str, until: UnixTime) -> Result<()> {
        let delete = "DELETE FROM reservation WHERE key = ? AND until = ?";
        sql::run(&self.sql, delete, vec![key.into(), sql::time(until)?])
    }

    /// The reserved keys, which the Directory may assign to the account.
    pub(super) fn reserved_keys(&self) -> Result<Vec<String>> {
        let rows = sql::rows::<Reserved>(&self.sql, "SELECT key, until FROM reservation", vec![])?;
        Ok(rows.into_iter().map(|row| row.key).collect())
    }

    /// When the next reservation ends.
    pub(super) fn next_reservation(&self) -> Result<Option<UnixTime>> {
        let query = "SELECT min(until) AS at FROM reservation";
        Ok(sql::row::<Next>(&self.sql, query, vec![])?.and_then(|row| row.at))
    }

    fn keep_tokens(&self, provider: &str, sealed: &str, now: UnixTime) -> Result<()> {
        let insert = "INSERT OR REPLACE INTO provider_token (provider, sealed, at) VALUES (?, ?, ?)";
        sql::run(&self.sql, insert, vec![provider.into(), sealed.into(), sql::time(now)?])
    }

    fn forget_tokens(&self, provider: &str) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM provider_token WHERE provider = ?", vec![provider.into()])
    }

    fn kept_tokens(&self) -> Result<Vec<KeptTokens>> {
        sql::rows(&self.sql, "SELECT provider, sealed, at FROM provider_token ORDER BY provider", vec![])
    }
}
