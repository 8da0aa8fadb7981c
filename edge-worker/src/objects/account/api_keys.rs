//! API keys. The account stores a key's MAC, and decides with every use what the key permits.

use auth_core::api_key::{Holdings, KeyTerms, LISTED_AFTER_EXPIRY, MAX_KEYS, Permitted, StoredKey};
use auth_core::id::ApiKeyId;
use auth_core::revocation::{Kind, TokenFacts};
use auth_core::time::UnixTime;
use auth_core::wire::read_json;
use serde::Deserialize;
use worker::Result;

use super::super::protocol::account::{ManageApiKeys, UseApiKey};
use super::super::protocol::api_key::{ApiKeyRow, KeyChange, KeyHolder, KeyRefused, NewApiKey, PresentedKey};
use super::super::sql::{self, misshapen};
use super::store::{AccountRow, Next, Standing, Store};
use super::{Account, Decide, now};
use crate::audit::{Asker, Kind as What};
use crate::mail;
use crate::objects::protocol::session::{Authority, Bearing};

impl Decide for ManageApiKeys {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Self { by, change, asker } = self;
        let Some(roles) = at.grantable_roles(&account, &by)? else { return Ok(None) };
        at.store().forget_api_keys(now())?;
        let keys = at.store().api_keys()?;
        let of_id = |id: &ApiKeyId| keys.iter().find(|key| key.id == *id).cloned();
        let changed = match change {
            KeyChange::List => Ok(keys),
            KeyChange::Create(key) => {
                at.create_api_key(key, &keys, &account, &roles, &asker)?.map(|key| vec![key])
            }
            KeyChange::Rename(id, name) => match of_id(&id) {
                Some(mut key) => {
                    key.terms.name = name;
                    at.store().set_terms(&id, &key.terms)?;
                    at.record(asker.event(What::ApiKeyRenamed, now()).id(id.as_str()))?;
                    Ok(vec![key])
                }
                None => Err(KeyRefused::Unknown),
            },
            KeyChange::Revoke(id) => match of_id(&id) {
                Some(key) => at.revoke_api_keys(&[key], &asker)?,
                None => Err(KeyRefused::Unknown),
            },
            KeyChange::RevokeAll => at.revoke_api_keys(&keys, &asker)?,
        };
        Ok(Some(changed.map(|keys| keys.into_iter().map(row).collect())))
    }

    fn ends_something(&self) -> bool {
        matches!(self.change, KeyChange::Revoke(_) | KeyChange::RevokeAll)
    }
}

impl Decide for UseApiKey {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let key = match self.key {
            PresentedKey::Mac(mac) => at.store().api_key_of_mac(&mac)?,
            PresentedKey::Token(bearing) => at.api_key_of_token(&account, &bearing)?,
        };
        at.holder(&account, key)
    }
}

/// The keys that a change is about, or why it is not made.
type Changed<T> = core::result::Result<T, KeyRefused>;

impl Account {
    fn create_api_key(
        &self,
        key: NewApiKey,
        present: &[StoredKey],
        account: &AccountRow,
        roles: &[String],
        asker: &Asker,
    ) -> Result<Changed<StoredKey>> {
        if present.len() as u64 >= MAX_KEYS {
            return Ok(Err(KeyRefused::TooMany));
        }
        let config = self.config()?;
        let scopes = config.api_keys.as_ref().map_or(&[][..], |keys| &keys.scopes);
        if let Err(invalid) = (Holdings { scopes, roles }).cover(&key.terms) {
            return Ok(Err(KeyRefused::NotHeld(invalid)));
        }
        self.store().put_api_key(&key, now())?;
        if let Some(end) = key.terms.expires_at {
            self.later(|aftermath| aftermath.forget_at = Some(end.plus(LISTED_AFTER_EXPIRY)));
        }
        self.notify(mail::Kind::ApiKeyCreated, account, asker, None)?;
        self.record(asker.event(What::ApiKeyCreated, now()).id(key.id.as_str()))?;
        Ok(Ok(StoredKey { id: key.id, terms: key.terms, created_at: now(), last_used_at: None }))
    }

    fn revoke_api_keys(&self, keys: &[StoredKey], asker: &Asker) -> Result<Changed<Vec<StoredKey>>> {
        for key in keys {
            // For what isolates know about the key, and for the tokens for which it was exchanged.
            self.announce(Kind::Session, key.id.as_str(), 0)?;
            self.store().delete_api_key(&key.id)?;
            self.record(asker.event(What::ApiKeyRevoked, now()).id(key.id.as_str()))?;
        }
        Ok(Ok(vec![]))
    }

    /// The key for which a token was exchanged; `None` if the token is not valid any more. It states the epoch at
    /// which the key was exchanged: after a change of the roles the key must be exchanged again.
    fn api_key_of_token(&self, account: &AccountRow, bearing: &Bearing) -> Result<Option<StoredKey>> {
        let keys = self.store().api_keys()?;
        let key = keys.into_iter().find(|key| key.id.as_str() == bearing.session.as_str());
        let facts = TokenFacts {
            account_open: account.standing == Standing::Open,
            account_epoch: account.epoch,
            session_active: key.is_some(),
            token_revoked: self.store().is_token_revoked(&bearing.token_id)?,
        };
        Ok(key.filter(|_| facts.accept(bearing.epoch)))
    }

