//! Foreign key sets (RFC 7517), read as hostile input.
//!
//! A key that can't be used doesn't make the others unusable: it is left out, with a reason for the log (RFC
//! 7517 section 5). A set is rejected as a whole when it isn't one, when no key is left, or when two
//! different keys have one id and algorithm, because then a token could mean either.

use core::fmt;

use ct_codecs::{Base64UrlSafeNoPadding, Decoder};
use serde_json::{Map, Value};

use super::key::{Algorithm, KeyMaterial, KeySet, VerificationKey};
use crate::wire::parse_object;

/// The most bytes a set may have.
pub const MAX_JWKS_BYTES: usize = 64 * 1024;

/// The most keys a set may have.
pub const MAX_KEYS: usize = 64;

/// Why a key set is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidJwks {
    /// More than [`MAX_JWKS_BYTES`] or [`MAX_KEYS`].
    TooLarge,
    /// No JSON object with a `keys` array.
    Malformed,
    /// Two different keys have one `kid` and algorithm.
    DuplicateKeyId,
    /// The set holds no keys.
    Empty,
    /// Every key was left out.
    NoUsableKey(Vec<LeftOutKey>),
}

impl fmt::Display for InvalidJwks {
    /// For logs: the names of the errors, and what they say of keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("too_large"),
            Self::Malformed => f.write_str("malformed"),
            Self::DuplicateKeyId => f.write_str("duplicate_kid"),
            Self::Empty => f.write_str("empty"),
            Self::NoUsableKey(left_out) => {
                f.write_str("no_usable_key:")?;
                left_out.iter().enumerate().try_for_each(|(i, key)| {
                    write!(f, "{} keys[{}] {}", if i == 0 { "" } else { "," }, key.index, key.reason.as_str())
                })
            }
        }
    }
}

/// A key that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOutKey {
    /// Its place in the set.
    pub index: usize,
    /// Its id, as far as it has one.
    pub kid: Option<String>,
    /// Why.
    pub reason: UnusableKey,
}

/// Why a key was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnusableKey {
    /// It is no object, or a member is missing or has the wrong type.
    Malformed,
    /// It has private members, or a private key that is published beside it makes it forgeable.
    PrivateKey,
    /// It is symmetric, in a set that everyone can read.
    SymmetricKey,
    /// `use` or `key_ops` name a use other than verifying signatures.
    OtherUse,
    /// Its type, curve or `alg` isn't one that the issuer may use.
    OtherAlgorithm,
    /// An RSA key without `alg`, where the issuer may use several algorithms with such keys.
    NoAlgorithm,
    /// It has no `kid` and isn't the only key.
    NoKeyId,
    /// Coordinates, modulus or exponent are of the wrong size, or not canonical base64url.
    WrongSize,
    /// The point isn't on its curve.
    OffCurve,
}

impl UnusableKey {
    /// The name in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::PrivateKey => "private_key",
            Self::SymmetricKey => "symmetric_key",
            Self::OtherUse => "other_use",
            Self::OtherAlgorithm => "other_algorithm",
            Self::NoAlgorithm => "no_algorithm",
            Self::NoKeyId => "no_kid",
            Self::WrongSize => "wrong_size",
            Self::OffCurve => "off_curve",
        }
    }
}

/// A set that was read: the keys that can be used as far as is known, and those that were left out.
#[derive(Clone, Debug)]
pub struct Jwks {
    usable: Vec<(usize, VerificationKey)>,
    left_out: Vec<LeftOutKey>,
}

