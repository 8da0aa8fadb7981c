//! How messages carry keys.

use auth_core::id::KeyId;
use auth_core::rotation::{RefreshKey, RefreshKeys};
use auth_core::secret::SecretBytes;
use ct_codecs::{Base64UrlSafeNoPadding, Decoder, Encoder};
use serde::{Deserialize, Serialize};

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

/// Refresh keys in a message; the first is the active one.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeysMessage(Vec<RefreshKeyMessage>);

/// A refresh key in a message.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
