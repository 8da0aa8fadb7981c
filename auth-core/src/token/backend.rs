//! What computes signatures. On Workers that is WebCrypto, natively (and as a second choice) jwt-simple; both
//! are held against each other in the tests.

use core::future::Future;

use super::key::VerificationKey;
use crate::id::KeyId;

/// The backend itself failed: it can neither confirm nor deny. Never a verdict about the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendFault(pub String);

/// Verifies raw JWS signatures (RFC 7518: for ECDSA, R and S of fixed length; never DER).
pub trait SignatureVerifier {
    /// Whether `signature` over `signing_input` was made with `key`. A signature of the wrong length or shape
    /// is `Ok(false)`.
    ///
    /// # Errors
    /// [`BackendFault`] when the backend itself fails.
    fn verify(
        &self,
        key: &VerificationKey,
        signing_input: &[u8],
        signature: &[u8],
    ) -> impl Future<Output = Result<bool, BackendFault>>;
}

/// Signs with one private key.
pub trait Signer {
    /// The `kid` of the key, an RFC 7638 thumbprint.
    fn key_id(&self) -> &KeyId;

    /// The raw JWS signature over `signing_input`.
    ///
    /// # Errors
    /// [`BackendFault`] when the backend fails.
    fn sign(&self, signing_input: &[u8]) -> impl Future<Output = Result<Vec<u8>, BackendFault>>;
}
