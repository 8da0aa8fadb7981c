//! `auth.fetch`: `fetch` with the access token.

use std::rc::Rc;

use auth_core::session::{
    CallId, ClientErrorCode, Failure, Generation, Input, RequiredStepUp, required_step_up,
};
use js_sys::{Function, Object, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Request, RequestInit, Response, Url};

use crate::draft::Draft;
use crate::platform::{Signal, fetch_with};
use crate::service::read_json;
use crate::shell::{Shell, Verdict};
use crate::upload;

#[wasm_bindgen]
extern "C" {
    /// Without `AbortSignal.any`, a sign-out can't abort running calls.
    #[wasm_bindgen(thread_local_v2, js_namespace = AbortSignal, js_name = any)]
    static ANY: JsValue;
}

/// What sends a call's body and reports how much of it has been sent.
pub(crate) struct Upload {
    body: JsValue,
    progress: Function,
}

impl Upload {
    /// Takes the body out of `init`, so that the request that is built of it has no `Content-Type` of a body
    /// that is sent in another way.
    pub(crate) fn take(init: &JsValue, progress: Function) -> Result<(Self, JsValue), JsValue> {
        let bare = Object::assign(&Object::new(), init.unchecked_ref());
        let body = Reflect::get(&bare, &"body".into())?;
        Reflect::set(&bare, &"body".into(), &JsValue::UNDEFINED)?;
        Ok((Self { body, progress }, bare.into()))
    }
}

impl Shell {
    /// `fetch`, with the token. With `progress`, `input` must be a URL, and `init` an object with the body;
    /// see [`upload`].
    pub(crate) async fn fetch(
        self: Rc<Self>,
        input: JsValue,
        init: JsValue,
        progress: Option<Function>,
    ) -> Result<JsValue, JsValue> {
        let (upload, init) = match progress {
            Some(progress) => {
                let (upload, bare) = Upload::take(&init, progress)?;
                (Some(upload), bare)
            }
            None => (None, init),
        };
        let mut draft = Draft::new(&input, &init)?;
        if let Some(Upload { body, .. }) = &upload {
            upload::check(&draft.request, body)?;
        }
        let signal = draft.request.signal();
        if signal.aborted() {
            return Err(signal.reason());
        }
        let url = Url::new(&draft.request.url())?;
        if !self.targets.allows(&url.origin(), &url.pathname()) {
            return Err(self.not_allowed(&url));
        }
        let call = CallId(self.next_id());
        let generation = match self.verdict(call, Input::TokenWanted { call }, &signal).await {
            Verdict::Go(generation) => generation,
            Verdict::Fail(failure) => return Err(self.error(&failure)),
            Verdict::Aborted | Verdict::Keep => return Err(signal.reason()),
        };
        let response = self.send_call(&draft.request, upload.as_ref(), generation, &signal).await?;
        if !self.is_refusal(&response) {
            return Ok(response.into());
        }
        // A step-up of a call that can't be sent again would be in vain.
        if !draft.can_be_sent_again() && self.step_up_of(&response).await.is_some() {
            return Ok(response.into());
        }
        let spare = draft.again(!self.steps_up);
        let (response, generation) =
            match self.verdict(call, Input::TokenRefused { call, generation }, &signal).await {
                Verdict::Go(generation) => match spare {
                    Some(request) => {
                        discard(&response);
                        (self.send_call(&request?, upload.as_ref(), generation, &signal).await?, generation)
                    }
                    None => {
                        let failure = Failure::client(ClientErrorCode::NotReplayable);
                        return Err(self.error(&Failure { status: Some(401), ..failure }));
                    }
                },
                Verdict::Keep => (response, generation),
                Verdict::Fail(failure) => return Err(self.error(&failure)),
                Verdict::Aborted => return Err(signal.reason()),
            };
        let Some(required) = self.step_up_of(&response).await else { return Ok(response.into()) };
        let Some(request) = draft.again(true) else { return Ok(response.into()) };
        match self.verdict(call, Input::StepUpNeeded { call, generation, required }, &signal).await {
            Verdict::Go(generation) => {
                discard(&response);
                self.send_call(&request?, upload.as_ref(), generation, &signal).await.map(Into::into)
            }
            Verdict::Keep => Ok(response.into()),
            Verdict::Fail(failure) => Err(self.error(&failure)),
            Verdict::Aborted => Err(signal.reason()),
        }
    }

    /// What a 401 of a configured API requires, if the page lets the user step up.
    async fn step_up_of(&self, response: &Response) -> Option<RequiredStepUp> {
        if !self.steps_up || !self.is_refusal(response) {
            return None;
        }
        let header = |name: &str| response.headers().get(name).ok().flatten();
        let is_problem =
            header("Content-Type").is_some_and(|kind| kind.starts_with("application/problem+json"));
        let problem = if is_problem { read_json(response.clone().ok()?).await.ok().flatten() } else { None };
        required_step_up(header("WWW-Authenticate").as_deref(), problem.as_ref())
    }

    /// The machine's decision about a call, or the caller's abort.
    pub(crate) async fn verdict(
        self: &Rc<Self>,
        call: CallId,
        input: Input,
        signal: &AbortSignal,
    ) -> Verdict {
        let verdict = self.calls.add(call);
        let shell = Rc::clone(self);
        let give_up = Closure::<dyn FnMut()>::new(move || {
            shell.feed(Input::CallAborted { call });
            shell.calls.answer(call, Verdict::Aborted);
        });
        let signal: &Signal = signal.unchecked_ref();
        signal.add_event_listener("abort", give_up.as_ref());
        self.feed(input);
        // The machine forgets a call only if it was aborted.
        let verdict = verdict.await.unwrap_or(Verdict::Aborted);
        signal.remove_event_listener("abort", give_up.as_ref());
        verdict
    }

    async fn send_call(
        &self,
        request: &Request,
        upload: Option<&Upload>,
        generation: Generation,
        signal: &AbortSignal,
    ) -> Result<Response, JsValue> {
        if !self.token.put_on(&request.headers(), generation) {
            // The user has signed out in the meantime.
            return Err(self.error(&Failure::client(ClientErrorCode::SignedOut)));
        }
        let both = ANY
            .with(JsValue::is_function)
            .then(|| AbortSignal::any(&js_sys::Array::of2(signal, &self.session_signal())));
        let response: Response = if let Some(Upload { body, progress }) = upload {
            upload::send(request, body, progress, both.as_ref().unwrap_or(signal)).await?
        } else {
            let init = RequestInit::new();
            init.set_signal(both.as_ref());
            fetch_with(request, &init).await?.unchecked_into()
        };
        if response.redirected()
            && let Ok(url) = Url::new(&response.url())
            && self.targets.is_services_own(&url.origin(), &url.pathname())
        {
            discard(&response);
            return Err(self.not_allowed(&url));
        }
        Ok(response)
    }

    /// `origin_not_allowed`, which names the address and the origins that are allowed.
    pub(crate) fn not_allowed(&self, url: &Url) -> JsValue {
        let detail = self.targets.why_not(&url.origin(), &url.pathname());
        self.error(&Failure::client(ClientErrorCode::OriginNotAllowed).with_detail(detail))
    }

    /// A 401 of a configured API. One from another origin after a redirect does not concern the token, which
    /// was not sent there.
    fn is_refusal(&self, response: &Response) -> bool {
        response.status() == 401
            && (!response.redirected()
                || Url::new(&response.url()).is_ok_and(|url| self.targets.names(&url.origin())))
    }
}

/// Cancels the unread body; ignores errors.
fn discard(response: &Response) {
    if let Some(body) = response.body() {
        let _ = body.cancel();
    }
}
