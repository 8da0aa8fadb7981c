//! Step-up (RFC 9470): an API requires a more recent authentication, or one of another class, than the token has. The
//! page lets the user authenticate, and the calls that wait for it are sent once more.
//!
//! The page is asked for one step-up at a time. A call waits for the one in progress if that will do for it, too;
//! otherwise the page is asked again afterwards. A call is never the reason for a second step-up: the shell reports
//! each call here at most once.

use super::required_step_up::{RequiredStepUp, StepUpNumber};
use super::state::State;
use super::step_ups::Waiting;
use super::{CallId, ClientErrorCode, Effect, Failure, Generation, Machine, Now};

impl Machine {
    /// An API requires a step-up of a call that was sent with this token.
    pub(super) fn step_up_needed(
        &mut self,
        now: Now,
        call: CallId,
        refused: Generation,
        required: RequiredStepUp,
        out: &mut Vec<Effect>,
    ) {
        let code = match &self.state {
            State::SignedIn(signed_in) if refused >= signed_in.first => None,
            State::New | State::Restoring | State::SignedIn(_) | State::SignedOut(_) => {
                Some(ClientErrorCode::SignedOut)
            }
            State::Disposed => Some(ClientErrorCode::Disposed),
        };
        if let Some(code) = code {
            out.push(Effect::Fail { calls: vec![call], failure: Failure::client(code) });
            return;
        }
        let is_done = self
            .step_ups
            .last
            .as_ref()
            .is_some_and(|(done, since)| refused < *since && done.covers(&required));
        if is_done {
            // It was sent before the user met this for another call.
            self.release_or_wait(now, call, out);
            return;
        }
        self.step_ups.waiting.push(Waiting { call, refused, required });
        self.step_ups.ask(out);
    }

    /// The page has let the user step up, or has given up.
    pub(super) fn step_up_ended(&mut self, now: Now, number: StepUpNumber, out: &mut Vec<Effect>) {
        let Some((_, done)) = self.step_ups.running.take_if(|(running, _)| *running == number) else {
            return;
        };
        let proved = self.step_ups.proved;
        let served = self.step_ups.take(|waiting| done.covers(&waiting.required));
        let mut is_met = false;
        for Waiting { call, refused, .. } in served {
            if proved > refused {
                is_met = true;
                self.release_or_wait(now, call, out);
            } else {
                out.push(Effect::KeepAnswer { call });
            }
        }
        if is_met {
            self.step_ups.last = Some((done, proved));
        } else {
            // The user does not want to, so they are not asked for more.
            out.extend(
                self.step_ups
                    .take(|_| true)
                    .into_iter()
                    .map(|waiting| Effect::KeepAnswer { call: waiting.call }),
            );
        }
        self.step_ups.ask(out);
    }
}
