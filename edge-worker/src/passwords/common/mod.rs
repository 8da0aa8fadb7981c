//! The 10,000 most common passwords with 8 or more characters, which attackers guess first. The service
//! rejects them.
//!
//! `list.txt` is made from the npm package `@zxcvbn-ts/language-common` by `tools/common-passwords.mjs`;
//! `LICENSE.txt` is its licence. Each of its lines begins with a letter that says how many characters the password has in
//! common with the one before (`a`: none), and continues with the others.

use auth_core::wire::Password;

const LIST: &str = include_str!("list.txt");

/// Whether the password is on the built-in list. The comparison is that of [`holds`].
#[must_use]
pub fn is_common(password: &Password) -> bool {
    let mut common = Vec::new();
    LIST.lines().any(|line| {
        continue_from(&mut common, line.as_bytes());
        is_same(&common, password)
    })
}

/// Whether the list contains the password; it has one password per line. The comparison ignores the case of
/// the letters A to Z; all other bytes must be equal.
#[must_use]
pub fn holds(list: &str, password: &Password) -> bool {
    list.lines().any(|line| is_same(line.as_bytes(), password))
}

fn is_same(listed: &[u8], password: &Password) -> bool {
    listed.eq_ignore_ascii_case(password.expose_bytes())
}

/// Replaces a password of the built-in list by the one in the next line.
fn continue_from(password: &mut Vec<u8>, line: &[u8]) {
    if let [shared, others @ ..] = line {
        password.truncate(shared.saturating_sub(b'a').into());
        password.extend_from_slice(others);
    }
}

#[cfg(test)]
mod tests {
    use auth_core::secret::SecretText;
    use auth_core::wire::Password;

    use super::{LIST, continue_from, holds, is_common};

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
        let mut line_before = Vec::new();
        let listed = LIST.lines().map(|line| {
            continue_from(&mut line_before, line.as_bytes());
            String::from_utf8(line_before.clone()).unwrap().to_ascii_lowercase()
        });
        let listed: std::collections::BTreeSet<String> = listed.collect();
        assert_eq!(listed.len(), 10_000);
        assert!(listed.iter().all(|text| password(text).is_some()));
    }

    #[test]
    fn check_41_a_line_continues_the_one_before() {
        let mut password = Vec::new();
        for (line, expected) in [
            ("apassword", "password"),
            ("i1", "password1"),
            ("i12", "password12"),
            ("ccific7", "pacific7"),
            ("bumpkins", "pumpkins"),
        ] {
            continue_from(&mut password, line.as_bytes());
            assert_eq!(password, expected.as_bytes(), "{line}");
        }
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
