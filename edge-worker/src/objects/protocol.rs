//! The messages between the Worker and its objects: JSON, closed sets, sent inside the platform only.
//!
//! Objects can't be reached from outside. Messages contain values that must not be logged (password hashes,
//! refresh keys, cookies), so no part of a message is ever printed.

use auth_core::id::{AccountId, KeyId, SessionId, TokenId};
use auth_core::revocation::{Entry, Position, Update};
use auth_core::rotation::Lifetimes;
use auth_core::token::Caller;
use auth_core::wire::RefreshCookie;
use serde::{Deserialize, Serialize};

mod account;
mod admin;
mod keyring;

pub use account::{AccountCall, AccountReply, Creation, LivingSession, Profile};
pub use admin::{AdminCall, Overview};
pub use keyring::{
    KeyMessage, KeyRow, KeyringCall, KeysMessage, Purpose, RefreshKeyMessage, RingMessage, RingReply,
};

/// A cookie, with what its account needs to judge it.
#[derive(Serialize, Deserialize)]
pub struct Presented {
    /// The cookie's value.
    pub cookie: String,
    /// The present refresh keys. The object never stores them.
    pub keys: KeysMessage,
    /// The configured lifetimes.
    pub lifetimes: Lifetimes,
    /// Refresh keys that were removed before their time. Sessions made with them end.
    pub removed: Vec<KeyId>,
}

/// The claims of a verified access token of this service that its account checks. The members have the names
/// of the claims, so that an object of the previous version, which does not know `jti`, rejects the message
/// instead of ignoring that claim.
#[derive(Clone, Serialize, Deserialize)]
pub struct Bearing {
    /// The token's `sid`.
    #[serde(rename = "sid")]
    pub session: SessionId,
    /// The token's `epoch`.
    pub epoch: u64,
    /// The token's `jti`.
    #[serde(rename = "jti")]
    pub token_id: TokenId,
}

impl Bearing {
    /// `None` if a claim is missing that every token of this service has.
    #[must_use]
    pub fn of(caller: &Caller) -> Option<Self> {
        Some(Self {
            session: caller.session.clone()?,
            epoch: caller.epoch?,
            token_id: caller.token_id.clone()?,
        })
    }
}

/// Calls to a shard of the Directory. Addresses are sent as hashes, because the Directory stores none in
/// clear.
#[derive(Serialize, Deserialize)]
pub enum DirectoryCall {
    /// Find the account with this address.
    Find {
        /// SHA-256 of the normalised address, in hex.
        address: String,
    },
    /// Assign the address to this account, unless it is taken.
    Claim {
        /// SHA-256 of the normalised address, in hex.
        address: String,
        /// The account's id.
        account: AccountId,
    },
    /// Release the address if it belongs to this account.
    Release {
        /// SHA-256 of the normalised address, in hex.
        address: String,
        /// The account's id.
        account: AccountId,
    },
}

/// Replies of the Directory.
#[derive(Serialize, Deserialize, PartialEq, Eq)]
pub enum DirectoryReply {
    /// The address belongs to this account.
    Account(AccountId),
    /// The address belongs to no account.
    Nobody,
    /// The address now belongs to the account.
    Claimed,
    /// The address belongs to another account.
    Taken,
    /// The address does not belong to the account (any more).
    Released,
}

/// Calls of the Worker, of accounts and of the Keyring to the list of revocations, and to the objects in
/// [`super::key_versions`].
#[derive(Serialize, Deserialize)]
pub enum RevocationsCall {
    /// Store these entries.
    Add(Vec<Entry>),
    /// Return the changes of the list.
    Changes {
        /// The state of the caller's copy; `None` asks for the whole list.
        since: Option<Position>,
    },
    /// Store the Keyring's version, after a key was removed before its time.
    Keys {
        /// The Keyring's version.
        version: u64,
    },
    /// Return the lowest version of the Keyring that may still be used.
    LeastKeysVersion,
}

/// Replies of the list of revocations.
#[derive(Serialize, Deserialize)]
pub enum RevocationsReply {
    /// The entries are stored.
    Added,
    /// The changes that bring a copy up to date.
    Changes {
        /// The entries.
        update: Update,
        /// The lowest version of the Keyring that may still be used.
        keys_version: u64,
    },
    /// The lowest version of the Keyring that may still be used; 0 if no key was ever removed before its
    /// time.
    LeastKeysVersion(u64),
}

impl Presented {
    /// Parses the cookie again in the object. `None` if it is malformed.
    #[must_use]
    pub fn cookie(&self) -> Option<RefreshCookie> {
        RefreshCookie::parse(&self.cookie).ok()
    }
}
