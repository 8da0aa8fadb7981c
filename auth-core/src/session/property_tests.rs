//! What holds in every order of events: answers lost, late, repeated, made up; timers at any moment; clocks that jump.
//!
//! A world plays the shell, the browser and the service against the machine. It believes nothing the machine says of
//! itself: what it checks, it derives from inputs and effects.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::{
    Answer, CallId, ClientErrorCode, Command, Config, Effect, EndedScope, Failure, Generation, Grant, Input,
    Jitter, LockNumber, Machine, Now, OpId, RequestNumber, Status, TabMessage, Timer, Wake,
};
use crate::time::UnixTime;
use crate::wire::{ErrorCode, SessionEndReason, SessionView, UserView};

/// One thing that may happen.
#[derive(Clone, Debug)]
enum Event {
    Start {
        owed: bool,
    },
    Call,
    Refuse {
        call: usize,
    },
    AbortCall {
        call: usize,
    },
    Command(Command),
    SignOut(EndedScope),
    /// The service answers some request, old or new.
    Answer {
        request: usize,
        with: Reply,
    },
    Timer(Timer),
    Wake(Wake),
    TabSignedIn {
        user: u8,
    },
    TabSignedOut {
        user: Option<u8>,
    },
    TabHint(TabMessage),
    /// The browser grants the lock, to a request there has been.
    Grant {
        lock: usize,
    },
    /// The browser, or a thief, takes it away.
    Take {
        lock: usize,
    },
    Time {
        monotonic_ms: u32,
        wall_ms: i64,
    },
}

#[derive(Clone, Copy, Debug)]
enum Reply {
    Granted { user: u8, expires_in_s: u64 },
    Empty,
    Ended,
    Failed(ClientErrorCode),
    Refused(ErrorCode, Option<u64>),
}

fn reply() -> impl Strategy<Value = Reply> {
    prop_oneof![
        4 => (0..2u8, prop_oneof![Just(300), Just(5), 0..1_000u64, any::<u64>()])
            .prop_map(|(user, expires_in_s)| Reply::Granted { user, expires_in_s }),
        1 => Just(Reply::Empty),
        1 => Just(Reply::Ended),
        2 => prop::sample::select(vec![
            ClientErrorCode::Network,
            ClientErrorCode::Timeout,
            ClientErrorCode::BadResponse,
        ])
        .prop_map(Reply::Failed),
        2 => (prop::sample::select(ErrorCode::ALL), prop::option::of(any::<u64>()))
            .prop_filter("it is an answer of its own", |(code, _)| *code != ErrorCode::SessionEnded)
            .prop_map(|(code, retry_after_ms)| Reply::Refused(code, retry_after_ms)),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let command = prop::sample::select(vec![
        Command::SignIn,
        Command::SignUp,
        Command::ChangePassword,
        Command::SignOutOthers,
        Command::DeleteAccount,
    ]);
    let scope = prop::sample::select(vec![EndedScope::Local, EndedScope::Global]);
    let timer = prop::sample::select(vec![Timer::Refresh, Timer::SignOut, Timer::Turn]);
    let wake =
        prop::sample::select(vec![Wake::Visible, Wake::Hidden, Wake::Online, Wake::Offline, Wake::Thawed]);
    let hint = prop_oneof![
        Just(TabMessage::Refreshing),
        Just(TabMessage::Refreshed),
        any::<u64>().prop_map(|ms| TabMessage::Patience { ms }),
    ];
    prop_oneof![
        1 => any::<bool>().prop_map(|owed| Event::Start { owed }),
        6 => Just(Event::Call),
        3 => any::<usize>().prop_map(|call| Event::Refuse { call }),
        1 => any::<usize>().prop_map(|call| Event::AbortCall { call }),
        2 => command.prop_map(Event::Command),
        1 => scope.prop_map(Event::SignOut),
        10 => (any::<usize>(), reply()).prop_map(|(request, with)| Event::Answer { request, with }),
        3 => timer.prop_map(Event::Timer),
        1 => wake.prop_map(Event::Wake),
        1 => (0..2u8).prop_map(|user| Event::TabSignedIn { user }),
        1 => prop::option::of(0..2u8).prop_map(|user| Event::TabSignedOut { user }),
        1 => hint.prop_map(Event::TabHint),
        3 => any::<usize>().prop_map(|lock| Event::Grant { lock }),
        1 => any::<usize>().prop_map(|lock| Event::Take { lock }),
        4 => (prop_oneof![1 => 0..2_000u32, 1 => 0..400_000u32],
              prop_oneof![3 => 0..400_000i64, 1 => -100_000_000..100_000_000i64])
            .prop_map(|(monotonic_ms, wall_ms)| Event::Time { monotonic_ms, wall_ms }),
    ]
}

/// What the browser has of locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Locks {
    /// They are granted at once.
    Free,
    /// They are granted and taken away as events say, and else never.
    Chaotic,
    /// It has none.
    Absent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Refresh,
    Command(Command),
    SignOut,
}

