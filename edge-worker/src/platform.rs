//! Reading a request in one crossing to JavaScript: every crossing costs about as much as parsing a header does.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(inline_js = r#"
// Method, URL, then names and values, one a line. None of them can hold a line break.
export function read_request(request) {
  let text = `${request.method}\n${request.url}`;
  request.headers.forEach((value, name) => {
    text += `\n${name}\n${value}`;
  });
  return text;
}
"#)]
extern "C" {
    /// The request's head as lines.
    pub(crate) fn read_request(request: &web_sys::Request) -> String;
}
