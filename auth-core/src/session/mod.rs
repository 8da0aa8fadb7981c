//! The client's state machine, which the vault runs: what a tab knows of its session, and what it does next.
//!
//! Sans-IO. [`Machine::handle`] takes the time (of both clocks), a random number and one [`Input`], and
//! returns the
//! [`Effect`]s that the shell has to carry out, in order. The shell owns sockets, timers, tabs and the token's bytes; the
//! machine knows tokens by their *generation* and requests by their *number*, by which it distinguishes a
//! late response from a current one.
//!
//! The parts:
//!
//! - `State`: restoring, signed in, signed out, disposed; each owns its data.
//! - `Lane`: requests that can change the cookie are sent one at a time, so that responses can't
//!   overwrite each other's cookies.
//! - `Renewal`: when the next refresh is due, and the backoff after failures.
//! - `Turn`: which of the tabs refreshes first. An optimisation; correctness does not depend on it.
//! - `PendingSignOut`: a sign-out that the service has not confirmed yet.
//! - `SecondFactor`: whether a sign-in waits for its second factor.
//! - `StepUps`: the calls that wait until the user has authenticated again, or with a second factor.
//! - `Hints`: messages of other tabs, until the service has confirmed them.
//!
//! After every input `pump` sends the next request, `arm` sets the timers, and `publish` reports changes. A
//! timer that fires early, late or twice does no harm.

mod answers;
mod backoff;
mod calls;
mod challenge;
mod clock;
mod commands;
mod config;
mod effect;
mod failure;
mod hints;
mod input;
mod json;
mod lane;
mod lifecycle;
mod operations;
mod pending_sign_out;
mod reading;
mod refusals;
mod renewal;
mod required_step_up;
mod running_time;
mod second_factor;
mod shape;
mod signing_out;
mod snapshot;
mod state;
mod step_up;
mod step_ups;
mod tabs;
mod targets;
mod token;
mod turn;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod scenarios;

pub use challenge::required_step_up;
pub use clock::{Jitter, Now, Timer};
pub use config::Config;
pub use effect::Effect;
pub use failure::{ClientErrorCode, Code, Failure, FailureDetails};
pub use input::{
    Answer, CallId, Command, EndedScope, Grant, Input, LockNumber, OpId, OwedSignOut, RequestNumber,
    SeenSession, TabMessage, Wake,
};
pub use json::Json;
pub use operations::{HttpMethod, Operation, Sending};
pub use reading::Reply;
pub use required_step_up::{RequiredStepUp, StepUpNumber};
pub use running_time::RunningTime;
pub use shape::{Kind, Member, Shape};
pub use snapshot::{Snapshot, Status};
pub use targets::Targets;
pub use token::Generation;

use hints::{Hint, Hints};
use lane::{InFlight, Lane};
use pending_sign_out::PendingSignOut;
use refusals::Refusals;
use renewal::Renewal;
use state::{SecondFactor, State};
use step_ups::StepUps;
use turn::{Turn, Urgency};

impl Default for Config {
    fn default() -> Self {
        Self { refresh_ahead_ms: 60_000, cookie_may_be_blocked: false }
    }
}

/// The state machine of one tab.
#[derive(Debug)]
pub struct Machine {
    config: Config,
    state: State,
    lane: Lane,
    renewal: Renewal,
    turn: Turn,
    refusals: Refusals,
    pending_sign_out: Option<PendingSignOut>,
    hints: Hints,
    second_factor: SecondFactor,
    step_ups: StepUps,
    /// Whether the page is hidden.
    hidden: bool,
    /// Whether the browser reports that there is no network.
    offline: bool,
    /// Another tab got `Retry-After`: nothing is renewed early before this time (monotonic), unless the
    /// token is about to expire.
    patience_ms: u64,
    /// The latest time so far (monotonic): some engines' clocks have gone back.
    latest_ms: u64,
    /// Calls that wait for a token.
    waiting: Vec<CallId>,
    /// The generation of the newest token; it only grows.
    generation: Generation,
    refreshes: u64,
    armed: Armed,
    published: Snapshot,
}

/// The timers that the shell runs, by the monotonic clock.
#[derive(Debug, Default)]
struct Armed {
    refresh: Option<u64>,
    sign_out: Option<u64>,
    turn: Option<u64>,
    hint: Option<u64>,
}

