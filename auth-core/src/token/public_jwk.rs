//! Keys as JWKs (RFC 7517, RFC 7518 section 6, RFC 8037): the format that both backends import.

use ct_codecs::{Base64UrlSafeNoPadding, Encoder};
use serde_json::{Value, json};

use super::key::{Algorithm, KeyMaterial, VerificationKey};

/// The public JWK of a key, with its id and algorithm. `None` for a shared secret, which has no public part,
/// and for material that does not fit the algorithm.
#[must_use]
pub fn public_jwk(key: &VerificationKey) -> Option<Value> {
    let text = |bytes: &[u8]| Base64UrlSafeNoPadding::encode_to_string(bytes).ok();
    let (kid, alg) = (&key.kid, key.algorithm.as_str());
    match (key.algorithm, &key.material) {
        (Algorithm::Es256, KeyMaterial::Point(point)) => ec(point, "P-256", 32, kid, alg),
        (Algorithm::Es384, KeyMaterial::Point(point)) => ec(point, "P-384", 48, kid, alg),
        (Algorithm::EdDsa, KeyMaterial::Ed25519(x)) => {
            Some(json!({"kty": "OKP", "crv": "Ed25519", "x": text(x)?, "kid": kid, "alg": alg, "use": "sig"}))
        }
        (Algorithm::Rs256 | Algorithm::Ps256, KeyMaterial::Rsa { n, e }) => {
            Some(json!({"kty": "RSA", "n": text(n)?, "e": text(e)?, "kid": kid, "alg": alg, "use": "sig"}))
        }
        _ => None,
    }
}

fn ec(point: &[u8], crv: &str, size: usize, kid: &str, alg: &str) -> Option<Value> {
    let text = |bytes: &[u8]| Base64UrlSafeNoPadding::encode_to_string(bytes).ok();
    let (first, rest) = point.split_first()?;
    let (x, y) = rest.split_at_checked(size)?;
    let fits = *first == 4 && y.len() == size;
    let jwk =
        json!({"kty": "EC", "crv": crv, "x": text(x)?, "y": text(y)?, "kid": kid, "alg": alg, "use": "sig"});
    fits.then_some(jwk)
}
