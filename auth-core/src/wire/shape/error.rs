//! The errors of a value without the expected shape: with and without the place.

use core::fmt;

use serde::de::{Error, Expected, Unexpected};
use serde_json::Value;

/// What the conversion needs of an error.
pub(super) trait ShapeError: Error {
    /// The value as a whole is not of the expected shape.
    fn whole() -> Self;
    /// The error of a member's value, for the object that has the member.
    fn in_member(self, name: &str) -> Self;
    /// The error of an item, for the list.
    fn in_item(self, index: usize) -> Self;
}

/// The value does not have the expected shape. Nothing more is kept, because that would be compiled into the
/// code of every type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongShape;

/// The value does not have the expected shape: the place, and what is wrong there. Never a value, which may
/// be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongField {
    path: Box<str>,
    /// What is wrong at that place.
    pub fault: Fault,
}

/// What is wrong at one place of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A required member is missing.
    Missing,
    /// There is no member of this name.
    Unknown,
    /// The type or the value is not one of those expected.
    Value,
}

impl WrongField {
    /// The place: member names joined by dots, list positions in brackets, as in `user.roles[1]`. Names that
    /// are not made of letters, digits and `_` are in brackets and quotes (`["x-y"]`), as in RFC 9535.
    /// `None`: the whole value.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        (!self.path.is_empty()).then_some(&*self.path)
    }

    fn at(path: &str, fault: Fault) -> Self {
        Self { path: path.into(), fault }
    }

    fn below(self, outer: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        Self { path: [outer, dot, &self.path].concat().into(), fault: self.fault }
    }
}

/// A member's name as a part of a path.
fn written(name: &str) -> String {
    let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if plain { name.to_owned() } else { format!("[{}]", Value::from(name)) }
}

impl ShapeError for WrongShape {
    fn whole() -> Self {
        Self
    }
    fn in_member(self, _: &str) -> Self {
        Self
    }
    fn in_item(self, _: usize) -> Self {
        Self
    }
}

impl ShapeError for WrongField {
    fn whole() -> Self {
        Self::at("", Fault::Value)
    }
    fn in_member(self, name: &str) -> Self {
        self.below(&written(name))
    }
    fn in_item(self, index: usize) -> Self {
        self.below(&format!("[{index}]"))
    }
}

impl fmt::Display for WrongShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not of the expected shape")
    }
}

impl fmt::Display for WrongField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not of the expected shape")?;
        self.field().map_or(Ok(()), |field| write!(f, ": {field}"))
    }
}

impl core::error::Error for WrongShape {}
impl core::error::Error for WrongField {}

/// All of an error that serde tells, in the terms of [`ShapeError`]; `$missing` and `$unknown` are the errors
/// for a name.
macro_rules! told_by_serde {
    ($error:ident, |$name:ident| $missing:expr, $unknown:expr) => {
        impl Error for $error {
            fn custom<T: fmt::Display>(_: T) -> Self {
                Self::whole()
            }
            fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
                Self::whole()
            }
            fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
                Self::whole()
            }
            fn invalid_length(_: usize, _: &dyn Expected) -> Self {
                Self::whole()
            }
            fn unknown_variant(_: &str, _: &'static [&'static str]) -> Self {
                Self::whole()
            }
            fn unknown_field($name: &str, _: &'static [&'static str]) -> Self {
                $unknown
            }
            fn missing_field($name: &'static str) -> Self {
                $missing
            }
            fn duplicate_field(_: &'static str) -> Self {
                Self::whole()
            }
        }
    };
}

told_by_serde!(WrongShape, |_name| Self, Self);
told_by_serde!(WrongField, |name| Self::at(name, Fault::Missing), Self::at(&written(name), Fault::Unknown));
