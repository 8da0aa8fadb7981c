//! Strict reading of one table: each key is read once, unread keys are errors, and all errors are collected.

use core::fmt;

use serde_json::{Map, Value};

/// One error in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The key's full path, such as `routes[1].access`.
    pub key: String,
    /// The value found.
    pub found: String,
    /// The value expected.
    pub expected: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: found {}, expected {}", self.key, self.found, self.expected)
    }
}

/// A table of the configuration, whose keys are taken out one by one.
pub(super) struct Table {
    path: String,
    rest: Map<String, Value>,
    /// The keys that were read.
    known: Vec<String>,
}

/// The errors found so far.
#[derive(Default)]
pub(super) struct Errors(pub(super) Vec<ConfigError>);

impl Errors {
    pub(super) fn add(&mut self, key: String, found: Option<&Value>, expected: &str) {
        let found = found.map_or_else(|| "nothing".to_owned(), show);
        self.0.push(ConfigError { key, found, expected: expected.to_owned() });
    }
}

/// A value, shortened for a log line.
fn show(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 80 { format!("{}…", text.chars().take(80).collect::<String>()) } else { text }
}

impl Table {
    /// `None`, with an error, if the value is not a table.
    pub(super) fn new(path: &str, value: Value, errors: &mut Errors) -> Option<Self> {
        match value {
            Value::Object(rest) => Some(Self { path: path.to_owned(), rest, known: vec![] }),
            other => {
                let key = if path.is_empty() { "LATCHKEY" } else { path };
                errors.add(key.to_owned(), (!other.is_null()).then_some(&other), "a table");
                None
            }
        }
    }

    /// The full path of one of the table's keys.
    pub(super) fn key(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// Takes a key out, if it exists.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.known.push(name.to_owned());
        self.rest.remove(name)
    }

    /// Takes out a key and parses it with `read`. Adds an error if `read` returns `None`, or if the key is
    /// missing and has no default.
    pub(super) fn get<T>(
        &mut self,
        name: &str,
        expected: &str,
        default: Option<T>,
        errors: &mut Errors,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        match self.take(name) {
            None if default.is_some() => default,
            found => {
                let read = found.as_ref().and_then(read);
                if read.is_none() {
                    errors.add(self.key(name), found.as_ref(), expected);
                }
                read
            }
        }
    }

    /// Reads one of a few words.
    pub(super) fn choice<T: Copy>(
        &mut self,
        name: &str,
        choices: &[(&str, T)],
        default: Option<T>,
        errors: &mut Errors,
    ) -> Option<T> {
        let words: Vec<String> = choices.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        let chosen = |value: &Value| {
            let text = value.as_str()?;
            choices.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice)
        };
        self.get(name, &words.join(" or "), default, errors, chosen)
    }

    /// Reads a whole number of seconds within a range.
    pub(super) fn seconds(
        &mut self,
        name: &str,
        range: (u64, u64),
        default: u64,
        errors: &mut Errors,
    ) -> Option<u64> {
        self.whole(name, "a whole number of seconds", range, default, errors)
    }

    /// Reads a whole number within a range.
    pub(super) fn count(
        &mut self,
        name: &str,
        range: (u64, u64),
        default: u64,
        errors: &mut Errors,
    ) -> Option<u64> {
        self.whole(name, "a whole number", range, default, errors)
    }

    fn whole(
        &mut self,
        name: &str,
        what: &str,
        (least, most): (u64, u64),
        default: u64,
        errors: &mut Errors,
    ) -> Option<u64> {
        let expected = format!("{what} from {least} to {most}");
        self.get(name, &expected, Some(default), errors, |value| {
            value.as_u64().filter(|n| (least..=most).contains(n))
        })
    }

    /// Reads the table of a key; an empty table if the key is missing.
    pub(super) fn table(&mut self, name: &str, errors: &mut Errors) -> Option<Self> {
        let path = self.key(name);
        Self::new(&path, self.take(name).unwrap_or_else(|| Value::Object(Map::new())), errors)
    }

    /// Reads a list whose items `read` parses.
    pub(super) fn list<T>(
        &mut self,
        name: &str,
        expected: &str,
        errors: &mut Errors,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.get(name, expected, Some(vec![]), errors, |value| {
            value.as_array()?.iter().map(|item| item.as_str().and_then(&read)).collect()
        })
    }

    /// Reads the tables of a key, each with its path.
    pub(super) fn tables(&mut self, name: &str, errors: &mut Errors) -> Vec<(String, Self)> {
        let path = self.key(name);
        let entries: Vec<(String, String, Value)> = match self.take(name) {
            None => vec![],
            Some(Value::Object(entries)) => {
                entries.into_iter().map(|(name, value)| (format!("{path}.{name}"), name, value)).collect()
            }
            Some(Value::Array(items)) => items
                .into_iter()
                .enumerate()
                .map(|(i, value)| (format!("{path}[{i}]"), i.to_string(), value))
                .collect(),
            Some(other) => {
                errors.add(path, Some(&other), "tables");
                vec![]
            }
        };
        entries
            .into_iter()
            .filter_map(|(path, name, value)| Self::new(&path, value, errors).map(|table| (name, table)))
            .collect()
    }

    /// Reports every key that was not read: it is a spelling mistake or an option that does not exist.
    pub(super) fn finish(self, errors: &mut Errors) {
        let expected = format!("one of the keys {}", self.known.join(", "));
        for (name, value) in &self.rest {
            errors.add(self.key(name), Some(value), &expected);
        }
    }
}
