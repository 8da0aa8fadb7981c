//! The class that the TypeScript interface calls. No method returns a token, and none takes one.

use std::pin::Pin;
use std::rc::Rc;

use auth_core::session::{
    CallId, ClientErrorCode, Command, EndedScope, Failure, FailureDetails, Generation, Input, LockNumber,
    OpId, Reply, Wake,
};
use auth_core::wire::{ErrorCode, SignOut, SignOutScope, TicketRequest, paths};
use futures_channel::oneshot::Receiver;
use js_sys::{Promise, Reflect};
use serde::de::DeserializeOwned;
use tsify::Ts;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::{AbortController, Url};

use crate::host::Host;
use crate::options::Options;
use crate::service::{Answered, Ask, Body, Json, Method};
use crate::shell::{Shell, Verdict, sign_out_noted};
use crate::views::{SessionInfo, TabNote, VaultOptions, to_js};

/// The value of a promise.
type Read = dyn Fn(Reply<'_, Json>) -> Result<JsValue, Failure>;

/// Types that the declarations below use.
#[wasm_bindgen(typescript_custom_section)]
const IMPORTS: &str = r#"import type { AuthErrorCode, AuthMethod, SessionEndReason } from "./codes.js";"#;

/// A promise of the future's value. Boxed, because `future_to_promise` is compiled once for each type of
/// future.
fn promise(future: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    let future: Pin<Box<dyn Future<Output = _>>> = Box::pin(future);
    future_to_promise(future)
}

/// `invalid_request` for a command's argument, which must have these members, all strings. Its values are not
/// shown.
fn wrong_member(argument: &JsValue, members: &[&str]) -> Failure {
    let value = |name: &str| Reflect::get(argument, &name.into()).unwrap_or_default();
    let wrong = members.iter().copied().find(|name| !value(name).is_string());
    let detail = match wrong {
        Some(name) if value(name).is_undefined() => format!("The field {name} is missing."),
        Some(name) => format!("The field {name} has the wrong type or value."),
        None => String::from("The fields have the wrong types or values."),
    };
    let field = wrong.map(String::from);
    let more = FailureDetails { detail: Some(detail), field, ..FailureDetails::default() };
    Failure { more: Some(Box::new(more)), ..Failure::service(ErrorCode::InvalidRequest) }
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

    /// `POST /auth/sign-in`.
    #[wasm_bindgen(js_name = signIn)]
    pub fn sign_in(
        &self,
        #[wasm_bindgen(unchecked_param_type = "{ email: string; password: string }")] body: JsValue,
    ) -> Promise {
        self.command(Command::SignIn, body, &["email", "password"], Body::Credentials)
    }

    /// `POST /auth/sign-up`.
    #[wasm_bindgen(js_name = signUp)]
    pub fn sign_up(
        &self,
        #[wasm_bindgen(unchecked_param_type = "{ email: string; password: string }")] body: JsValue,
    ) -> Promise {
        self.command(Command::SignUp, body, &["email", "password"], Body::Credentials)
    }

    /// `POST /auth/reauthenticate`.
    pub fn reauthenticate(
        &self,
        #[wasm_bindgen(unchecked_param_type = "{ password: string }")] body: JsValue,
    ) -> Promise {
        self.command(Command::Reauthenticate, body, &["password"], Body::Reauthentication)
    }

    /// `POST /auth/password`.
    #[wasm_bindgen(js_name = changePassword)]
    pub fn change_password(
        &self,
        #[wasm_bindgen(unchecked_param_type = "{ current_password: string; new_password: string }")]
        body: JsValue,
    ) -> Promise {
        self.command(
            Command::ChangePassword,
            body,
            &["current_password", "new_password"],
            Body::PasswordChange,
        )
    }

    /// `DELETE /auth/account`.
    #[wasm_bindgen(js_name = deleteAccount)]
    pub fn delete_account(
        &self,
        #[wasm_bindgen(unchecked_param_type = "{ current_password: string }")] body: JsValue,
    ) -> Promise {
        self.command(Command::DeleteAccount, body, &["current_password"], Body::AccountDeletion)
    }

    /// `scope` is one of the contract's; anything else is `local`.
    #[wasm_bindgen(js_name = signOut)]
    pub fn sign_out(&self, scope: &str) -> Promise {
        if scope == "others" {
            let body = Body::SignOut(SignOut { scope: SignOutScope::Others });
            return self.send(Command::SignOutOthers, body);
        }
        let scope = ended_scope(scope);
        let settled = self.shell.request(None, |op| Input::SignOut { op, scope });
        self.promise(settled)
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

    /// The user's sessions.
    #[wasm_bindgen(unchecked_return_type = "Promise<SessionInfo[]>")]
    pub fn sessions(&self) -> Promise {
        let read = |reply: Reply<'_, Json>| {
            let rows = reply.read_sessions()?;
            Ok(to_js(&rows.into_iter().map(SessionInfo::from).collect::<Vec<_>>()))
        };
        self.ask(Method::Get, String::from(paths::SESSIONS), None, Box::new(read))
    }

    /// Ends one of the user's sessions. `id` must be escaped for a path.
    pub fn revoke(&self, id: &str) -> Promise {
        let read = |reply: Reply<'_, Json>| reply.read_done().map(|()| JsValue::UNDEFINED);
        self.ask(Method::Delete, [paths::SESSIONS, "/", id].concat(), None, Box::new(read))
    }

    /// The URL with a one-time ticket in it. `url` must be absolute, without a fragment, as a URL parser
    /// wrote it.
    #[wasm_bindgen(unchecked_return_type = "Promise<string>")]
    pub fn ticket(&self, url: String) -> Promise {
        if let Err(refusal) = self.shell.allow_ticket(&url) {
            return Promise::reject(&refusal);
        }
        let body = Body::Ticket(TicketRequest { url: url.clone() });
        let read = move |reply: Reply<'_, Json>| reply.read_ticket(&url).map(Into::into);
        self.ask(Method::Post, String::from(paths::TICKET), Some(body), Box::new(read))
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

    /// Drops the token and stops.
    pub fn dispose(&self) {
        self.shell.feed(Input::Dispose);
    }
}

impl Vault {
    /// Reads the page's argument, which has these members, and sends it. An argument of the wrong shape is not
    /// sent.
    fn command<T: DeserializeOwned>(
        &self,
        command: Command,
        argument: JsValue,
        members: &[&str],
        body: impl FnOnce(T) -> Body,
    ) -> Promise {
        match serde_wasm_bindgen::from_value(argument.clone()) {
            Ok(argument) => self.send(command, body(argument)),
            Err(_) => Promise::reject(&self.shell.error(&wrong_member(&argument, members))),
        }
    }

    fn send(&self, command: Command, body: Body) -> Promise {
        let settled = self.shell.request(Some(body), |op: OpId| Input::Command { op, command });
        self.promise(settled)
    }

    /// Sends a request to the service as the user. `read` converts the response.
    fn ask(&self, method: Method, path: String, body: Option<Body>, read: Box<Read>) -> Promise {
        let shell = Rc::clone(&self.shell);
        promise(async move {
            let answered = shell.ask_as_user(method, &path, body.as_ref()).await?;
            read(answered.reply()).map_err(|failure| shell.error(&failure))
        })
    }

    fn promise(&self, settled: Receiver<Result<(), Failure>>) -> Promise {
        let shell = Rc::clone(&self.shell);
        promise(async move {
            match settled.await {
                Ok(Ok(())) => Ok(JsValue::UNDEFINED),
                Ok(Err(failure)) => Err(shell.error(&failure)),
                Err(_) => Err(shell.error(&Failure::client(ClientErrorCode::Disposed))),
            }
        })
    }
}

impl Shell {
    /// Sends a request to the service with the token. If the token is rejected, sends it once more with a new
    /// one.
    async fn ask_as_user(
        self: &Rc<Self>,
        method: Method,
        path: &str,
        body: Option<&Body>,
    ) -> Result<Answered, JsValue> {
        let call = CallId(self.next_id());
        let mut wanted = Input::TokenWanted { call };
        let mut last = false;
        loop {
            let generation = self.token_for(call, wanted).await?;
            let answered = self.ask_with(method, path, body, generation).await?;
            if answered.status != 401 || last {
                return Ok(answered);
            }
            wanted = Input::TokenRefused { call, generation };
            last = true;
        }
    }

    fn allow_ticket(&self, url: &str) -> Result<(), JsValue> {
        let parsed = Url::new(url)?;
        if self.targets.allows_ticket(&parsed.origin(), &parsed.pathname()) {
            return Ok(());
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

    async fn ask_with(
        &self,
        method: Method,
        path: &str,
        body: Option<&Body>,
        generation: Generation,
    ) -> Result<Answered, JsValue> {
        let controller = AbortController::new()?;
        let ask = Ask { method, path, body, bearer: Some(generation), keep: false };
        self.ask(ask, &controller).await.map_err(|failure| self.error(&failure))
    }
}

fn ended_scope(scope: &str) -> EndedScope {
    if scope == "global" { EndedScope::Global } else { EndedScope::Local }
}