impl Jwks {
    /// Reads a set. `algorithms` are those the issuer may use.
    ///
    /// # Errors
    /// [`InvalidJwks::TooLarge`], [`InvalidJwks::Malformed`], [`InvalidJwks::Empty`].
    pub fn parse(bytes: &[u8], algorithms: &[Algorithm]) -> Result<Self, InvalidJwks> {
        if bytes.len() > MAX_JWKS_BYTES {
            return Err(InvalidJwks::TooLarge);
        }
        let set = parse_object(bytes).map_err(|_| InvalidJwks::Malformed)?;
        let keys = set.get("keys").and_then(Value::as_array).ok_or(InvalidJwks::Malformed)?;
        if keys.len() > MAX_KEYS {
            return Err(InvalidJwks::TooLarge);
        }
        if keys.is_empty() {
            return Err(InvalidJwks::Empty);
        }
        let mut read = Self { usable: vec![], left_out: vec![] };
        let mut exposed = Vec::new();
        for (index, key) in keys.iter().enumerate() {
            let members = key.as_object();
            match members.ok_or(UnusableKey::Malformed).and_then(|key| parse_key(key, algorithms)) {
                Ok(key) => read.usable.push((index, key)),
                Err(reason) => {
                    let kid = members.and_then(|key| key.get("kid")).and_then(Value::as_str);
                    read.left_out.push(LeftOutKey { index, kid: kid.map(ToOwned::to_owned), reason });
                }
            }
            if let Some(public) = members.and_then(|key| public_half(key, algorithms)) {
                exposed.push(public.material);
            }
        }
        read.retain(UnusableKey::PrivateKey, |key| !exposed.iter().any(|known| known.is_same(&key.material)));
        Ok(read)
    }

    /// The keys that can be used so far.
    pub fn usable(&self) -> impl Iterator<Item = &VerificationKey> {
        self.usable.iter().map(|(_, key)| key)
    }

    /// Leaves out the keys for which `keep` is false.
    pub fn retain(&mut self, reason: UnusableKey, keep: impl Fn(&VerificationKey) -> bool) {
        let left_out = &mut self.left_out;
        self.usable.retain(|(index, key)| {
            let kept = keep(key);
            if !kept {
                let kid = (!key.kid.is_empty()).then(|| key.kid.clone());
                left_out.push(LeftOutKey { index: *index, kid, reason });
            }
            kept
        });
    }

    /// The keys, and those that were left out, by their place in the set.
    ///
    /// # Errors
    /// [`InvalidJwks::NoUsableKey`], [`InvalidJwks::DuplicateKeyId`].
    pub fn into_keys(mut self) -> Result<(KeySet, Vec<LeftOutKey>), InvalidJwks> {
        let first = self.usable.first().map(|(_, key)| key.clone());
        // A key without an id can only be meant where it is the only one; repeated, it counts once.
        let repeated = |key: &VerificationKey| {
            first.as_ref().is_some_and(|first| first.kid.is_empty() && first.material.is_same(&key.material))
        };
        if !self.usable.iter().all(|(_, key)| key.kid.is_empty() && repeated(key)) {
            self.retain(UnusableKey::NoKeyId, |key| !key.kid.is_empty());
        }
        self.left_out.sort_by_key(|key| key.index);
        if self.usable.is_empty() {
            return Err(InvalidJwks::NoUsableKey(self.left_out));
        }
        let keys = KeySet::new(self.usable.into_iter().map(|(_, key)| key).collect());
        Ok((keys.map_err(|_| InvalidJwks::DuplicateKeyId)?, self.left_out))
    }
}

/// Reads a set whole. `on_curve` says whether a key's point is on its curve, which has to be calculated.
///
/// # Errors
/// [`InvalidJwks`].
pub fn parse_jwks(
    bytes: &[u8],
    algorithms: &[Algorithm],
    on_curve: impl Fn(&VerificationKey) -> bool,
) -> Result<(KeySet, Vec<LeftOutKey>), InvalidJwks> {
    let mut read = Jwks::parse(bytes, algorithms)?;
    read.retain(UnusableKey::OffCurve, on_curve);
    read.into_keys()
}

