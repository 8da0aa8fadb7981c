//! The JSON Schema (draft 7, which editors support best) of the table `LATCHKEY`, and of wrangler's file
//! around it.
//!
//! It is written from [`crate::keys`]. It accepts whatever the reader accepts, and rejects what a schema can
//! express.

use auth_core::gate::method;
use serde_json::{Map, Value, json};

use crate::keys::{Default, Item, Key, LATCHKEY, TableKeys, Text, Type};

const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

/// The schema of the table alone.
#[must_use]
pub fn latchkey() -> Value {
    let mut schema = table(&LATCHKEY);
    add(&mut schema, "$schema", DRAFT.into());
    add(&mut schema, "title", "LATCHKEY".into());
    add(&mut schema, "description", "The configuration of latchkey-worker.".into());
    schema
}

/// The schema of a whole wrangler configuration file, as far as the table is concerned. It refers to no other
/// file, because Taplo follows no such references.
#[must_use]
pub fn file() -> Value {
    let mut latchkey = table(&LATCHKEY);
    // wrangler also takes the table as JSON in a text.
    add(&mut latchkey, "type", json!(["object", "string"]));
    let vars = json!({"type": "object", "properties": {"LATCHKEY": {"$ref": "#/definitions/LATCHKEY"}}});
    json!({
        "$schema": DRAFT,
        "title": "The table LATCHKEY in a wrangler configuration file",
        "type": "object",
        "properties": {
            "vars": vars,
            "env": {"type": "object", "additionalProperties": {"type": "object", "properties": {"vars": vars}}},
        },
        "definitions": {"LATCHKEY": latchkey},
    })
}

/// The schema of a whole wrangler configuration file: wrangler's own and [`file`], each by its address.
#[must_use]
pub fn file_with_wrangler(wrangler: &str, file: &str) -> Value {
    json!({
        "$schema": DRAFT,
        "title": "A wrangler configuration file of latchkey-worker",
        "allOf": [{"$ref": wrangler}, {"$ref": file}],
    })
}

fn add(schema: &mut Value, name: &str, value: Value) {
    if let Some(members) = schema.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

fn table(keys: &TableKeys) -> Value {
    let properties: Map<String, Value> =
        keys.keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    let required: Vec<&str> =
        keys.keys.iter().filter(|key| matches!(key.default, Default::Required)).map(|key| key.name).collect();
    let mut schema = json!({"type": "object", "additionalProperties": false, "properties": properties});
    if !required.is_empty() {
        add(&mut schema, "required", json!(required));
    }
    let constraints = serde_json::from_str::<Map<String, Value>>(keys.constraints).unwrap_or_default();
    for (name, constraint) in constraints {
        add(&mut schema, &name, constraint);
    }
    schema
}

fn property(key: &Key) -> Value {
    let mut schema = value(&key.value);
    add(&mut schema, "description", description(key).into());
    if let Some(default) = key.default.value() {
        add(&mut schema, "default", default);
    }
    if let Ok(example) = serde_json::from_str::<Value>(key.example)
        && !matches!(key.value, Type::Table(_) | Type::Named(_))
    {
        add(&mut schema, "examples", json!([example]));
    }
    schema
}

fn value(value: &Type) -> Value {
    match value {
        Type::Text(of) => text(of),
        Type::Choice(words) => json!({"enum": words}),
        Type::Number { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        Type::Flag => json!({"type": "boolean"}),
        Type::List { min, of, .. } => json!({"type": "array", "minItems": min, "items": item(of)}),
        // Not `anyOf`, with which editors only say that no alternative fits.
        Type::OneOrList(of) => {
            let mut schema = text(of);
            add(&mut schema, "type", json!(["string", "array"]));
            add(&mut schema, "minItems", json!(1));
            add(&mut schema, "items", text(of));
            schema
        }
        Type::ChoiceOrList(words, items) => json!({
            "type": ["string", "array"],
            "minItems": 1,
            "uniqueItems": true,
            "items": {"enum": items},
            "if": {"type": "string"},
            "then": {"enum": words},
        }),
        Type::KeySet => {
            let key = json!({"type": "object", "required": ["kty"]});
            json!({
                "type": ["object", "array"],
                "minItems": 1,
                "items": key,
                "required": ["keys"],
                "properties": {"keys": {"type": "array", "minItems": 1, "items": key}},
            })
        }
        Type::Table(keys) => table(keys),
        Type::Named(keys) => json!({"type": "object", "additionalProperties": table(keys)}),
        Type::Tables(keys) => json!({"type": "array", "items": table(keys)}),
    }
}

fn text(of: &Text) -> Value {
    if of.pattern.is_empty() {
        json!({"type": "string", "minLength": 1})
    } else {
        json!({"type": "string", "pattern": of.pattern})
    }
}

fn item(of: &Item) -> Value {
    match of {
        Item::Text(of) => text(of),
        Item::Choice(words) => json!({"enum": words}),
        // Any token, but no other spelling of a known method. The list is for completion.
        Item::Method => {
            let mut never: Vec<String> = method::KNOWN.iter().map(|name| name.to_ascii_lowercase()).collect();
            never.extend(method::RESERVED.map(ToOwned::to_owned));
            json!({
                "type": "string",
                "pattern": "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$",
                "not": {"enum": never},
                "examples": method::DELIVERED.as_slice(),
            })
        }
    }
}

/// Without Markdown, and with the unit.
fn description(key: &Key) -> String {
    let unit = if key.unit.is_empty() { String::new() } else { format!(" In {}.", key.unit) };
    format!("{}.{unit}", first_upper(&without_links(key.meaning)))
}

fn first_upper(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Leaves out links, with the `see` before them, and the backquotes of code.
fn without_links(text: &str) -> String {
    let mut rest = text;
    let mut plain = String::new();
    while let Some((before, after)) = rest.split_once("see [") {
        let Some((_, after)) = after.split_once(')') else { break };
        plain.push_str(before.trim_end_matches([' ', ';']));
        rest = after;
    }
    plain.push_str(rest);
    plain.replace('`', "").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{file, file_with_wrangler, latchkey, without_links};

    #[test]
    fn links_are_left_out_of_descriptions() {
        assert_eq!(
            without_links("whether `/Api` differs; see [gate.md](gate.md#paths)"),
            "whether /Api differs"
        );
        assert_eq!(without_links("a kind (`x`; see [i](i.md)). Then b"), "a kind (x). Then b");
        assert_eq!(without_links("plain"), "plain");
    }

    #[test]
    fn the_file_has_the_table_at_the_top_level_and_in_each_environment() {
        let file = file();
        let mut table = latchkey();
        for name in ["$schema", "title", "description"] {
            table.as_object_mut().unwrap().remove(name);
        }
        table["type"] = json!(["object", "string"]);
        assert_eq!(file["definitions"]["LATCHKEY"], table);
        let reference = json!({"$ref": "#/definitions/LATCHKEY"});
        assert_eq!(file["properties"]["vars"]["properties"]["LATCHKEY"], reference);
        assert_eq!(
            file["properties"]["env"]["additionalProperties"]["properties"]["vars"],
            file["properties"]["vars"]
        );
        let both = file_with_wrangler("a.json", "b.json");
        assert_eq!(both["allOf"], json!([{"$ref": "a.json"}, {"$ref": "b.json"}]));
    }
}
