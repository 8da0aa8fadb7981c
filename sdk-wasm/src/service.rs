//! Requests to the token service, and its responses.

use std::cell::Cell;
use std::rc::Rc;

use auth_core::secret::SecretText;
use auth_core::session::{Answer, ClientErrorCode, Failure, Generation, HttpMethod, Reply, RunningTime};
use auth_core::wire::{CLIENT_HEADER, ErrorCode, NONCE_HEADER};
use gloo_net::http::{Request, RequestBuilder, Response};
use js_sys::{JSON, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestCache, RequestCredentials, RequestInit, RequestRedirect};

use crate::json::JsJson;
use crate::platform::{clear_interval, fetch_with, nonce, now, set_interval, to_js_number};
use crate::shell::Shell;

/// The client header, which a cross-origin page can send only after a preflight.
const CLIENT: &str = concat!("latchkey-js/", env!("CARGO_PKG_VERSION"));

fn request(method: HttpMethod, url: &str) -> RequestBuilder {
    match method {
        HttpMethod::Get => Request::get(url),
        HttpMethod::Post => Request::post(url),
        HttpMethod::Patch => Request::patch(url),
        HttpMethod::Delete => Request::delete(url),
    }
}

/// One request.
pub(crate) struct Ask<'a> {
    pub(crate) method: HttpMethod,
    pub(crate) path: &'a str,
    /// An object, or `undefined`.
    pub(crate) body: &'a JsValue,
    pub(crate) bearer: Option<Generation>,
    /// Whether it has to outlive the page.
    pub(crate) keep: bool,
}

/// The response.
pub(crate) struct Answered {
    pub(crate) status: u16,
    content_type: Option<String>,
    retry_after: Option<String>,
    is_marked: bool,
    body: Option<JsJson>,
}

impl Answered {
    pub(crate) fn reply(&self) -> Reply<'_, JsJson> {
        Reply {
            status: self.status,
            content_type: self.content_type.as_deref(),
            retry_after: self.retry_after.as_deref(),
            is_marked: self.is_marked,
            body: self.body.clone(),
        }
    }
}

impl Shell {
    /// Sends it and reads the response, within the timeout, which counts only while the tab runs.
    /// `controller` lets the caller abort it.
    ///
    /// # Errors
    /// `timeout` or `network`; `request_forgery` if the service does not list this page's origin, for which
    /// browsers report a failed connection.
    pub(crate) async fn ask(&self, ask: Ask<'_>, controller: &AbortController) -> Result<Answered, Failure> {
        let timed_out = Rc::new(Cell::new(false));
        // By the wall clock, because the monotonic one may stand still while the computer sleeps.
        let mut limit = RunningTime::new(self.timeout_ms, now().wall_ms);
        let period_ms = to_js_number(limit.period_ms());
        let alarm = {
            let (controller, timed_out) = (controller.clone(), Rc::clone(&timed_out));
            Closure::<dyn FnMut()>::new(move || {
                if limit.tick(now().wall_ms) {
                    timed_out.set(true);
                    controller.abort();
                }
            })
        };
        let timer = set_interval(alarm.as_ref(), period_ms);
        let result = self.exchange(ask, controller).await;
        let is_unlisted = match &result {
            Ok(_) => {
                self.may_be_unlisted.set(false);
                false
            }
            Err(_) => self.may_be_unlisted.get() && self.is_unlisted(controller).await,
        };
        clear_interval(&timer);
        result.map_err(|cause| {
            *self.cause.borrow_mut() = cause;
            if is_unlisted {
                Failure::service(ErrorCode::RequestForgery)
            } else if timed_out.get() {
                Failure::client(ClientErrorCode::Timeout)
            } else {
                Failure::client(ClientErrorCode::Network)
            }
        })
    }

    async fn is_unlisted(&self, controller: &AbortController) -> bool {
        let found = JsFuture::from(self.host.is_unlisted(&controller.signal())).await;
        found.is_ok_and(|found| found.is_truthy())
    }

    async fn exchange(&self, ask: Ask<'_>, controller: &AbortController) -> Result<Answered, JsValue> {
        let url = [self.targets.service().as_str(), ask.path].concat();
        let nonce = nonce();
        let builder = request(ask.method, &url)
            .credentials(RequestCredentials::Include)
            .cache(RequestCache::NoStore)
            .redirect(RequestRedirect::Error)
            .abort_signal(Some(&controller.signal()))
            .header(CLIENT_HEADER, CLIENT)
            .header(NONCE_HEADER, &nonce);
        let built = if ask.body.is_undefined() {
            builder.build()
        } else {
            builder.header("Content-Type", "application/json").body(JSON::stringify(ask.body)?)
        };
        // The platform rejects a request of ours only if its address isn't one, which the options exclude.
        let request: web_sys::Request = built.map_err(|_| JsValue::UNDEFINED)?.into();
        if let Some(generation) = ask.bearer {
            self.token.put_on(&request.headers(), generation);
        }
        let init = RequestInit::new();
        if ask.keep {
            // `gloo_net` has no way to say so.
            Reflect::set(&init, &"keepalive".into(), &JsValue::TRUE)?;
        }
        // Not by `gloo_net`: it panics when `fetch` rejects with something other than an `Error` of this
        // realm, as a test environment's may.
        let response =
            Response::from(fetch_with(&request, &init).await?.unchecked_into::<web_sys::Response>());
        let headers = response.headers();
        Ok(Answered {
            status: response.status(),
            content_type: headers.get("Content-Type"),
            retry_after: headers.get("Retry-After"),
            is_marked: headers.get(NONCE_HEADER) == Some(nonce),
            body: read_json(response.into()).await?,
        })
    }
}

/// The body as JSON. A malformed body is not one of the service's; a body that does not arrive is an error.
pub(crate) async fn read_json(response: web_sys::Response) -> Result<Option<JsJson>, JsValue> {
    match JsFuture::from(response.json()?).await {
        Ok(value) => Ok(Some(JsJson(value))),
        Err(error) if is_syntax_error(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// By its name, because WebKit rejects malformed JSON (an empty body too) with a `DOMException`, and a test
/// environment with an error of another realm.
fn is_syntax_error(error: &JsValue) -> bool {
    Reflect::get(error, &"name".into()).is_ok_and(|name| name == "SyntaxError")
}

/// The response for the machine, and separately the token.
pub(crate) fn read(result: Result<Answered, Failure>) -> (Answer, Option<SecretText>) {
    match result {
        Ok(answered) => answered.reply().read(),
        Err(failure) => (Answer::Failed(failure), None),
    }
}
