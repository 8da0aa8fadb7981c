//! Events of the page, of other tabs and of the browser.

use super::World;
use crate::session::property_tests::event::Event;
use crate::session::{
    CallId, Command, EndedScope, Generation, Input, LockNumber, OpId, OwedSignOut, RequiredStepUp, Status,
    StepUpNumber, TabMessage, Timer, Wake,
};

impl World {
    pub(in crate::session::property_tests) fn play(&mut self, event: Event) {
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
            Event::StepUp { call, acr } => {
                let may_step = |(call, _): &(CallId, Generation)| !self.stepped.contains(call);
                let sent: Vec<_> = self.sent.iter().copied().filter(may_step).collect();
                if !sent.is_empty() {
                    let (call, generation) = sent[call % sent.len()];
                    self.sent.retain(|(sent, _)| *sent != call);
                    self.stepped.insert(call);
                    self.calls.insert(call);
                    let acr = acr.map(|level| format!("aal{level}"));
                    let required = RequiredStepUp { acr, ..RequiredStepUp::default() };
                    self.feed(Input::StepUpNeeded { call, generation, required });
                }
            }
            Event::StepUpEnds { which } => {
                if !self.step_ups.is_empty() {
                    let back = which % self.step_ups.len();
                    self.end_step_up(self.step_ups[self.step_ups.len() - 1 - back]);
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
                if matches!(command, Command::SignIn | Command::SecondFactor) {
                    self.beginning.insert(op);
                }
                if command == Command::SecondFactor {
                    self.factors.insert(op);
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
            Event::UserChanged => self.feed(Input::UserChanged),
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
    pub(in crate::session::property_tests) fn hear(&mut self, message: TabMessage) {
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

    pub(super) fn end_step_up(&mut self, number: StepUpNumber) {
        if self.stepping == Some(number) {
            self.stepping = None;
        }
        self.feed(Input::StepUpEnded { number });
    }

    pub(super) fn fire(&mut self, timer: Timer) {
        self.timers.remove(&timer);
        self.feed(Input::Timer(timer));
    }

    pub(super) fn grant(&mut self, lock: LockNumber) {
        if self.asking.is_some_and(|(asking, _)| asking == lock) {
            self.asking = None;
            self.held = Some(lock);
        }
        self.feed(Input::LockGranted { lock });
    }

    pub(super) fn take_lock(&mut self, lock: LockNumber) {
        self.asking.take_if(|(asking, _)| *asking == lock);
        self.held.take_if(|held| *held == lock);
        self.feed(Input::LockLost { lock });
    }
}

fn pick(locks: &[LockNumber], which: usize) -> Option<LockNumber> {
    // The newest more often than not.
    let back = which % (2 * locks.len()).max(1);
    locks.iter().rev().nth(if back < locks.len() { back } else { 0 }).copied()
}
