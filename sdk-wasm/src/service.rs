//! Requests to the token service, and what came back.

use auth_core::secret::SecretText;
use auth_core::session::{Answer, ClientErrorCode, Failure, Generation, Reply};
use auth_core::wire::CLIENT_HEADER;
use gloo_net::http::{Method, RequestBuilder};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Request, RequestCache, RequestCredentials, RequestRedirect, Response};
use zeroize::Zeroizing;

use crate::platform::{clear_timeout, fetch_request, set_timeout};
use crate::shell::Shell;

/// Who we are, which a cross-origin page may say only after a preflight.
const CLIENT: &str = concat!("latchkey-js/", env!("CARGO_PKG_VERSION"));

#[wasm_bindgen]
extern "C" {
    /// `keepalive` isn't in `web_sys::RequestInit`.
    #[wasm_bindgen(js_name = Request, extends = Request)]
    type KeptRequest;
    #[wasm_bindgen(constructor, js_class = "Request", catch)]
    fn new(request: &Request, init: &JsValue) -> Result<KeptRequest, JsValue>;
}

/// One request.
pub(crate) struct Ask<'a> {
    pub(crate) method: Method,
    pub(crate) path: &'a str,
    /// JSON.
    pub(crate) body: Option<&'a SecretText>,
    pub(crate) bearer: Option<Generation>,
    /// It is to outlive the page.
    pub(crate) keep: bool,
}

/// What came back.
pub(crate) struct Answered {
    pub(crate) status: u16,
    content_type: Option<String>,
    retry_after: Option<String>,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

impl Answered {
    pub(crate) fn reply(&self) -> Reply<'_> {
        Reply {
            status: self.status,
            content_type: self.content_type.as_deref(),
            retry_after: self.retry_after.as_deref(),
            body: &self.body,
        }
    }
}

impl Shell {
    /// Sends it and reads the answer, within the timeout. On failure, whose fault it was; `controller` is the caller's way to give up.
    pub(crate) async fn ask(&self, ask: Ask<'_>, controller: &AbortController) -> Result<Answered, Failure> {
        let timed_out = std::rc::Rc::new(core::cell::Cell::new(false));
        let alarm = {
            let (controller, timed_out) = (controller.clone(), std::rc::Rc::clone(&timed_out));
            Closure::once(move || {
                timed_out.set(true);
                controller.abort();
            })
        };
        let timer = set_timeout(alarm.as_ref(), self.timeout_ms);
        let result = self.exchange(ask, controller).await;
        clear_timeout(&timer);
        result.map_err(|cause| {
            *self.cause.borrow_mut() = cause;
            Failure::client(if timed_out.get() { ClientErrorCode::Timeout } else { ClientErrorCode::Network })
        })
    }

    async fn exchange(&self, ask: Ask<'_>, controller: &AbortController) -> Result<Answered, JsValue> {
        let url = [self.targets.service().as_str(), ask.path].concat();
        let mut builder = RequestBuilder::new(&url)
            .method(ask.method)
            .header(CLIENT_HEADER, CLIENT)
            .credentials(RequestCredentials::Include)
            .cache(RequestCache::NoStore)
            .redirect(RequestRedirect::Error)
            .abort_signal(Some(&controller.signal()));
        if ask.body.is_some() {
            builder = builder.header("Content-Type", "application/json");
        }
        let request = match ask.body {
            Some(body) => builder.body(body.expose()),
            None => builder.build(),
        };
        let mut request: Request = request.map_err(|_| JsValue::UNDEFINED)?.into();
        if ask.keep {
            let init = js_sys::Object::new();
            js_sys::Reflect::set(&init, &"keepalive".into(), &true.into())?;
            request = KeptRequest::new(&request, &init)?.into();
        }
        if let Some(generation) = ask.bearer {
            self.token.put_on(&request.headers(), generation);
        }
        let response: Response = fetch_request(&request).await?.unchecked_into();
        let headers = response.headers();
        Ok(Answered {
            status: response.status(),
            content_type: headers.get("Content-Type")?,
            retry_after: headers.get("Retry-After")?,
            body: read_body(&response).await?,
        })
    }
}

/// The body, moved into WebAssembly memory: what JavaScript held of it is overwritten.
async fn read_body(response: &Response) -> Result<Zeroizing<Vec<u8>>, JsValue> {
    let buffer = JsFuture::from(response.array_buffer()?).await?;
    let bytes = js_sys::Uint8Array::new(&buffer);
    let body = Zeroizing::new(bytes.to_vec());
    bytes.fill(0, 0, bytes.length());
    Ok(body)
}

/// The machine's answer and, apart from it, the token.
pub(crate) fn read(result: Result<Answered, Failure>) -> (Answer, Option<SecretText>) {
    match result {
        Ok(answered) => answered.reply().read(),
        Err(failure) => (Answer::Failed(failure), None),
    }
}
