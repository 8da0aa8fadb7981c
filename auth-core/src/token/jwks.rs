//! Foreign key sets (RFC 7517), read as hostile input.
//!
//! What no verifier of ours could use (another `kty`, a key for encryption, an algorithm nobody asked for) is left out, as
//! RFC 7517 section 5 says. What shows that the set can't be trusted (private members, a secret among public keys, two keys
//! of one name, a point that isn't on its curve) refuses the whole set.

use ct_codecs::{Base64UrlSafeNoPadding, Decoder};
use serde_json::{Map, Value};

use super::key::{Algorithm, KeyMaterial, KeySet, VerificationKey};
use crate::wire::parse_object;

/// The most bytes a set may have.
pub const MAX_JWKS_BYTES: usize = 64 * 1024;

/// The most keys a set may have.
pub const MAX_KEYS: usize = 64;

/// Why a key set is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidJwks {
    /// More than [`MAX_JWKS_BYTES`] or [`MAX_KEYS`].
    TooLarge,
    /// No JSON object with a `keys` array of objects, or a member of the wrong type.
    Malformed,
    /// A key has private members.
    PrivateKey,
    /// A symmetric key stands in a set that anybody can read.
    SymmetricKey,
    /// Two keys have one `kid`.
    DuplicateKeyId,
    /// Coordinates, modulus or exponent are of the wrong size, or not canonical base64url.
    WrongSize,
    /// A point isn't on its curve.
    OffCurve,
    /// No key is left that could verify anything.
    Empty,
}

impl InvalidJwks {
    /// The name in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Malformed => "malformed",
            Self::PrivateKey => "private_key",
            Self::SymmetricKey => "symmetric_key",
            Self::DuplicateKeyId => "duplicate_kid",
            Self::WrongSize => "wrong_size",
            Self::OffCurve => "off_curve",
            Self::Empty => "empty",
        }
    }
}

/// Reads a set. `algorithms` are those the issuer may use; `on_curve` says whether a key's point is on its curve, for which
/// one has to calculate.
///
/// # Errors
/// [`InvalidJwks`].
pub fn parse_jwks(
    bytes: &[u8],
    algorithms: &[Algorithm],
    on_curve: impl Fn(&VerificationKey) -> bool,
) -> Result<KeySet, InvalidJwks> {
    if bytes.len() > MAX_JWKS_BYTES {
        return Err(InvalidJwks::TooLarge);
    }
    let set = parse_object(bytes).map_err(|_| InvalidJwks::Malformed)?;
    let keys = set.get("keys").and_then(Value::as_array).ok_or(InvalidJwks::Malformed)?;
    if keys.len() > MAX_KEYS {
        return Err(InvalidJwks::TooLarge);
    }
    let mut found = Vec::new();
    for key in keys {
        let key = key.as_object().ok_or(InvalidJwks::Malformed)?;
        if let Some(key) = parse_key(key, algorithms)? {
            if !on_curve(&key) {
                return Err(InvalidJwks::OffCurve);
            }
            found.push(key);
        }
    }
    if found.is_empty() {
        return Err(InvalidJwks::Empty);
    }
    KeySet::new(found).map_err(|_| InvalidJwks::DuplicateKeyId)
}

/// `None` for a key that isn't for us.
fn parse_key(
    key: &Map<String, Value>,
    algorithms: &[Algorithm],
) -> Result<Option<VerificationKey>, InvalidJwks> {
    let text = |name: &str| match key.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(InvalidJwks::Malformed),
    };
    let kty = text("kty")?.ok_or(InvalidJwks::Malformed)?;
    if kty == "oct" || key.contains_key("k") {
        return Err(InvalidJwks::SymmetricKey);
    }
    if ["d", "p", "q", "dp", "dq", "qi", "oth"].iter().any(|name| key.contains_key(*name)) {
        return Err(InvalidJwks::PrivateKey);
    }
    let (kid, crv, alg) = (text("kid")?, text("crv")?, text("alg")?);
    if text("use")?.is_some_and(|usage| usage != "sig") || !may_verify(key)? {
        return Ok(None);
    }
    let Some(algorithm) = algorithm_of(kty, crv, alg, algorithms) else { return Ok(None) };
    let Some(kid) = kid.filter(|kid| !kid.is_empty()) else { return Ok(None) };
    let number = |name: &str| -> Result<Vec<u8>, InvalidJwks> {
        Base64UrlSafeNoPadding::decode_to_vec(text(name)?.ok_or(InvalidJwks::Malformed)?, None)
            .map_err(|_| InvalidJwks::WrongSize)
    };
    let material = match algorithm {
        Algorithm::Es256 => KeyMaterial::Point(point(&number("x")?, &number("y")?, 32)?),
        Algorithm::Es384 => KeyMaterial::Point(point(&number("x")?, &number("y")?, 48)?),
        Algorithm::EdDsa => {
            KeyMaterial::Ed25519(number("x")?.try_into().map_err(|_| InvalidJwks::WrongSize)?)
        }
        Algorithm::Rs256 | Algorithm::Ps256 => rsa(number("n")?, number("e")?)?,
        Algorithm::Hs256 => return Err(InvalidJwks::SymmetricKey),
    };
    Ok(Some(VerificationKey { kid: kid.to_owned(), algorithm, material }))
}

