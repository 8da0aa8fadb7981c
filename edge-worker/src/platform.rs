//! Operations that would need many calls to the platform, each done in a single call to JavaScript: a call
//! costs about as much as parsing a header.

mod unavailable;

pub use unavailable::Unavailable;

use auth_core::time::UnixTime;
use js_sys::Promise;
use serde_json::json;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::log;

#[wasm_bindgen(inline_js = r#"
// Method, URL, then header names and values, one per line. None of them can contain a line break.
export function read_request(request) {
  let text = `${request.method}\n${request.url}`;
  request.headers.forEach((value, name) => {
    text += `\n${name}\n${value}`;
  });
  return text;
}

// The whole body, whose length was announced.
export async function read_body(request) {
  return new Uint8Array(await request.arrayBuffer());
}

// Calls an object. Returns its reply; throws if the status is not 200.
export async function ask_object(stub, call) {
  const reply = await stub.fetch("https://object/", { method: "POST", body: call });
  if (reply.status !== 200) throw new Error(`the object responded with status ${reply.status}`);
  return await reply.text();
}

// Runs a statement. Bindings and rows cross as JSON.
export function run_sql(sql, statement, bindings) {
  return JSON.stringify(sql.exec(statement, ...JSON.parse(bindings)).toArray());
}
"#)]
extern "C" {
    /// The request's head as lines.
    pub(crate) fn read_request(request: &web_sys::Request) -> String;

    /// A promise of all bytes of the body.
    #[wasm_bindgen(catch)]
    pub(crate) fn read_body(request: &web_sys::Request) -> Result<Promise, JsValue>;

    /// A promise of an object's reply as text. Rejects if its status is not 200.
    #[wasm_bindgen(catch)]
    pub(crate) fn ask_object(stub: JsValue, call: &str) -> Result<Promise, JsValue>;

    /// A statement's rows, as JSON; the bindings are passed as JSON too.
    #[wasm_bindgen(catch)]
    pub(crate) fn run_sql(sql: &JsValue, statement: &str, bindings: &str) -> Result<String, JsValue>;
}

/// Does something after the response has left. A failure is logged under this name.
pub(crate) fn aside(
    platform: &worker::Context,
    failure: &'static str,
    work: impl Future<Output = Result<(), Unavailable>> + 'static,
) {
    platform.wait_until(async move {
        if let Err(error) = work.await {
            log::line(failure, "", json!({"cause": error.cause}));
        }
    });
}

/// The current time, in whole seconds.
pub(crate) fn now() -> UnixTime {
    UnixTime(now_ms() / 1000)
}

/// The current time, in milliseconds since the Unix epoch.
pub(crate) fn now_ms() -> u64 {
    worker::Date::now().as_millis()
}
