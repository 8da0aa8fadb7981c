//! The thumbprint of a public key (RFC 7638): the name of a key that a token is bound to.

use ct_codecs::{Base64UrlSafeNoPadding, Decoder, Encoder};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::token::{VerificationKey, public_jwk};

/// The members that are required for some type of key; a key has no such member that is not required for its own type.
const REQUIRED: [&str; 6] = ["crv", "e", "kty", "n", "x", "y"];

/// The SHA-256 thumbprint of a public key, base64url: `jkt` in RFC 9449 sections 5, 6 and 10.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Thumbprint(String);

/// The text is no thumbprint: 32 bytes in base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidThumbprint;

impl core::fmt::Display for InvalidThumbprint {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("no SHA-256 thumbprint")
    }
}

impl Thumbprint {
    /// The thumbprint of a key; `None` for a shared secret, which has no public part.
    #[must_use]
    pub fn of(key: &VerificationKey) -> Option<Self> {
        let Value::Object(mut jwk) = public_jwk(key)? else { return None };
        // Only the required members, in the order of their names, without white space (RFC 7638 section 3.2, RFC 8037
        // section 2). `Map` sorts them.
        jwk.retain(|name, _| REQUIRED.contains(&name.as_str()));
        let digest = hmac_sha256::Hash::hash(Value::Object(jwk).to_string().as_bytes());
        Base64UrlSafeNoPadding::encode_to_string(digest).ok().map(Self)
    }

    /// Reads a thumbprint from a request or from storage.
    ///
    /// # Errors
    /// [`InvalidThumbprint`] unless it is 32 bytes in canonical base64url.
    pub fn read(text: &str) -> Result<Self, InvalidThumbprint> {
        let bytes = Base64UrlSafeNoPadding::decode_to_vec(text, None).map_err(|_| InvalidThumbprint)?;
        if bytes.len() == 32 { Ok(Self(text.to_owned())) } else { Err(InvalidThumbprint) }
    }

    /// The thumbprint as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Thumbprint {
    type Error = InvalidThumbprint;

    fn try_from(text: String) -> Result<Self, InvalidThumbprint> {
        Self::read(&text)
    }
}

impl From<Thumbprint> for String {
    fn from(thumbprint: Thumbprint) -> Self {
        thumbprint.0
    }
}