/// The members that only private keys have (RFC 7518 section 6).
const PRIVATE_MEMBERS: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/// Reads one public key. `algorithms` are those that it may be for.
pub(crate) fn parse_key(
    key: &Map<String, Value>,
    algorithms: &[Algorithm],
) -> Result<VerificationKey, UnusableKey> {
    let text = |name: &str| match key.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(UnusableKey::Malformed),
    };
    let kty = text("kty")?.ok_or(UnusableKey::Malformed)?;
    if kty == "oct" || key.contains_key("k") {
        return Err(UnusableKey::SymmetricKey);
    }
    if PRIVATE_MEMBERS.iter().any(|name| key.contains_key(*name)) {
        return Err(UnusableKey::PrivateKey);
    }
    let (kid, crv, alg) = (text("kid")?, text("crv")?, text("alg")?);
    if text("use")?.is_some_and(|usage| usage != "sig") || !may_verify(key)? {
        return Err(UnusableKey::OtherUse);
    }
    let algorithm = algorithm_of(kty, crv, alg, algorithms)?;
    let number = |name: &str| -> Result<Vec<u8>, UnusableKey> {
        Base64UrlSafeNoPadding::decode_to_vec(text(name)?.ok_or(UnusableKey::Malformed)?, None)
            .map_err(|_| UnusableKey::WrongSize)
    };
    let material = match algorithm {
        Algorithm::Es256 => {
            KeyMaterial::point(&number("x")?, &number("y")?, 32).ok_or(UnusableKey::WrongSize)?
        }
        Algorithm::Es384 => {
            KeyMaterial::point(&number("x")?, &number("y")?, 48).ok_or(UnusableKey::WrongSize)?
        }
        Algorithm::EdDsa => {
            KeyMaterial::Ed25519(number("x")?.try_into().map_err(|_| UnusableKey::WrongSize)?)
        }
        Algorithm::Rs256 | Algorithm::Ps256 => {
            KeyMaterial::rsa(number("n")?, number("e")?).ok_or(UnusableKey::WrongSize)?
        }
        Algorithm::Hs256 => return Err(UnusableKey::SymmetricKey),
    };
    Ok(VerificationKey { kid: kid.unwrap_or_default().to_owned(), algorithm, material })
}

/// The public half of a key that is published with its private one; `None` for any other key.
fn public_half(key: &Map<String, Value>, algorithms: &[Algorithm]) -> Option<VerificationKey> {
    let is_private = PRIVATE_MEMBERS.iter().any(|name| key.contains_key(*name));
    let public =
        || key.iter().filter(|(name, _)| !PRIVATE_MEMBERS.contains(&name.as_str()) && *name != "key_ops");
    is_private
        .then(|| public().map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>())
        .and_then(|public| parse_key(&public, algorithms).ok())
}

/// `key_ops`, when it is there, must say `verify` and may name nothing twice.
fn may_verify(key: &Map<String, Value>) -> Result<bool, UnusableKey> {
    let Some(operations) = key.get("key_ops") else { return Ok(true) };
    let operations = operations.as_array().ok_or(UnusableKey::Malformed)?;
    if !operations.iter().all(Value::is_string) {
        return Err(UnusableKey::Malformed);
    }
    Ok(operations.iter().filter(|operation| *operation == "verify").count() == 1)
}

/// The one algorithm a key is for. Curves say it by themselves; an RSA key must name it, unless the issuer
/// may use only one.
fn algorithm_of(
    kty: &str,
    crv: Option<&str>,
    alg: Option<&str>,
    allowed: &[Algorithm],
) -> Result<Algorithm, UnusableKey> {
    let candidates: &[Algorithm] = match (kty, crv) {
        ("EC", Some("P-256")) => &[Algorithm::Es256],
        ("EC", Some("P-384")) => &[Algorithm::Es384],
        ("OKP", Some("Ed25519")) => &[Algorithm::EdDsa],
        ("RSA", None) => &[Algorithm::Rs256, Algorithm::Ps256],
        _ => &[],
    };
    let mut fitting = candidates.iter().copied().filter(|candidate| {
        allowed.contains(candidate) && alg.is_none_or(|alg| Algorithm::from_name(alg) == Some(*candidate))
    });
    match (fitting.next(), fitting.next()) {
        (Some(algorithm), None) => Ok(algorithm),
        (Some(_), Some(_)) => Err(UnusableKey::NoAlgorithm),
        (None, _) => Err(UnusableKey::OtherAlgorithm),
    }
}

#[cfg(test)]
mod tests;
