//! The log: one JSON object per line. No field ever contains a secret, a token or a cookie.

use std::cell::RefCell;
use std::collections::HashMap;

use serde_json::{Map, Value, json};

thread_local! {
    /// How often each reason was counted in this isolate. The reasons are closed sets, so the map stays
    /// small.
    static COUNTS: RefCell<HashMap<&'static str, u64>> = RefCell::new(HashMap::new());
}

/// Counts a reason and returns how often it has occurred in this isolate.
pub(crate) fn count(reason: &'static str) -> u64 {
    COUNTS.with_borrow_mut(|counts| {
        let count = counts.entry(reason).or_default();
        *count += 1;
        *count
    })
}

/// Writes one line: the event, the request's id, and details.
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
