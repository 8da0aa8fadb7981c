//! Private keys: made, named and exported by jwt-simple.

use auth_core::secret::SecretText;
use auth_core::token::{Algorithm, PublicKey};
use jwt_simple::algorithms::{ECDSAP256PublicKeyLike, ES256KeyPair, ES256PublicKey};
use serde_json::Value;

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
    pub fn public(&self) -> Result<PublicKey, InvalidKey> {
        Ok(named_point(&self.kid, &self.pair()?.public_key()))
    }
}

/// A public key from a JWK; refused unless it is a P-256 point on the curve.
///
/// # Errors
/// [`InvalidKey`].
pub fn public_key(kid: &str, jwk: &str) -> Result<PublicKey, InvalidKey> {
    ES256PublicKey::from_jwk(jwk).map(|key| named_point(kid, &key)).map_err(|_| InvalidKey)
}

/// The public JWK to publish: exactly the members a verifier needs.
///
/// # Errors
/// [`InvalidKey`].
pub fn public_jwk(key: &PublicKey) -> Result<Value, InvalidKey> {
    let parsed = ES256PublicKey::from_bytes(&key.material).map_err(|_| InvalidKey)?;
    serde_json::from_str(&parsed.with_key_id(&key.kid).to_jwk()).map_err(|_| InvalidKey)
}

fn named_point(kid: &str, key: &ES256PublicKey) -> PublicKey {
    let material = key.public_key().to_bytes_uncompressed();
    PublicKey { kid: kid.to_owned(), algorithm: Algorithm::Es256, material }
}

#[cfg(test)]
mod tests {
    use super::{SigningKey, public_jwk, public_key};

    #[test]
    fn a_key_is_named_by_its_thumbprint_and_survives_storage() {
        let key = SigningKey::generate();
        let stored = SigningKey::from_jwk(key.expose_jwk()).unwrap();
        assert_eq!(stored.kid(), key.kid());
        assert_eq!(stored.public().unwrap(), key.public().unwrap());
        assert_eq!(key.kid().len(), 43);
        assert!(!format!("{key:?}").contains("\"d\""));
    }

    #[test]
    fn what_is_published_has_no_private_member() {
        let key = SigningKey::generate();
        let jwk = public_jwk(&key.public().unwrap()).unwrap();
        assert_eq!(jwk["kid"], key.kid());
        assert_eq!(
            (jwk["kty"].as_str(), jwk["crv"].as_str(), jwk["alg"].as_str()),
            (Some("EC"), Some("P-256"), Some("ES256"))
        );
        assert!(jwk.get("d").is_none());
        assert_eq!(public_key(key.kid(), &jwk.to_string()).unwrap(), key.public().unwrap());
    }
}
