//! The arguments of a call, from which its request is built: once, and again after a 401 if the body can be
//! sent again.

use wasm_bindgen::prelude::*;
use web_sys::{Request, RequestInit};

#[wasm_bindgen]
extern "C" {
    /// `Request`, with a constructor that accepts every kind of argument.
    #[wasm_bindgen(js_name = Request, extends = Request)]
    pub(crate) type AnyRequest;
    #[wasm_bindgen(constructor, js_class = "Request", catch)]
    pub(crate) fn new(input: &JsValue, init: &JsValue) -> Result<AnyRequest, JsValue>;

    /// `RequestInit`, of which the body decides whether it can be used twice.
    type Init;
    #[wasm_bindgen(method, getter)]
    fn body(this: &Init) -> JsValue;

    /// Chromium 119, Firefox 121, Safari 17.4: by then each of them took `Authorization` off a request that a
    /// redirect leads to another origin (Fetch, "HTTP-redirect fetch", step 13).
    #[wasm_bindgen(thread_local_v2, js_namespace = Promise, js_name = withResolvers)]
    static NEW_ENOUGH: JsValue;
}

pub(crate) struct Draft {
    pub(crate) request: Request,
    /// The arguments from which the request can be built again; `None` if it cannot be.
    source: Option<(JsValue, JsValue)>,
}

impl Draft {
    /// Fails as `fetch` does, with a `TypeError`.
    pub(crate) fn new(input: &JsValue, init: &JsValue) -> Result<Self, JsValue> {
        let own_body = init.is_object() && is_given(&init.unchecked_ref::<Init>().body());
        let streams = own_body && init.unchecked_ref::<Init>().body().has_type::<web_sys::ReadableStream>();
        let spare = if own_body { input.clone() } else { unread(input)? };
        let request = build(input, init)?;
        Ok(Self { request, source: (!streams).then(|| (spare, init.clone())) })
    }

    /// Whether the body can be sent again.
    pub(crate) const fn can_be_sent_again(&self) -> bool {
        self.source.is_some()
    }

    /// The request for the next attempt, if its body can be sent again. `last`: there will be no other attempt.
    pub(crate) fn again(&mut self, last: bool) -> Option<Result<Request, JsValue>> {
        let (input, init) = self.source.take()?;
        if !last && let Ok(spare) = unread(&input) {
            self.source = Some((spare, init.clone()));
        }
        Some(build(&input, &init))
    }
}

/// A copy of a `Request` that may have a body, because a body can be read only once. Firefox does not tell whether
/// there is one.
fn unread(input: &JsValue) -> Result<JsValue, JsValue> {
    match input.dyn_ref::<Request>() {
        Some(given) if !matches!(given.method().as_str(), "GET" | "HEAD") => Ok(given.clone()?.into()),
        Some(_) | None => Ok(input.clone()),
    }
}

fn build(input: &JsValue, init: &JsValue) -> Result<Request, JsValue> {
    let request: Request = AnyRequest::new(input, init)?.into();
    if NEW_ENOUGH.with(is_given) || request.redirect() != web_sys::RequestRedirect::Follow {
        return Ok(request);
    }
    // This engine might send the token to another origin, so it must not follow redirects.
    let strict = RequestInit::new();
    strict.set_redirect(web_sys::RequestRedirect::Error);
    Request::new_with_request_and_init(&request, &strict)
}

fn is_given(value: &JsValue) -> bool {
    !value.is_undefined() && !value.is_null()
}
