//! Refresh secrets are derived, not stored.
//!
//! The secret of a generation is HMAC-SHA-256, under a refresh key of the service, of account, family, generation and
//! the family's random nonce. The store holds the nonce, the Keyring the key: neither alone gives a cookie. Any
//! generation can be checked or computed again in one step, so an old real secret is told from a made-up one without
//! keeping either.

use hmac_sha256::HMAC;

use super::family::Family;
use crate::secret::SecretBytes;

/// Separates these MACs from anything else a key might ever be used for.
const CONTEXT: &[u8] = b"latchkey refresh secret v1";

/// One refresh key of the service.
#[derive(Clone, Debug)]
pub struct RefreshKey {
    /// Names the key in the families that were made with it. Never reused.
    pub id: String,
    /// The key itself.
    pub bytes: SecretBytes,
}

/// The living refresh keys, as the Keyring gave them out.
#[derive(Clone, Debug)]
pub struct RefreshKeys {
    /// New generations are made with it.
    pub active: RefreshKey,
    /// Older generations may still need these: a key lives at least as long as the absolute expiry.
    pub older: Vec<RefreshKey>,
}

/// The key a generation was made with isn't among those at hand: they are an outdated copy, or the key was removed
/// in an emergency and the family ends with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKey {
    /// Its id. Empty where the family doesn't say which key it was.
    pub id: String,
}

impl RefreshKeys {
    fn find(&self, id: &str) -> Result<&RefreshKey, UnknownKey> {
        core::iter::once(&self.active)
            .chain(&self.older)
            .find(|key| key.id == id)
            .ok_or_else(|| UnknownKey { id: id.to_owned() })
    }

    /// The secret of `generation`.
    pub(super) fn derive(&self, family: &Family, generation: u64) -> Result<SecretBytes, UnknownKey> {
        Ok(SecretBytes::new(self.mac(family, generation)?.finalize()))
    }

    /// Whether `secret` is the one of `generation`, compared in constant time.
    pub(super) fn matches(
        &self,
        family: &Family,
        generation: u64,
        secret: &SecretBytes,
    ) -> Result<bool, UnknownKey> {
        Ok(self.mac(family, generation)?.finalize_verify(secret.expose()))
    }

    fn mac(&self, family: &Family, generation: u64) -> Result<HMAC, UnknownKey> {
        let key = self.find(family.key_of(generation).unwrap_or_default())?;
        let mut mac = HMAC::new(key.bytes.expose());
        // Each part is preceded by its length, so that no two inputs share one encoding.
        for part in [
            CONTEXT,
            family.account.as_bytes(),
            family.id.as_bytes(),
            &generation.to_be_bytes(),
            family.nonce.expose(),
        ] {
            mac.update((part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Ok(mac)
    }
}
