//! Plays the shell, the browser and the service against the machine.

use std::collections::{HashMap, HashSet};

use super::event::{Event, Reply};
use crate::session::{
    Answer, CallId, ClientErrorCode, Code, Command, Config, Effect, EndedScope, Failure, Generation, Grant,
    Input, Jitter, LockNumber, Machine, Now, OpId, OwedSignOut, RequestNumber, Status, TabMessage, Timer,
    Wake,
};
use crate::time::UnixTime;
use crate::wire::{ErrorCode, SessionEndReason, SessionView, UserView};

/// The behaviour of the browser's locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Locks {
    /// They are granted at once.
    Free,
    /// They are granted and taken away by events only.
    Chaotic,
    /// The browser has no locks.
    Absent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Refresh,
    Command(Command),
    SignOut,
}

pub(super) struct World {
    pub(super) machine: Machine,
    pub(super) now: Now,
    /// All requests so far, in order.
    pub(super) requests: Vec<(RequestNumber, Kind)>,
    /// The requests that are neither answered nor aborted.
    pub(super) open: HashSet<RequestNumber>,
    /// The requests sent before the last sign-out.
    pub(super) overtaken: HashSet<RequestNumber>,
    /// The calls that wait for a response.
    pub(super) calls: HashSet<CallId>,
    pub(super) ops: HashSet<OpId>,
    /// The token with which each call was sent.
    pub(super) sent: Vec<(CallId, Generation)>,
    /// The token that the shell stores.
    pub(super) stored: Option<Generation>,
    pub(super) newest: Generation,
    pub(super) next_id: u32,
    pub(super) started: bool,
    /// Whether no user has signed in since the last sign-out in this tab.
    pub(super) out: bool,
    /// Whether something has happened since that may have begun a session in another tab.
    pub(super) may_ask: bool,
    pub(super) replies: HashMap<RequestNumber, Reply>,
    /// The shell's timers, by the monotonic clock.
    pub(super) timers: HashMap<Timer, u64>,
    pub(super) locks: Locks,
    /// All requests for the lock so far.
    pub(super) asked: Vec<LockNumber>,
    /// The request that waits, and since when.
    pub(super) asking: Option<(LockNumber, u64)>,
    pub(super) held: Option<LockNumber>,
    pub(super) hidden: bool,
    /// Whether a sign-out is pending; `None`: unknown, because of another tab's message.
    pub(super) owes: Option<bool>,
    pub(super) disposed: bool,
    /// Whether the service is on another origin, so that a sign-in is resolved by the refresh after it.
    pub(super) elsewhere: bool,
    /// The operations of sign-ins and sign-ups.
    pub(super) beginning: HashSet<OpId>,
    /// Whether a refresh has brought a token.
    pub(super) cookie_came: bool,
    /// Whether the service has rejected a request as a forgery, which on another origin means a blocked
    /// cookie.
    pub(super) another_site: bool,
    /// The reply that the machine is handling.
    pub(super) answering: Option<(Kind, Reply)>,
    /// Whether another tab has announced a sign-out.
    pub(super) announced: bool,
}

impl World {
    pub(super) fn new(locks: Locks, elsewhere: bool) -> Self {
        Self {
            timers: HashMap::new(),
            locks,
            asked: Vec::new(),
            asking: None,
            held: None,
            hidden: false,
            owes: Some(false),
            disposed: false,
            elsewhere,
            beginning: HashSet::new(),
            cookie_came: false,
            another_site: false,
            answering: None,
            announced: false,
            machine: Machine::new(Config { cookie_may_be_blocked: elsewhere, ..Config::default() }),
            now: Now { monotonic_ms: 5_000, wall_ms: 1_700_000_000_000 },
            requests: Vec::new(),
            open: HashSet::new(),
            overtaken: HashSet::new(),
            calls: HashSet::new(),
            ops: HashSet::new(),
            sent: Vec::new(),
            stored: None,
            newest: Generation(0),
            next_id: 0,
            started: false,
            out: false,
            may_ask: false,
            replies: HashMap::new(),
        }
    }