struct World {
    machine: Machine,
    now: Now,
    /// Every request there has been, in order.
    requests: Vec<(RequestNumber, Kind)>,
    /// Those neither answered nor aborted.
    open: HashSet<RequestNumber>,
    /// Those sent before the last sign-out.
    overtaken: HashSet<RequestNumber>,
    /// What is waiting for an answer.
    calls: HashSet<CallId>,
    ops: HashSet<OpId>,
    /// With which token each released call went.
    sent: Vec<(CallId, Generation)>,
    /// The token in the shell's hands.
    stored: Option<Generation>,
    newest: Generation,
    next_id: u32,
    started: bool,
    /// Nobody has signed in since the last sign-out here.
    out: bool,
    /// Something has happened since that may have begun a session elsewhere.
    may_ask: bool,
    replies: HashMap<RequestNumber, Reply>,
    /// The shell's timers, by the monotonic clock.
    timers: HashMap<Timer, u64>,
    locks: Locks,
    /// Every request for the lock there has been.
    asked: Vec<LockNumber>,
    /// The one that waits, and since when.
    asking: Option<(LockNumber, u64)>,
    held: Option<LockNumber>,
    hidden: bool,
    /// The service must still be told of a sign-out; `None`: another tab's word may have changed that.
    owes: Option<bool>,
    disposed: bool,
}

