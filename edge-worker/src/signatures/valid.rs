//! Validates keys of other issuers.

use auth_core::token::{Algorithm, VerificationKey};
use jwt_simple::algorithms::ES256PublicKey;

use super::jwk::public_jwk;

/// Whether the key is valid, as far as this can be checked synchronously: its parts fit its algorithm, and a
/// P-256 point is on its curve. The platform checks the other curves when it imports the key
/// ([`super::can_import`]).
#[must_use]
pub fn is_valid_key(key: &VerificationKey) -> bool {
    match (key.algorithm, public_jwk(key)) {
        (Algorithm::Es256, Some(jwk)) => ES256PublicKey::from_jwk(&jwk.to_string()).is_ok(),
        (_, jwk) => jwk.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use auth_core::token::{Algorithm, KeyMaterial, VerificationKey};

    use super::is_valid_key;
    use crate::signatures::SigningKey;

    fn point(bytes: &[u8]) -> VerificationKey {
        let material = KeyMaterial::Point(bytes.to_vec());
        VerificationKey { kid: "k".into(), algorithm: Algorithm::Es256, material }
    }

    #[test]
    fn check_13_rejects_a_point_off_its_curve() {
        let mut bytes = match SigningKey::generate().public().unwrap().material {
            KeyMaterial::Point(bytes) => bytes,
            other => panic!("{other:?}"),
        };
        assert!(is_valid_key(&point(&bytes)));
        bytes[64] ^= 1;
        assert!(!is_valid_key(&point(&bytes)));
        assert!(!is_valid_key(&point(&[&[4][..], &[0; 64]].concat())));
    }
}
