//! What the Worker and its objects say to each other: JSON, closed sets, inside the platform only.
//!
//! Objects are never reachable from outside. Their messages carry what must not be logged (password hashes, refresh keys,
//! cookies), so nothing of a message is ever printed.

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

/// A cookie on its way to its account, with what is needed to judge it.
#[derive(Serialize, Deserialize)]
pub struct Presented {
    /// The cookie's value.
    pub cookie: String,
    /// The living refresh keys. The object never stores them.
    pub keys: KeysMessage,
    /// The configured lifetimes.
    pub lifetimes: Lifetimes,
    /// Refresh keys that were removed before their time: what they made is over.
    pub removed: Vec<String>,
}

/// What a verified access token of ours says, as far as its account can judge it. The names are those of the claims: an object of
/// the version before, which did not know `jti`, rejects the message instead of ignoring that part.
#[derive(Clone, Serialize, Deserialize)]
pub struct Bearing {
    /// The token's `sid`.
    #[serde(rename = "sid")]
    pub session: String,
    /// The token's `epoch`.
    pub epoch: u64,
    /// The token's `jti`.
    #[serde(rename = "jti")]
    pub token_id: String,
}

impl Bearing {
    /// `None` if a claim is missing, which every token of ours has.
    #[must_use]
    pub fn of(caller: &Caller) -> Option<Self> {
        Some(Self {
            session: caller.session.clone()?,
            epoch: caller.epoch?,
            token_id: caller.token_id.clone()?,
        })
    }
}

/// What the Worker asks of a shard of the Directory. Addresses come as hashes: the Directory holds none.
#[derive(Serialize, Deserialize)]
pub enum DirectoryCall {
    /// Whose address is it?
    Find {
        /// SHA-256 of the normalised address, in hex.
        address: String,
    },
    /// Give the address to this account, unless it is taken.
    Claim {
        /// SHA-256 of the normalised address, in hex.
        address: String,
        /// The account's id.
        account: String,
    },
    /// The address is nobody's again, if it is this account's.
    Release {
        /// SHA-256 of the normalised address, in hex.
        address: String,
        /// The account's id.
        account: String,
    },
}

/// What the Directory answers.
#[derive(Serialize, Deserialize, PartialEq, Eq)]
pub enum DirectoryReply {
    /// It belongs to this account.
    Account(String),
    /// It belongs to nobody.
    Nobody,
    /// It is now this account's.
    Claimed,
    /// It is somebody else's.
    Taken,
    /// It is not this account's, now at the latest.
    Released,
}

/// What the Worker, accounts and the Keyring ask of the list of revocations, and of the objects in [`super::key_versions`].
#[derive(Serialize, Deserialize)]
pub enum RevocationsCall {
    /// Remember these.
    Add(Vec<Entry>),
    /// What has changed in the list.
    Changes {
        /// Since this state; `None` asks for the whole list.
        since: Option<Position>,
    },
    /// Remember that the Keyring has this version: a key was removed before its time.
    Keys {
        /// The Keyring's version.
        version: u64,
    },
    /// The least version of the Keyring that may still be used.
    LeastKeysVersion,
}

/// What the list of revocations answers.
#[derive(Serialize, Deserialize)]
pub enum RevocationsReply {
    /// They are remembered.
    Added,
    /// What brings a copy up to date.
    Changes {
        /// The entries.
        update: Update,
        /// The least version of the Keyring that may still be used.
        keys_version: u64,
    },
    /// The least version of the Keyring that may still be used; 0 where no key was ever removed before its time.
    LeastKeysVersion(u64),
}

impl Presented {
    /// The cookie, read again on this side. `None` when it is none.
    #[must_use]
    pub fn cookie(&self) -> Option<RefreshCookie> {
        RefreshCookie::parse(&self.cookie).ok()
    }
}
