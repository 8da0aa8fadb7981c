//! Private keys, generated and exported by jwt-simple.

use auth_core::id::KeyId;
use auth_core::secret::SecretText;
use auth_core::token::{Algorithm, KeyMaterial, VerificationKey};
use jwt_simple::algorithms::{ECDSAP256PublicKeyLike, ES256KeyPair};

/// A private ES256 key and its id.
#[derive(Clone, Debug)]
pub struct SigningKey {
    kid: KeyId,
    jwk: SecretText,
}

/// The text is not a P-256 key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidKey;

impl SigningKey {
    /// Generates a key with the platform's randomness. Its `kid` is its thumbprint (RFC 7638).
    #[must_use]
    pub fn generate() -> Self {
        Self::named(ES256KeyPair::generate())
    }

    /// Parses a private JWK, as written by [`SigningKey::expose_jwk`].
    ///
    /// # Errors
    /// [`InvalidKey`].
    pub fn from_jwk(jwk: &str) -> Result<Self, InvalidKey> {
        ES256KeyPair::from_jwk(jwk).map(Self::named).map_err(|_| InvalidKey)
    }

    fn named(pair: ES256KeyPair) -> Self {
        let kid = pair.jwk_thumbprint();
        Self { jwk: SecretText::new(pair.with_key_id(&kid).to_jwk()), kid: kid.into() }
    }

    /// The key's id.
    #[must_use]
    pub const fn kid(&self) -> &KeyId {
        &self.kid
    }

    /// The private JWK (RFC 7517), for the Keyring's storage and for import. Must never be in a response.
    #[must_use]
    pub fn expose_jwk(&self) -> &str {
        self.jwk.expose()
    }

    pub(super) fn pair(&self) -> Result<ES256KeyPair, InvalidKey> {
        ES256KeyPair::from_jwk(self.jwk.expose()).map_err(|_| InvalidKey)
    }

    /// The public key.
    ///
    /// # Errors
    /// [`InvalidKey`].
    pub fn public(&self) -> Result<VerificationKey, InvalidKey> {
        let point = self.pair()?.public_key().public_key().to_bytes_uncompressed();
        Ok(VerificationKey {
            kid: self.kid.as_str().to_owned(),
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
        assert_eq!(key.kid().as_str().len(), 43);
        assert!(!format!("{key:?}").contains("\"d\""));
    }

    #[test]
    fn the_public_jwk_has_no_private_member() {
        let key = SigningKey::generate();
        let jwk = public_jwk(&key.public().unwrap()).unwrap();
        let names: Vec<_> = jwk.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
        assert_eq!(jwk["kid"], key.kid().as_str());
    }
}
