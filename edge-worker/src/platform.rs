//! The boundary to JavaScript on a request's path. Every crossing costs about as much as parsing a header does, so a request is
//! read in one crossing, the upstream's request is made in one, and the answer is dressed in one. No decision is made here.

use wasm_bindgen::prelude::wasm_bindgen;
use worker::js_sys;

#[wasm_bindgen(inline_js = r#"
// Method, URL, then names and values, one a line. None of them can hold a line break.
export function read_request(request) {
  let text = `${request.method}\n${request.url}`;
  for (const [name, value] of request.headers) text += `\n${name}\n${value}`;
  return text;
}
const headers_of = (lines) => {
  const headers = new Headers();
  if (lines === "") return headers;
  const parts = lines.split("\n");
  for (let i = 0; i + 1 < parts.length; i += 2) headers.append(parts[i], parts[i + 1]);
  return headers;
};
// `url` is empty when it stays the same.
export function make_request(original, url, lines, signal, no_store) {
  const init = { method: original.method, headers: headers_of(lines), body: original.body, redirect: "manual", signal };
  if (no_store) init.cache = "no-store";
  return new Request(url === "" ? original.url : url, init);
}
export function set_cookies(response) {
  return response.headers.has("set-cookie") ? response.headers.getSetCookie().join("\n") : undefined;
}
// `cookies`: undefined leaves them, else they replace what is there.
export function dress(response, lines, cookies, vary) {
  const answer = response.webSocket ? response : new Response(response.body, response);
  if (answer === response) return response;
  const parts = lines.split("\n");
  for (let i = 0; i + 1 < parts.length; i += 2) answer.headers.set(parts[i], parts[i + 1]);
  const varies = answer.headers.get("vary");
  if (varies === null) answer.headers.set("vary", vary);
  else if (!varies.toLowerCase().split(",").some((name) => name.trim() === vary.toLowerCase() || name.trim() === "*"))
    answer.headers.append("vary", vary);
  if (cookies !== undefined) {
    answer.headers.delete("set-cookie");
    for (const cookie of cookies.split("\n")) if (cookie !== "") answer.headers.append("set-cookie", cookie);
  }
  return answer;
}
export function has_header(response, name) {
  return response.headers.has(name);
}
"#)]
extern "C" {
    /// The request's head as lines.
    pub(crate) fn read_request(request: &web_sys::Request) -> String;

    /// The same request with other headers, to another URL unless `url` is empty; its body is handed on, not copied.
    #[wasm_bindgen(catch)]
    pub(crate) fn make_request(
        original: &web_sys::Request,
        url: &str,
        lines: &str,
        signal: &web_sys::AbortSignal,
        no_store: bool,
    ) -> Result<web_sys::Request, js_sys::Error>;

    /// All `Set-Cookie` values as lines.
    pub(crate) fn set_cookies(response: &web_sys::Response) -> Option<String>;

    /// The same answer with these headers set; its body is handed on, not copied. A WebSocket's answer stays as it is.
    #[wasm_bindgen(catch)]
    pub(crate) fn dress(
        response: &web_sys::Response,
        lines: &str,
        cookies: Option<String>,
        vary: &str,
    ) -> Result<web_sys::Response, js_sys::Error>;

    /// Whether the answer has a header.
    pub(crate) fn has_header(response: &web_sys::Response, name: &str) -> bool;
}
