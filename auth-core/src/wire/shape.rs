//! Converts JSON values into any type that derives `Deserialize`. `serde_json`'s own implementation is
//! compiled again for each type, with error messages that are never shown and two forms of every struct,
//! which made up a tenth of the Worker. Here an error has no message: for messages between the Worker's own
//! parts it is nothing but an error, for what clients send it names the place. Structs are read by `fields`.

mod error;
mod fields;

pub use error::{Fault, WrongField, WrongShape};
pub use fields::stated;

use core::marker::PhantomData;

use error::ShapeError;
use fields::read_fields;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde_json::{Map, Number, Value};

/// Parses JSON that the service itself has written.
///
/// # Errors
/// [`WrongShape`], also for text that is not JSON.
pub fn read_json<T: DeserializeOwned>(json: &[u8]) -> Result<T, WrongShape> {
    read_value(serde_json::from_slice(json).map_err(|_| WrongShape)?)
}

/// Converts a value into a type. Structs are objects, never arrays.
///
/// # Errors
/// [`WrongShape`].
pub fn read_value<T: DeserializeOwned>(value: Value) -> Result<T, WrongShape> {
    T::deserialize(Typed::new(value))
}

/// The same for what a client has sent. Compiled again for each type.
///
/// # Errors
/// [`WrongField`].
pub fn read_sent<T: DeserializeOwned>(value: Value) -> Result<T, WrongField> {
    T::deserialize(Typed::new(value))
}

/// A value, and how an error is told.
struct Typed<E>(Value, PhantomData<E>);

impl<E> Typed<E> {
    const fn new(value: Value) -> Self {
        Self(value, PhantomData)
    }
}

impl<E> From<Value> for Typed<E> {
    fn from(value: Value) -> Self {
        Self::new(value)
    }
}

/// A request for one kind of value succeeds only for a value of that kind.
macro_rules! only {
    ($($ask:ident)* => $reader:ident) => {$(
        fn $ask<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
            self.$reader(visitor)
        }
    )*};
}

impl<E: ShapeError> Typed<E> {
    fn bool<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        if let Value::Bool(value) = self.0 { visitor.visit_bool(value) } else { Err(E::whole()) }
    }

    fn number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        if let Value::Number(number) = self.0 { visit_number(&number, visitor) } else { Err(E::whole()) }
    }

    fn text<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        if let Value::String(text) = self.0 { visitor.visit_string(text) } else { Err(E::whole()) }
    }

    fn unit<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        if self.0.is_null() { visitor.visit_unit() } else { Err(E::whole()) }
    }

    fn list<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        if let Value::Array(items) = self.0 { visit_items(items, visitor) } else { Err(E::whole()) }
    }

    fn object<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        if let Value::Object(members) = self.0 { visit_members(members, visitor) } else { Err(E::whole()) }
    }
}

fn visit_number<'de, E: ShapeError, V: Visitor<'de>>(number: &Number, visitor: V) -> Result<V::Value, E> {
    if let Some(number) = number.as_u64() {
        visitor.visit_u64(number)
    } else if let Some(number) = number.as_i64() {
        visitor.visit_i64(number)
    } else {
        visitor.visit_f64(number.as_f64().ok_or_else(E::whole)?)
    }
}

fn visit_items<'de, E: ShapeError, V: Visitor<'de>>(items: Vec<Value>, visitor: V) -> Result<V::Value, E> {
    let mut items = Items { rest: items.into_iter(), index: 0, error: PhantomData };
    let read = visitor.visit_seq(&mut items)?;
    if items.rest.len() == 0 { Ok(read) } else { Err(E::whole()) }
}

fn visit_members<'de, E: ShapeError, V: Visitor<'de>>(
    members: Map<String, Value>,
    visitor: V,
) -> Result<V::Value, E> {
    visitor.visit_map(Members {
        rest: members.into_iter(),
        name: String::new(),
        value: Value::Null,
        error: PhantomData,
    })
}

impl<'de, E: ShapeError> Deserializer<'de> for Typed<E> {
    type Error = E;

