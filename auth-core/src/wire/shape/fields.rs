//! Reads structs. The code that `derive(Deserialize)` writes for a struct as an object finds the field of each member, and
//! remembers which ones it has seen. That code is compiled again for each struct, and made up a tenth of the Worker. The
//! code for a struct as a list only reads one value after the other. So this deserializer, whose own code is compiled
//! once for all structs, puts an object's members into the order of the fields and has the struct read them as a list.

use core::fmt;
use core::marker::PhantomData;
use core::slice::Iter;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::error::ShapeError;

/// The name of the structs that ignore members that they don't know: `#[serde(rename(deserialize = "open"))]`. All other
/// structs, and all variants, reject them. serde does not tell a deserializer whether a struct has
/// `deny_unknown_fields`.
const OPEN: &str = "open";

/// Reads a struct, or a variant with named fields, from an object. `D` reads the values of its members.
pub(super) fn read_fields<'de, D, V>(
    value: Value,
    name: &str,
    fields: &'static [&'static str],
    visitor: V,
) -> Result<V::Value, D::Error>
where
    D: Deserializer<'de, Error: ShapeError> + From<Value>,
    V: Visitor<'de>,
{
    let mut fields = Fields::<D>::of(value, name == OPEN, fields)?;
    visitor.visit_seq(&mut fields).map_err(|error| match fields.absent {
        // The struct has just been told that this member is absent, and has no default for it.
        Some(name) => D::Error::missing_field(name),
        None => error,
    })
}

/// The values of a struct's fields, in the order of the fields.
struct Fields<D> {
    members: Map<String, Value>,
    rest: Iter<'static, &'static str>,
    /// The name of the field that was requested last, if the object lacks it.
    absent: Option<&'static str>,
    deserializer: PhantomData<D>,
}

impl<D> Fields<D> {
    fn of<E: ShapeError>(value: Value, is_open: bool, fields: &'static [&'static str]) -> Result<Self, E> {
        let Value::Object(members) = value else { return Err(E::whole()) };
        let unknown = members.keys().find(|name| !is_open && !fields.contains(&name.as_str()));
        if let Some(name) = unknown {
            return Err(E::unknown_field(name, fields));
        }
        Ok(Self { members, rest: fields.iter(), absent: None, deserializer: PhantomData })
    }

    /// The next field, and its value.
    fn next(&mut self) -> Option<(&'static str, Option<Value>)> {
        let name = *self.rest.next()?;
        let value = self.members.remove(name);
        self.absent = value.is_none().then_some(name);
        Some((name, value))
    }
}

impl<'de, D: Deserializer<'de, Error: ShapeError> + From<Value>> SeqAccess<'de> for &mut Fields<D> {
    type Error = D::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, D::Error> {
        match self.next() {
            Some((name, Some(value))) => {
                seed.deserialize(D::from(value)).map(Some).map_err(|error| error.in_member(name))
            }
            // `None` stands for the default, or for an error if the field has no default.
            Some((_, None)) => Ok(seed.deserialize(Absent(PhantomData::<D::Error>)).ok()),
            None => Ok(None),
        }
    }
}

/// The value of an absent member: `None` for an `Option`, and no value of any other type.
struct Absent<E>(PhantomData<E>);

impl<'de, E: ShapeError> Deserializer<'de> for Absent<E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, E> {
        Err(E::whole())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_none()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Distinguishes null (`Some(None)`) from an absent member (`None`), as
/// `#[serde(default, deserialize_with = "stated")]`.
///
/// # Errors
/// The value is neither null nor a `T`.
pub fn stated<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    struct Stated<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Stated<T> {
        type Value = Option<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a value or null")
        }

        fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
            Option::deserialize(deserializer)
        }
    }

    // An absent member would be a valid `Option`, but is no newtype.
    deserializer.deserialize_newtype_struct("", Stated(PhantomData)).map(Some)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::stated;
    use crate::wire::{Fault, read_sent, read_value};

    #[derive(Debug, Default, PartialEq, Deserialize)]
    struct Inner {
        text: String,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename(deserialize = "open"))]
    struct Open {
        #[serde(rename = "last")]
        first: u8,
        optional: Option<u8>,
        #[serde(default)]
        list: Vec<u8>,
        #[serde(default = "seven")]
        number: u8,
        #[serde(default, deserialize_with = "stated")]
        stated: Option<Option<u8>>,
        #[serde(default)]
        inner: Inner,
        #[serde(skip)]
        skipped: u8,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    enum Variants {
        Named { one: u8, two: Option<u8> },
    }

    const fn seven() -> u8 {
        7
    }

    fn open(first: u8) -> Open {
        let inner = Inner::default();
        Open { first, optional: None, list: vec![], number: 7, stated: None, inner, skipped: 0 }
    }

    #[test]
    fn members_are_read_by_name_and_absent_ones_have_their_defaults() {
        for (value, expected) in [
            (json!({"last": 1}), open(1)),
            (
                json!({"optional": 2, "last": 1, "list": [3]}),
                Open { optional: Some(2), list: vec![3], ..open(1) },
            ),
            (json!({"last": 1, "optional": null, "stated": null}), Open { stated: Some(None), ..open(1) }),
            (
                json!({"last": 1, "stated": 4, "number": 5}),
                Open { stated: Some(Some(4)), number: 5, ..open(1) },
            ),
            (
                json!({"last": 1, "inner": {"text": "x"}}),
                Open { inner: Inner { text: "x".into() }, ..open(1) },
            ),
        ] {
            assert_eq!(read_value::<Open>(value.clone()), Ok(expected), "{value}");
        }
        assert_eq!(read_value(json!({"Named": {"one": 1}})), Ok(Variants::Named { one: 1, two: None }));
    }

    #[test]
    fn only_an_open_struct_ignores_other_members() {
        assert_eq!(read_value(json!({"last": 1, "first": 9, "skipped": 9, "x": {}})), Ok(open(1)));
        let faults = |value: &Value| {
            let error = read_sent::<Open>(value.clone()).map(drop).unwrap_err();
            (error.field().map(ToOwned::to_owned), error.fault)
        };
        for (value, field, fault) in [
            (json!({"last": 1, "inner": {"text": "", "x": 1}}), Some("inner.x"), Fault::Unknown),
            (json!({"last": 1, "inner": {}}), Some("inner.text"), Fault::Missing),
            (json!({"last": 1, "inner": null}), Some("inner"), Fault::Value),
            (json!({"last": 1, "list": null}), Some("list"), Fault::Value),
            (json!({"last": 1, "stated": "1"}), Some("stated"), Fault::Value),
            (json!({"optional": 1}), Some("last"), Fault::Missing),
            (json!([1]), None, Fault::Value),
        ] {
            assert_eq!(faults(&value), (field.map(ToOwned::to_owned), fault), "{value}");
        }
        for (members, field, fault) in [
            (json!({"one": 1, "two": 2, "three": 3}), "Named.three", Fault::Unknown),
            (json!({"two": 2}), "Named.one", Fault::Missing),
        ] {
            let error = read_sent::<Variants>(json!({ "Named": members })).unwrap_err();
            assert_eq!((error.field(), error.fault), (Some(field), fault));
        }
    }
}
