//! Calls of `auth.fetch`. Each one is sent with a token or fails, exactly once.

use super::state::State;
use super::{CallId, ClientErrorCode, Effect, Failure, Generation, Machine, Now};

impl Machine {
    pub(super) fn token_wanted(&mut self, now: Now, call: CallId, out: &mut Vec<Effect>) {
        match &self.state {
            State::New => self.waiting.push(call),
            State::Restoring => self.wait(now, call, out),
            State::SignedIn(_) => self.release_or_wait(now, call, out),
            State::SignedOut(_) => fail(call, ClientErrorCode::SignedOut, out),
            State::Disposed => fail(call, ClientErrorCode::Disposed, out),
        }
    }

    /// A 401 concerns the token that was sent, and matters only while that is the current token.
    pub(super) fn token_refused(
        &mut self,
        now: Now,
        call: CallId,
        refused: Generation,
        out: &mut Vec<Effect>,
    ) {
        match &mut self.state {
            State::SignedIn(signed_in) => {
                if refused < signed_in.first {
                    fail(call, ClientErrorCode::SignedOut, out);
                    return;
                }
                if let Some(token) = signed_in.token.filter(|token| token.generation == refused) {
                    // A token that replaced a rejected one may be rejected for another reason than its age.
                    if token.after_refusal && !self.refusals.take(now) {
                        out.push(Effect::KeepAnswer { call });
                        return;
                    }
                    signed_in.token = None;
                    out.push(Effect::DropToken);
                }
                self.release_or_wait(now, call, out);
            }
            State::New | State::Restoring | State::SignedOut(_) => {
                fail(call, ClientErrorCode::SignedOut, out);
            }
            State::Disposed => fail(call, ClientErrorCode::Disposed, out),
        }
    }

    pub(super) fn release_or_wait(&mut self, now: Now, call: CallId, out: &mut Vec<Effect>) {
        match self.state.usable_token(now) {
            Some(generation) => {
                out.push(Effect::Release { calls: vec![call], generation });
                // A hidden page renews its token early only if the token is used.
                if self.hidden && self.renewal.is_resting() && self.state.is_ripe(now) {
                    self.renewal.want();
                }
            }
            None => self.wait(now, call, out),
        }
    }

    fn wait(&mut self, now: Now, call: CallId, out: &mut Vec<Effect>) {
        match self.renewal.demand(now) {
            Ok(()) => self.waiting.push(call),
            // A running request will finish soon, so the call waits for it, even if the last request failed.
            Err(_) if self.lane.is_busy() => self.waiting.push(call),
            Err(failure) => out.push(Effect::Fail { calls: vec![call], failure }),
        }
    }
}

fn fail(call: CallId, code: ClientErrorCode, out: &mut Vec<Effect>) {
    out.push(Effect::Fail { calls: vec![call], failure: Failure::client(code) });
}
