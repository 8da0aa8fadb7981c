//! The keys of the table `LATCHKEY`: their names, types, defaults and units.
//!
//! This is the one source of what the reader knows, of the JSON Schema (`schema`) and of the reference in the
//! documents (`reference`). The last two, and all texts that only they need, are left out of the Worker
//! (feature `reference`).

mod api_keys;
mod hooks;
mod issuers;
mod limits;
mod mail;
mod oauth;
mod passkeys;
mod providers;
mod routes;
mod second_factor;
mod service;
mod upstreams;
mod user;
mod value;

pub use mail::{ADAPTERS, LOCALES, NOTIFICATIONS, TEXTS};
pub use service::LATCHKEY;
pub use value::{Item, Text, Type};

use serde_json::Value;

/// One table of the configuration.
#[derive(Debug)]
pub struct TableKeys {
    /// Its keys, in the order of the reference.
    pub keys: &'static [Key],
    /// What the values of several keys require of each other: members of a JSON Schema, as JSON.
    #[cfg(feature = "reference")]
    pub constraints: &'static str,
}

/// One key.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// The values that it takes.
    pub value: Type,
    /// Its value if it is missing.
    pub default: Default,
    /// The unit of a number, such as `seconds`; empty if it has none.
    pub unit: &'static str,
    /// What it means: one line of Markdown, with links from `docs/`.
    #[cfg(feature = "reference")]
    pub meaning: &'static str,
    /// A valid value as JSON; empty if the default is one.
    #[cfg(feature = "reference")]
    pub example: &'static str,
}

/// What a missing key means.
#[derive(Clone, Copy, Debug)]
pub enum Default {
    /// It must be there.
    Required,
    /// It has no value. The text says what that means, for the reference; it may be empty.
    Nothing(&'static str),
    /// This number.
    Number(u64),
    /// This text.
    Text(&'static str),
    /// False.
    False,
    /// True.
    True,
    /// These texts.
    List(&'static [&'static str]),
}

impl Default {
    /// The value that is read in its place; `None` if there is none.
    #[must_use]
    pub fn value(self) -> Option<Value> {
        match self {
            Self::Required | Self::Nothing(_) => None,
            Self::Number(number) => Some(number.into()),
            Self::Text(text) => Some(text.into()),
            Self::False => Some(false.into()),
            Self::True => Some(true.into()),
            Self::List(texts) => Some(texts.iter().copied().collect()),
        }
    }
}

impl TableKeys {
    const fn of(keys: &'static [Key]) -> Self {
        Self {
            keys,
            #[cfg(feature = "reference")]
            constraints: "{}",
        }
    }

    #[cfg_attr(not(feature = "reference"), allow(unused_variables, reason = "only the schema needs it"))]
    const fn with(keys: &'static [Key], constraints: &'static str) -> Self {
        Self {
            keys,
            #[cfg(feature = "reference")]
            constraints,
        }
    }

    /// The key of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The key that was probably meant: the one that differs in the shortest part, at most a third of the
    /// longer name.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Option<&'static str> {
        let nearest = self.keys.iter().map(|key| (difference(name, key.name), key.name)).min()?;
        (nearest.0 * 3 <= name.len().max(nearest.1.len())).then_some(nearest.1)
    }

    /// The names of all keys, for a message.
    #[must_use]
    pub fn names(&self) -> String {
        self.keys.iter().map(|key| key.name).collect::<Vec<_>>().join(", ")
    }
}

/// The length of the longer name without what both begin and end with, in whatever letter case. It finds the
/// usual typing errors, and is a tenth of the size of an edit distance, which would be a part of the Worker.
fn difference(one: &str, other: &str) -> usize {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let same = |(a, b): &(&u8, &u8)| a.eq_ignore_ascii_case(b);
    let (shorter, longer) = (one.len().min(other.len()), one.len().max(other.len()));
    let begin = one.iter().zip(other).take_while(same).count();
    let end = one.iter().rev().zip(other.iter().rev()).take_while(same).count();
    longer - begin - end.min(shorter - begin)
}

impl Key {
    const fn required(name: &'static str, value: Type, example: &'static str, meaning: &'static str) -> Self {
        Self::new(name, value, Default::Required, "", example, meaning)
    }

    /// A key without a default value.
    const fn optional(name: &'static str, value: Type, example: &'static str, meaning: &'static str) -> Self {
        Self::new(name, value, Default::Nothing(""), "", example, meaning)
    }

    /// A whole number.
    const fn number(
        name: &'static str,
        (min, max): (u64, u64),
        default: u64,
        unit: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self::new(name, Type::Number { min, max }, Default::Number(default), unit, "", meaning)
    }

    const fn flag(name: &'static str, default: bool, meaning: &'static str) -> Self {
        let default = if default { Default::True } else { Default::False };
        Self::new(name, Type::Flag, default, "", "", meaning)
    }

    /// One of a few words, of which the first is the default.
    const fn choice(
        name: &'static str,
        words: &'static [&'static str],
        default: Default,
        meaning: &'static str,
    ) -> Self {
        Self::new(name, Type::Choice(words), default, "", "", meaning)
    }

    #[cfg_attr(not(feature = "reference"), allow(unused_variables, reason = "only the reference needs them"))]
    const fn new(
        name: &'static str,
        value: Type,
        default: Default,
        unit: &'static str,
        example: &'static str,
        meaning: &'static str,
    ) -> Self {
        Self {
            name,
            value,
            default,
            unit,
            #[cfg(feature = "reference")]
            meaning,
            #[cfg(feature = "reference")]
            example,
        }
    }

    /// What an error message says that the key takes.
    #[must_use]
    pub fn expected(&self) -> String {
        self.value.expected(self.unit)
    }
}

#[cfg(test)]
mod tests {
    use super::LATCHKEY;

    #[test]
    fn the_nearest_key_is_one_with_few_typing_errors() {
        for (name, nearest) in [
            ("acces_token_ttl", Some("access_token_ttl")),
            ("sing_up", Some("sign_up")),
            ("Issuer", Some("issuer")),
            ("issuer_url", None),
            ("allow_origins", Some("allowed_origins")),
            ("route", Some("routes")),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(LATCHKEY.nearest(name), nearest, "{name}");
        }
    }
}
