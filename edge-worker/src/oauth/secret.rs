//! Secrets of clients. Only their hashes are stored.

use auth_core::secret::SecretText;
use ct_codecs::{Base64UrlSafeNoPadding, Encoder, Hex};

use crate::objects::Unavailable;
use crate::random;

/// A new secret: 256 random bits, base64url.
///
/// # Errors
/// There is no randomness.
pub(crate) fn new() -> Result<SecretText, Unavailable> {
    let text = Base64UrlSafeNoPadding::encode_to_string(random::bytes::<32>()?);
    text.map(SecretText::new).map_err(|error| Unavailable::because("base64url", error))
}

/// SHA-256 in hex. Secrets are random, so that a hash can be stored without salt.
///
/// # Errors
/// The platform has no memory.
pub(crate) fn hash(secret: &SecretText) -> Result<String, Unavailable> {
    let hash = hmac_sha256::Hash::hash(secret.expose().as_bytes());
    Hex::encode_to_string(hash).map_err(|error| Unavailable::because("hex", error))
}
