//! Refresh secrets are derived, not stored.
//!
//! The secret of a generation is the HMAC-SHA-256, with a refresh key of the service, of account, family,
//! generation and the family's random nonce. The account stores the nonce, the Keyring the key, and neither
//! alone yields a cookie. Any generation's secret can be checked or recomputed in one step, so an old valid
//! secret can be distinguished from an invented one without storing either.

use hmac_sha256::HMAC;

use super::family::Family;
use super::refresh_keys::{RefreshKey, RefreshKeys, UnknownKey};
use crate::id::KeyId;
use crate::secret::SecretBytes;

/// Separates these MACs from any other use of the key.
const CONTEXT: &[u8] = b"latchkey refresh secret v1";

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

#[cfg(test)]
mod tests {
    use super::{RefreshKey, RefreshKeys};
    use crate::rotation::{Family, Lifetimes, Opening};
    use crate::secret::SecretBytes;
    use crate::time::UnixTime;

    fn keys(byte: u8) -> RefreshKeys {
        let active = RefreshKey { id: "k".into(), bytes: SecretBytes::new([byte; 32]) };
        RefreshKeys { active, older: vec![] }
    }

    fn family(account: &str, id: &str, nonce: u8) -> Family {
        let opening = Opening {
            account: account.into(),
            id: id.into(),
            nonce: SecretBytes::new([nonce; 32]),
            authenticated_at: UnixTime(1),
            methods: vec![],
            user_agent: String::new(),
            address: String::new(),
        };
        Family::open(opening, &keys(1), Lifetimes::default(), UnixTime(1))
    }

    #[test]
    fn check_30_a_secret_needs_the_keyrings_key_and_the_accounts_nonce_and_is_good_for_one_generation() {
        let own = family("a", "f", 1);
        let secret = keys(1).derive(&own, 2).unwrap();
        assert_eq!(keys(1).matches(&own, 2, &secret), Ok(true));
        for (what, keys, family, generation) in [
            ("another key", keys(2), own.clone(), 2),
            ("another nonce", keys(1), family("a", "f", 2), 2),
            ("another account", keys(1), family("b", "f", 1), 2),
            ("another family", keys(1), family("a", "g", 1), 2),
            ("another generation", keys(1), own.clone(), 3),
            ("the same characters, divided differently", keys(1), family("af", "", 1), 2),
        ] {
            assert_eq!(keys.matches(&family, generation, &secret), Ok(false), "{what}");
        }
    }
}
