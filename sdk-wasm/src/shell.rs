//! The shell around the machine: inputs are handled one at a time, and effects are carried out in order.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use auth_core::id::SessionId;
use auth_core::secret::SecretText;
use auth_core::session::{
    CallId, ClientErrorCode, Command, Effect, EndedScope, Failure, Generation, Input, Machine, OpId,
    OwedSignOut, RequestNumber, Snapshot, Targets,
};
use auth_core::wire::{SignOut, SignOutScope, paths};
use futures_channel::oneshot::Receiver;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortController, AbortSignal};

use crate::host::Host;
use crate::options::Options;
use crate::platform::{jitter, now};
use crate::service::{Ask, Body, Method, read};
use crate::timers::Timers;
use crate::token::TokenCell;
use crate::views::{self, TabNote, to_js};
use crate::waiting::Waiting;

/// The decision about a call.
pub(crate) enum Verdict {
    /// Send it with this token.
    Go(Generation),
    /// Return its 401 to the caller.
    Keep,
    /// Don't send it.
    Fail(Failure),
    /// The caller aborted it.
    Aborted,
}

pub(crate) struct Shell {
    pub(crate) host: Host,
    pub(crate) targets: Targets,
    pub(crate) timeout_ms: u64,
    /// The service may reject this page's origin: it is on another one, and the page has read no response of
    /// it yet.
    pub(crate) may_be_unlisted: Cell<bool>,
    pub(crate) token: TokenCell,
    pub(crate) timers: Timers,
    pub(crate) calls: Waiting<CallId, Verdict>,
    /// The error of the last failed request to the service.
    pub(crate) cause: RefCell<JsValue>,
    machine: RefCell<Machine>,
    inbox: RefCell<VecDeque<(Input, Option<SecretText>)>>,
    working: Cell<bool>,
    ops: Waiting<OpId, Result<(), Failure>>,
    bodies: RefCell<Vec<(OpId, Body)>>,
    under_way: RefCell<Vec<(RequestNumber, AbortController)>>,
    /// Aborts the session's calls.
    session: RefCell<AbortController>,
    last_id: Cell<u32>,
}

impl Shell {
    pub(crate) fn new(options: Options, host: Host) -> Result<Rc<Self>, JsValue> {
        Ok(Rc::new(Self {
            host,
            targets: options.targets,
            timeout_ms: options.timeout_ms,
            may_be_unlisted: Cell::new(options.cross_origin),
            token: TokenCell::default(),
            timers: Timers::default(),
            calls: Waiting::new(),
            cause: RefCell::new(JsValue::UNDEFINED),
            machine: RefCell::new(Machine::new(options.config)),
            inbox: RefCell::default(),
            working: Cell::new(false),
            ops: Waiting::new(),
            bodies: RefCell::default(),
            under_way: RefCell::default(),
            session: RefCell::new(AbortController::new()?),
            last_id: Cell::new(0),
        }))
    }

    pub(crate) fn next_id(&self) -> u32 {
        self.last_id.set(self.last_id.get().wrapping_add(1));
        self.last_id.get()
    }

    /// Sends a command that has a promise.
    pub(crate) fn request(
        self: &Rc<Self>,
        body: Option<Body>,
        input: impl FnOnce(OpId) -> Input,
    ) -> Receiver<Result<(), Failure>> {
        let op = OpId(self.next_id());
        let receiver = self.ops.add(op);
        if let Some(body) = body {
            self.bodies.borrow_mut().push((op, body));
        }
        self.feed(input(op));
        receiver
    }

    /// The signal that ends with the session.
    pub(crate) fn session_signal(&self) -> AbortSignal {
        self.session.borrow().signal()
    }

    pub(crate) fn feed(self: &Rc<Self>, input: Input) {
        self.feed_with(input, None);
    }

    /// Handles an input. An input that arrives while effects are being carried out, for example from a
    /// listener, is queued.
    fn feed_with(self: &Rc<Self>, input: Input, token: Option<SecretText>) {
        self.inbox.borrow_mut().push_back((input, token));
        if self.working.replace(true) {
            return;
        }
        while let Some((input, mut token)) = self.next_input() {
            let effects = self.machine.borrow_mut().handle(now(), jitter(), input);
            for effect in effects {
                self.carry_out(effect, &mut token);
            }
        }
        self.working.set(false);
    }

    fn next_input(&self) -> Option<(Input, Option<SecretText>)> {
        self.inbox.borrow_mut().pop_front()
    }

