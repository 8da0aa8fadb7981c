//! Roles, which a deployer gives to users.

/// A user's roles: words that are valid in a header, without duplicates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles(Vec<String>);

/// A role is not a valid word, there are too many roles, or one is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidRoles {
    /// The position of the first role that can't be accepted.
    pub index: usize,
}

impl Roles {
    /// The maximum number of roles per user, so that access tokens stay far below common size limits.
    pub const MAX: usize = 32;
    /// The maximum length of a role in bytes.
    pub const MAX_BYTES: usize = 64;

    /// Checks roles: visible ASCII without quotes and backslashes (as RFC 6749 section 3.3 defines scopes),
    /// because they are passed to the API in one header, separated by spaces.
    ///
    /// # Errors
    /// [`InvalidRoles`].
    pub fn new(roles: Vec<String>) -> Result<Self, InvalidRoles> {
        let is_invalid = |index: usize, role: &String| {
            index >= Self::MAX || !is_role(role) || roles.iter().take(index).any(|other| other == role)
        };
        match roles.iter().enumerate().find(|(index, role)| is_invalid(*index, role)) {
            Some((index, _)) => Err(InvalidRoles { index }),
            None => Ok(Self(roles)),
        }
    }

    /// The roles, in their original order.
    #[must_use]
    pub fn into_inner(self) -> Vec<String> {
        self.0
    }
}

fn is_role(text: &str) -> bool {
    (1..=Roles::MAX_BYTES).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
}

#[cfg(test)]
mod tests {
    use super::{InvalidRoles, Roles};

    fn roles(words: &[&str]) -> Result<Roles, InvalidRoles> {
        Roles::new(words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn roles_are_words_that_are_valid_in_a_header() {
        let long = "a".repeat(Roles::MAX_BYTES);
        for good in [&[][..], &["admin"], &["admin", "Admin"], &["notes:write", "a/b"], &[&long]] {
            assert_eq!(roles(good).unwrap().into_inner(), good);
        }
        let too_long = "a".repeat(Roles::MAX_BYTES + 1);
        for bad in [
            "",
            " ",
            "a b",
            "a\tb",
            "a\r\nLatchkey-Subject: x",
            "ä",
            "a\"",
            "a\\",
            "\u{7f}",
            "a\0",
            &too_long,
        ] {
            assert_eq!(roles(&[bad]), Err(InvalidRoles { index: 0 }), "{bad:?}");
            assert_eq!(roles(&["good", bad]), Err(InvalidRoles { index: 1 }), "{bad:?}");
        }
        assert_eq!(roles(&["a", "b", "a"]), Err(InvalidRoles { index: 2 }));
        let many: Vec<String> = (0..=Roles::MAX).map(|i| format!("r{i}")).collect();
        assert!(Roles::new(many[1..].to_vec()).is_ok());
        assert_eq!(Roles::new(many), Err(InvalidRoles { index: Roles::MAX }));
    }
}
