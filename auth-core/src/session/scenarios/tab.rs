//! A machine with its clocks and timers, and short words for what goes in and comes out.

use super::super::{
    Answer, CallId, ClientErrorCode, Code, Command, Config, Effect, EndedScope, Failure, Generation, Grant,
    Input, Jitter, LockNumber, Machine, Now, OpId, OwedSignOut, RequestNumber, SeenSession, Status,
    TabMessage, Timer,
};
use crate::wire::ErrorCode;

/// A machine with its clocks and timers.
pub(super) struct Tab {
    pub(super) machine: Machine,
    pub(super) now: Now,
    pub(super) refresh_timer: Option<u64>,
    pub(super) sign_out_timer: Option<u64>,
    pub(super) turn_timer: Option<u64>,
    pub(super) hint_timer: Option<u64>,
    /// Whether the browser has locks. Without them the machine is told so at once, and what it does then
    /// appears among the effects in place of its question.
    pub(super) locks: bool,
    /// What it told other tabs beyond who signed in and out.
    pub(super) hints: Vec<TabMessage>,
}

impl Tab {
    pub(super) fn new() -> Self {
        Self::with(Config::default())
    }

    pub(super) fn with(config: Config) -> Self {
        Self {
            machine: Machine::new(config),
            now: Now { monotonic_ms: 1_000, wall_ms: 1_700_000_000_000 },
            refresh_timer: None,
            sign_out_timer: None,
            turn_timer: None,
            hint_timer: None,
            locks: false,
            hints: vec![],
        }
    }

    /// Started, and the service said that there is a session of this user's.
    pub(super) fn signed_in(user: &str) -> Self {
        let mut tab = Self::new();
        assert_eq!(tab.take(Input::Start { owed_sign_out: None }), [refresh(1)]);
        tab.answer(1, granted(user));
        assert_eq!(tab.status(), Status::SignedIn);
        tab
    }

    pub(super) fn signed_out() -> Self {
        let mut tab = Self::new();
        tab.take(Input::Start { owed_sign_out: None });
        tab.answer(1, Answer::Empty);
        assert_eq!(tab.status(), Status::SignedOut);
        tab
    }

    /// Sets the timers; gives the other effects.
    pub(super) fn take(&mut self, input: Input) -> Vec<Effect> {
        let mut seen = Vec::new();
        for effect in self.machine.handle(self.now, Jitter(0), input) {
            match effect {
                Effect::SetTimer { timer, at_ms } => *self.timer_of(timer) = Some(at_ms),
                Effect::CancelTimer { timer } => *self.timer_of(timer) = None,
                Effect::Broadcast(
                    hint @ (TabMessage::Refreshing | TabMessage::Refreshed | TabMessage::Patience { .. }),
                ) => self.hints.push(hint),
                other => seen.push(other),
            }
        }
        let asked = seen.iter().enumerate().find_map(|(at, effect)| match effect {
            Effect::AskLock { lock } if !self.locks => Some((at, *lock)),
            _ => None,
        });
        if let Some((at, lock)) = asked {
            let instead = self.take(Input::LockLost { lock });
            seen.splice(at..=at, instead);
        }
        seen
    }

    pub(super) const fn timer_of(&mut self, timer: Timer) -> &mut Option<u64> {
        match timer {
            Timer::Refresh => &mut self.refresh_timer,
            Timer::SignOut => &mut self.sign_out_timer,
            Timer::Turn => &mut self.turn_timer,
            Timer::Hint => &mut self.hint_timer,
        }
    }

    pub(super) fn answer(&mut self, request: u32, answer: Answer) -> Vec<Effect> {
        self.take(Input::Answered { request: RequestNumber(request), answer })
    }

    pub(super) fn call(&mut self, call: u32) -> Vec<Effect> {
        self.take(Input::TokenWanted { call: CallId(call) })
    }

    pub(super) fn refused(&mut self, call: u32, generation: u64) -> Vec<Effect> {
        self.take(Input::TokenRefused { call: CallId(call), generation: Generation(generation) })
    }

    pub(super) fn command(&mut self, op: u32, command: Command) -> Vec<Effect> {
        self.take(Input::Command { op: OpId(op), command })
    }