    fn carry_out(self: &Rc<Self>, effect: Effect, token: &mut Option<SecretText>) {
        match effect {
            Effect::Refresh { request } => {
                self.send(request, (Method::Post, paths::REFRESH), None, None, false);
            }
            Effect::Send { request, op, command, bearer } => {
                let body = self.body_of(op);
                self.send(request, request_of(command), body, bearer, false);
            }
            Effect::SignOut { request, scope } => {
                let scope = match scope {
                    EndedScope::Local => SignOutScope::Local,
                    EndedScope::Global => SignOutScope::Global,
                };
                let body = Body::SignOut(SignOut { scope });
                self.send(request, (Method::Post, paths::SIGN_OUT), Some(body), None, true);
            }
            Effect::Abort { request } => {
                if let Some(controller) = self.end_request(request) {
                    controller.abort();
                }
            }
            Effect::SetTimer { timer, at_ms } => self.timers.set(self, timer, at_ms),
            Effect::CancelTimer { timer } => self.timers.cancel(timer),
            Effect::StoreToken { generation, request: _ } => {
                if let Some(token) = token.take() {
                    self.token.store(generation, &token);
                }
            }
            Effect::DropToken => self.token.clear(),
            Effect::EndCalls => self.end_calls(),
            Effect::Release { calls, generation } => {
                for call in calls {
                    self.calls.answer(call, Verdict::Go(generation));
                }
            }
            Effect::Fail { calls, failure } => {
                for call in calls {
                    self.calls.answer(call, Verdict::Fail(failure.clone()));
                }
            }
            Effect::KeepAnswer { call } => self.calls.answer(call, Verdict::Keep),
            Effect::Resolve { op } => self.settle(op, Ok(())),
            Effect::Reject { op, failure } => self.settle(op, Err(failure)),
            Effect::AskLock { lock } => self.host.ask_lock(lock.0),
            Effect::ReleaseLock { lock } => self.host.release_lock(lock.0),
            Effect::Broadcast(message) => self.host.broadcast(&to_js(&TabNote::from(&message))),
            Effect::RememberSignOut(owed) => self.host.remember(Some(&note_of(&owed))),
            Effect::ForgetSignOut => self.host.remember(None),
            Effect::CheckSignOutNote => self.host.check_note(),
            Effect::Notify => self.notify(),
        }
    }

    fn send(
        self: &Rc<Self>,
        request: RequestNumber,
        (method, path): (Method, &'static str),
        body: Option<Body>,
        bearer: Option<Generation>,
        keep: bool,
    ) {
        let Ok(controller) = AbortController::new() else { return };
        self.under_way.borrow_mut().push((request, controller.clone()));
        let shell = Rc::clone(self);
        spawn_local(async move {
            let ask = Ask { method, path, body: body.as_ref(), bearer, keep };
            let (answer, token) = read(shell.ask(ask, &controller).await);
            shell.end_request(request);
            shell.feed_with(Input::Answered { request, answer }, token);
        });
    }

    fn end_request(&self, request: RequestNumber) -> Option<AbortController> {
        let mut under_way = self.under_way.borrow_mut();
        let at = under_way.iter().position(|(known, _)| *known == request)?;
        Some(under_way.swap_remove(at).1)
    }

    /// A command may be sent twice, so its body is kept until it is settled.
    fn body_of(&self, op: OpId) -> Option<Body> {
        self.bodies.borrow().iter().find(|(known, _)| *known == op).map(|(_, body)| body.clone())
    }

    fn settle(&self, op: OpId, result: Result<(), Failure>) {
        self.bodies.borrow_mut().retain(|(known, _)| *known != op);
        self.ops.answer(op, result);
    }

    fn end_calls(&self) {
        let over = self.host.error(&Failure::client(ClientErrorCode::SignedOut), &JsValue::UNDEFINED);
        if let Ok(next) = AbortController::new() {
            let ended = self.session.replace(next);
            ended.abort_with_reason(&over);
        }
    }

    /// The `AuthError` for a failure, with the network's error as its cause if there was one.
    pub(crate) fn error(&self, failure: &Failure) -> JsValue {
        let network = failure.code == auth_core::session::Code::Client(ClientErrorCode::Network);
        let cause = if network { self.cause.borrow().clone() } else { JsValue::UNDEFINED };
        self.host.error(failure, &cause)
    }

    fn notify(&self) {
        let Snapshot { status, session, token_expires_at_ms, refreshes, last_error } =
            self.machine.borrow().snapshot().clone();
        let error = last_error.map_or(JsValue::NULL, |failure| self.error(&failure));
        let snapshot = views::Snapshot {
            status: status.as_str(),
            session: session.as_ref().map(Into::into),
            expires_at: token_expires_at_ms,
            refreshes,
        };
        self.host.notify(&to_js(&snapshot), &error);
    }
}

const fn request_of(command: Command) -> (Method, &'static str) {
    match command {
        Command::SignIn => (Method::Post, paths::SIGN_IN),
        Command::SignUp => (Method::Post, paths::SIGN_UP),
        Command::Reauthenticate => (Method::Post, paths::REAUTHENTICATE),
        Command::ChangePassword => (Method::Post, paths::PASSWORD),
        Command::SignOutOthers => (Method::Post, paths::SIGN_OUT),
        Command::DeleteAccount => (Method::Delete, paths::ACCOUNT),
    }
}

/// The note of a pending sign-out; [`sign_out_noted`] reads it.
fn note_of(owed: &OwedSignOut) -> String {
    [scope_name(owed.scope), " ", owed.session.as_ref().map(SessionId::as_str).unwrap_or_default()].concat()
}

/// The content of a note: the scope, and the session's id if it was known. Any other text means a sign-out of
/// the current session.
pub(crate) fn sign_out_noted(note: &str) -> OwedSignOut {
    let mut words = note.splitn(2, ' ');
    let scope = words.next().unwrap_or_default();
    OwedSignOut {
        scope: if scope == "global" { EndedScope::Global } else { EndedScope::Local },
        session: words.next().filter(|session| !session.is_empty()).map(SessionId::from),
    }
}

const fn scope_name(scope: EndedScope) -> &'static str {
    match scope {
        EndedScope::Local => "local",
        EndedScope::Global => "global",
    }
}
