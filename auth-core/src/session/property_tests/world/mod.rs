//! Plays the shell, the browser and the service against the machine.

mod answers;
mod effects;
mod invariants;
mod play;
mod time;

use std::collections::{HashMap, HashSet};

use super::event::Reply;
use crate::session::{
    CallId, Command, Config, Generation, Input, Jitter, LockNumber, Machine, Now, OpId, RequestNumber,
    StepUpNumber, Timer,
};

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
    /// The calls that had a step-up.
    pub(super) stepped: HashSet<CallId>,
    /// All step-ups that the page was asked for.
    pub(super) step_ups: Vec<StepUpNumber>,
    /// The one that has not ended.
    pub(super) stepping: Option<StepUpNumber>,
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
    /// The operations that begin a session.
    pub(super) beginning: HashSet<OpId>,
    /// The operations that prove a second factor.
    pub(super) factors: HashSet<OpId>,
    /// The user whose session there is, by what the machine does.
    pub(super) current: Option<u8>,
    /// The user beside whose session a sign-in waits for its second factor.
    pub(super) waits_beside: Option<u8>,
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
            factors: HashSet::new(),
            current: None,
            waits_beside: None,
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
            stepped: HashSet::new(),
            step_ups: Vec::new(),
            stepping: None,
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
}
