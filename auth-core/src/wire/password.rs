//! Passwords.

use crate::secret::SecretText;

/// A password of 8 to 128 characters. Its bytes are kept exactly: nothing is trimmed, folded or normalised.
#[derive(Clone, Debug)]
pub struct Password(SecretText);

/// The password is shorter than 8 or longer than 128 characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPassword;

impl Password {
    /// The minimum number of characters (Unicode scalar values).
    pub const MIN_CHARS: usize = 8;
    /// The maximum number of characters (Unicode scalar values).
    pub const MAX_CHARS: usize = 128;

    /// Checks the length.
    ///
    /// # Errors
    /// [`InvalidPassword`].
    pub fn new(text: SecretText) -> Result<Self, InvalidPassword> {
        let chars = text.expose().chars().take(Self::MAX_CHARS + 1).count();
        if (Self::MIN_CHARS..=Self::MAX_CHARS).contains(&chars) {
            Ok(Self(text))
        } else {
            Err(InvalidPassword)
        }
    }

    /// The password as text, to be sent to the object that hashes it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The bytes to hash.
    #[must_use]
    pub fn expose_bytes(&self) -> &[u8] {
        self.0.expose().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::Password;
    use crate::secret::SecretText;

    #[test]
    fn check_41_passwords_have_8_to_128_characters_of_any_kind() {
        let password = |text: String| Password::new(SecretText::new(text));
        assert!(password("x".repeat(7)).is_err());
        assert!(password("x".repeat(8)).is_ok());
        assert!(password("x".repeat(128)).is_ok());
        assert!(password("x".repeat(129)).is_err());
        assert!(password("🔑".repeat(128)).is_ok(), "characters count, not bytes");
        assert_eq!(password(" Pässword\0 ".into()).unwrap().expose_bytes(), " Pässword\0 ".as_bytes());
    }
}