impl Machine {
    /// Creates a machine that waits for [`Input::Start`].
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            state: State::New,
            lane: Lane::default(),
            renewal: Renewal::default(),
            turn: Turn::default(),
            refusals: Refusals::default(),
            pending_sign_out: None,
            hints: Hints::default(),
            second_factor: SecondFactor::default(),
            step_ups: StepUps::default(),
            hidden: false,
            offline: false,
            patience_ms: 0,
            latest_ms: 0,
            waiting: Vec::new(),
            generation: Generation::default(),
            refreshes: 0,
            armed: Armed::default(),
            published: Snapshot::default(),
        }
    }

    /// Handles one input. Returns the effects in the order in which to carry them out.
    pub fn handle(&mut self, now: Now, jitter: Jitter, input: Input) -> Vec<Effect> {
        let mut out = Vec::new();
        let now = self.look_at_clocks(now);
        match input {
            Input::Start { owed_sign_out } => self.start(now, owed_sign_out, &mut out),
            Input::TokenWanted { call } => self.token_wanted(now, call, &mut out),
            Input::TokenRefused { call, generation } => self.token_refused(now, call, generation, &mut out),
            Input::StepUpNeeded { call, generation, required } => {
                self.step_up_needed(now, call, generation, required, &mut out);
            }
            Input::StepUpEnded { number } => self.step_up_ended(now, number, &mut out),
            Input::CallAborted { call } => {
                self.waiting.retain(|waiting| *waiting != call);
                self.step_ups.forget(call);
            }
            Input::Command { op, command } => self.command(op, command, &mut out),
            Input::SignOut { op, scope } => self.sign_out(now, op, scope, &mut out),
            Input::Answered { request, answer } => self.answered(now, jitter, request, answer, &mut out),
            Input::Timer(timer) => self.disarm(timer),
            Input::Wake(wake) => self.wake(now, wake, &mut out),
            Input::LockGranted { lock } => self.turn.granted(lock, &mut out),
            Input::LockLost { lock } => self.turn.lost(lock),
            Input::Tab(message) => self.tab_message(now, jitter, &message, &mut out),
            Input::SignOutNoted => self.sign_out_noted(&mut out),
            Input::UserChanged => self.user_changed(now),
            Input::Dispose => self.dispose(&mut out),
        }
        self.pump(now, &mut out);
        self.arm(&mut out);
        self.publish(&mut out);
        out
    }

    /// The snapshot, as last reported.
    #[must_use]
    pub const fn snapshot(&self) -> &Snapshot {
        &self.published
    }

    /// Reads the clocks. The time never decreases.
    fn look_at_clocks(&mut self, now: Now) -> Now {
        self.latest_ms = self.latest_ms.max(now.monotonic_ms);
        let now = Now { monotonic_ms: self.latest_ms, ..now };
        if let State::SignedIn(signed_in) = &mut self.state {
            signed_in.look_at_clocks(now);
        }
        now
    }

    fn start(&mut self, now: Now, owed_sign_out: Option<OwedSignOut>, out: &mut Vec<Effect>) {
        if !matches!(self.state, State::New) {
            return;
        }
        match owed_sign_out {
            Some(owed) => {
                self.end_session(None, out);
                self.pending_sign_out = Some(PendingSignOut::remembered(owed, now));
            }
            None => {
                self.state = State::Restoring;
                self.renewal.want();
            }
        }
    }

    /// Sends the next request, if the lane is free: a pending sign-out, then commands, then a refresh.
    fn pump(&mut self, now: Now, out: &mut Vec<Effect>) {
        let hint_is_due = self.hint_due_at().is_some_and(|at_ms| now.monotonic_ms >= at_ms);
        if hint_is_due && self.lane.refreshes_by_itself() {
            // Its response may be outdated. A refresh that was sent because of a message is not abandoned
            // because of the next one: otherwise, messages could keep this tab from getting a token.
            self.give_up_refresh(out);
        }
        let rests = matches!(self.state, State::New | State::Disposed) || self.lane.is_busy();
        if rests
            || self.send_owed_sign_out(now, out)
            || self.send_command(now, out)
            || !(hint_is_due || self.refresh_is_due(now))
        {
            if self.lane.refresh_since().is_none() {
                self.turn.end(out);
            }
        } else if hint_is_due {
            self.turn.end(out);
            let hint = self.hints.ask(now);
            if hint == Some(Hint::Ended) {
                out.push(Effect::CheckSignOutNote);
            }
            self.send_refresh(now, hint, out);
        } else if self.turn.has_come(now, self.urgency(), out) {
            self.send_refresh(now, None, out);
        }
    }

    fn send_refresh(&mut self, now: Now, hint: Option<Hint>, out: &mut Vec<Effect>) {
        let request = self.lane.depart(InFlight::Refresh { sent: now, hint });
        out.push(Effect::Refresh { request });
        out.push(Effect::Broadcast(TabMessage::Refreshing));
    }

    /// When to ask the service because of a message of another tab: not before its `Retry-After`.
    fn hint_due_at(&self) -> Option<u64> {
        self.hints.due_at().map(|at_ms| self.renewal.not_before(at_ms))
    }

    fn refresh_is_due(&self, now: Now) -> bool {
        match &self.state {
            State::New | State::Disposed => false,
            State::Restoring | State::SignedOut(_) => self.renewal.is_due(now),
            State::SignedIn(signed_in) => {
                self.renewal.is_due(now)
                    || (self.refreshes_ahead()
                        && !self.hidden
                        && signed_in.is_ripe(now)
                        // No other tab delays a renewal beyond the token's expiry.
                        && (now.monotonic_ms >= self.patience_ms || signed_in.is_at_last_chance(now)))
            }
        }
    }

    const fn urgency(&self) -> Urgency {
        if self.refreshes_ahead() {
            Urgency::Ahead
        } else if self.hidden {
            Urgency::Hidden
        } else {
            Urgency::Seen
        }
    }

    /// Whether no call needs the next refresh.
    const fn refreshes_ahead(&self) -> bool {
        matches!(self.state, State::SignedIn(_)) && self.renewal.is_resting()
    }

    /// Sets the timers to what is due next. While a request is in progress its response comes first, and a
    /// timer that fires meanwhile does no harm.
    fn arm(&mut self, out: &mut Vec<Effect>) {
        let hint = self.hint_timer();
        set(&mut self.armed.hint, hint, Timer::Hint, out);
        if self.lane.is_busy() {
            return;
        }
        let (refresh, sign_out) = match &self.state {
            State::New | State::Disposed => (None, None),
            State::SignedIn(_) if self.refreshes_ahead() && self.hidden => (None, None),
            State::SignedIn(signed_in) if self.refreshes_ahead() => {
                (signed_in.renew_at(self.patience_ms), None)
            }
            State::Restoring | State::SignedIn(_) => (self.renewal.next_at(), None),
            State::SignedOut(_) => match &self.pending_sign_out {
                Some(pending) if !pending.doubted => (None, Some(pending.next_at())),
                Some(_) | None => (self.renewal.next_at(), None),
            },
        };
        // A refresh that waits for its turn is already due.
        let turn = self.turn.next_at();
        let refresh = refresh.filter(|_| turn.is_none());
        set(&mut self.armed.refresh, refresh, Timer::Refresh, out);
        set(&mut self.armed.turn, turn, Timer::Turn, out);
        set(&mut self.armed.sign_out, sign_out, Timer::SignOut, out);
    }

    /// While a request is in progress, messages are verified after its response.
    fn hint_timer(&self) -> Option<u64> {
        let rests = matches!(self.state, State::New | State::Disposed);
        let waits = self.lane.is_busy() && !self.lane.refreshes_by_itself();
        if rests || waits { None } else { self.hint_due_at() }
    }

    const fn disarm(&mut self, timer: Timer) {
        match timer {
            Timer::Refresh => self.armed.refresh = None,
            Timer::SignOut => self.armed.sign_out = None,
            Timer::Turn => self.armed.turn = None,
            Timer::Hint => self.armed.hint = None,
        }
    }
}

fn set(armed: &mut Option<u64>, wanted: Option<u64>, timer: Timer, out: &mut Vec<Effect>) {
    if *armed != wanted {
        *armed = wanted;
        out.push(match wanted {
            Some(at_ms) => Effect::SetTimer { timer, at_ms },
            None => Effect::CancelTimer { timer },
        });
    }
}

fn resolve(ops: Vec<OpId>, out: &mut Vec<Effect>) {
    out.extend(ops.into_iter().map(|op| Effect::Resolve { op }));
}

fn reject(ops: Vec<OpId>, failure: &Failure, out: &mut Vec<Effect>) {
    out.extend(ops.into_iter().map(|op| Effect::Reject { op, failure: failure.clone() }));
}
