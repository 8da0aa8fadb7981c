//! The log: one JSON object per line. No field ever contains a secret, a token or a cookie.

use std::cell::RefCell;
use std::collections::HashMap;

use auth_core::limits::LogOnce;
use serde_json::{Map, Value, json};

thread_local! {
    /// The lines of [`once`] that this isolate has written in the last minute.
    static ONCE: RefCell<LogOnce> = RefCell::default();
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

/// Writes one line like [`line`], unless the isolate has written the same in the last minute. For mistakes in
/// the set-up, which every request would repeat.
pub(crate) fn once(event: &str, request_id: &str, particulars: Value) {
    if is_new(&format!("{event} {particulars}")) {
        line(event, request_id, particulars);
    }
}

/// Writes a mistake in the set-up, unless the isolate has written the same in the last minute: for a service
/// on the developer's machine as text, which is easier to read in a terminal, otherwise like [`line`], with
/// `detail` and `mistake`.
pub(crate) fn mistake(
    is_local: bool,
    event: &str,
    request_id: &str,
    detail: Option<(&str, &str)>,
    mistake: &str,
) {
    if !is_new(&format!("{event} {mistake}")) {
        return;
    }
    if is_local {
        worker::console_error!("{event}: {mistake}");
        return;
    }
    let detail = detail.map(|(name, value)| (name.to_owned(), json!(value)));
    let particulars = detail.into_iter().chain([("mistake".to_owned(), json!(mistake))]);
    line(event, request_id, Value::Object(particulars.collect()));
}

fn is_new(line: &str) -> bool {
    let now_ms = worker::Date::now().as_millis();
    ONCE.with_borrow_mut(|once| once.admits(line, now_ms))
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
