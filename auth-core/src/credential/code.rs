//! The codes that are sent by mail.

use core::fmt;

use crate::secret::SecretText;

/// The characters of a code: no vowels, so that no code is a word, and no digits, so that none looks like a
/// letter (RFC 8628 section 6.1).
const CHARACTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// How many characters a code has: 34.5 bits, of which a challenge allows five guesses.
const LENGTH: usize = 8;

/// A code, in its only stored form: eight capital letters.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(SecretText);

impl Code {
    /// Takes 16 random bytes. The remainder of 128 bits makes no code noticeably more likely than another.
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

    /// The eight letters. Every use is a place to review.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The code as a user reads it: `BCDF-GHJK`.
    #[must_use]
    pub fn for_display(&self) -> String {
        let (one, other) = self.expose().split_at_checked(LENGTH / 2).unwrap_or_default();
        [one, "-", other].concat()
    }
}

/// Random letters of codes.
pub(crate) fn letters(random: [u8; 16], length: usize) -> String {
    let mut rest = u128::from_be_bytes(random);
    let code = (0..length).map(|_| {
        let character = usize::try_from(rest % 20).ok().and_then(|at| CHARACTERS.get(at));
        rest /= 20;
        character.copied().map_or('B', char::from)
    });
    code.collect()
}

/// The letters of a code as a user types or pastes it: in either case, with spaces and hyphens. `None` unless
/// these are `length` letters of codes.
pub(crate) fn read_letters(typed: &str, length: usize) -> Option<String> {
    let significant =
        typed.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}' | '\u{2011}'));
    let code: String = significant.take(length + 1).map(|c| c.to_ascii_uppercase()).collect();
    (code.len() == length && code.bytes().all(|b| CHARACTERS.contains(&b))).then_some(code)
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::Code;

    #[test]
    fn a_code_is_read_as_users_type_it() {
        let code = Code::new([0; 16]);
        assert_eq!((code.expose(), code.for_display().as_str()), ("BBBBBBBB", "BBBB-BBBB"));
        for typed in
            ["BCDFGHJK", "bcdfghjk", "BCDF-GHJK", " bcdf ghjk\n", "B C D F G H J K", "BCDF\u{2011}GHJK"]
        {
            assert_eq!(Code::parse(typed).unwrap().expose(), "BCDFGHJK", "{typed:?}");
        }
        for typed in
            ["", "BCDFGHJ", "BCDFGHJKL", "BCDFGHJA", "BCDFGHJ1", "BCDF_GHJK", "ＢCDFGHJK", "BCDF\u{0}GHJK"]
        {
            assert!(Code::parse(typed).is_none(), "{typed:?}");
        }
        assert_eq!(format!("{code:?}"), "[redacted]");
    }

    proptest! {
        #[test]
        fn property_every_random_value_gives_a_code_that_is_read_back(random: [u8; 16], case in any::<bool>()) {
            let code = Code::new(random);
            let shown = code.for_display();
            let typed = if case { shown.to_lowercase() } else { shown };
            prop_assert_eq!(Code::parse(&typed), Some(code.clone()));
            prop_assert!(code.expose().len() == 8);
        }
    }

    #[test]
    fn each_character_is_about_as_frequent_as_another() {
        let mut counts = std::collections::BTreeMap::new();
        let mut random = hmac_sha256::Hash::hash(b"codes");
        for _ in 0..5_000 {
            random = hmac_sha256::Hash::hash(&random);
            let code = Code::new(random[..16].try_into().unwrap());
            for character in code.expose().chars() {
                *counts.entry(character).or_insert(0_u32) += 1;
            }
        }
        assert_eq!(counts.len(), 20);
        // 2,000 are expected of each; five standard deviations are 218.
        assert!(counts.values().all(|count| (1_782..=2_218).contains(count)), "{counts:?}");
    }
}
