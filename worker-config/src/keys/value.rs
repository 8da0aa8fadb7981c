//! The values that a key takes.

use super::TableKeys;

/// The type of a key's value.
#[derive(Debug)]
pub enum Type {
    /// A text.
    Text(Text),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number.
    Number {
        /// The minimum.
        min: u64,
        /// The maximum.
        max: u64,
    },
    /// True or false.
    Flag,
    /// A list of texts.
    List {
        /// The minimum number of items.
        min: usize,
        /// Each item.
        of: Item,
        /// What an error message says that the key takes.
        expected: &'static str,
    },
    /// One text, or a list of at least one.
    OneOrList(Text),
    /// One of these words, or a list of at least one of those.
    ChoiceOrList(&'static [&'static str], &'static [&'static str]),
    /// A JWK set, or a list of its keys.
    KeySet,
    /// A table.
    Table(&'static TableKeys),
    /// Tables by a name that the deployer chooses.
    Named(&'static TableKeys),
    /// A list of tables.
    Tables(&'static TableKeys),
}

/// A text that is not empty.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// What an error message says that the key takes.
    pub expected: &'static str,
    /// A regular expression (ECMA-262) that every valid text matches. Empty: any text. The reader may be
    /// stricter.
    #[cfg(feature = "reference")]
    pub pattern: &'static str,
}

impl Text {
    #[cfg_attr(not(feature = "reference"), allow(unused_variables, reason = "only the schema needs it"))]
    pub(super) const fn new(expected: &'static str, pattern: &'static str) -> Self {
        Self {
            expected,
            #[cfg(feature = "reference")]
            pattern,
        }
    }
}

/// An item of a list of texts.
#[derive(Clone, Copy, Debug)]
pub enum Item {
    /// A text.
    Text(Text),
    /// A method of HTTP.
    Method,
    /// One of these words.
    Choice(&'static [&'static str]),
}

impl Type {
    /// What an error message says that a key of this type takes.
    #[must_use]
    pub fn expected(&self, unit: &str) -> String {
        match self {
            Self::Text(text) | Self::OneOrList(text) => text.expected.to_owned(),
            Self::Choice(words) => one_of(words),
            Self::ChoiceOrList(words, items) => {
                format!("{}, or a list of {} in which none occurs twice", one_of(words), one_of(items))
            }
            Self::Number { min, max } if unit.is_empty() => format!("a whole number from {min} to {max}"),
            Self::Number { min, max } => format!("a whole number of {unit} from {min} to {max}"),
            Self::Flag => "true or false".to_owned(),
            Self::List { expected, .. } => (*expected).to_owned(),
            Self::KeySet => "a JWK set of usable public keys".to_owned(),
            Self::Table(_) => "a table".to_owned(),
            Self::Named(_) => "a table whose keys are names, each with a table".to_owned(),
            Self::Tables(_) => "a list of tables".to_owned(),
        }
    }
}

/// `"a"`, `"b"` or `"c"`.
fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// An origin that no third party can read in transit.
pub(super) const SECURE_ORIGIN: &str = r"^(https://([a-z0-9._-]+|\[[0-9a-f:]+\])|http://(([a-z0-9_-]+\.)*localhost|127(\.[0-9]{1,3}){3}|\[::1\]))(:[1-9][0-9]{0,4})?$";
/// A URL that no third party can read in transit.
pub(super) const SECURE_URL: &str =
    r"^(https://|http://(([a-z0-9_-]+\.)*localhost|127(\.[0-9]{1,3}){3}|\[::1\])[:/])[!-\[\]-~]+$";
/// A scope or role (RFC 6749 section 3.3).
pub(super) const WORD: &str = r"^[!#-\[\]-~]+$";
/// A path that begins with one slash, with a query if needed.
pub(super) const PATH: &str = r##"^/($|[!"$-.0-\[\]-~][!"$-\[\]-~]*$)"##;
pub(super) const HEADER: &str = "^[a-z0-9-]+$";
pub(super) const SHA256: &str = "^[0-9a-f]{64}$";
pub(super) const ANY: &str = "";

/// In seconds.
pub(super) const DAY: u64 = 86_400;

pub(super) const CLAIM: Text = Text::new(
    r"the name of a claim, or a path: parts joined by dots (\. is a dot in a name), or a list of the parts",
    ANY,
);
