//! What the TypeScript face calls. No method gives a token out, and none takes one.

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;

use auth_core::secret::SecretText;
use auth_core::session::{
    CallId, ClientErrorCode, Command, EndedScope, Failure, Generation, Input, LockNumber, OpId, Reply,
    TabMessage, Wake,
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
use crate::shell::{Shell, Verdict, sign_out_noted};
use crate::views::{self, joined};
use crate::waiting::Receiver;

/// What an answer comes to.
type Read = dyn Fn(Reply<'_>) -> Result<JsValue, Failure>;

/// One client's vault.
#[wasm_bindgen]
pub struct Vault {
    shell: Rc<Shell>,
}

#[wasm_bindgen]
impl Vault {
    /// `elsewhere`: the service is on another origin than the page.
    ///
    /// # Errors
    /// An `AuthError` with the code `invalid_options`, for a text that is no origin.
    #[wasm_bindgen(constructor)]
    pub fn new(
        service: &str,
        api_origins: Option<Array>,
        refresh_ahead_seconds: f64,
        timeout_seconds: f64,
        elsewhere: bool,
        host: Host,
    ) -> Result<Self, JsValue> {
        let options = Options::read(service, api_origins, refresh_ahead_seconds, timeout_seconds, elsewhere)
            .map_err(|failure| host.error(&failure, &JsValue::UNDEFINED))?;
        Ok(Self { shell: Shell::new(options, host)? })
    }

    /// Restores the session, or tells the service of the sign-out that is still owed.
    ///
    /// `note` is what `remember` was given last.
    pub fn start(&self, note: Option<String>) {
        let owed_sign_out = note.map(|note| sign_out_noted(&note));
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

    /// `proof` is the request's JSON.
    pub fn reauthenticate(&self, proof: String) -> Promise {
        self.command(Command::Reauthenticate, proof)
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
        let read = |reply: Reply<'_>| reply.read_sessions().map(|sessions| views::sessions(&sessions).into());
        self.ask(Method::Get, String::from(paths::SESSIONS), None, Box::new(read))
    }

    /// Ends one of the user's sessions. `id` must be escaped for a path.
    pub fn revoke(&self, id: &str) -> Promise {
        let read = |reply: Reply<'_>| reply.read_done().map(|()| JsValue::UNDEFINED);
        self.ask(Method::Delete, joined(&[paths::SESSIONS, "/", id]), None, Box::new(read))
    }

    /// The URL with a one-time ticket in it. `url` must be absolute, without a fragment, as a URL parser wrote it.
    pub fn ticket(&self, url: String) -> Promise {
        if let Err(refusal) = self.shell.allow_ticket(&url) {
            return Promise::reject(&refusal);
        }
        let body = SecretText::new(views::url(&url));
        let read = move |reply: Reply<'_>| reply.read_ticket(&url).map(Into::into);
        self.ask(Method::Post, String::from(paths::TICKET), Some(body), Box::new(read))
    }

    /// What the browser says: `visible`, `hidden`, `online`, `offline`, or `thawed` out of the back/forward cache. Or
    /// `noted`: the note that the host was asked for is there.
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

    /// A message of another tab. Its shape has been checked by `tabs.ts`; unknown kinds don't come here.
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

    /// Asks the service as the user. `read` says what the answer comes to.
    fn ask(&self, method: Method, path: String, body: Option<SecretText>, read: Box<Read>) -> Promise {
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
        Err(self.error(&Failure::client(ClientErrorCode::OriginNotAllowed)))
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
