//! The messages to and from the Keyring, and how they carry keys.

use auth_core::id::KeyId;
use auth_core::rotation::{RefreshKey, RefreshKeys};
use auth_core::secret::SecretBytes;
use auth_core::time::UnixTime;
use ct_codecs::{Base64UrlSafeNoPadding, Decoder, Encoder};
use serde::{Deserialize, Serialize};

/// Calls to the Keyring.
#[derive(Serialize, Deserialize)]
pub enum KeyringCall {
    /// Return the present keys, and generate them if there are none.
    Ring {
        /// The version of the Worker's copy.
        known: Option<u64>,
    },
    /// List the keys without their private parts.
    List,
    /// Remove a key before its time because it may be compromised. What was made with it becomes invalid.
    Retire {
        /// The key's id.
        id: KeyId,
    },
    /// Retire the active key now. What was made with it stays valid.
    Rotate {
        /// The purpose of the key.
        purpose: Purpose,
    },
}

/// The purpose of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// It signs access tokens.
    Signing,
    /// Refresh secrets are derived from it.
    Refresh,
}

impl Purpose {
    /// Both purposes.
    pub const ALL: [Self; 2] = [Self::Signing, Self::Refresh];

    /// The purpose's name in storage and in messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signing => "signing",
            Self::Refresh => "refresh",
        }
    }
}

/// Replies of the Keyring.
#[derive(Serialize, Deserialize)]
pub enum RingReply {
    /// The Worker's copy is current.
    Unchanged,
    /// All present keys.
    Ring(RingMessage),
    /// The keys, the oldest first.
    List(Vec<KeyRow>),
    /// The call was carried out.
    Done,
    /// The key does not exist.
    NoKey,
    /// The published key has not been published for long enough to become active.
    TooEarly,
}

/// All present keys with their private parts, sealed if the deployer configured a secret for it.
#[derive(Serialize, Deserialize)]
pub struct RingMessage {
    /// Increases with every change.
    pub version: u64,
    /// The signing keys; the first is the active one.
    pub signing: Vec<KeyMessage>,
    /// The refresh keys; the first is the active one.
    pub refresh: Vec<KeyMessage>,
    /// Refresh keys that were removed before their time.
    pub removed: Vec<KeyId>,
}

/// A key in a message.
#[derive(Serialize, Deserialize)]
pub struct KeyMessage {
    /// The key's id.
    pub id: KeyId,
    /// A private JWK, or 32 bytes in base64url; either sealed or in clear.
    pub material: String,
}

/// The public facts about a key.
#[derive(Serialize, Deserialize)]
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

/// Refresh keys in a message; the first is the active one.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeysMessage(Vec<RefreshKeyMessage>);

/// A refresh key in a message.
#[derive(Clone, Serialize, Deserialize)]
pub struct RefreshKeyMessage {
    /// The key's id.
    pub id: KeyId,
    /// 32 bytes, base64url.
    pub bytes: String,
}

impl RefreshKeyMessage {
    /// Encodes a key.
    #[must_use]
    pub fn of(key: &RefreshKey) -> Self {
        let bytes = Base64UrlSafeNoPadding::encode_to_string(key.bytes.expose()).unwrap_or_default();
        Self { id: key.id.clone(), bytes }
    }

    /// Decodes the key; `None` unless it has 32 bytes.
    #[must_use]
    pub fn key(&self) -> Option<RefreshKey> {
        let bytes = Base64UrlSafeNoPadding::decode_to_vec(&self.bytes, None).ok()?;
        Some(RefreshKey { id: self.id.clone(), bytes: SecretBytes::from_slice(&bytes)? })
    }
}

impl KeysMessage {
    /// Encodes the keys.
    #[must_use]
    pub fn of(keys: &RefreshKeys) -> Self {
        Self(core::iter::once(&keys.active).chain(&keys.older).map(RefreshKeyMessage::of).collect())
    }

    /// Decodes the keys; `None` if there are none, or if one is malformed.
    #[must_use]
    pub fn keys(&self) -> Option<RefreshKeys> {
        let mut keys = self.0.iter().map(RefreshKeyMessage::key);
        let active = keys.next()??;
        Some(RefreshKeys { active, older: keys.collect::<Option<_>>()? })
    }
}
