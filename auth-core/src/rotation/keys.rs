//! Refresh secrets are derived, not stored.
//!
//! The secret of a generation is the HMAC-SHA-256, with a refresh key of the service, of account, family,
//! generation and the family's random nonce. The account stores the nonce, the Keyring the key, and neither
//! alone yields a cookie. Any generation's secret can be checked or recomputed in one step, so an old valid
//! secret can be distinguished from an invented one without storing either.

use hmac_sha256::HMAC;

use super::family::Family;
use crate::id::KeyId;
use crate::secret::SecretBytes;

/// Separates these MACs from any other use of the key.
const CONTEXT: &[u8] = b"latchkey refresh secret v1";

/// One refresh key of the service.
#[derive(Clone, Debug)]
pub struct RefreshKey {
    /// The key's id in the families that use it. Never reused.
    pub id: KeyId,
    /// The key itself.
    pub bytes: SecretBytes,
}

/// The present refresh keys of the Keyring.
#[derive(Clone, Debug)]
pub struct RefreshKeys {
    /// The key of new generations.
    pub active: RefreshKey,
    /// Keys of older generations. A key stays at least as long as the absolute expiry.
    pub older: Vec<RefreshKey>,
}

/// The generation's key is not among the given ones: they are an outdated copy, or the key was removed in an
/// emergency and the family ends with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKey {
    /// The key's id; `None` if the family does not state it.
    pub id: Option<KeyId>,
}

impl RefreshKeys {
    fn find(&self, id: Option<&KeyId>) -> Result<&RefreshKey, UnknownKey> {
        core::iter::once(&self.active)
            .chain(&self.older)
            .find(|key| id == Some(&key.id))
            .ok_or_else(|| UnknownKey { id: id.cloned() })
    }

    /// Computes the secret of `generation`.
    pub(super) fn derive(&self, family: &Family, generation: u64) -> Result<SecretBytes, UnknownKey> {
        Ok(SecretBytes::new(self.mac(family, generation)?.finalize()))
    }

    /// Whether `secret` is that of `generation`, compared in constant time.
    pub(super) fn matches(
        &self,
        family: &Family,
        generation: u64,
        secret: &SecretBytes,
    ) -> Result<bool, UnknownKey> {
        Ok(self.mac(family, generation)?.finalize_verify(secret.expose()))
    }

    fn mac(&self, family: &Family, generation: u64) -> Result<HMAC, UnknownKey> {
        let key = self.find(family.key_of(generation))?;
        let mut mac = HMAC::new(key.bytes.expose());
        // Each part is preceded by its length, so that no two inputs share one encoding.
        for part in [
            CONTEXT,
            family.account.as_str().as_bytes(),
            family.id.as_str().as_bytes(),
            &generation.to_be_bytes(),
            family.nonce.expose(),
        ] {
            mac.update((part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Ok(mac)
    }
}
