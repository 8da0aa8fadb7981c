//! The 10,000 most common passwords with 8 or more characters, which attackers guess first. The service
//! rejects them.
//!
//! `list.txt` is made from the npm package `@zxcvbn-ts/language-common` by `tools/common-passwords.mjs`;
//! `LICENSE.txt` is its licence.

use auth_core::wire::Password;

const LIST: &str = include_str!("list.txt");

/// Whether the password is on the built-in list.
#[must_use]
pub fn is_common(password: &Password) -> bool {
    holds(LIST, password)
}

/// Whether the list contains the password; it has one password per line. The comparison ignores the case of
/// the letters A to Z; all other bytes must be equal.
#[must_use]
pub fn holds(list: &str, password: &Password) -> bool {
    list.lines().any(|line| line.as_bytes().eq_ignore_ascii_case(password.expose_bytes()))
}

#[cfg(test)]
mod tests {
    use auth_core::secret::SecretText;
    use auth_core::wire::Password;

    use super::{LIST, holds, is_common};

    fn password(text: &str) -> Option<Password> {
        Password::new(SecretText::new(text.into())).ok()
    }

    #[test]
    fn check_41_the_most_common_passwords_are_known_in_any_case() {
        for text in ["password", "Password", "PASSWORD1", "12345678", "iloveyou", "qwertyuiop", "trustno1"] {
            assert!(is_common(&password(text).unwrap()), "{text}");
        }
        for text in ["correct horse battery staple", "password ", "passwörd", "12345678 ", "\0\0\0\0\0\0\0\0"]
        {
            assert!(!is_common(&password(text).unwrap()), "{text}");
        }
    }

    #[test]
    fn check_41_every_line_is_a_valid_password_and_unique() {
        let lines: std::collections::BTreeSet<String> = LIST.lines().map(str::to_ascii_lowercase).collect();
        assert_eq!(lines.len(), 10_000);
        assert!(lines.iter().all(|line| password(line).is_some()));
    }

    #[test]
    fn check_41_matches_whole_lines_in_any_case() {
        let list = "password1\r\nIloveyou\n\nmonkey monkey\n\u{fc}bermuts";
        for (text, expected) in [
            ("password1", true),
            ("PassWord1", true),
            ("iloveyou", true),
            ("monkey monkey", true),
            ("\u{fc}berMUTS", true),
            ("\u{dc}bermuts", false),
            ("password", false),
            ("password12", false),
            (" password1", false),
            ("password1 ", false),
            ("password1\nIloveyou", false),
            ("        ", false),
        ] {
            assert_eq!(password(text).is_some_and(|password| holds(list, &password)), expected, "{text}");
        }
    }
}
