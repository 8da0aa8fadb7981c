//! The class that the TypeScript interface calls. No method returns a token, and none takes one.

use std::pin::Pin;
use std::rc::Rc;

use auth_core::session::{
    CallId, ClientErrorCode, Code, EndedScope, Failure, FailureDetails, Generation, HttpMethod, Input,
    LockNumber, Operation, Sending, StepUpNumber, Wake,
};
use auth_core::wire::ErrorCode;
use futures_channel::oneshot::Receiver;
use js_sys::{Promise, Reflect, TypeError, encode_uri_component};
use tsify::Ts;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::{AbortController, Url};

use crate::host::Host;
use crate::options::Options;
use crate::service::{Answered, Ask};
use crate::shell::{Asked, Shell, Verdict, object, sign_out_noted};
use crate::views::{TabNote, VaultOptions};

/// Types that the declarations below use.
#[wasm_bindgen(typescript_custom_section)]
const IMPORTS: &str =
    r#"import type { AuthErrorCode, AuthMethod, OperationName, SessionEndReason } from "./codes.js";"#;

/// A promise of the future's value. Boxed, because `future_to_promise` is compiled once for each type of
/// future.
fn promise(future: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    let future: Pin<Box<dyn Future<Output = _>>> = Box::pin(future);
    future_to_promise(future)
}

/// `invalid_request` for a body in which one of these members is not a text. Its values are not shown.
fn check_texts(body: &JsValue, texts: &[&str]) -> Result<(), Failure> {
    let value = |name: &str| Reflect::get(body, &name.into()).unwrap_or_default();
    let Some(wrong) = texts.iter().copied().find(|name| !value(name).is_string()) else { return Ok(()) };
    let problem = if value(wrong).is_undefined() { " is missing." } else { " has the wrong type or value." };
    let detail = Some(["The field ", wrong, problem].concat());
    let more = FailureDetails { detail, field: Some(wrong.to_owned()), ..FailureDetails::default() };
    Err(Failure { more: Some(Box::new(more)), ..Failure::service(ErrorCode::InvalidRequest) })
}

/// The path of a request, with the segment that the page gives.
fn path_of(operation: &Operation, segment: &str) -> Result<String, Failure> {
    // A URL parser would take these for parts of the path.
    if operation.path.contains("{}") && matches!(segment, "" | "." | "..") {
        return Err(Failure::service(ErrorCode::NotFound));
    }
    Ok(operation.path.replace("{}", &String::from(encode_uri_component(segment))))
}

/// One client's vault.
#[wasm_bindgen]
pub struct Vault {
    shell: Rc<Shell>,
}

#[wasm_bindgen]
impl Vault {
    /// # Errors
    /// An `AuthError` with the code `invalid_options`, for a text that is no origin.
    #[wasm_bindgen(constructor)]
    pub fn new(options: Ts<VaultOptions>, host: Host) -> Result<Self, JsValue> {
        let invalid = |failure: Failure| host.error(&failure, &JsValue::UNDEFINED);
        let options = options.to_rust().map_err(|error| {
            invalid(Failure::client(ClientErrorCode::InvalidOptions).with_detail(error.to_string()))
        })?;
        let options = Options::read(options).map_err(invalid)?;
        Ok(Self { shell: Shell::new(options, host)? })
    }

    /// Restores the session, or sends the pending sign-out to the service.
    ///
    /// `note` is the last argument of `remember`.
    pub fn start(&self, note: Option<String>) {
        let owed_sign_out = note.map(|note| sign_out_noted(&note));
        self.shell.feed(Input::Start { owed_sign_out });
    }

