//! The calls to the Keyring.

use auth_core::id::KeyId;
use auth_core::time::UnixTime;
use serde::{Deserialize, Serialize};

use super::keys::Purpose;
use crate::objects::call::{Done, calls};

/// All present keys with their private parts, sealed if the deployer configured a secret for it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RingMessage {
    /// Increases with every change.
    pub version: u64,
    /// The signing keys; the first is the active one.
    pub signing: Vec<KeyMessage>,
    /// The refresh keys; the first is the active one.
    pub refresh: Vec<KeyMessage>,
    /// Refresh keys that were removed before they would have expired.
    pub removed: Vec<KeyId>,
}

/// The accounts are in another jurisdiction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherJurisdiction {
    /// The jurisdiction of the accounts; an empty text if they have none.
    pub settled: String,
}

/// A key in a message.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyMessage {
    /// The key's id.
    pub id: KeyId,
    /// A private JWK, or 32 bytes in base64url; either sealed or in clear.
    pub material: String,
}

/// The public facts about a key.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRow {
    /// The key's id; for a signing key, the `kid` of its tokens.
    pub id: KeyId,
    /// The key's purpose.
    pub purpose: Purpose,
    /// `published`, `active`, `retiring` or `removed`.
    pub state: String,
    /// When the key was published.
    pub published_at: UnixTime,
    /// When the key became active.
    pub active_at: Option<UnixTime>,
    /// When the key was retired or removed.
    pub retired_at: Option<UnixTime>,
    /// When the key is deleted; unknown while it is active.
    pub gone_at: Option<UnixTime>,
}

/// The key does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoKey {}

/// The published key has not been published for long enough to become active.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TooEarly {}

calls! {
    /// The calls to the Keyring.
    KeyringCalls {
        /// Return the present keys, and generate the first ones. The reply is `None` if the caller's copy is
        /// current.
        Ring {
            /// The version of the Worker's copy.
            known: Option<u64>,
        } -> Option<RingMessage>;
        /// List the keys without their private parts, the oldest first.
        List {} -> Vec<KeyRow>;
        /// Remove a key before its time because it may be compromised. What was made with it becomes invalid.
        Retire {
            /// The key's id.
            id: KeyId,
        } -> Result<Done, NoKey>;
        /// Retire the active key now. What was made with it stays valid.
        Rotate {
            /// The purpose of the key.
            purpose: Purpose,
        } -> Result<Done, TooEarly>;
        /// Check that the accounts are in this jurisdiction. Sent to the Keyring that has no jurisdiction, whatever
        /// is configured.
        SettleJurisdiction {
            /// The configured jurisdiction; an empty text if there is none.
            jurisdiction: String,
            /// Whether an account is about to be created. The first account fixes the jurisdiction.
            for_account: bool,
        } -> Result<Done, OtherJurisdiction>;
    }
}
