//! The step-up in progress, and the calls that wait for it.

use super::Generation;
use super::effect::Effect;
use super::input::CallId;
use super::required_step_up::{RequiredStepUp, StepUpNumber};

#[derive(Debug, Default)]
pub(super) struct StepUps {
    /// The one that the page was asked for.
    pub(super) running: Option<(StepUpNumber, RequiredStepUp)>,
    /// The calls that wait for it, and for the next ones.
    pub(super) waiting: Vec<Waiting>,
    /// The last one that the user has met, and the first token since.
    pub(super) last: Option<(RequiredStepUp, Generation)>,
    /// The newest token that came of a proof: not by a refresh.
    pub(super) proved: Generation,
    last_number: u32,
}

#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) call: CallId,
    /// The token that it was sent with.
    pub(super) refused: Generation,
    pub(super) required: RequiredStepUp,
}

impl StepUps {
    /// Asks the page for the step-up that the first call needs, unless one is in progress.
    pub(super) fn ask(&mut self, out: &mut Vec<Effect>) {
        if self.running.is_some() {
            return;
        }
        let Some(first) = self.waiting.first() else { return };
        self.last_number = self.last_number.wrapping_add(1);
        let number = StepUpNumber(self.last_number);
        self.running = Some((number, first.required.clone()));
        out.push(Effect::AskStepUp { number, required: first.required.clone() });
    }

    /// The user has proved something, and this is the token that came of it.
    pub(super) const fn user_has_proved(&mut self, generation: Generation) {
        self.proved = generation;
    }

    /// The caller has aborted the call.
    pub(super) fn forget(&mut self, call: CallId) {
        self.waiting.retain(|waiting| waiting.call != call);
    }

    /// The session has ended, or is another user's. Returns the calls that waited.
    pub(super) fn end(&mut self) -> Vec<CallId> {
        let Self { waiting, last_number, proved, .. } = core::mem::take(self);
        (self.last_number, self.proved) = (last_number, proved);
        waiting.into_iter().map(|waiting| waiting.call).collect()
    }

    pub(super) fn take(&mut self, which: impl Fn(&Waiting) -> bool) -> Vec<Waiting> {
        let (taken, kept) = core::mem::take(&mut self.waiting).into_iter().partition(which);
        self.waiting = kept;
        taken
    }
}