    pub(super) fn sign_out(&mut self, op: u32) -> Vec<Effect> {
        self.take(Input::SignOut { op: OpId(op), scope: EndedScope::Local })
    }

    pub(super) fn hears_sign_in(&mut self, session: &str) -> Vec<Effect> {
        self.take(Input::Tab(TabMessage::SignedIn { session: session.into() }))
    }

    pub(super) fn hears_sign_out(&mut self, session: Option<&str>) -> Vec<Effect> {
        self.take(Input::Tab(TabMessage::SignedOut { session: session.map(Into::into) }))
    }

    /// Both clocks go on.
    pub(super) fn later(&mut self, ms: u64) -> &mut Self {
        self.now.monotonic_ms += ms;
        self.now.wall_ms += ms;
        self
    }

    pub(super) fn timer(&mut self) -> Vec<Effect> {
        self.refresh_timer = None;
        self.take(Input::Timer(Timer::Refresh))
    }

    /// Time passes until what another tab has said is to be verified, or its note to be looked for.
    pub(super) fn hint_due(&mut self) -> Vec<Effect> {
        let at_ms = self.hint_timer.take().expect("nothing another tab has said waits");
        self.later(at_ms - self.now.monotonic_ms).take(Input::Timer(Timer::Hint))
    }

    pub(super) fn status(&self) -> Status {
        self.machine.snapshot().status
    }

    pub(super) fn last_error(&self) -> Option<Code> {
        self.machine.snapshot().last_error.as_ref().map(|failure| failure.code)
    }
}

pub(super) fn owed(scope: EndedScope, session: Option<&str>) -> OwedSignOut {
    OwedSignOut { scope, session: session.map(Into::into) }
}

/// It lasts 30 days.
pub(super) fn session(user: &str, id: &str) -> SeenSession {
    SeenSession {
        id: id.into(),
        user: user.into(),
        lasts_s: 30 * 86_400,
        view: format!("{{\"id\":\"{id}\"}}"),
    }
}

/// The user's session is named after the user: `s-<user>`. Its tokens live 300 s.
pub(super) fn granted(user: &str) -> Answer {
    Answer::Granted(Grant { expires_in_s: 300, session: session(user, &format!("s-{user}")) })
}

pub(super) fn failed(code: ClientErrorCode) -> Answer {
    Answer::Failed(Failure::client(code))
}

pub(super) fn unavailable(retry_after_ms: u64) -> Answer {
    let failure = Failure::service(ErrorCode::Unavailable);
    Answer::Failed(Failure { retry_after_ms: Some(retry_after_ms), ..failure })
}

pub(super) fn refresh(request: u32) -> Effect {
    Effect::Refresh { request: RequestNumber(request) }
}

pub(super) fn release(calls: &[u32], generation: u64) -> Effect {
    let calls = calls.iter().map(|call| CallId(*call)).collect();
    Effect::Release { calls, generation: Generation(generation) }
}

pub(super) fn fail(calls: &[u32], code: ClientErrorCode) -> Effect {
    let calls = calls.iter().map(|call| CallId(*call)).collect();
    Effect::Fail { calls, failure: Failure::client(code) }
}

pub(super) fn reject(op: u32, code: ClientErrorCode) -> Effect {
    Effect::Reject { op: OpId(op), failure: Failure::client(code) }
}

pub(super) fn ask_lock(lock: u32) -> Effect {
    Effect::AskLock { lock: LockNumber(lock) }
}

pub(super) fn release_lock(lock: u32) -> Effect {
    Effect::ReleaseLock { lock: LockNumber(lock) }
}

pub(super) fn granted_lock(lock: u32) -> Input {
    Input::LockGranted { lock: LockNumber(lock) }
}

pub(super) fn lost_lock(lock: u32) -> Input {
    Input::LockLost { lock: LockNumber(lock) }
}

pub(super) fn abort(request: u32) -> Effect {
    Effect::Abort { request: RequestNumber(request) }
}

pub(super) fn send_sign_out(request: u32) -> Effect {
    Effect::SignOut { request: RequestNumber(request), scope: EndedScope::Local }
}
