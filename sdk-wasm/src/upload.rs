//! A call that reports how much of its body has been sent. By `XMLHttpRequest`, because `fetch` has no
//! progress for uploads, and the body of a request as a stream, where an engine has that, reports only what
//! has been read from it. The token is copied from the request to the `XMLHttpRequest` by reference, without
//! a copy in WebAssembly memory.

use futures_channel::oneshot;
use js_sys::{Array, Function, Object, Reflect, TypeError};
use wasm_bindgen::prelude::*;
use web_sys::{
    AbortSignal, Headers, ProgressEvent, ReadableStream, Request, RequestCache, RequestCredentials,
    RequestMode, RequestRedirect, Response, ResponseInit, Url, XmlHttpRequest, XmlHttpRequestResponseType,
};

use crate::platform::Signal;

#[wasm_bindgen]
extern "C" {
    /// The method of `XMLHttpRequest`, with the value as JavaScript holds it.
    type Headed;
    #[wasm_bindgen(method, catch, js_name = setRequestHeader)]
    fn set_request_header(this: &Headed, name: &JsValue, value: &JsValue) -> Result<(), JsValue>;
    /// `send`, with any kind of body.
    #[wasm_bindgen(method, catch)]
    fn send(this: &Headed, body: &JsValue) -> Result<(), JsValue>;

    /// `Response`, with the constructor that takes a body of any kind.
    #[wasm_bindgen(js_name = Response, extends = Response)]
    type AnyResponse;
    #[wasm_bindgen(constructor, js_class = "Response", catch)]
    fn new(body: &JsValue, init: &ResponseInit) -> Result<AnyResponse, JsValue>;

    /// The origin of this window or worker.
    #[wasm_bindgen(thread_local_v2, js_name = origin)]
    static ORIGIN: JsValue;
}

/// Refuses what `XMLHttpRequest` has no way to express, instead of sending a different request.
pub(crate) fn check(request: &Request, body: &JsValue) -> Result<(), JsValue> {
    let is_plain = request.mode() == RequestMode::Cors
        && request.redirect() == RequestRedirect::Follow
        && request.cache() == RequestCache::Default
        && request.integrity().is_empty()
        && !Reflect::get(request, &"keepalive".into())?.is_truthy();
    if !is_plain {
        return refuse("cannot be combined with mode, redirect, cache, integrity or keepalive");
    }
    if body.has_type::<ReadableStream>() {
        return refuse("needs a body that is not a stream");
    }
    Ok(())
}

fn refuse(why: &str) -> Result<(), JsValue> {
    Err(TypeError::new(&["onUploadProgress ", why, "."].concat()).into())
}

/// Sends the request with this body. Calls `progress(loaded, total)`, in bytes that were handed to the
/// network. Resolves when the whole response has arrived.
///
/// # Errors
/// A `TypeError` if the network fails, and the signal's reason if it is aborted.
pub(crate) async fn send(
    request: &Request,
    body: &JsValue,
    progress: &Function,
    signal: &AbortSignal,
) -> Result<Response, JsValue> {
    if signal.aborted() {
        return Err(signal.reason());
    }
    let xhr = XmlHttpRequest::new()?;
    xhr.open(&request.method(), &request.url())?;
    xhr.set_response_type(XmlHttpRequestResponseType::Arraybuffer);
    xhr.set_with_credentials(request.credentials() == RequestCredentials::Include);
    let headed: &Headed = xhr.unchecked_ref();
    for pair in Array::from(&request.headers()) {
        let pair: Array = pair.unchecked_into();
        headed.set_request_header(&pair.get(0), &pair.get(1))?;
    }
    let report = {
        let progress = progress.clone();
        Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| {
            let _ = progress.call2(&JsValue::UNDEFINED, &event.loaded().into(), &event.total().into());
        })
    };
    xhr.upload()?.set_onprogress(Some(report.as_ref().unchecked_ref()));
    let (over, ended) = oneshot::channel::<()>();
    let end = Closure::once(move || {
        let _ = over.send(());
    });
    xhr.set_onloadend(Some(end.as_ref().unchecked_ref()));
    let abort = {
        let xhr = xhr.clone();
        Closure::<dyn FnMut()>::new(move || {
            let _ = xhr.abort();
        })
    };
    let listened: &Signal = signal.unchecked_ref();
    listened.add_event_listener("abort", abort.as_ref());
    let sent = headed.send(body);
    if sent.is_ok() {
        let _ = ended.await;
    }
    listened.remove_event_listener("abort", abort.as_ref());
    xhr.set_onloadend(None);
    sent?;
    if signal.aborted() {
        return Err(signal.reason());
    }
    if xhr.status()? == 0 {
        return Err(TypeError::new("Failed to fetch.").into());
    }
    response_of(&xhr, request)
}

/// The response as `fetch` would have given it, with its whole body.
fn response_of(xhr: &XmlHttpRequest, request: &Request) -> Result<Response, JsValue> {
    let status = xhr.status()?;
    let headers = Headers::new()?;
    for line in xhr.get_all_response_headers()?.split('\n') {
        if let Some((name, value)) = line.split_once(':') {
            headers.append(name, value.trim_ascii())?;
        }
    }
    let init = ResponseInit::new();
    init.set_status(status);
    init.set_status_text(&xhr.status_text()?);
    init.set_headers(&headers);
    let has_body = !matches!(status, 204 | 205 | 304) && request.method() != "HEAD";
    let body = if has_body { xhr.response()? } else { JsValue::NULL };
    let response: Response = AnyResponse::new(&body, &init)?.into();

    let url = xhr.response_url();
    let asked = Url::new(&request.url())?;
    asked.set_hash("");
    let is_own = ORIGIN.with(|own| *own == Url::new(&url).map_or(JsValue::NULL, |url| url.origin().into()));
    for (name, value) in [
        ("redirected", (url != asked.href()).into()),
        ("url", url.into()),
        ("type", if is_own { "basic" } else { "cors" }.into()),
    ] {
        define(&response, name, &value)?;
    }
    Ok(response)
}

/// A property of the object's own, over the one of its prototype.
fn define(object: &Response, name: &str, value: &JsValue) -> Result<(), JsValue> {
    let descriptor = Object::new();
    Reflect::set(&descriptor, &"value".into(), value)?;
    Reflect::set(&descriptor, &"configurable".into(), &JsValue::TRUE)?;
    Reflect::define_property(object, &name.into(), &descriptor).map(|_| ())
}