    only!(deserialize_bool => bool);
    only!(deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16
        deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64 => number);
    only!(deserialize_char deserialize_str deserialize_string deserialize_identifier => text);
    only!(deserialize_unit => unit);
    only!(deserialize_seq => list);
    only!(deserialize_map => object);

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(number) => visit_number(&number, visitor),
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => visit_items(items, visitor),
            Value::Object(members) => visit_members(members, visitor),
        }
    }

    /// No value consists of bytes.
    fn deserialize_bytes<V: Visitor<'de>>(self, _: V) -> Result<V::Value, E> {
        Err(E::whole())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, _: V) -> Result<V::Value, E> {
        Err(E::whole())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, E> {
        self.unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, E> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, E> {
        self.list(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, E> {
        self.list(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, E> {
        read_fields::<Self, V>(self.0, name, fields, visitor)
    }

    /// A name alone, or an object with a single member of that name.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, E> {
        visitor.visit_enum(Variant::of(self.0)?)
    }

    /// Unrequested values are skipped.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_unit()
    }
}

struct Items<E> {
    rest: std::vec::IntoIter<Value>,
    /// The position of the next item.
    index: usize,
    error: PhantomData<E>,
}

impl<'de, E: ShapeError> SeqAccess<'de> for &mut Items<E> {
    type Error = E;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, E> {
        let Some(item) = self.rest.next() else { return Ok(None) };
        let index = self.index;
        self.index = index.saturating_add(1);
        seed.deserialize(Typed::new(item)).map(Some).map_err(|error: E| error.in_item(index))
    }
}

struct Members<E> {
    rest: serde_json::map::IntoIter,
    /// The name that was requested last.
    name: String,
    /// Its value.
    value: Value,
    error: PhantomData<E>,
}

impl<'de, E: ShapeError> MapAccess<'de> for Members<E> {
    type Error = E;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, E> {
        let Some((name, value)) = self.rest.next() else { return Ok(None) };
        (self.name, self.value) = (name, value);
        seed.deserialize(Name(&self.name, PhantomData)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, E> {
        seed.deserialize(Typed::new(self.value.take())).map_err(|error: E| error.in_member(&self.name))
    }
}

/// A member's name, or a variant's. It is lent, because it is needed again if its value is not of the
/// expected shape.
struct Name<'n, E>(&'n str, PhantomData<E>);

impl<'de, E: ShapeError> Deserializer<'de> for Name<'_, E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_str(self.0)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, E> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct Variant<E> {
    name: String,
    content: Option<Value>,
    error: PhantomData<E>,
}

impl<E: ShapeError> Variant<E> {
    fn of(value: Value) -> Result<Self, E> {
        match value {
            Value::String(name) => Ok(Self { name, content: None, error: PhantomData }),
            Value::Object(members) if members.len() == 1 => {
                let (name, content) = members.into_iter().next().ok_or_else(E::whole)?;
                Ok(Self { name, content: Some(content), error: PhantomData })
            }
            _ => Err(E::whole()),
        }
    }
}

impl<'de, E: ShapeError> EnumAccess<'de> for Variant<E> {
    type Error = E;
    type Variant = Content<E>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Content<E>), E> {
        Ok((seed.deserialize(Name(&self.name, PhantomData))?, Content(self)))
    }
}

/// What belongs to a variant.
struct Content<E>(Variant<E>);

impl<E: ShapeError> Content<E> {
    /// Reads it. An error says in which variant.
    fn read<T>(self, read: impl FnOnce(Typed<E>) -> Result<T, E>) -> Result<T, E> {
        let Variant { name, content, .. } = self.0;
        let read = content.map(Typed::new).ok_or_else(E::whole).and_then(read);
        read.map_err(|error| error.in_member(&name))
    }
}

impl<'de, E: ShapeError> VariantAccess<'de> for Content<E> {
    type Error = E;

    fn unit_variant(self) -> Result<(), E> {
        if self.0.content.is_none_or(|value| value.is_null()) { Ok(()) } else { Err(E::whole()) }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, E> {
        self.read(|typed| seed.deserialize(typed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, E> {
        self.read(|typed| typed.list(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, E> {
        self.read(|typed| read_fields::<Typed<E>, V>(typed.0, "", fields, visitor))
    }
}

#[cfg(test)]
mod tests;
