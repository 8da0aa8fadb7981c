//! Recovery codes: each replaces a second factor that the user has lost, once.

use core::fmt;

use ct_codecs::{Encoder, Hex};

use crate::credential::{letters, read_letters};
use crate::secret::SecretText;

/// How many codes a user has.
pub const RECOVERY_CODES: usize = 10;

/// How many characters a code has: 69 bits, so that a hash is enough to keep a reader of the storage from
/// finding it by trial.
const LENGTH: usize = 16;

/// A recovery code, in its only form: sixteen capital letters, of those that codes by mail have.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(SecretText);

impl RecoveryCode {
    /// Takes 16 random bytes.
    #[must_use]
    pub fn new(random: [u8; 16]) -> Self {
        Self(SecretText::new(letters(random, LENGTH)))
    }

    /// Reads a code as a user types or pastes it: in letters of either case, with spaces and hyphens. `None` if
    /// it can't be a code.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        read_letters(typed, LENGTH).map(|code| Self(SecretText::new(code)))
    }

    /// How the account stores the code: SHA-256, in hex. `account` is the account's id.
    #[must_use]
    pub fn hash(&self, account: &str) -> String {
        let mut hash = hmac_sha256::Hash::new();
        for part in ["recovery code\0", account, "\0", self.0.expose()] {
            hash.update(part);
        }
        // 32 bytes always encode.
        Hex::encode_to_string(hash.finalize()).unwrap_or_default()
    }

    /// The code as a user reads it: `BCDF-GHJK-LMNP-QRST`.
    #[must_use]
    pub fn for_display(&self) -> SecretText {
        let mut shown = String::with_capacity(LENGTH + 3);
        for (at, letter) in self.0.expose().chars().enumerate() {
            if at > 0 && at % 4 == 0 {
                shown.push('-');
            }
            shown.push(letter);
        }
        SecretText::new(shown)
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::RecoveryCode;

    #[test]
    fn a_code_is_read_as_users_type_it() {
        let code = RecoveryCode::parse("BCDF-GHJK-LMNP-QRST").unwrap();
        assert_eq!(code.for_display().expose(), "BCDF-GHJK-LMNP-QRST");
        for typed in ["bcdfghjklmnpqrst", " bcdf ghjk lmnp qrst\n", "BCDFGHJK-LMNPQRST"] {
            assert_eq!(RecoveryCode::parse(typed), Some(code.clone()), "{typed:?}");
        }
        for typed in ["", "BCDF-GHJK", "BCDF-GHJK-LMNP-QRS", "BCDF-GHJK-LMNP-QRSTV", "BCDF-GHJK-LMNP-QRSA"] {
            assert!(RecoveryCode::parse(typed).is_none(), "{typed:?}");
        }
        assert_eq!(format!("{code:?}"), "[redacted]");
    }

    #[test]
    fn the_hash_is_sha_256_of_account_and_code() {
        let code = RecoveryCode::parse("BCDF-GHJK-LMNP-QRST").unwrap();
        let mut expected = String::new();
        for byte in hmac_sha256::Hash::hash(b"recovery code\0acc1\0BCDFGHJKLMNPQRST") {
            expected += &format!("{byte:02x}");
        }
        assert_eq!(code.hash("acc1"), expected);
        assert_ne!(code.hash("acc1"), code.hash("acc2"));
    }

    proptest! {
        #[test]
        fn property_every_random_value_gives_a_code_that_is_read_back(random in any::<[u8; 16]>()) {
            let code = RecoveryCode::new(random);
            prop_assert_eq!(RecoveryCode::parse(code.for_display().expose()), Some(code));
        }
    }
}