    /// Sends a request to the service. `what` names it in the table of [`Operation`]; `body` is an object, or
    /// `undefined`; `segment` is the part of the path that the page gives, if there is one. The promise has the
    /// part of the answer that the page may see.
    #[wasm_bindgen(unchecked_return_type = "Promise<unknown>")]
    pub fn ask(
        &self,
        #[wasm_bindgen(unchecked_param_type = "OperationName")] what: &str,
        #[wasm_bindgen(unchecked_param_type = "object | undefined")] body: JsValue,
        segment: Option<String>,
    ) -> Promise {
        let Some(operation) = Operation::named(what) else {
            return Promise::reject(&TypeError::new("There is no such request."));
        };
        let checked = check_texts(&body, operation.texts)
            .and_then(|()| path_of(operation, segment.as_deref().unwrap_or_default()));
        let path = match checked {
            Ok(path) => path,
            Err(failure) => return Promise::reject(&self.shell.error(&failure)),
        };
        let body = match operation.method {
            // The service requires a body here.
            HttpMethod::Post | HttpMethod::Patch if body.is_undefined() => object(&[]),
            HttpMethod::Get | HttpMethod::Post | HttpMethod::Patch | HttpMethod::Delete => body,
        };
        let asked = Asked { method: operation.method, path, body };
        match operation.sending {
            Sending::Command(command) => {
                let settled = self.shell.request(Some(asked), |op| Input::Command { op, command });
                self.promise(settled, operation)
            }
            Sending::Public
            | Sending::ForSecondFactor
            | Sending::AsUser
            | Sending::ChangesUser
            | Sending::Ticket => promise(Rc::clone(&self.shell).ask_for_value(operation, asked)),
        }
    }

    /// `scope` is one of the contract's; anything else is `local`.
    #[wasm_bindgen(js_name = signOut)]
    pub fn sign_out(&self, scope: &str) -> Promise {
        if scope == "others" {
            return self.ask("signOutOthers", object(&[("scope", scope.into())]), None);
        }
        let scope = ended_scope(scope);
        let settled = self.shell.request(None, |op| Input::SignOut { op, scope });
        let shell = Rc::clone(&self.shell);
        promise(async move { shell.settled(settled).await.map_err(|failure| shell.error(&failure)) })
    }

    /// `fetch` with the access token. `progress` is called with the number of bytes of the body that have
    /// been sent, and their total; then `input` must be a URL, and `init` an object with the body.
    pub fn fetch(
        &self,
        input: JsValue,
        init: JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "(loaded: number, total: number) => void")]
        progress: Option<js_sys::Function>,
    ) -> Promise {
        promise(Rc::clone(&self.shell).fetch(input, init, progress))
    }

    /// An event of the browser: `visible`, `hidden`, `online`, `offline`, or `thawed` (restored from the
    /// back/forward cache). Or `noted`: the host has found the note that it was asked for.
    pub fn wake(&self, kind: &str) {
        self.shell.feed(match kind {
            "hidden" => Input::Wake(Wake::Hidden),
            "online" => Input::Wake(Wake::Online),
            "offline" => Input::Wake(Wake::Offline),
            "thawed" => Input::Wake(Wake::Thawed),
            "noted" => Input::SignOutNoted,
            _ => Input::Wake(Wake::Visible),
        });
    }

    /// A message of another tab, or of any script of the page's origin. What isn't a [`TabNote`] is ignored.
    pub fn hear(&self, note: Ts<TabNote>) {
        if let Some(message) = note.to_rust().ok().and_then(TabNote::message) {
            self.shell.feed(Input::Tab(message));
        }
    }

    /// The lock that the tabs share was granted to this tab.
    pub fn locked(&self, lock: u32) {
        self.shell.feed(Input::LockGranted { lock: LockNumber(lock) });
    }

    /// There is no such lock, or another tab has taken it away.
    pub fn unlocked(&self, lock: u32) {
        self.shell.feed(Input::LockLost { lock: LockNumber(lock) });
    }

    /// The page has let the user step up, or has given up.
    #[wasm_bindgen(js_name = steppedUp)]
    pub fn stepped_up(&self, number: u32) {
        self.shell.feed(Input::StepUpEnded { number: StepUpNumber(number) });
    }

    /// Drops the token and stops.
    pub fn dispose(&self) {
        self.shell.feed(Input::Dispose);
    }
}

impl Vault {
    fn promise(&self, settled: Receiver<Result<(), Failure>>, operation: &'static Operation) -> Promise {
        let shell = Rc::clone(&self.shell);
        promise(async move {
            let settled = shell.settled(settled).await;
            settled.map_err(|failure| shell.error(&explain_absence(failure, operation)))
        })
    }
}

