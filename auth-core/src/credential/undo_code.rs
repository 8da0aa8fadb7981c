//! The code that undoes a change of the account's address.

use core::fmt;

use ct_codecs::{Encoder, Hex};

use super::code::{letters, read_letters};
use crate::id::AccountId;
use crate::secret::SecretText;

/// How long a change of the account's address can be undone, in seconds: seven days.
pub const ADDRESS_UNDO_LIFETIME: u64 = 7 * 86_400;

/// How many letters the code has: 69 bits.
const LENGTH: usize = 16;

/// A code of sixteen letters. It counts in every browser and for days. It is too long to be guessed, so wrong
/// guesses do not end it: otherwise the person who made the change could end it.
#[derive(Clone, PartialEq, Eq)]
pub struct UndoCode(SecretText);

impl UndoCode {
    /// Takes 16 random bytes.
    #[must_use]
    pub fn new(random: [u8; 16]) -> Self {
        Self(SecretText::new(letters(random, LENGTH)))
    }

    /// Reads a code as a user types or pastes it. `None` if it can't be a code.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        read_letters(typed, LENGTH).map(|code| Self(SecretText::new(code)))
    }

    /// The code as a user reads it: `BCDF-GHJK-LMNP-QRST`.
    #[must_use]
    pub fn for_display(&self) -> String {
        let groups = self.0.expose().as_bytes().chunks(4);
        groups.map(|group| core::str::from_utf8(group).unwrap_or_default()).collect::<Vec<_>>().join("-")
    }

    /// What the account stores of it, in hex.
    #[must_use]
    pub fn hash(&self, account: &AccountId) -> String {
        let text = ["undo\0", account.as_str(), "\0", self.0.expose()].concat();
        // 32 bytes always encode.
        Hex::encode_to_string(hmac_sha256::Hash::hash(text.as_bytes())).unwrap_or_default()
    }
}

impl fmt::Debug for UndoCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::UndoCode;

    #[test]
    fn a_code_is_read_as_users_type_it() {
        let code = UndoCode::new([7; 16]);
        let shown = code.for_display();
        assert_eq!(shown.len(), 19);
        for typed in [shown.clone(), shown.to_lowercase(), shown.replace('-', " "), format!(" {shown}\n")] {
            assert_eq!(UndoCode::parse(&typed), Some(code.clone()), "{typed:?}");
        }
        for typed in ["", "BBBB-BBBB", &format!("{shown}B"), &"1".repeat(16)] {
            assert!(UndoCode::parse(typed).is_none(), "{typed:?}");
        }
        assert_eq!(format!("{code:?}"), "[redacted]");
    }

    #[test]
    fn a_hash_depends_on_the_code_and_the_account() {
        let (one, other) = (UndoCode::new([7; 16]), UndoCode::new([8; 16]));
        let hashes = [one.hash(&"a".into()), one.hash(&"b".into()), other.hash(&"a".into())];
        assert_eq!(BTreeSet::from(hashes).len(), 3);
    }
}
