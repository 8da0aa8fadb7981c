//! Strict reading of one table: each key is read once, unread keys are errors, and all errors are collected.

use serde_json::{Map, Value};

use crate::error::Errors;
use crate::keys::{TableKeys, Type};

/// A table of the configuration, whose keys are taken out one by one.
pub(super) struct Table {
    path: String,
    rest: Map<String, Value>,
    keys: &'static TableKeys,
}

impl Table {
    /// `None`, with an error, if the value is not a table.
    pub(super) fn new(
        path: &str,
        value: Value,
        keys: &'static TableKeys,
        errors: &mut Errors,
    ) -> Option<Self> {
        match value {
            Value::Object(rest) => Some(Self { path: path.to_owned(), rest, keys }),
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
        self.rest.remove(name)
    }

    /// Adds an error if the key exists: next to another key, it has no meaning.
    pub(super) fn reject(&mut self, name: &str, expected: &str, errors: &mut Errors) {
        if let Some(found) = self.take(name) {
            errors.add(self.key(name), Some(&found), expected);
        }
    }

    /// What the key takes, for an error message.
    pub(super) fn expected(&self, name: &str) -> String {
        self.keys.find(name).map_or_else(String::new, |key| key.expected())
    }

    /// Takes out a key and parses it with `read`. Adds an error if `read` returns `None`, or if the key is
    /// missing and has no default.
    pub(super) fn get<T>(
        &mut self,
        name: &str,
        errors: &mut Errors,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        let found = self.take_or_default(name);
        let read = found.as_ref().and_then(read);
        if read.is_none() {
            self.invalid(name, found.as_ref(), errors);
        }
        read
    }

    // These two are apart from `get`, so that they are compiled once and not for every type that is read.
    #[inline(never)]
    fn take_or_default(&mut self, name: &str) -> Option<Value> {
        self.rest.remove(name).or_else(|| self.keys.find(name)?.default.value())
    }

    #[inline(never)]
    fn invalid(&self, name: &str, found: Option<&Value>, errors: &mut Errors) {
        errors.add(self.key(name), found, &self.expected(name));
    }

    /// Like [`Self::get`], for a key that has no value if it is missing.
    pub(super) fn optional<T>(
        &mut self,
        name: &str,
        errors: &mut Errors,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<Option<T>> {
        let Some(found) = self.rest.remove(name) else { return Some(None) };
        let read = read(&found);
        if read.is_none() {
            self.invalid(name, Some(&found), errors);
        }
        read.map(Some)
    }

    /// Reads one of a few words.
    pub(super) fn choice<T>(
        &mut self,
        name: &str,
        errors: &mut Errors,
        choose: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        self.get(name, errors, |value| choose(value.as_str()?))
    }

    /// Reads a whole number.
    pub(super) fn number(&mut self, name: &str, errors: &mut Errors) -> Option<u64> {
        let range = self.range(name)?;
        self.get(name, errors, |value| in_range(value, range))
    }

    /// Reads a whole number that has no value if it is missing.
    pub(super) fn optional_number(&mut self, name: &str, errors: &mut Errors) -> Option<Option<u64>> {
        let range = self.range(name)?;
        self.optional(name, errors, |value| in_range(value, range))
    }

    fn range(&self, name: &str) -> Option<(u64, u64)> {
        match self.keys.find(name)?.value {
            Type::Number { min, max } => Some((min, max)),
            _ => None,
        }
    }

    /// Reads true or false.
    pub(super) fn flag(&mut self, name: &str, errors: &mut Errors) -> Option<bool> {
        self.get(name, errors, Value::as_bool)
    }

    /// Reads the table of a key; an empty table if the key is missing.
    pub(super) fn table(&mut self, name: &str, errors: &mut Errors) -> Option<Self> {
        let value = self.take(name).unwrap_or_else(|| Value::Object(Map::new()));
        self.inner(name, value, errors)
    }

    /// Reads the table of a key; `None` if the key is missing.
    pub(super) fn optional_table(&mut self, name: &str, errors: &mut Errors) -> Option<Self> {
        let value = self.take(name)?;
        self.inner(name, value, errors)
    }

    fn inner(&self, name: &str, value: Value, errors: &mut Errors) -> Option<Self> {
        match self.keys.find(name)?.value {
            Type::Table(keys) => Self::new(&self.key(name), value, keys, errors),
            _ => None,
        }
    }

    /// Reads a list of texts, each of which `read` parses.
    pub(super) fn list<T>(
        &mut self,
        name: &str,
        errors: &mut Errors,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<Vec<T>> {
        self.get(name, errors, |value| {
            value.as_array()?.iter().map(|item| item.as_str().and_then(&read)).collect()
        })
    }

    /// Reads the tables of a key, each with its name, or with its place in the list.
    pub(super) fn tables(&mut self, name: &str, errors: &mut Errors) -> Vec<(String, Self)> {
        let path = self.key(name);
        let Some(found) = self.take(name) else { return vec![] };
        let (keys, entries): (_, Vec<(String, String, Value)>) =
            match (self.keys.find(name).map(|key| &key.value), found) {
                (Some(Type::Named(keys)), Value::Object(entries)) => {
                    let entry = |(name, value): (String, Value)| (format!("{path}.{name}"), name, value);
                    (*keys, entries.into_iter().map(entry).collect())
                }
                (Some(Type::Tables(keys)), Value::Array(items)) => {
                    let entry = |(i, value): (usize, Value)| (format!("{path}[{i}]"), i.to_string(), value);
                    (*keys, items.into_iter().enumerate().map(entry).collect())
                }
                (_, other) => {
                    errors.add(path, Some(&other), &self.expected(name));
                    return vec![];
                }
            };
        let read = |(path, name, value): (String, String, Value)| {
            Self::new(&path, value, keys, errors).map(|table| (name, table))
        };
        entries.into_iter().filter_map(read).collect()
    }

    /// Reports every key that was not read: it is a spelling mistake or an option that does not exist.
    pub(super) fn finish(self, errors: &mut Errors) {
        // A known key that was not read stands beside an error that ended the reading.
        for (name, value) in self.rest.iter().filter(|(name, _)| self.keys.find(name).is_none()) {
            let expected = match self.keys.nearest(name) {
                Some(nearest) => format!("no such key; did you mean {nearest}?"),
                None => format!("one of the keys {}", self.keys.names()),
            };
            errors.add(self.key(name), Some(value), &expected);
        }
    }
}

fn in_range(value: &Value, (min, max): (u64, u64)) -> Option<u64> {
    value.as_u64().filter(|number| (min..=max).contains(number))
}