    fn id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id
    }

    pub(super) fn play(&mut self, event: Event) {
        match event {
            Event::Start { owed } => {
                if owed && !self.started {
                    self.out = true;
                    self.owes = Some(true);
                }
                self.started = true;
                let owed_sign_out = owed.then_some(OwedSignOut { scope: EndedScope::Local, session: None });
                self.feed(Input::Start { owed_sign_out });
            }
            Event::Call => {
                let call = CallId(self.id());
                self.calls.insert(call);
                self.feed(Input::TokenWanted { call });
            }
            Event::Refuse { call } => {
                if !self.sent.is_empty() {
                    let (call, generation) = self.sent.remove(call % self.sent.len());
                    self.calls.insert(call);
                    self.feed(Input::TokenRefused { call, generation });
                }
            }
            Event::AbortCall { call } => {
                let mut waiting: Vec<_> = self.calls.iter().copied().collect();
                waiting.sort_by_key(|call| call.0);
                if !waiting.is_empty() {
                    let call = waiting[call % waiting.len()];
                    self.calls.remove(&call);
                    self.feed(Input::CallAborted { call });
                }
            }
            Event::Command(command) => {
                let op = OpId(self.id());
                self.ops.insert(op);
                if matches!(command, Command::SignIn | Command::SignUp) {
                    self.beginning.insert(op);
                }
                self.feed(Input::Command { op, command });
            }
            Event::SignOut(scope) => {
                let op = OpId(self.id());
                self.ops.insert(op);
                self.out = true;
                self.may_ask = false;
                self.started = true;
                self.overtaken = self.requests.iter().map(|(request, _)| *request).collect();
                self.feed(Input::SignOut { op, scope });
                assert_eq!(self.machine.snapshot().status, Status::SignedOut);
                assert_eq!(self.stored, None, "the token is gone at once");
            }
            Event::Answer { request, with } => {
                if !self.requests.is_empty() {
                    let (request, kind) = self.requests[request % self.requests.len()];
                    self.answer(request, kind, with);
                }
            }
            Event::Timer(timer) => self.fire(timer),
            Event::Wake(wake) => {
                self.may_ask |= wake == Wake::Thawed;
                match wake {
                    Wake::Hidden => self.hidden = true,
                    Wake::Visible | Wake::Thawed => self.hidden = false,
                    Wake::Online | Wake::Offline => {}
                }
                self.feed(Input::Wake(wake));
            }
            Event::TabHint(hint) => self.hear(hint),
            Event::Noted => self.feed(Input::SignOutNoted),
            Event::Grant { lock } => {
                if let Some(lock) = pick(&self.asked, lock) {
                    self.grant(lock);
                }
            }
            Event::Take { lock } => {
                if let Some(lock) = pick(&self.asked, lock) {
                    self.take_lock(lock);
                }
            }
            Event::TabSignedIn { user } => {
                self.may_ask = true;
                self.owes = None;
                self.hear(TabMessage::SignedIn { session: format!("s-{user}").into() });
            }
            Event::TabSignedOut { user } => {
                self.hear(TabMessage::SignedOut { session: user.map(|user| format!("s-{user}").into()) });
            }
            Event::Time { monotonic_ms, wall_ms } => {
                self.now.monotonic_ms += u64::from(monotonic_ms);
                self.now.wall_ms = self.now.wall_ms.saturating_add_signed(wall_ms);
            }
        }
    }

    /// A message of another tab arrives. By itself it begins and ends nothing.
    pub(super) fn hear(&mut self, message: TabMessage) {
        let before = self.machine.snapshot().clone();
        self.announced |= matches!(message, TabMessage::SignedOut { .. });
        self.feed(Input::Tab(message));
        let after = self.machine.snapshot();
        if before.status == Status::Offline && self.announced {
            assert!(after.session.is_none() || after.session == before.session);
        } else {
            assert_eq!(after.session, before.session, "a message alone begins and ends nothing");
        }
    }

    fn fire(&mut self, timer: Timer) {
        self.timers.remove(&timer);
        self.feed(Input::Timer(timer));
    }

    fn grant(&mut self, lock: LockNumber) {
        if self.asking.is_some_and(|(asking, _)| asking == lock) {
            self.asking = None;
            self.held = Some(lock);
        }
        self.feed(Input::LockGranted { lock });
    }

    fn take_lock(&mut self, lock: LockNumber) {
        self.asking.take_if(|(asking, _)| *asking == lock);
        self.held.take_if(|held| *held == lock);
        self.feed(Input::LockLost { lock });
    }

    pub(super) fn answer(&mut self, request: RequestNumber, kind: Kind, with: Reply) {
        let current = self.open.remove(&request);
        let before = self.machine.snapshot().clone();
        self.replies.insert(request, with);
        let answer = match with {
            Reply::Granted { user, expires_in_s } => {
                Answer::Granted(Grant { expires_in_s, session: session(user) })
            }
            Reply::Empty => Answer::Empty,
            Reply::Ended => Answer::Ended(SessionEndReason::Revoked),
            Reply::Failed(code) => Answer::Failed(Failure::client(code)),
            // What `Reply::read` makes of the rejection of a page of another site.
            Reply::Refused(ErrorCode::RequestForgery, retry_after_ms) if self.elsewhere => {
                let blocked = Failure::client(ClientErrorCode::CookieBlocked);
                Answer::Failed(Failure { status: Some(403), retry_after_ms, ..blocked })
            }
            Reply::Refused(code, retry_after_ms) => {
                Answer::Failed(Failure { retry_after_ms, ..Failure::service(code) })
            }
        };
        self.another_site |= current && matches!(with, Reply::Refused(ErrorCode::RequestForgery, _));
        self.answering = current.then_some((kind, with));
        self.feed(Input::Answered { request, answer });
        self.cookie_came |= matches!(self.answering.take(), Some((Kind::Refresh, Reply::Granted { .. })));
        let after = self.machine.snapshot();
        if !current || self.overtaken.contains(&request) {
            assert_eq!(before.session, after.session, "a stale answer changes nothing");
        }
        let may_end = match with {
            Reply::Ended => kind != Kind::Command(Command::SignIn) && kind != Kind::Command(Command::SignUp),
            // Deleting the account has ended the session too.
            Reply::Empty => kind == Kind::Refresh || kind == Kind::Command(Command::DeleteAccount),
            // Another tab has announced a sign-out, and the service can't be asked.
            Reply::Failed(_) | Reply::Refused(..) => kind == Kind::Refresh && self.announced,
            Reply::Granted { .. } => false,
        };
        if before.session.is_some() && after.session.is_none() {
            assert!(may_end, "{with:?} to {kind:?} ended a session");
            if kind == Kind::Command(Command::DeleteAccount) && matches!(with, Reply::Empty) {
                self.out = true;
                self.may_ask = false;
                let sent_since = |request: &RequestNumber| self.open.contains(request);
                let all = self.requests.iter().map(|(request, _)| *request);
                self.overtaken = all.filter(|request| !sent_since(request)).collect();
                assert_eq!(self.stored, None, "the token is gone at once");
            }
        }
    }

    pub(super) fn feed(&mut self, input: Input) {
        let effects = self.machine.handle(self.now, Jitter(30_000), input);
        for effect in effects {
            self.carry_out(effect);
        }
        self.check();
        match (self.locks, self.asking) {
            (Locks::Free, Some((lock, _))) => self.grant(lock),
            (Locks::Absent, Some((lock, _))) => self.take_lock(lock),
            (Locks::Chaotic, _) | (_, None) => {}
        }
    }

    /// The invariants after every input.
    fn check(&self) {
        assert!(self.open.len() <= 1, "the lane holds one request");
        if self.out {
            assert_eq!(self.stored, None, "a sign-out wins");
        }
        let refreshes = |request: &RequestNumber| self.requests.contains(&(*request, Kind::Refresh));
        if self.held.is_some() {
            assert!(self.open.iter().any(refreshes), "the lock is kept from others for nothing");
        }
        if let Some((_, since)) = self.asking {
            assert!(
                self.now.monotonic_ms < since + 5_000,
                "check 51: a tab waits for another tab for at most 5 s"
            );
            let turn = self.timers.get(&Timer::Turn);
            assert!(turn.is_some_and(|at| *at <= since + 5_000), "check 51: nothing ends the wait");
        }
        if self.disposed {
            assert!(
                self.calls.is_empty() && self.ops.is_empty(),
                "every call and operation has been answered"
            );
            assert!(self.open.is_empty() && self.asking.is_none(), "nothing is left to do");
        } else if self.started && self.open.is_empty() {
            self.check_alarms();
        }
    }

    /// If nothing is in progress, everything that is still to happen has a timer.
    fn check_alarms(&self) {
        let someone_waits = !self.calls.is_empty() || !self.ops.is_empty();
        assert!(
            !someone_waits || !self.timers.is_empty(),
            "{:?} and {:?} wait for nothing",
            self.calls,
            self.ops
        );
        let refresh = self.timers.contains_key(&Timer::Refresh) || self.timers.contains_key(&Timer::Turn);
        let status = self.machine.snapshot().status;
        let renews = match status {
            Status::SignedOut => false,
            // A hidden page renews when it is used.
            Status::SignedIn | Status::Offline => !self.hidden || self.stored.is_none(),
            Status::Loading => true,
        };
        assert!(!renews || refresh, "{status:?}, and no refresh will ever come");
        assert!(
            self.owes != Some(true) || self.timers.contains_key(&Timer::SignOut),
            "a sign-out is forgotten"
        );
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Refresh { request } => {
                assert!(!self.out || self.may_ask, "a sign-out is followed by no refresh");
                assert!(self.asking.is_none(), "it asks for a lock and doesn't wait for it");
                self.depart(request, Kind::Refresh);
            }
            Effect::SignOut { request, .. } => self.depart(request, Kind::SignOut),
            Effect::Send { request, op, command, bearer } => {
                assert!(self.ops.contains(&op), "no operation {op:?} is pending");
                assert!(bearer.is_none() || bearer == self.stored);
                self.depart(request, Kind::Command(command));
            }
            Effect::Abort { request } => {
                assert!(self.open.remove(&request), "aborted what isn't under way");
            }
            Effect::StoreToken { request, generation } => {
                assert!(generation > self.newest, "freshness only moves forward");
                assert!(!self.overtaken.contains(&request), "a sign-out wins over what was under way");
                assert!(matches!(self.replies.get(&request), Some(Reply::Granted { .. })));
                self.newest = generation;
                self.stored = Some(generation);
                self.out = false;
            }
            Effect::DropToken => self.stored = None,
            Effect::Release { calls, generation } => {
                assert_eq!(self.stored, Some(generation), "released with a token that isn't there");
                for call in calls {
                    assert!(self.calls.remove(&call), "{call:?} was answered twice");
                    self.sent.push((call, generation));
                }
            }
            Effect::Fail { calls, .. } => {
                for call in calls {
                    assert!(self.calls.remove(&call), "{call:?} was answered twice");
                }
            }
            Effect::KeepAnswer { call } => assert!(self.calls.remove(&call), "{call:?} was answered twice"),
            Effect::Resolve { op } => {
                assert!(self.ops.remove(&op), "{op:?} was answered twice");
                let asked =
                    matches!(self.answering, Some((Kind::Refresh, with)) if !matches!(with, Reply::Empty));
                assert!(
                    !self.elsewhere || self.cookie_came || asked || !self.beginning.contains(&op),
                    "{op:?} began a session although the browser did not keep its cookie"
                );
            }
            Effect::Reject { op, failure } => {
                assert!(self.ops.remove(&op), "{op:?} was answered twice");
                if failure.code == Code::Client(ClientErrorCode::CookieBlocked) {
                    assert!(self.elsewhere);
                    if failure.status.is_none() {
                        assert!(matches!(self.answering, Some((Kind::Refresh, Reply::Empty))));
                        assert!(self.beginning.contains(&op));
                    } else {
                        assert!(
                            self.another_site,
                            "cookie_blocked although the page is on the service's site"
                        );
                    }
                }
            }
            Effect::EndCalls => self.sent.clear(),
            Effect::SetTimer { timer, at_ms } => {
                self.timers.insert(timer, at_ms);
            }
            Effect::CancelTimer { timer } => {
                assert!(self.timers.remove(&timer).is_some(), "{timer:?} isn't running");
            }
            Effect::AskLock { lock } => {
                assert!(self.asking.is_none() && self.held.is_none(), "it asks for what it has");
                assert!(!self.asked.contains(&lock), "a number used twice");
                self.asked.push(lock);
                self.asking = Some((lock, self.now.monotonic_ms));
            }
            Effect::ReleaseLock { lock } => {
                self.asking.take_if(|(asking, _)| *asking == lock);
                self.held.take_if(|held| *held == lock);
            }
            Effect::RememberSignOut(_) => self.owes = Some(true),
            Effect::CheckSignOutNote => {}
            Effect::ForgetSignOut => self.owes = Some(false),
            Effect::Broadcast(_) | Effect::Notify => {}
        }
    }

    fn depart(&mut self, request: RequestNumber, kind: Kind) {
        assert!(!self.requests.iter().any(|(known, _)| *known == request), "a number used twice");
        self.requests.push((request, kind));
        self.open.insert(request);
    }

    /// Answers all requests in progress, and those that follow. Returns their number.
    pub(super) fn answer_all(&mut self, with: Reply) -> u64 {
        let mut answered = 0;
        while let Some((request, kind)) =
            self.requests.iter().find(|(request, _)| self.open.contains(request)).copied()
        {
            answered += 1;
            assert!(answered < 100, "each answer causes the next request");
            self.answer(request, kind, with);
        }
        answered
    }

    /// The network works again, and every request is answered; locks behave as before. Nothing else happens,
    /// except that the machine's timers fire. Then no caller may still be waiting after the longest
    /// `Retry-After` that the machine obeys.
    pub(super) fn calm_down(&mut self) {
        self.play(Event::Start { owed: false });
        let until_ms = self.now.monotonic_ms + 2 * 3_700_000;
        for _ in 0..200 {
            let under_way = self.requests.iter().find(|(request, _)| self.open.contains(request)).copied();
            match under_way {
                Some((request, Kind::SignOut | Kind::Command(Command::SignOutOthers))) => {
                    self.answer(request, Kind::SignOut, Reply::Empty);
                }
                Some((request, kind)) => {
                    self.answer(request, kind, Reply::Granted { user: 0, expires_in_s: 300 });
                }
                None if self.calls.is_empty() && self.ops.is_empty() => return,
                None => {
                    let (timer, at_ms) = self.next_timer().expect("a caller waits, and no timer runs");
                    assert!(at_ms <= until_ms, "they wait for too long");
                    self.now.monotonic_ms = self.now.monotonic_ms.max(at_ms);
                    self.fire(timer);
                }
            }
        }
        panic!("{:?} and {:?} wait for ever", self.calls, self.ops);
    }

    /// Advances both clocks, and fires the timers in order.
    pub(super) fn pass(&mut self, ms: u32) {
        let until_ms = self.now.monotonic_ms + u64::from(ms);
        let mut fired = 0;
        while let Some((timer, at_ms)) = self.next_timer().filter(|(_, at_ms)| *at_ms <= until_ms) {
            fired += 1;
            assert!(fired < 1_000, "{timer:?} fires in a loop");
            let later_ms = at_ms.saturating_sub(self.now.monotonic_ms);
            self.now.monotonic_ms += later_ms;
            self.now.wall_ms += later_ms;
            self.fire(timer);
        }
        self.now.wall_ms += until_ms - self.now.monotonic_ms;
        self.now.monotonic_ms = until_ms;
    }

    fn next_timer(&self) -> Option<(Timer, u64)> {
        let earliest = self.timers.iter().min_by_key(|(timer, at_ms)| (**at_ms, format!("{timer:?}")));
        earliest.map(|(timer, at_ms)| (*timer, *at_ms))
    }
}

fn pick(locks: &[LockNumber], which: usize) -> Option<LockNumber> {
    // The newest more often than not.
    let back = which % (2 * locks.len()).max(1);
    locks.iter().rev().nth(if back < locks.len() { back } else { 0 }).copied()
}

fn session(user: u8) -> SessionView {
    SessionView {
        id: format!("s-{user}").into(),
        user: UserView {
            id: format!("u-{user}").into(),
            email: format!("{user}@b.example"),
            email_verified: false,
            roles: vec![],
        },
        created_at: UnixTime(1),
        auth_time: UnixTime(1),
        expires_at: UnixTime(2),
        idle_expires_at: UnixTime(2),
    }
}
