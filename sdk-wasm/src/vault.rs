//! What the TypeScript face calls. No method gives a token out, and none takes one.

use alloc::rc::Rc;
use alloc::string::String;

use auth_core::secret::SecretText;
use auth_core::session::{
    CallId, ClientErrorCode, Command, EndedScope, Failure, Generation, Input, LockNumber, OpId, TabMessage,
    Wake,
};
use auth_core::wire::{ErrorCode, paths};
use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, Url};

use crate::host::Host;
use crate::options::Options;
use crate::platform::whole;
use crate::promise::promise;
use crate::service::{Answered, Ask, Method};
use crate::shell::{Shell, Verdict};
use crate::views::{self, joined};
use crate::waiting::Receiver;

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
    pub fn new(
        service: &str,
        api_origins: Option<Array>,
        refresh_ahead_seconds: f64,
        timeout_seconds: f64,
        host: Host,
    ) -> Result<Self, JsValue> {
        let options = Options::read(service, api_origins, refresh_ahead_seconds, timeout_seconds)
            .map_err(|failure| host.error(&failure, &JsValue::UNDEFINED))?;
        Ok(Self { shell: Shell::new(options, host)? })
    }

    /// Restores the session, or tells the service of the sign-out that is still owed.
    pub fn start(&self, owed_sign_out: Option<String>) {
        let owed_sign_out = owed_sign_out.map(|scope| ended_scope(&scope));
        self.shell.feed(Input::Start { owed_sign_out });
    }

    /// `credentials` is the request's JSON.
    #[wasm_bindgen(js_name = signIn)]
    pub fn sign_in(&self, credentials: String) -> Promise {
        self.command(Command::SignIn, credentials)
    }

    /// `credentials` is the request's JSON.
    #[wasm_bindgen(js_name = signUp)]
    pub fn sign_up(&self, credentials: String) -> Promise {
        self.command(Command::SignUp, credentials)
    }

    /// `passwords` is the request's JSON.
    #[wasm_bindgen(js_name = changePassword)]
    pub fn change_password(&self, passwords: String) -> Promise {
        self.command(Command::ChangePassword, passwords)
    }

    /// `proof` is the request's JSON.
    #[wasm_bindgen(js_name = deleteAccount)]
    pub fn delete_account(&self, proof: String) -> Promise {
        self.command(Command::DeleteAccount, proof)
    }

    /// `scope` is one of the contract's; anything else is `local`.
    #[wasm_bindgen(js_name = signOut)]
    pub fn sign_out(&self, scope: &str) -> Promise {
        if scope == "others" {
            return self.command(Command::SignOutOthers, String::from("{\"scope\":\"others\"}"));
        }
        let scope = ended_scope(scope);
        let settled = self.shell.request(None, |op| Input::SignOut { op, scope });
        self.promise(settled)
    }

    /// `fetch`, with the token on it.
    pub fn fetch(&self, input: JsValue, init: JsValue) -> Promise {
        promise(Rc::clone(&self.shell).fetch(input, init))
    }

    /// The user's sessions, as JSON.
    pub fn sessions(&self) -> Promise {
        let shell = Rc::clone(&self.shell);
        promise(async move {
            let answered = shell.ask_as_user(Method::Get, paths::SESSIONS, None).await?;
            let sessions = answered.reply().read_sessions().map_err(|failure| shell.error(&failure))?;
            Ok(views::sessions(&sessions).into())
        })
    }

    /// Ends one of the user's sessions. `id` must be escaped for a path.
    pub fn revoke(&self, id: String) -> Promise {
        let shell = Rc::clone(&self.shell);
        promise(async move {
            let path = joined(&[paths::SESSIONS, "/", &id]);
            let answered = shell.ask_as_user(Method::Delete, &path, None).await?;
            answered.reply().read_done().map_err(|failure| shell.error(&failure))?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// The URL with a one-time ticket in it. `url` must be absolute, without a fragment, as a URL parser wrote it.
    pub fn ticket(&self, url: String) -> Promise {
        let shell = Rc::clone(&self.shell);
        promise(async move {
            let parsed = Url::new(&url)?;
            if !shell.targets.allows_ticket(&parsed.origin(), &parsed.pathname()) {
                return Err(shell.error(&Failure::client(ClientErrorCode::OriginNotAllowed)));
            }
            let body = SecretText::new(views::url(&url));
            let answered = shell.ask_as_user(Method::Post, paths::TICKET, Some(&body)).await?;
            let url = answered.reply().read_ticket(&url).map_err(|failure| shell.error(&failure))?;
            Ok(url.into())
        })
    }

    /// What the browser says: `visible`, `hidden`, `online`, `offline`, or `thawed` out of the back/forward cache.
    pub fn wake(&self, kind: &str) {
        self.shell.feed(Input::Wake(match kind {
            "hidden" => Wake::Hidden,
            "online" => Wake::Online,
            "offline" => Wake::Offline,
            "thawed" => Wake::Thawed,
            _ => Wake::Visible,
        }));
    }

    /// Another tab has spoken. What it says is checked by the face; unknown kinds don't come here.
    pub fn hear(&self, kind: &str, session: Option<String>, ms: Option<f64>) {
        self.shell.feed(Input::Tab(match (kind, session, ms) {
            ("signed-out", session, _) => TabMessage::SignedOut { session },
            ("signed-in", Some(session), _) => TabMessage::SignedIn { session },
            ("refreshing", ..) => TabMessage::Refreshing,
            ("refreshed", ..) => TabMessage::Refreshed,
            ("patience", _, Some(ms)) => TabMessage::Patience { ms: whole(ms) },
            _ => return,
        }));
    }

    /// The lock that the tabs share is this one's.
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
    fn command(&self, command: Command, body: String) -> Promise {
        let settled =
            self.shell.request(Some(SecretText::new(body)), |op: OpId| Input::Command { op, command });
        self.promise(settled)
    }

    fn promise(&self, settled: Receiver<Result<(), Failure>>) -> Promise {
        let shell = Rc::clone(&self.shell);
        promise(async move {
            match settled.await {
                Ok(()) => Ok(JsValue::UNDEFINED),
                Err(failure) => Err(shell.error(&failure)),
            }
        })
    }
}

impl Shell {
    /// A request to the service with the token; after a refusal, once more with a new one.
    async fn ask_as_user(
        self: &Rc<Self>,
        method: Method,
        path: &str,
        body: Option<&SecretText>,
    ) -> Result<Answered, JsValue> {
        let call = CallId(self.next_id());
        let generation = self.token_for(call, Input::TokenWanted { call }).await?;
        let answered = self.ask_with(method, path, body, generation).await?;
        if answered.status != 401 {
            return Ok(answered);
        }
        let generation = self.token_for(call, Input::TokenRefused { call, generation }).await?;
        self.ask_with(method, path, body, generation).await
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
        body: Option<&SecretText>,
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
