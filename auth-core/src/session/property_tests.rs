//! What holds in every order of events: answers lost, late, repeated, made up; timers at any moment; clocks that jump.
//!
//! A world plays the shell and the service against the machine. It believes nothing the machine says of itself: what
//! it checks, it derives from inputs and effects.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::{
    Answer, CallId, ClientErrorCode, Command, Config, Effect, EndedScope, Failure, Generation, Grant, Input,
    Jitter, Machine, Now, OpId, RequestNumber, Status, TabMessage, Timer, Wake,
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
    let timer = prop::sample::select(vec![Timer::Refresh, Timer::SignOut]);
    let wake = prop::sample::select(vec![Wake::Visible, Wake::Online, Wake::Thawed]);
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
        4 => (0..400_000u32, prop_oneof![3 => 0..400_000i64, 1 => -100_000_000..100_000_000i64])
            .prop_map(|(monotonic_ms, wall_ms)| Event::Time { monotonic_ms, wall_ms }),
    ]
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
}

impl World {
    fn new() -> Self {
        Self {
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
                self.out |= owed && !self.started;
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
            Event::Timer(timer) => self.feed(Input::Timer(timer)),
            Event::Wake(wake) => {
                self.may_ask |= wake == Wake::Thawed;
                self.feed(Input::Wake(wake));
            }
            Event::TabSignedIn { user } => {
                self.may_ask = true;
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
        assert!(self.open.len() <= 1, "the lane holds one request");
        if self.out {
            assert_eq!(self.stored, None, "a sign-out wins");
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Refresh { request } => {
                assert!(!self.out || self.may_ask, "a sign-out is followed by no refresh");
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
            Effect::SetTimer { .. }
            | Effect::CancelTimer { .. }
            | Effect::Broadcast(_)
            | Effect::RememberSignOut(_)
            | Effect::ForgetSignOut
            | Effect::Notify => {}
        }
    }

    fn depart(&mut self, request: RequestNumber, kind: Kind) {
        assert!(!self.requests.iter().any(|(known, _)| *known == request), "a number used twice");
        self.requests.push((request, kind));
        self.open.insert(request);
    }

    /// The network is well again, and every request is answered: nobody may still be waiting.
    fn calm_down(&mut self) {
        self.play(Event::Start { owed: false });
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
                    self.now.monotonic_ms += 3_700_000;
                    self.feed(Input::Timer(Timer::Refresh));
                    self.feed(Input::Timer(Timer::SignOut));
                }
            }
        }
        panic!("{:?} and {:?} wait for ever", self.calls, self.ops);
    }
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

/// 1,000 sequences, or as many as `PROPTEST_CASES` asks for.
fn cases() -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { cases: asked.unwrap_or(1_000), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    /// The lane holds one request, so there are never two refreshes; a sign-out wins; generations only grow; only
    /// `session_ended` (or 204 to a refresh) ends a session; every call and promise is answered exactly once.
    #[test]
    fn property_whatever_happens_in_whatever_order(
        started in any::<bool>(),
        events in prop::collection::vec(event(), 1..60),
    ) {
        let mut world = World::new();
        if started {
            world.play(Event::Start { owed: false });
        }
        for event in events {
            world.play(event);
        }
        world.calm_down();
    }

    /// The same, but the page goes away in the middle: everybody is answered at once, and nothing follows.
    #[test]
    fn property_disposing_answers_everybody(
        events in prop::collection::vec(event(), 1..40),
        after in prop::collection::vec(event(), 1..20),
    ) {
        let mut world = World::new();
        world.play(Event::Start { owed: false });
        for event in events {
            world.play(event);
        }
        world.feed(Input::Dispose);
        prop_assert!(world.calls.is_empty() && world.ops.is_empty());
        prop_assert_eq!(world.stored, None);
        let requests = world.requests.len();
        for event in after {
            if !matches!(event, Event::SignOut(_)) {
                world.play(event);
            }
        }
        prop_assert_eq!(world.requests.len(), requests);
        prop_assert!(world.calls.is_empty() && world.ops.is_empty());
    }

    /// However the wall clock jumps, time alone never causes more than one refresh per second of the monotonic clock,
    /// and a call at most one.
    #[test]
    fn property_check_53_jumping_clocks_cause_no_refresh_loop(
        steps in prop::collection::vec((0..2_000u32, -100_000_000..100_000_000i64, any::<bool>()), 1..200),
        expires_in_s in 0..600u64,
    ) {
        let mut world = World::new();
        world.play(Event::Start { owed: false });
        let mut refreshes = 0;
        let mut allowed = 1;
        for (monotonic_ms, wall_ms, call) in steps {
            world.play(Event::Time { monotonic_ms, wall_ms });
            world.play(if call { Event::Call } else { Event::Timer(Timer::Refresh) });
            allowed += 1;
            while let Some((request, kind)) =
                world.requests.iter().find(|(request, _)| world.open.contains(request)).copied()
            {
                refreshes += 1;
                world.answer(request, kind, Reply::Granted { user: 0, expires_in_s });
                prop_assert!(refreshes <= allowed, "an answer caused the next refresh");
            }
        }
    }
}
