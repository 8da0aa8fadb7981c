//! Requests to the token service, and what came back.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use auth_core::secret::SecretText;
use auth_core::session::{Answer, ClientErrorCode, Failure, Generation, Reply};
use auth_core::wire::CLIENT_HEADER;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Request, RequestInit, Response};
use zeroize::Zeroizing;

use crate::draft::AnyRequest;
use crate::platform::{clear_timeout, fetch_with, set_timeout};
use crate::shell::Shell;
use crate::views::joined;

/// Who we are, which a cross-origin page may say only after a preflight.
const CLIENT: &str = concat!("latchkey-js/", env!("CARGO_PKG_VERSION"));

#[wasm_bindgen]
extern "C" {
    /// A member of an object. `web_sys::RequestInit` would take a function for each, and has no `keepalive`.
    #[wasm_bindgen(js_namespace = Reflect, js_name = set)]
    fn set(object: &RequestInit, name: &str, value: &JsValue) -> bool;
    #[wasm_bindgen(js_namespace = Reflect, js_name = set)]
    fn set_text(object: &RequestInit, name: &str, value: &str) -> bool;
}

/// The methods the service knows.
#[derive(Clone, Copy)]
pub(crate) enum Method {
    Get,
    Post,
    Delete,
}

impl Method {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
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
        let timed_out = Rc::new(core::cell::Cell::new(false));
        let alarm = {
            let (controller, timed_out) = (controller.clone(), Rc::clone(&timed_out));
            Closure::<dyn FnMut()>::new(move || {
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
        let url = joined(&[self.targets.service().as_str(), ask.path]);
        let init = RequestInit::new();
        for (name, value) in [
            ("method", ask.method.as_str()),
            ("credentials", "include"),
            ("cache", "no-store"),
            ("redirect", "error"),
        ] {
            set_text(&init, name, value);
        }
        set(&init, "signal", &controller.signal());
        if let Some(body) = ask.body {
            set_text(&init, "body", body.expose());
        }
        set(&init, "keepalive", &ask.keep.into());
        let request: Request = AnyRequest::new(&url.into(), &init)?.into();
        let headers = request.headers();
        headers.set(CLIENT_HEADER, CLIENT)?;
        if ask.body.is_some() {
            headers.set("Content-Type", "application/json")?;
        }
        if let Some(generation) = ask.bearer {
            self.token.put_on(&headers, generation);
        }
        let response: Response = fetch_with(&request, &RequestInit::new()).await?.unchecked_into();
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
