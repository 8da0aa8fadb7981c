//! The keys of an issuer.

use crate::secret::SecretText;

/// A JWS algorithm (RFC 7518, RFC 8037).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// Ed25519.
    EdDsa,
    /// HMAC with SHA-256.
    Hs256,
}

impl Algorithm {
    /// Every algorithm there is.
    pub const ALL: [Self; 6] = [Self::Es256, Self::Es384, Self::Rs256, Self::Ps256, Self::EdDsa, Self::Hs256];

    /// The name in a JOSE header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::EdDsa => "EdDSA",
            Self::Hs256 => "HS256",
        }
    }

    /// The algorithm with exactly this name. EdDSA with Ed25519 has two: the old one is also that of other
    /// curves, for which no key of ours can be, and the new one (RFC 9864 section 2.2) is its alone.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "Ed25519" => Some(Self::EdDsa),
            name => Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name),
        }
    }
}

/// The bytes of a key. Code that makes one from foreign input must check that points lie on their curve.
#[derive(Clone, Debug)]
pub enum KeyMaterial {
    /// An uncompressed SEC 1 point: 65 bytes for P-256, 97 for P-384, the first one 4.
    Point(Vec<u8>),
    /// An Ed25519 public key.
    Ed25519([u8; 32]),
    /// An RSA public key, both numbers big-endian without leading zeros.
    Rsa {
        /// The modulus: 2048 to 4096 bits.
        n: Vec<u8>,
        /// The public exponent: odd, more than 1, at most 64 bits.
        e: Vec<u8>,
    },
    /// A shared secret of at least 32 bytes.
    Secret(SecretText),
}

impl KeyMaterial {
    /// An uncompressed point of these coordinates; `None` unless both have `size` bytes (RFC 7518 section 6.2.1.2).
    pub(crate) fn point(x: &[u8], y: &[u8], size: usize) -> Option<Self> {
        (x.len() == size && y.len() == size).then(|| Self::Point([&[4][..], x, y].concat()))
    }

    /// An RSA key; `None` unless its modulus has 2048 to 4096 bits and its exponent is odd, more than 1 and at most
    /// 64 bits.
    pub(crate) fn rsa(n: Vec<u8>, e: Vec<u8>) -> Option<Self> {
        let least = if n.len() == 256 { 0x80 } else { 1 };
        let n_fits = (256..=512).contains(&n.len()) && n.first().is_some_and(|first| *first >= least);
        let e_fits = (1..=8).contains(&e.len())
            && e.first().is_some_and(|first| *first != 0)
            && e.last().is_some_and(|last| last % 2 == 1)
            && e != [1];
        (n_fits && e_fits).then_some(Self::Rsa { n, e })
    }

    /// Whether this is the same key. Not in constant time: no caller supplies either of two shared secrets.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Point(a), Self::Point(b)) => a == b,
            (Self::Ed25519(a), Self::Ed25519(b)) => a == b,
            (Self::Rsa { n, e }, Self::Rsa { n: m, e: f }) => n == m && e == f,
            (Self::Secret(a), Self::Secret(b)) => a.expose() == b.expose(),
            (_, _) => false,
        }
    }
}

/// A key that verifies, together with the one algorithm it may be used with.
#[derive(Clone, Debug)]
pub struct VerificationKey {
    /// The key's id; empty: it has none.
    pub kid: String,
    /// The algorithm: fixed by the key, never chosen by a token.
    pub algorithm: Algorithm,
    /// What it is made of.
    pub material: KeyMaterial,
}

impl VerificationKey {
    /// How many bytes each of its signatures has (RFC 7518 section 3, RFC 8032 section 5.1.6).
    #[must_use]
    pub fn signature_bytes(&self) -> usize {
        match (self.algorithm, &self.material) {
            (Algorithm::Rs256 | Algorithm::Ps256, KeyMaterial::Rsa { n, .. }) => n.len(),
            (Algorithm::Rs256 | Algorithm::Ps256, _) => 0,
            (Algorithm::Es256 | Algorithm::EdDsa, _) => 64,
            (Algorithm::Es384, _) => 96,
            (Algorithm::Hs256, _) => 32,
        }
    }
}

/// The keys of one issuer, by id and algorithm.
#[derive(Clone, Debug, Default)]
pub struct KeySet(Vec<VerificationKey>);

/// Two different keys of one set have the same id and algorithm, so that a token could mean either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DuplicateKeyId;

impl KeySet {
    /// Collects keys; one that is repeated counts once.
    ///
    /// # Errors
    /// [`DuplicateKeyId`].
    pub fn new(keys: Vec<VerificationKey>) -> Result<Self, DuplicateKeyId> {
        let mut unique: Vec<VerificationKey> = Vec::with_capacity(keys.len());
        for key in keys {
            match unique.iter().find(|other| other.kid == key.kid && other.algorithm == key.algorithm) {
                None => unique.push(key),
                Some(other) if other.material.is_same(&key.material) => {}
                Some(_) => return Err(DuplicateKeyId),
            }
        }
        Ok(Self(unique))
    }

    /// Whether a key has exactly this id.
    #[must_use]
    pub fn has_id(&self, kid: &str) -> bool {
        !kid.is_empty() && self.0.iter().any(|key| key.kid == kid)
    }

    /// The key with exactly this id for this algorithm.
    #[must_use]
    pub fn find(&self, kid: &str, algorithm: Algorithm) -> Option<&VerificationKey> {
        self.0.iter().find(|key| !kid.is_empty() && key.kid == kid && key.algorithm == algorithm)
    }

    /// The set's key, if it has exactly one.
    #[must_use]
    pub fn only(&self) -> Option<&VerificationKey> {
        match self.0.as_slice() {
            [key] => Some(key),
            _ => None,
        }
    }

    /// Whether another set says the same: the same names, algorithms and public keys, in the same order.
    #[must_use]
    pub fn same_public_keys(&self, other: &Self) -> bool {
        let same = |a: &VerificationKey, b: &VerificationKey| {
            let is_public = !matches!(a.material, KeyMaterial::Secret(_));
            a.kid == b.kid && a.algorithm == b.algorithm && is_public && a.material.is_same(&b.material)
        };
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(|(a, b)| same(a, b))
    }

    /// All of them.
    #[must_use]
    pub fn keys(&self) -> &[VerificationKey] {
        &self.0
    }
}