    /// The roles that the caller can give to a key; `None` if the caller may not manage keys. A role that requires
    /// a second factor can be given only in a session that has it.
    fn grantable_roles(&self, account: &AccountRow, by: &Authority) -> Result<Option<Vec<String>>> {
        match by {
            Authority::User(bearing) => match self.session_of(account, bearing)? {
                Some(family) => Ok(Some(self.living(account, &family, None)?.roles)),
                None => Ok(None),
            },
            Authority::Administrator => Ok(Some(account.roles.clone())),
        }
    }

    /// What a key permits now; `None` if it is not valid (any more). Records the use.
    fn holder(&self, account: &AccountRow, key: Option<StoredKey>) -> Result<Option<Box<KeyHolder>>> {
        let Some(key) = key.filter(|_| account.standing == Standing::Open) else { return Ok(None) };
        let config = self.config()?;
        let Some(policy) = &config.api_keys else { return Ok(None) };
        let owner = Holdings { scopes: &policy.scopes, roles: &account.roles };
        let Some(Permitted { scopes, roles }) = key.permits(owner, now()) else { return Ok(None) };
        if key.records_use(now()) {
            self.store().set_last_use(&key.id, now())?;
        }
        Ok(Some(Box::new(KeyHolder {
            id: key.id,
            account: self.id(),
            email: account.email.clone(),
            email_verified: account.email_verified,
            epoch: account.epoch,
            roles,
            scopes,
            networks: key.terms.networks,
            expires_at: key.terms.expires_at,
        })))
    }
}

fn row(key: StoredKey) -> ApiKeyRow {
    let StoredKey { id, terms, created_at, last_used_at } = key;
    let KeyTerms { name, scopes, roles, networks, expires_at } = terms;
    ApiKeyRow { id, name, scopes, roles, networks, created_at, expires_at, last_used_at }
}

#[derive(Deserialize)]
struct StoredRow {
    id: ApiKeyId,
    terms: String,
    created_at: UnixTime,
    last_used_at: Option<UnixTime>,
}

const COLUMNS: &str = "SELECT id, terms, created_at, last_used_at FROM api_key";

impl Store {
    fn put_api_key(&self, key: &NewApiKey, now: UnixTime) -> Result<()> {
        let insert = "INSERT INTO api_key (id, mac, terms, created_at, expires_at) VALUES (?, ?, ?, ?, ?)";
        let end = key.terms.expires_at.map(sql::time).transpose()?;
        let terms = serde_json::to_string(&key.terms)?;
        let values =
            vec![key.id.as_str().into(), key.mac.as_str().into(), terms.into(), sql::time(now)?, end.into()];
        sql::run(&self.sql, insert, values)
    }

    /// The newest first.
    fn api_keys(&self) -> Result<Vec<StoredKey>> {
        let query = format!("{COLUMNS} ORDER BY created_at DESC, rowid DESC");
        sql::rows::<StoredRow>(&self.sql, &query, vec![])?.into_iter().map(from_row).collect()
    }

    fn api_key_of_mac(&self, mac: &str) -> Result<Option<StoredKey>> {
        let query = format!("{COLUMNS} WHERE mac = ?");
        sql::row(&self.sql, &query, vec![mac.into()])?.map(from_row).transpose()
    }

    fn set_terms(&self, id: &ApiKeyId, terms: &KeyTerms) -> Result<()> {
        let values = vec![serde_json::to_string(terms)?.into(), id.as_str().into()];
        sql::run(&self.sql, "UPDATE api_key SET terms = ? WHERE id = ?", values)
    }

    fn set_last_use(&self, id: &ApiKeyId, at: UnixTime) -> Result<()> {
        let values = vec![sql::time(at)?, id.as_str().into()];
        sql::run(&self.sql, "UPDATE api_key SET last_used_at = ? WHERE id = ?", values)
    }

    fn delete_api_key(&self, id: &ApiKeyId) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM api_key WHERE id = ?", vec![id.as_str().into()])
    }

    /// Deletes all keys, for a call that also invalidates everything that is known of them by raising the
    /// epoch.
    pub(super) fn delete_api_keys(&self) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM api_key", vec![])
    }

    /// Deletes the keys that expired so long ago that they are not listed any more.
    pub(super) fn forget_api_keys(&self, now: UnixTime) -> Result<()> {
        let before = sql::time(now.minus(LISTED_AFTER_EXPIRY))?;
        sql::run(&self.sql, "DELETE FROM api_key WHERE expires_at <= ?", vec![before])
    }

    /// When the next expired key is not listed any more.
    pub(super) fn next_api_key(&self) -> Result<Option<UnixTime>> {
        let next = sql::row::<Next>(&self.sql, "SELECT min(expires_at) AS at FROM api_key", vec![])?;
        Ok(next.and_then(|row| row.at).map(|at| at.plus(LISTED_AFTER_EXPIRY)))
    }
}

fn from_row(row: StoredRow) -> Result<StoredKey> {
    let terms = read_json(row.terms.as_bytes()).map_err(misshapen)?;
    Ok(StoredKey { id: row.id, terms, created_at: row.created_at, last_used_at: row.last_used_at })
}