/// `key_ops`, when it is there, must say `verify` and may name nothing twice.
fn may_verify(key: &Map<String, Value>) -> Result<bool, InvalidJwks> {
    let Some(operations) = key.get("key_ops") else { return Ok(true) };
    let operations = operations.as_array().ok_or(InvalidJwks::Malformed)?;
    if !operations.iter().all(Value::is_string) {
        return Err(InvalidJwks::Malformed);
    }
    Ok(operations.iter().filter(|operation| *operation == "verify").count() == 1)
}

/// The one algorithm a key is for. Curves say it by themselves; an RSA key must name it, unless the issuer may use only one.
fn algorithm_of(kty: &str, crv: Option<&str>, alg: Option<&str>, allowed: &[Algorithm]) -> Option<Algorithm> {
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
        (Some(algorithm), None) => Some(algorithm),
        (_, _) => None,
    }
}

/// An uncompressed point; coordinates have their full length (RFC 7518 section 6.2.1.2).
fn point(x: &[u8], y: &[u8], size: usize) -> Result<Vec<u8>, InvalidJwks> {
    if x.len() != size || y.len() != size {
        return Err(InvalidJwks::WrongSize);
    }
    Ok([&[4][..], x, y].concat())
}

/// 2048 to 4096 bits, and an exponent that is odd, more than 1 and at most 64 bits.
fn rsa(n: Vec<u8>, e: Vec<u8>) -> Result<KeyMaterial, InvalidJwks> {
    let n_fits = (256..=512).contains(&n.len()) && n.first().is_some_and(|first| *first >= 0x80);
    let e_fits = (1..=8).contains(&e.len())
        && e.first().is_some_and(|first| *first != 0)
        && e.last().is_some_and(|last| last % 2 == 1)
        && e != [1];
    if n_fits && e_fits { Ok(KeyMaterial::Rsa { n, e }) } else { Err(InvalidJwks::WrongSize) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{InvalidJwks, parse_jwks};
    use crate::token::Algorithm;

    const PUBLIC: &[Algorithm] = &[Algorithm::Es256, Algorithm::Es384, Algorithm::Rs256, Algorithm::EdDsa];

    fn coordinate(size: usize) -> String {
        use ct_codecs::{Base64UrlSafeNoPadding, Encoder};
        Base64UrlSafeNoPadding::encode_to_string(vec![0xff; size]).unwrap()
    }

    fn ec() -> Value {
        json!({"kty": "EC", "crv": "P-256", "kid": "e", "x": coordinate(32), "y": coordinate(32)})
    }

    fn with(mut key: Value, name: &str, value: Value) -> Value {
        key.as_object_mut().unwrap().insert(name.into(), value);
        key
    }

    fn read(keys: &[Value]) -> Result<Vec<(String, Algorithm)>, InvalidJwks> {
        let set = parse_jwks(json!({"keys": keys}).to_string().as_bytes(), PUBLIC, |_| true)?;
        Ok(set.keys().iter().map(|key| (key.kid.clone(), key.algorithm)).collect())
    }

    #[test]
    fn check_13_each_key_is_for_one_algorithm() {
        let rsa = json!({"kty": "RSA", "kid": "r", "n": coordinate(256), "e": "AQAB"});
        let keys = [
            ec(),
            json!({"kty": "EC", "crv": "P-384", "kid": "f", "x": coordinate(48), "y": coordinate(48), "alg": "ES384"}),
            json!({"kty": "OKP", "crv": "Ed25519", "kid": "o", "x": coordinate(32), "use": "sig", "key_ops": ["verify"]}),
            json!({"kty": "OKP", "crv": "Ed25519", "kid": "p", "x": coordinate(32), "alg": "Ed25519"}),
            rsa.clone(),
        ];
        let expected = [
            ("e", Algorithm::Es256),
            ("f", Algorithm::Es384),
            ("o", Algorithm::EdDsa),
            ("p", Algorithm::EdDsa),
            ("r", Algorithm::Rs256),
        ];
        assert_eq!(read(&keys).unwrap(), expected.map(|(kid, algorithm)| (kid.to_owned(), algorithm)));
        // Where an issuer may use both, an RSA key has to say which.
        let both = [Algorithm::Rs256, Algorithm::Ps256];
        let ambiguous = json!({"keys": [rsa]}).to_string();
        assert_eq!(parse_jwks(ambiguous.as_bytes(), &both, |_| true).unwrap_err(), InvalidJwks::Empty);
        let named = json!({"keys": [with(rsa, "alg", json!("PS256"))]}).to_string();
        assert_eq!(
            parse_jwks(named.as_bytes(), &both, |_| true).unwrap().keys()[0].algorithm,
            Algorithm::Ps256
        );
    }

    #[test]
    fn check_13_what_is_not_for_us_is_left_out() {
        for (name, value) in [
            ("use", json!("enc")),
            ("key_ops", json!(["sign"])),
            ("key_ops", json!([])),
            ("key_ops", json!(["verify", "verify"])),
            ("alg", json!("ES384")),
            ("alg", json!("none")),
            ("crv", json!("P-521")),
            ("crv", json!("secp256k1")),
            ("kty", json!("XYZ")),
            ("kid", json!("")),
        ] {
            assert_eq!(read(&[with(ec(), name, value.clone())]), Err(InvalidJwks::Empty), "{name} {value}");
        }
        let other = with(with(ec(), "kid", json!("x")), "use", json!("enc"));
        assert_eq!(read(&[other, ec()]).unwrap(), [("e".to_owned(), Algorithm::Es256)]);
    }

    #[test]
    fn check_13_what_shows_that_a_set_cannot_be_trusted_refuses_all_of_it() {
        for (bad, expected) in [
            (with(ec(), "d", json!(coordinate(32))), InvalidJwks::PrivateKey),
            (with(ec(), "p", json!("x")), InvalidJwks::PrivateKey),
            (json!({"kty": "oct", "kid": "s", "k": coordinate(32)}), InvalidJwks::SymmetricKey),
            (with(ec(), "k", json!("x")), InvalidJwks::SymmetricKey),
            (ec(), InvalidJwks::DuplicateKeyId),
            (with(ec(), "x", json!(coordinate(31))), InvalidJwks::WrongSize),
            (with(ec(), "y", json!(coordinate(33))), InvalidJwks::WrongSize),
            (with(ec(), "x", json!(format!("{}=", coordinate(32)))), InvalidJwks::WrongSize),
            (
                json!({"kty": "OKP", "crv": "Ed25519", "kid": "o", "x": coordinate(31)}),
                InvalidJwks::WrongSize,
            ),
            (json!({"kty": "RSA", "kid": "r", "n": coordinate(128), "e": "AQAB"}), InvalidJwks::WrongSize),
            (json!({"kty": "RSA", "kid": "r", "n": coordinate(1024), "e": "AQAB"}), InvalidJwks::WrongSize),
            (json!({"kty": "RSA", "kid": "r", "n": coordinate(256), "e": "AQ"}), InvalidJwks::WrongSize),
            (json!({"kty": "RSA", "kid": "r", "n": coordinate(256), "e": "Ag"}), InvalidJwks::WrongSize),
            (with(ec(), "x", json!(1)), InvalidJwks::Malformed),
            (with(ec(), "kid", json!(1)), InvalidJwks::Malformed),
            (with(ec(), "use", json!(["sig"])), InvalidJwks::Malformed),
            (with(ec(), "key_ops", json!("verify")), InvalidJwks::Malformed),
            (json!("key"), InvalidJwks::Malformed),
            (json!({"kid": "x"}), InvalidJwks::Malformed),
        ] {
            assert_eq!(read(&[ec(), bad.clone()]), Err(expected), "{bad}");
        }
        let set = json!({"keys": [ec()]}).to_string();
        assert_eq!(parse_jwks(set.as_bytes(), PUBLIC, |_| false).unwrap_err(), InvalidJwks::OffCurve);
    }

    #[test]
    fn check_13_the_caps() {
        let numbered = |n: usize| (0..n).map(|i| with(ec(), "kid", json!(i.to_string()))).collect::<Vec<_>>();
        assert_eq!(read(&numbered(64)).unwrap().len(), 64);
        assert_eq!(read(&numbered(65)), Err(InvalidJwks::TooLarge));
        let padded = |size: usize| format!("{}{}", json!({"keys": [ec()]}), " ".repeat(size));
        assert_eq!(
            parse_jwks(padded(70_000).as_bytes(), PUBLIC, |_| true).unwrap_err(),
            InvalidJwks::TooLarge
        );
        for text in ["", "<html></html>", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#, "null"] {
            assert_eq!(
                parse_jwks(text.as_bytes(), PUBLIC, |_| true).unwrap_err(),
                InvalidJwks::Malformed,
                "{text}"
            );
        }
        assert_eq!(read(&[]), Err(InvalidJwks::Empty));
    }
}
