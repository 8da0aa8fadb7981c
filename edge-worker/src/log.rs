//! The log: one JSON object a line. No secret, token or cookie is ever a field of it.

use serde_json::{Map, Value, json};

/// Writes one line: what happened, in which request, and its particulars.
pub(crate) fn line(event: &str, request_id: &str, particulars: Value) {
    let mut fields = Map::new();
    fields.insert("event".to_owned(), json!(event));
    if !request_id.is_empty() {
        fields.insert("request_id".to_owned(), json!(request_id));
    }
    if let Value::Object(particulars) = particulars {
        fields.extend(particulars);
    }
    worker::console_log!("{}", Value::Object(fields));
}
