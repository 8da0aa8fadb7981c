//! Validates keys of other issuers.

use auth_core::token::{Algorithm, KeyMaterial, VerificationKey, public_jwk};
use p256::PublicKey;

/// Whether the key is valid, as far as this can be checked synchronously: its parts fit its algorithm, and a
/// P-256 point is on its curve. The platform checks the other curves when it imports the key.
#[must_use]
pub fn is_valid_key(key: &VerificationKey) -> bool {
    public_jwk(key).is_some()
        && match (key.algorithm, &key.material) {
            (Algorithm::Es256, KeyMaterial::Point(point)) => PublicKey::from_sec1_bytes(point).is_ok(),
            _ => true,
        }
}

#[cfg(test)]
mod tests {
    use auth_core::token::{Algorithm, KeyMaterial, VerificationKey};
    use ct_codecs::{Decoder as _, Hex};

    use super::is_valid_key;

    /// The base point of P-256 (SEC 2 section 2.4.2).
    const POINT: &str = "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

    fn point(bytes: &[u8]) -> VerificationKey {
        let material = KeyMaterial::Point(bytes.to_vec());
        VerificationKey { kid: "k".into(), algorithm: Algorithm::Es256, material }
    }

    #[test]
    fn check_13_rejects_a_point_off_its_curve() {
        let mut bytes = Hex::decode_to_vec(POINT, None).unwrap();
        assert!(is_valid_key(&point(&bytes)));
        bytes[64] ^= 1;
        assert!(!is_valid_key(&point(&bytes)));
        assert!(!is_valid_key(&point(&[&[4][..], &[0; 64]].concat())));
        assert!(!is_valid_key(&point(&[])));
    }
}
