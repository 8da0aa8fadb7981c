//! What is said to the Keyring, and how its keys travel.

use auth_core::rotation::{RefreshKey, RefreshKeys};
use auth_core::secret::SecretBytes;
use auth_core::time::UnixTime;
use ct_codecs::{Base64UrlSafeNoPadding, Decoder, Encoder};
use serde::{Deserialize, Serialize};

/// What the Worker asks of the Keyring.
#[derive(Serialize, Deserialize)]
pub enum KeyringCall {
    /// The living keys; they are made when there are none.
    Ring {
        /// The version the Worker has a copy of.
        known: Option<u64>,
    },
    /// What there is, without the keys themselves.
    List,
    /// Take a key out before its time, because somebody else may have it. What it made is over with it.
    Retire {
        /// The key's id.
        id: String,
    },
    /// End the active key's time now. It stays for what it made.
    Rotate {
        /// Of which purpose.
        purpose: Purpose,
    },
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// It signs access tokens.
    Signing,
    /// Refresh secrets are derived from it.
    Refresh,
}

impl Purpose {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Signing, Self::Refresh];

    /// As it is written down.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signing => "signing",
            Self::Refresh => "refresh",
        }
    }
}

/// What the Keyring answers.
#[derive(Serialize, Deserialize)]
pub enum RingReply {
    /// The Worker's copy is of the present version.
    Unchanged,
    /// All living keys.
    Ring(RingMessage),
    /// What there is, the oldest first.
    List(Vec<KeyRow>),
    /// Done.
    Done,
    /// There is no such key.
    NoKey,
    /// Not yet: the key in waiting hasn't been published for long enough.
    TooEarly,
}

/// All living keys, private parts included, sealed where the deployer gave a secret for it.
#[derive(Serialize, Deserialize)]
pub struct RingMessage {
    /// Grows whenever something changes.
    pub version: u64,
    /// Keys that sign; the first one is the active one.
    pub signing: Vec<KeyMessage>,
    /// Refresh keys; the first one is the active one.
    pub refresh: Vec<KeyMessage>,
    /// Refresh keys that were removed before their time.
    pub removed: Vec<String>,
}

/// A key on its way.
#[derive(Serialize, Deserialize)]
pub struct KeyMessage {
    /// The key's id.
    pub id: String,
    /// A private JWK, or 32 bytes in base64url; sealed, or as it is.
    pub material: String,
}

/// What may be told about a key.
#[derive(Serialize, Deserialize)]
pub struct KeyRow {
    /// The key's id; with signing keys the `kid` of their tokens.
    pub id: String,
    /// What it is for.
    pub purpose: Purpose,
    /// `published`, `active`, `retiring` or `removed`.
    pub state: String,
    /// Since when everybody can know it.
    pub published_at: UnixTime,
    /// Since when it makes what is new.
    pub active_at: Option<UnixTime>,
    /// When it stopped, or was removed.
    pub retired_at: Option<UnixTime>,
    /// When it will be forgotten; not known while it is used.
    pub gone_at: Option<UnixTime>,
}

/// Refresh keys on their way; the first one is the active one.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeysMessage(Vec<RefreshKeyMessage>);

/// A refresh key on its way.
#[derive(Clone, Serialize, Deserialize)]
pub struct RefreshKeyMessage {
    /// The key's id.
    pub id: String,
    /// 32 bytes, base64url.
    pub bytes: String,
}

impl RefreshKeyMessage {
    /// Puts a key into words.
    #[must_use]
    pub fn of(key: &RefreshKey) -> Self {
        let bytes = Base64UrlSafeNoPadding::encode_to_string(key.bytes.expose()).unwrap_or_default();
        Self { id: key.id.clone(), bytes }
    }

    /// `None` unless it holds 32 bytes.
    #[must_use]
    pub fn key(&self) -> Option<RefreshKey> {
        let bytes = Base64UrlSafeNoPadding::decode_to_vec(&self.bytes, None).ok()?;
        Some(RefreshKey { id: self.id.clone(), bytes: SecretBytes::from_slice(&bytes)? })
    }
}

impl KeysMessage {
    /// Puts the keys into words.
    #[must_use]
    pub fn of(keys: &RefreshKeys) -> Self {
        Self(core::iter::once(&keys.active).chain(&keys.older).map(RefreshKeyMessage::of).collect())
    }

    /// `None` when there is no key, or one that is none.
    #[must_use]
    pub fn keys(&self) -> Option<RefreshKeys> {
        let mut keys = self.0.iter().map(RefreshKeyMessage::key);
        let active = keys.next()??;
        Some(RefreshKeys { active, older: keys.collect::<Option<_>>()? })
    }
}
