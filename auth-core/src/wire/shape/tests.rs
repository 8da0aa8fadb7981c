//! What is read as a type, beside `serde_json`, and which errors name their place.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Fault, WrongShape, read_json, read_sent, read_value};
use crate::secret::SecretText;
use crate::time::UnixTime;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Call {
    Unit,
    Newtype(UnixTime),
    Tuple(u8, Option<i16>),
    Struct { flag: bool, text: String },
    Nested(Box<Record>),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    number: f64,
    list: Vec<u32>,
    pair: (bool, i64),
    #[serde(default)]
    given: Option<String>,
    calls: Vec<Call>,
    map: BTreeMap<String, u64>,
    unit: (),
}

fn call() -> impl Strategy<Value = Call> {
    let leaf = prop_oneof![
        Just(Call::Unit),
        any::<u64>().prop_map(|at| Call::Newtype(UnixTime(at))),
        any::<(u8, Option<i16>)>().prop_map(|(one, two)| Call::Tuple(one, two)),
        any::<(bool, String)>().prop_map(|(flag, text)| Call::Struct { flag, text }),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        let plain = any::<(i32, Vec<u32>, (bool, i64), Option<String>, BTreeMap<String, u64>)>();
        (plain, prop::collection::vec(inner, 0..3)).prop_map(|((number, list, pair, given, map), calls)| {
            let number = f64::from(number) / 4.0;
            Call::Nested(Box::new(Record { number, list, pair, given, calls, map, unit: () }))
        })
    })
}

/// Replaces one place of a value.
fn spoil(value: &mut Value, path: &[u8], instead: &Value) {
    let inner: Vec<&mut Value> = match value {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(members) => members.values_mut().collect(),
        _ => vec![],
    };
    let count = inner.len();
    match (path, count) {
        ([], _) | (_, 0) => *value = instead.clone(),
        ([first, rest @ ..], _) => {
            if let Some(next) = inner.into_iter().nth(usize::from(*first) % count) {
                spoil(next, rest, instead);
            }
        }
    }
}

proptest! {
    #[test]
    fn property_reads_what_was_written(call in call()) {
        prop_assert_eq!(read_json(&serde_json::to_vec(&call).unwrap()), Ok(call));
    }

    /// The same verdict as `serde_json`'s own, except for structs written as arrays, which `serde_json`
    /// accepts.
    #[test]
    fn property_rejects_the_same_values_as_serde_json(
        call in call(),
        path in prop::collection::vec(any::<u8>(), 0..6),
        instead in prop_oneof![
            Just(json!(null)), Just(json!(true)), Just(json!(-1)), Just(json!(300)), Just(json!(0.5)),
            Just(json!("Unit")), Just(json!({})), Just(json!({"Newtype": 1})), Just(json!({"a": 1, "b": 2})),
        ],
    ) {
        let mut value = serde_json::to_value(&call).unwrap();
        spoil(&mut value, &path, &instead);
        let theirs = serde_json::from_value::<Call>(value.clone()).ok();
        prop_assert_eq!(read_sent::<Call>(value.clone()).ok(), theirs.clone());
        prop_assert_eq!(read_value::<Call>(value).ok(), theirs);
    }
}

#[test]
fn a_struct_is_an_object_and_secrets_are_text() {
    assert_eq!(read_value::<Call>(json!({"Struct": [true, "x"]})), Err(WrongShape));
    assert_eq!(read_value::<SecretText>(json!("s")).unwrap().expose(), "s");
    assert!(read_value::<SecretText>(json!(1)).is_err());
    assert_eq!(read_json::<u8>(b"1 2"), Err(WrongShape));
    assert_eq!(read_json::<u8>(b""), Err(WrongShape));
}

#[test]
fn an_error_names_the_place_and_what_is_wrong_there() {
    let good = json!({"number": 1, "list": [], "pair": [true, 1], "calls": [], "map": {}, "unit": null});
    assert!(read_value::<Record>(good.clone()).is_ok());
    for (name, value, place, fault) in [
        ("number", Some(json!("1")), Some("number"), Fault::Value),
        ("number", None, Some("number"), Fault::Missing),
        ("admin", Some(json!(true)), Some("admin"), Fault::Unknown),
        ("a.b", Some(json!(true)), Some(r#"["a.b"]"#), Fault::Unknown),
        ("", Some(json!(true)), Some(r#"[""]"#), Fault::Unknown),
        ("list", Some(json!([1, 2, "3"])), Some("list[2]"), Fault::Value),
        ("pair", Some(json!([true, 1, 2])), Some("pair"), Fault::Value),
        ("map", Some(json!({"x-y": 1, "z w": "2"})), Some(r#"map["z w"]"#), Fault::Value),
        ("calls", Some(json!(["Unit", "unit"])), Some("calls[1]"), Fault::Value),
        (
            "calls",
            Some(json!([{"Struct": {"flag": 1, "text": ""}}])),
            Some("calls[0].Struct.flag"),
            Fault::Value,
        ),
        ("calls", Some(json!([{"Struct": {"flag": true}}])), Some("calls[0].Struct.text"), Fault::Missing),
        (
            "calls",
            Some(json!([{"Nested": {"number": 1, "list": [[]]}}])),
            Some("calls[0].Nested.list[0]"),
            Fault::Value,
        ),
    ] {
        let mut bad = good.clone();
        match value {
            Some(value) => bad[name] = value,
            None => drop(bad.as_object_mut().unwrap().remove(name)),
        }
        let error = read_sent::<Record>(bad.clone()).unwrap_err();
        assert_eq!((error.field(), error.fault), (place, fault), "{bad}");
    }
    assert_eq!(read_sent::<Record>(json!([])).unwrap_err().field(), None);
}
