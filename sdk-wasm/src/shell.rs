//! The shell around the machine: inputs are handled one at a time, and effects are carried out in order.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use auth_core::id::SessionId;
use auth_core::secret::SecretText;
use auth_core::session::{
    CallId, ClientErrorCode, Effect, EndedScope, Failure, Generation, HttpMethod, Input, Machine, OpId,
    OwedSignOut, RequestNumber, SeenSession, Snapshot, Targets,
};
use auth_core::wire::paths;
use futures_channel::oneshot::Receiver;
use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortController, AbortSignal};

use crate::host::Host;
use crate::options::Options;
use crate::platform::{jitter, now, to_js_number};
use crate::service::{Ask, read};
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

/// A request of the page. A command may be sent twice, so it is kept until it is settled.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) method: HttpMethod,
    pub(crate) path: String,
    /// An object, or `undefined`.
    pub(crate) body: JsValue,
}

pub(crate) struct Shell {
    pub(crate) host: Host,
    pub(crate) targets: Targets,
    pub(crate) timeout_ms: u64,
    /// Whether the page lets the user step up.
    pub(crate) steps_up: bool,
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
    asked: RefCell<Vec<(OpId, Asked)>>,
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
            steps_up: options.steps_up,
            may_be_unlisted: Cell::new(options.cross_origin),
            token: TokenCell::default(),
            timers: Timers::default(),
            calls: Waiting::new(),
            cause: RefCell::new(JsValue::UNDEFINED),
            machine: RefCell::new(Machine::new(options.config)),
            inbox: RefCell::default(),
            working: Cell::new(false),
            ops: Waiting::new(),
            asked: RefCell::default(),
            under_way: RefCell::default(),
            session: RefCell::new(AbortController::new()?),
            last_id: Cell::new(0),
        }))
    }

    pub(crate) fn next_id(&self) -> u32 {
        self.last_id.set(self.last_id.get().wrapping_add(1));
        self.last_id.get()
    }

    /// Whether a second factor would be proved in the current session.
    pub(crate) fn proves_in_session(&self) -> bool {
        self.machine.borrow().proves_in_session()
    }

    /// Sends a command that has a promise.
    pub(crate) fn request(
        self: &Rc<Self>,
        asked: Option<Asked>,
        input: impl FnOnce(OpId) -> Input,
    ) -> Receiver<Result<(), Failure>> {
        let op = OpId(self.next_id());
        let receiver = self.ops.add(op);
        if let Some(asked) = asked {
            self.asked.borrow_mut().push((op, asked));
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
                self.send(request, post(paths::REFRESH, JsValue::UNDEFINED), None, false);
            }
            Effect::Send { request, op, command: _, bearer } => {
                if let Some(asked) = self.asked_as(op) {
                    self.send(request, asked, bearer, false);
                }
            }
            Effect::SignOut { request, scope } => {
                let body = object(&[("scope", scope_name(scope).into())]);
                self.send(request, post(paths::SIGN_OUT, body), None, true);
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
            Effect::AskStepUp { number, required } => {
                let methods = required.methods.iter().map(|method| JsValue::from(method.as_str()));
                let required = object(&[
                    ("acr", required.acr.into()),
                    ("maxAge", required.max_age_s.map(to_js_number).into()),
                    ("methods", methods.collect::<Array>().into()),
                ]);
                self.host.ask_step_up(number.0, &required);
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

    fn send(self: &Rc<Self>, request: RequestNumber, asked: Asked, bearer: Option<Generation>, keep: bool) {
        let Ok(controller) = AbortController::new() else { return };
        self.under_way.borrow_mut().push((request, controller.clone()));
        let shell = Rc::clone(self);
        spawn_local(async move {
            let Asked { method, path, body } = &asked;
            let ask = Ask { method: *method, path, body, bearer, keep };
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

    fn asked_as(&self, op: OpId) -> Option<Asked> {
        self.asked.borrow().iter().find(|(known, _)| *known == op).map(|(_, asked)| asked.clone())
    }

    fn settle(&self, op: OpId, result: Result<(), Failure>) {
        self.asked.borrow_mut().retain(|(known, _)| *known != op);
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
        let snapshot =
            to_js(&views::Snapshot { status: status.as_str(), expires_at: token_expires_at_ms, refreshes });
        // The text is one that this vault has written.
        let session = session.and_then(|SeenSession { view, .. }| JSON::parse(&view).ok());
        self.host.notify(&snapshot, &session.unwrap_or_default(), &error);
    }
}

fn post(path: &str, body: JsValue) -> Asked {
    Asked { method: HttpMethod::Post, path: path.to_owned(), body }
}

/// A JavaScript object with these members.
pub(crate) fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in members {
        // Setting a member of an object of our own does not fail.
        Reflect::set(&object, &(*name).into(), value).ok();
    }
    object.into()
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
