//! JSON as untrusted input: duplicate names are rejected at every depth, the depth is bounded, and errors are
//! typed.
//!
//! RFC 8259 does not define the meaning of a duplicate name, so an attacker could exploit two parsers that
//! choose differently. This parser rejects it.

use core::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::shape::{WrongField, read_sent};

/// The maximum nesting depth of objects and arrays.
pub const MAX_DEPTH: usize = 8;

/// Why a text is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JsonError {
    /// Not UTF-8, not JSON, a duplicate name, too deep, or followed by more text.
    Malformed,
    /// JSON, but not an object.
    NotAnObject,
    /// An object of another shape than expected: a field is missing, unknown, or has the wrong type.
    WrongShape(WrongField),
}

/// Parses one object, strictly.
///
/// # Errors
/// [`JsonError::Malformed`], [`JsonError::NotAnObject`].
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, JsonError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: MAX_DEPTH }.deserialize(&mut reader).map_err(|_| JsonError::Malformed)?;
    reader.end().map_err(|_| JsonError::Malformed)?;
    match value {
        Value::Object(object) => Ok(object),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(JsonError::NotAnObject)
        }
    }
}

/// Parses a request body into a type, strictly.
///
/// # Errors
/// Any [`JsonError`].
pub fn parse_body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    let object = parse_object(bytes)?;
    read_sent(Value::Object(object)).map_err(JsonError::WrongShape)
}

/// A value that may contain `depth` more levels of objects and arrays.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        self.depth.checked_sub(1).map(|depth| Self { depth }).ok_or_else(|| E::custom("too deep"))
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without duplicate names")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                return Err(A::Error::custom("a duplicate name"));
            }
            let value = members.next_value_seed(inner)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::{JsonError, parse_object};

    #[test]
    fn check_07_duplicate_names_are_refused_at_every_depth() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":{"a":1,"b":2,"a":3}}"#,
            r#"{"x":[[{"a":1,"a":1}]]}"#,
            r#"{"x":[{"y":{"":0,"":0}}]}"#,
        ] {
            assert_eq!(parse_object(text.as_bytes()).unwrap_err(), JsonError::Malformed, "{text}");
        }
        assert_eq!(parse_object(br#"{"a":1,"A":2,"b":{"a":1}}"#).unwrap().len(), 3);
    }

    #[test]
    fn check_07_malformed_json_is_refused() {
        let texts: &[&[u8]] = &[
            b"",
            b" ",
            b"{",
            b"}",
            b"{]",
            b"{\"a\"}",
            b"{\"a\":}",
            b"{\"a\":1,}",
            b"{,}",
            b"{a:1}",
            b"{'a':1}",
            b"{\"a\":01}",
            b"{\"a\":+1}",
            b"{\"a\":.5}",
            b"{\"a\":NaN}",
            b"{\"a\":1e999}",
            b"{\"a\":tru}",
            b"{\"a\":\"\n\"}",
            b"{\"a\":\"\\x\"}",
            b"{\"a\":\"\\ud800\"}",
            b"{\"a\":1}{\"a\":1}",
            b"{\"a\":1} x",
            b"\xef\xbb\xbf{}",
            b"{\"a\":\"\xff\"}",
            b"{\"\xc0\xaf\":1}",
            b"{/**/}",
            b"{}\0",
        ];
        for text in texts {
            assert_eq!(
                parse_object(text).unwrap_err(),
                JsonError::Malformed,
                "{}",
                String::from_utf8_lossy(text)
            );
        }
        for text in ["null", "true", "1", "\"{}\"", "[]", "[{}]"] {
            assert_eq!(parse_object(text.as_bytes()).unwrap_err(), JsonError::NotAnObject, "{text}");
        }
    }

    #[test]
    fn check_15_depth_is_bounded() {
        let nest = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        assert!(parse_object(nest(8).as_bytes()).is_ok());
        assert_eq!(parse_object(nest(9).as_bytes()).unwrap_err(), JsonError::Malformed);
        assert_eq!(parse_object("[".repeat(1_000_000).as_bytes()).unwrap_err(), JsonError::Malformed);
    }
}
