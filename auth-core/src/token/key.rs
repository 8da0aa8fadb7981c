//! The keys of an issuer.

/// A JWS algorithm (RFC 7518).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
}

impl Algorithm {
    /// The name in a JOSE header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
        }
    }
}

/// A key that verifies, together with the one algorithm it may be used with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// The key's id.
    pub kid: String,
    /// The algorithm: fixed by the key, never chosen by a token.
    pub algorithm: Algorithm,
    /// For ES256 the uncompressed SEC 1 point (65 bytes, beginning with 4). Whoever makes a key from foreign input
    /// has checked that it lies on the curve.
    pub material: Vec<u8>,
}

/// The keys of one issuer, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet(Vec<PublicKey>);

/// Two keys of one set share an id, so that neither could be meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DuplicateKeyId;

impl KeySet {
    /// Collects keys.
    ///
    /// # Errors
    /// [`DuplicateKeyId`].
    pub fn new(keys: Vec<PublicKey>) -> Result<Self, DuplicateKeyId> {
        let unique =
            keys.iter().enumerate().all(|(i, key)| keys.iter().skip(i + 1).all(|other| other.kid != key.kid));
        if unique { Ok(Self(keys)) } else { Err(DuplicateKeyId) }
    }

    /// The key with exactly this id. There is no fallback: no id, no key.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&PublicKey> {
        self.0.iter().find(|key| key.kid == kid)
    }

    /// All of them.
    #[must_use]
    pub fn keys(&self) -> &[PublicKey] {
        &self.0
    }
}