impl World {
    fn new(locks: Locks) -> Self {
        Self {
            timers: HashMap::new(),
            locks,
            asked: Vec::new(),
            asking: None,
            held: None,
            hidden: false,
            owes: Some(false),
            disposed: false,
            machine: Machine::new(Config::default()),
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

    fn play(&mut self, event: Event) {
        match event {
            Event::Start { owed } => {
                if owed && !self.started {
                    self.out = true;
                    self.owes = Some(true);
                }
                self.started = true;
                self.feed(Input::Start { owed_sign_out: owed.then_some(EndedScope::Local) });
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
            Event::TabHint(hint) => self.feed(Input::Tab(hint)),
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
                self.feed(Input::Tab(TabMessage::SignedIn { session: format!("s-{user}") }));
            }
            Event::TabSignedOut { user } => {
                let session = user.map(|user| format!("s-{user}"));
                self.feed(Input::Tab(TabMessage::SignedOut { session }));
            }
            Event::Time { monotonic_ms, wall_ms } => {
                self.now.monotonic_ms += u64::from(monotonic_ms);
                self.now.wall_ms = self.now.wall_ms.saturating_add_signed(wall_ms);
            }
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

    fn answer(&mut self, request: RequestNumber, kind: Kind, with: Reply) {
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
            Reply::Refused(code, retry_after_ms) => {
                Answer::Failed(Failure { retry_after_ms, ..Failure::service(code) })
            }
        };
        self.feed(Input::Answered { request, answer });
        let after = self.machine.snapshot();
        if !current || self.overtaken.contains(&request) {
            assert_eq!(before.session, after.session, "a stale answer changes nothing");
        }
        let may_end = match with {
            Reply::Ended => kind != Kind::Command(Command::SignIn) && kind != Kind::Command(Command::SignUp),
            // Who has deleted his account has signed out with it.
            Reply::Empty => kind == Kind::Refresh || kind == Kind::Command(Command::DeleteAccount),
            Reply::Granted { .. } | Reply::Failed(_) | Reply::Refused(..) => false,
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

    fn feed(&mut self, input: Input) {
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

    /// What holds after every input.
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
            assert!(self.now.monotonic_ms < since + 5_000, "check 51: nobody is waited for any longer");
            let turn = self.timers.get(&Timer::Turn);
            assert!(turn.is_some_and(|at| *at <= since + 5_000), "check 51: nothing ends the wait");
        }
        if self.disposed {
            assert!(self.calls.is_empty() && self.ops.is_empty(), "everybody has been answered");
            assert!(self.open.is_empty() && self.asking.is_none(), "nothing is left to do");
        } else if self.started && self.open.is_empty() {
            self.check_alarms();
        }
    }

    /// Nothing is under way, so whatever is still to come has a timer.
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
                assert!(self.ops.contains(&op), "nobody waits for {op:?}");
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
            Effect::Resolve { op } | Effect::Reject { op, .. } => {
                assert!(self.ops.remove(&op), "{op:?} was answered twice");
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
            Effect::ForgetSignOut => self.owes = Some(false),
            Effect::Broadcast(_) | Effect::Notify => {}
        }
    }

    fn depart(&mut self, request: RequestNumber, kind: Kind) {
        assert!(!self.requests.iter().any(|(known, _)| *known == request), "a number used twice");
        self.requests.push((request, kind));
        self.open.insert(request);
    }

    /// Answers whatever is under way, and what follows from it; gives how many requests that were.
    fn answer_all(&mut self, with: Reply) -> u64 {
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

    /// The network is well again, and every request is answered; locks are what they were. Nothing else happens but
    /// that the machine's own timers fire. Then nobody may still be waiting, after the longest time that a service can
    /// ask for.
    fn calm_down(&mut self) {
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
                    let (timer, at_ms) = self.next_timer().expect("somebody waits, and no timer runs");
                    assert!(at_ms <= until_ms, "they wait for too long");
                    self.now.monotonic_ms = self.now.monotonic_ms.max(at_ms);
                    self.fire(timer);
                }
            }
        }
        panic!("{:?} and {:?} wait for ever", self.calls, self.ops);
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
        id: format!("s-{user}"),
        user: UserView {
            id: format!("u-{user}"),
            email: format!("{user}@b.example"),
            email_verified: false,
            roles: vec![],
        },
        created_at: UnixTime(1),
        expires_at: UnixTime(2),
        idle_expires_at: UnixTime(2),
    }
}

/// As many sequences as `LATCHKEY_CASES` asks for, or these.
fn cases(usually: u32) -> ProptestConfig {
    let asked = std::env::var("LATCHKEY_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { cases: asked.unwrap_or(usually), failure_persistence: None, ..ProptestConfig::default() }
}

fn locks() -> impl Strategy<Value = Locks> {
    prop_oneof![1 => Just(Locks::Free), 2 => Just(Locks::Chaotic), 1 => Just(Locks::Absent)]
}

proptest! {
    #![proptest_config(cases(10_000))]

    /// There are never two refreshes, nor two requests that could change the cookie; a sign-out wins; generations only
    /// grow; only `session_ended` (or 204 to a refresh) ends a session; every call and promise is answered exactly once,
    /// and what is still to come has a timer at every moment; the lock is held for a refresh and waited for no
    /// longer than 5 s.
    #[test]
    fn property_whatever_happens_in_whatever_order(
        started in any::<bool>(),
        locks in locks(),
        events in prop::collection::vec(event(), 1..60),
    ) {
        let mut world = World::new(locks);
        if started {
            world.play(Event::Start { owed: false });
        }
        for event in events {
            world.play(event);
        }
        world.calm_down();
    }
}

proptest! {
    #![proptest_config(cases(2_000))]

    /// The same, but the page goes away in the middle: everybody is answered at once, and nothing follows.
    #[test]
    fn property_disposing_answers_everybody(
        locks in locks(),
        events in prop::collection::vec(event(), 1..40),
        after in prop::collection::vec(event(), 1..20),
    ) {
        let mut world = World::new(locks);
        world.play(Event::Start { owed: false });
        for event in events {
            world.play(event);
        }
        // A sign-out that is under way goes on by itself.
        world.open.retain(|request| !world.requests.contains(&(*request, Kind::SignOut)));
        world.disposed = true;
        world.feed(Input::Dispose);
        prop_assert_eq!(world.stored, None);
        let requests = world.requests.len();
        for event in after {
            if !matches!(event, Event::SignOut(_)) {
                world.play(event);
            }
        }
        prop_assert_eq!(world.requests.len(), requests);
    }

    /// However the clocks jump and whatever other tabs say, time alone never causes more than one refresh per second of
    /// the monotonic clock, and a call at most one.
    #[test]
    fn property_check_53_jumping_clocks_cause_no_refresh_loop(
        steps in prop::collection::vec(
            (0..2_000u32, -100_000_000..100_000_000i64, prop::option::of(any::<bool>())), 1..200,
        ),
        locks in locks(),
        expires_in_s in prop_oneof![0..600u64, any::<u64>()],
    ) {
        let mut world = World::new(locks);
        world.play(Event::Start { owed: false });
        let mut refreshes = 0;
        let mut allowed = 1;
        for (monotonic_ms, wall_ms, call) in steps {
            world.play(Event::Time { monotonic_ms, wall_ms });
            world.play(match call {
                Some(true) => Event::Call,
                Some(false) => Event::TabHint(TabMessage::Refreshed),
                None => Event::Timer(Timer::Refresh),
            });
            allowed += 1;
            refreshes += world.answer_all(Reply::Granted { user: 0, expires_in_s });
            prop_assert!(refreshes <= allowed, "an answer caused the next refresh");
        }
    }

    /// An API that refuses every token costs five refreshes, and from then on one in ten seconds, however many calls
    /// there are. Nobody who refuses a token that was good until now is ignored: the first 401 always renews.
    #[test]
    fn property_an_api_that_refuses_everything_costs_little(
        pauses_ms in prop::collection::vec(0..3_000u32, 1..200),
    ) {
        let mut world = World::new(Locks::Free);
        world.play(Event::Start { owed: false });
        let granted = Reply::Granted { user: 0, expires_in_s: 300 };
        let mut refreshes = world.answer_all(granted);
        let began_ms = world.now.monotonic_ms;
        for pause_ms in pauses_ms {
            world.play(Event::Time { monotonic_ms: pause_ms, wall_ms: i64::from(pause_ms) });
            world.play(Event::Call);
            world.play(Event::Refuse { call: 0 });
            refreshes += world.answer_all(granted);
        }
        let elapsed_ms = world.now.monotonic_ms - began_ms;
        prop_assert!(refreshes >= 2, "the one at the start, and the first 401's");
        // One at the start, one for the first 401, the budget, and those that come by time, one in two minutes.
        prop_assert!(refreshes <= 1 + 1 + 4 + elapsed_ms / 10_000 + elapsed_ms / 120_000);
    }
}
