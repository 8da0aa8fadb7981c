//! API keys in messages.

use auth_core::api_key::{InvalidTerms, KeyTerms, Network};
use auth_core::id::{AccountId, ApiKeyId};
use auth_core::time::UnixTime;
use serde::{Deserialize, Serialize};

use super::session::Bearing;

/// A new key. Its text does not reach the account.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Its MAC, by which the account finds it.
    pub mac: String,
    /// What it permits.
    pub terms: KeyTerms,
}

/// A key, as its owner and administrators see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyRow {
    /// Its id.
    pub id: ApiKeyId,
    /// What the user calls it.
    pub name: String,
    /// Its scopes.
    pub scopes: Vec<String>,
    /// Its roles, those that the owner has lost since included.
    pub roles: Vec<String>,
    /// The networks from which it may be used; empty: all.
    pub networks: Vec<Network>,
    /// When it was created.
    pub created_at: UnixTime,
    /// When it expires; null: never.
    pub expires_at: Option<UnixTime>,
    /// When it was last used, to within five minutes; null: never.
    pub last_used_at: Option<UnixTime>,
}

/// What happens to the keys of an account.
#[derive(Serialize, Deserialize)]
pub enum KeyChange {
    /// Nothing: they are listed, the newest first.
    List,
    /// One is created, and returned.
    Create(NewApiKey),
    /// One gets another name, which has been checked, and is returned.
    Rename(ApiKeyId, String),
    /// One is revoked.
    Revoke(ApiKeyId),
    /// All are revoked.
    RevokeAll,
}

/// Why a change is not made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyRefused {
    /// The account has no such key.
    Unknown,
    /// The account has as many keys as it can have.
    TooMany,
    /// The owner does not have what the key is to permit.
    NotHeld(InvalidTerms),
}

/// How a key is presented.
#[derive(Serialize, Deserialize)]
pub enum PresentedKey {
    /// By its MAC.
    Mac(String),
    /// By an access token for which it was exchanged.
    Token(Bearing),
}

/// The holder of a valid key, with what the key permits at this moment.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyHolder {
    /// The key's id.
    pub id: ApiKeyId,
    /// The account's id.
    pub account: AccountId,
    /// The user's e-mail address, normalised; empty if the account has none.
    pub email: String,
    /// Whether the user has proved that the address is theirs.
    pub email_verified: bool,
    /// The account's epoch.
    pub epoch: u64,
    /// The key's roles that the user has.
    pub roles: Vec<String>,
    /// The key's scopes that the configuration has.
    pub scopes: Vec<String>,
    /// The networks from which the key may be used; empty: all.
    pub networks: Vec<Network>,
    /// When the key expires.
    pub expires_at: Option<UnixTime>,
}
