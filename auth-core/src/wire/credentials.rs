//! The credentials that a user types.

use crate::secret::SecretText;

/// An e-mail address, normalised: two addresses belong to the same account if they are equal in this form.
///
/// Surrounding white space is removed and letters are made lower case. Nothing else is normalised: dots and
/// `+tags` have a meaning at some providers only, and a wrong guess would merge two users' accounts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Email(String);

/// The text is not an e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidEmail;

impl Email {
    /// Normalises and checks: `local@domain`, at most 254 bytes (RFC 5321), local part at most 64, a domain
    /// with labels of letters, digits and hyphens (or beyond ASCII) and at least one dot, or `localhost`; no
    /// spaces, no control characters, no quoting.
    ///
    /// # Errors
    /// [`InvalidEmail`], which contains nothing of the text.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let address = text.trim_ascii().to_lowercase();
        let (local, domain) = address.rsplit_once('@').ok_or(InvalidEmail)?;
        let plausible = address.len() <= 254
            && (1..=64).contains(&local.len())
            && local.chars().all(allowed_in_local)
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && is_domain(domain);
        if plausible { Ok(Self(address)) } else { Err(InvalidEmail) }
    }

    /// The normalised address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The `atext` of RFC 5322, the dot, and the characters that RFC 6531 adds beyond ASCII (without white space
/// and control characters).
fn allowed_in_local(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c)
    } else {
        !c.is_whitespace() && !c.is_control()
    }
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| {
                if c.is_ascii() { c.is_ascii_alphanumeric() || c == '-' } else { c.is_alphanumeric() }
            })
    };
    (domain == "localhost" || domain.contains('.')) && domain.split('.').all(label)
}

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

    /// The bytes to hash.
    #[must_use]
    pub fn expose_bytes(&self) -> &[u8] {
        self.0.expose().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::{Email, Password};
    use crate::secret::SecretText;

    #[test]
    fn case_and_spaces_around_do_not_make_another_account() {
        for text in ["ada@example.com", " Ada@Example.COM ", "\tADA@EXAMPLE.COM\r\n"] {
            assert_eq!(Email::parse(text).unwrap().as_str(), "ada@example.com");
        }
        assert_eq!(Email::parse("Zoë@exämple.org").unwrap().as_str(), "zoë@exämple.org");
        assert!(Email::parse("a.b+tag@localhost").is_ok());
    }

    #[test]
    fn rejects_invalid_addresses() {
        let long_local = format!("{}@example.com", "a".repeat(65));
        let long = format!("{}@{}.com", "a".repeat(60), "b.".repeat(110));
        for text in [
            "",
            " ",
            "@",
            "a@",
            "@b.c",
            "a",
            "a@b",
            "a b@c.d",
            "a@b c.d",
            "a@b..c",
            "a@-b.c",
            "a@b-.c",
            "a@.b",
            "a@b.",
            ".a@b.c",
            "a.@b.c",
            "a..b@c.d",
            "a@@b.c",
            "\"a\"@b.c",
            "a\n@b.c",
            "a\0@b.c",
            "a@b_c.d",
            "a@[::1]",
            "a\u{a0}b@c.d",
            "<a@b.c>",
            &long_local,
            &long,
        ] {
            assert!(Email::parse(text).is_err(), "{text:?}");
        }
    }

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