/// A path that does not exist is usually one that the configuration does not switch on.
fn explain_absence(failure: Failure, operation: &Operation) -> Failure {
    let is_absent = failure.code == Code::Service(ErrorCode::NotFound) && !operation.path.contains("{}");
    if !is_absent {
        return failure;
    }
    let detail =
        [operation.path, " does not exist: is it switched on in the Worker's configuration?"].concat();
    failure.with_detail(detail)
}

impl Shell {
    async fn settled(&self, settled: Receiver<Result<(), Failure>>) -> Result<JsValue, Failure> {
        match settled.await {
            Ok(result) => result.map(|()| JsValue::UNDEFINED),
            Err(_) => Err(Failure::client(ClientErrorCode::Disposed)),
        }
    }

    /// Sends a request that is no command.
    async fn ask_for_value(
        self: Rc<Self>,
        operation: &'static Operation,
        asked: Asked,
    ) -> Result<JsValue, JsValue> {
        let target =
            if operation.sending == Sending::Ticket { Some(self.ticket_target(&asked)?) } else { None };
        let as_user = match operation.sending {
            Sending::Public => false,
            Sending::ForSecondFactor => self.proves_in_session(),
            Sending::AsUser | Sending::ChangesUser | Sending::Ticket | Sending::Command(_) => true,
        };
        let answered =
            if as_user { self.ask_as_user(&asked).await? } else { self.ask_with(&asked, None).await? };
        let value = answered.reply().read_value(operation.answer, target.as_deref());
        let value = value.map_err(|failure| self.error(&explain_absence(failure, operation)))?;
        if operation.sending == Sending::ChangesUser {
            self.feed(Input::UserChanged);
        }
        Ok(value.map_or(JsValue::UNDEFINED, |value| value.0))
    }

    /// Sends a request to the service with the token. If the token is rejected, sends it once more with a new
    /// one.
    async fn ask_as_user(self: &Rc<Self>, asked: &Asked) -> Result<Answered, JsValue> {
        let call = CallId(self.next_id());
        let mut wanted = Input::TokenWanted { call };
        let mut last = false;
        loop {
            let generation = self.token_for(call, wanted).await?;
            let answered = self.ask_with(asked, Some(generation)).await?;
            if last || !answered.reply().is_token_refused() {
                return Ok(answered);
            }
            wanted = Input::TokenRefused { call, generation };
            last = true;
        }
    }

    /// The URL for which a ticket is requested.
    ///
    /// # Errors
    /// `origin_not_allowed`, if the token may not be sent there.
    fn ticket_target(&self, asked: &Asked) -> Result<String, JsValue> {
        let url = Reflect::get(&asked.body, &"url".into())?.as_string().unwrap_or_default();
        let parsed = Url::new(&url)?;
        if self.targets.allows_ticket(&parsed.origin(), &parsed.pathname()) {
            return Ok(url);
        }
        Err(self.not_allowed(&parsed))
    }

    async fn token_for(self: &Rc<Self>, call: CallId, input: Input) -> Result<Generation, JsValue> {
        let never = AbortController::new()?.signal();
        match self.verdict(call, input, &never).await {
            Verdict::Go(generation) => Ok(generation),
            Verdict::Fail(failure) => Err(self.error(&failure)),
            Verdict::Keep | Verdict::Aborted => Err(self.error(&Failure::service(ErrorCode::InvalidToken))),
        }
    }

    async fn ask_with(&self, asked: &Asked, bearer: Option<Generation>) -> Result<Answered, JsValue> {
        let controller = AbortController::new()?;
        let Asked { method, path, body } = asked;
        let ask = Ask { method: *method, path, body, bearer, keep: false };
        self.ask(ask, &controller).await.map_err(|failure| self.error(&failure))
    }
}

fn ended_scope(scope: &str) -> EndedScope {
    if scope == "global" { EndedScope::Global } else { EndedScope::Local }
}
