//! ES256 behind the traits of `auth-core`, twice: by the platform's WebCrypto and by jwt-simple.

mod jwt_simple;
mod signing_key;
mod webcrypto;

use auth_core::token::{BackendFault, PublicKey, SignatureVerifier, Signer};

use crate::config::SignatureBackend;

pub use self::jwt_simple::JwtSimple;
pub use signing_key::{InvalidKey, SigningKey, public_jwk, public_key};
pub use webcrypto::WebCrypto;

/// The verifier the configuration asks for.
#[derive(Clone, Copy, Debug)]
pub struct Verifier(pub SignatureBackend);

impl SignatureVerifier for Verifier {
    async fn verify(
        &self,
        key: &PublicKey,
        signing_input: &[u8],
        signature: &[u8],
    ) -> Result<bool, BackendFault> {
        match self.0 {
            SignatureBackend::WebCrypto => WebCrypto.verify(key, signing_input, signature).await,
            SignatureBackend::JwtSimple => JwtSimple.verify(key, signing_input, signature).await,
        }
    }
}

/// The signer the configuration asks for, with the key it signs with.
#[derive(Clone, Copy, Debug)]
pub struct KeySigner<'k> {
    /// What computes the signature.
    pub backend: SignatureBackend,
    /// The private key.
    pub key: &'k SigningKey,
}

impl Signer for KeySigner<'_> {
    fn key_id(&self) -> &str {
        self.key.kid()
    }

    async fn sign(&self, signing_input: &[u8]) -> Result<Vec<u8>, BackendFault> {
        match self.backend {
            SignatureBackend::WebCrypto => webcrypto::sign(self.key, signing_input).await,
            SignatureBackend::JwtSimple => jwt_simple::sign(self.key, signing_input),
        }
    }
}

fn fault(what: &str, error: &impl core::fmt::Debug) -> BackendFault {
    BackendFault(format!("{what}: {error:?}"))
}
