//! Requests from the Worker to systems that the configuration names: external credentials, providers of mail.
//!
//! A request has bounds on its time and on the size of its response, and follows no redirects. Its errors are
//! for the log: they contain nothing that was sent, and nothing of a response but its status.

use auth_core::secret::SecretText;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;

use crate::config::Target;
use crate::platform::Unavailable;

/// Another system: where it is, and the secret that proves to it who is asking.
pub struct Peer {
    /// A service binding's `Fetcher`, or `undefined` for the global `fetch`.
    fetcher: JsValue,
    /// The origin of its URLs.
    pub origin: String,
    /// The shared secret, if it has one.
    pub secret: Option<SecretText>,
}

impl Peer {
    /// Finds the binding or the URL's secret. `part` is the part of the Worker that is asking, `key` the key
    /// of the configuration that names the binding (`sign_in.elsewhere.service`).
    ///
    /// # Errors
    /// The binding or the secret is missing.
    pub fn of(env: &Env, target: &Target, part: &'static str, key: &str) -> Result<Self, Unavailable> {
        match target {
            Target::Service { binding } => {
                let service = env.service(binding).map_err(|_| {
                    let expected =
                        format!("[[services]] binding = \"{binding}\", service = \"<the Worker's name>\"");
                    Unavailable::unbound(part, &format!("{key}: found \"{binding}\""), &expected)
                })?;
                // A service binding reaches its Worker regardless of the host name.
                Ok(Self { fetcher: service.into(), origin: "https://latchkey".to_owned(), secret: None })
            }
            Target::Url { origin, secret_binding } => {
                let secret = secret_binding.as_ref().map(|binding| env.secret(binding)).transpose();
                let secret = secret.map_err(|error| Unavailable::because(part, error))?;
                let secret = secret.map(|secret| SecretText::new(secret.to_string()));
                Ok(Self { secret, ..Self::url(origin.as_str()) })
            }
        }
    }

    /// A system on the internet.
    #[must_use]
    pub fn url(origin: &str) -> Self {
        Self { fetcher: JsValue::UNDEFINED, origin: origin.to_owned(), secret: None }
    }

    /// Sends a request, and reads its whole response, whatever its status is.
    ///
    /// # Errors
    /// There is no complete response: the cause, for the log.
    pub async fn exchange(&self, request: Outbound<'_>) -> Result<Reply, String> {
        let Outbound { method, path, headers, body, timeout_ms, max_bytes } = request;
        if headers.iter().any(|(_, value)| value.contains(|c: char| c.is_control() || !c.is_ascii())) {
            return Err("a header's value has control or non-ASCII characters".to_owned());
        }
        let url = [&self.origin, path].concat();
        let lines: Vec<String> = headers.iter().map(|(name, value)| [*name, "\n", *value].concat()).collect();
        let lines = lines.join("\n");
        // At most 30,000.
        let timeout_ms = f64::from(u32::try_from(timeout_ms).unwrap_or(u32::MAX));
        let reply = send(&self.fetcher, &url, method, &lines, body, timeout_ms, max_bytes).await;
        let reply = reply.map_err(|error| error.as_string().unwrap_or_default())?;
        let reply = reply.as_string().unwrap_or_default();
        Reply::parse(&reply).ok_or_else(|| "no status".to_owned())
    }
}

/// A request.
pub struct Outbound<'a> {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The path, with a query if needed; it is appended to the peer's origin.
    pub path: &'a str,
    /// Names and values. A value with control or non-ASCII characters is an error.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body, if any.
    pub body: Option<&'a str>,
    /// The timeout for the complete response, in milliseconds.
    pub timeout_ms: u64,
    /// The maximum size of the response in bytes.
    pub max_bytes: u32,
}

/// A response.
#[derive(Default)]
pub struct Reply {
    /// Its status. A redirect has its own, because none is followed.
    pub status: u16,
    /// `Content-Type`; empty if there is none.
    pub content_type: String,
    /// `Cache-Control`, if there is one.
    pub cache_control: Option<String>,
    /// Its body, as UTF-8.
    pub body: String,
}

impl Reply {
    /// Status, `Content-Type` and `Cache-Control`, a line each, and the body.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, '\n');
        let mut next = || parts.next();
        Some(Self {
            status: next()?.parse().ok()?,
            content_type: next()?.to_owned(),
            cache_control: next().filter(|value| !value.is_empty()).map(ToOwned::to_owned),
            body: next()?.to_owned(),
        })
    }
}

#[wasm_bindgen(inline_js = r#"
// One JavaScript function, because the same through bindings needs more code. An error is a text that
// contains nothing of what was sent: the messages of Headers and Request may contain values, so they are
// replaced; those of fetch describe the connection.
export async function send(fetcher, url, method, lines, body, milliseconds, most) {
  let request;
  try {
    const headers = new Headers();
    const parts = lines === "" ? [] : lines.split("\n");
    for (let i = 0; i < parts.length; i += 2) headers.append(parts[i], parts[i + 1]);
    const signal = AbortSignal.timeout(milliseconds);
    request = new Request(url, { method, redirect: "manual", cache: "no-store", headers, body, signal });
  } catch {
    throw "the URL or a header is invalid";
  }
  let status = "";
  try {
    const answer = await (fetcher ?? globalThis).fetch(request);
    status = `status ${answer.status}, but `;
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const [type, caching] = ["content-type", "cache-control"].map((name) => answer.headers.get(name) ?? "");
    let text = `${answer.status}\n${type}\n${caching}\n`;
    let length = 0;
    for await (const chunk of answer.body ?? []) {
      length += chunk.byteLength;
      if (length > most) throw new Error(`the response is longer than ${most / 1024} KiB`);
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  } catch (error) {
    throw error?.name === "TimeoutError" ? "the request timed out" : status + String(error?.message ?? error);
  }
}
"#)]
extern "C" {
    /// Returns the response's status, two of its headers and its body, separated by line breaks.
    #[wasm_bindgen(catch)]
    async fn send(
        fetcher: &JsValue,
        url: &str,
        method: &str,
        lines: &str,
        body: Option<&str>,
        milliseconds: f64,
        most: u32,
    ) -> Result<JsValue, JsValue>;
}
