//! An error in the configuration.

use core::fmt;

use serde_json::Value;

/// One error in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The key's full path, such as `routes[1].access`.
    pub key: String,
    /// The value found.
    pub found: String,
    /// The value expected, and what to do if it is not enough to set it.
    pub expected: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: found {}, expected {}", self.key, self.found, self.expected)
    }
}

/// The errors found so far.
#[derive(Default)]
pub(crate) struct Errors(pub(crate) Vec<ConfigError>);

impl Errors {
    pub(crate) fn add(&mut self, key: String, found: Option<&Value>, expected: &str) {
        let found = found.map_or_else(|| "nothing".to_owned(), show);
        self.0.push(ConfigError { key, found, expected: expected.to_owned() });
    }
}

/// A value, shortened to fit on one line.
pub(crate) fn show(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 80 { format!("{}…", text.chars().take(80).collect::<String>()) } else { text }
}
