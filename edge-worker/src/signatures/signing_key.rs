//! Private keys: made, named and exported by jwt-simple.

use auth_core::secret::SecretText;
use auth_core::token::{Algorithm, KeyMaterial, VerificationKey};
use jwt_simple::algorithms::{ECDSAP256PublicKeyLike, ES256KeyPair};

/// A private ES256 key and its name.
#[derive(Clone, Debug)]
pub struct SigningKey {
    kid: String,
    jwk: SecretText,
}

/// The text is no P-256 key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidKey;

impl SigningKey {
    /// Makes a new key with the platform's randomness. Its `kid` is its thumbprint (RFC 7638).
    #[must_use]
    pub fn generate() -> Self {
        Self::named(ES256KeyPair::generate())
    }

    /// Reads a private JWK, as [`SigningKey::expose_jwk`] wrote it.
    ///
    /// # Errors
    /// [`InvalidKey`].
    pub fn from_jwk(jwk: &str) -> Result<Self, InvalidKey> {
        ES256KeyPair::from_jwk(jwk).map(Self::named).map_err(|_| InvalidKey)
    }

    fn named(pair: ES256KeyPair) -> Self {
        let kid = pair.jwk_thumbprint();
        Self { jwk: SecretText::new(pair.with_key_id(&kid).to_jwk()), kid }
    }

    /// The key's name.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The private JWK (RFC 7517), for the Keyring's storage and for importing it. Never for an answer.
    #[must_use]
    pub fn expose_jwk(&self) -> &str {
        self.jwk.expose()
    }

    pub(super) fn pair(&self) -> Result<ES256KeyPair, InvalidKey> {
        ES256KeyPair::from_jwk(self.jwk.expose()).map_err(|_| InvalidKey)
    }

    /// The public half, to verify with.
    ///
    /// # Errors
    /// [`InvalidKey`].
    pub fn public(&self) -> Result<VerificationKey, InvalidKey> {
        let point = self.pair()?.public_key().public_key().to_bytes_uncompressed();
        Ok(VerificationKey {
            kid: self.kid.clone(),
            algorithm: Algorithm::Es256,
            material: KeyMaterial::Point(point),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::SigningKey;
    use crate::signatures::public_jwk;

    #[test]
    fn a_key_is_named_by_its_thumbprint_and_survives_storage() {
        let key = SigningKey::generate();
        let stored = SigningKey::from_jwk(key.expose_jwk()).unwrap();
        assert_eq!(stored.kid(), key.kid());
        assert_eq!(public_jwk(&stored.public().unwrap()), public_jwk(&key.public().unwrap()));
        assert_eq!(key.kid().len(), 43);
        assert!(!format!("{key:?}").contains("\"d\""));
    }

    #[test]
    fn what_is_published_has_no_private_member() {
        let key = SigningKey::generate();
        let jwk = public_jwk(&key.public().unwrap()).unwrap();
        let names: Vec<_> = jwk.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
        assert_eq!(jwk["kid"], key.kid());
    }
}
