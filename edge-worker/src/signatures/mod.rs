//! Two implementations of the signature traits of `auth-core`: the platform's WebCrypto, and jwt-simple. The
//! service's own tokens use ES256; the other algorithms are for tokens of other issuers.

mod fault;
mod jwt_simple;
mod signing_key;
mod webcrypto;

#[cfg(test)]
mod proof_tests;
#[cfg(test)]
mod property_tests;

use auth_core::id::KeyId;
use auth_core::token::{Algorithm, BackendFault, SignatureVerifier, Signer, VerificationKey};
use worker_config::SignatureBackend;

pub use self::jwt_simple::JwtSimple;
pub use auth_core::token::public_jwk;
pub use signing_key::{InvalidKey, SigningKey};
#[cfg(feature = "entry")]
pub(crate) use webcrypto::imported;
pub use webcrypto::{ClientKeys, WebCrypto, can_import};
pub(crate) use webcrypto::{sign_by_pkcs8, subtle};
pub use worker_config::is_valid_key;

/// The configured verifier. Inside the Worker, jwt-simple supports only ES256.
#[derive(Clone, Copy, Debug)]
pub struct Verifier(pub SignatureBackend);

impl SignatureVerifier for Verifier {
    async fn verify(
        &self,
        key: &VerificationKey,
        signing_input: &[u8],
        signature: &[u8],
    ) -> Result<bool, BackendFault> {
        match (self.0, key.algorithm) {
            (SignatureBackend::JwtSimple, Algorithm::Es256) => {
                JwtSimple.verify(key, signing_input, signature).await
            }
            (SignatureBackend::JwtSimple | SignatureBackend::WebCrypto, _) => {
                WebCrypto.verify(key, signing_input, signature).await
            }
        }
    }
}

/// The configured signer, with its key.
#[derive(Clone, Copy, Debug)]
pub struct KeySigner<'k> {
    /// The backend that computes the signature.
    pub backend: SignatureBackend,
    /// The private key.
    pub key: &'k SigningKey,
}

impl Signer for KeySigner<'_> {
    fn key_id(&self) -> &KeyId {
        self.key.kid()
    }

    async fn sign(&self, signing_input: &[u8]) -> Result<Vec<u8>, BackendFault> {
        match self.backend {
            SignatureBackend::WebCrypto => webcrypto::sign(self.key, signing_input).await,
            SignatureBackend::JwtSimple => jwt_simple::sign(self.key, signing_input),
        }
    }
}
