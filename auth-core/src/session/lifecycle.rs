//! What interrupts or ends the machine's work: sleep, freezing and the network's return; the end of a
//! session; the end of the client.

use super::effect::Effect;
use super::failure::{ClientErrorCode, Failure};
use super::input::Wake;
use super::lane::InFlight;
use super::state::State;
use super::{Machine, Now, reject};

/// A refresh that was sent earlier than this before the network's return is sent again.
const STALE_MS: u64 = 1_000;

impl Machine {
    /// Retries what failed. The clocks have been read before, and may have advanced while the page slept.
    pub(super) fn wake(&mut self, now: Now, wake: Wake, out: &mut Vec<Effect>) {
        match wake {
            Wake::Hidden => self.hidden = true,
            Wake::Offline => self.offline = true,
            Wake::Visible => self.hidden = false,
            Wake::Online => {
                self.offline = false;
                let stale_ms = now.monotonic_ms.saturating_sub(STALE_MS);
                if self.lane.refresh_since().is_some_and(|sent| sent.monotonic_ms <= stale_ms) {
                    self.ask_again(out);
                }
            }
            Wake::Thawed => self.thaw(out),
        }
        if matches!(wake, Wake::Visible | Wake::Online | Wake::Thawed) {
            self.renewal.wake(now);
            if let Some(pending) = &mut self.pending_sign_out {
                pending.wake(now);
            }
        }
    }

    /// The page was frozen and has missed the messages of other tabs. It shows no session until the service
    /// has answered.
    pub(super) fn thaw(&mut self, out: &mut Vec<Effect>) {
        (self.hidden, self.offline) = (false, false);
        self.turn.end(out);
        if matches!(self.state, State::SignedIn(_)) {
            self.forget_session(out);
        }
        if self.pending_sign_out.is_none() && !matches!(self.state, State::New | State::Disposed) {
            self.ask_again(out);
        }
    }

    pub(super) fn dispose(&mut self, out: &mut Vec<Effect>) {
        if matches!(self.state, State::Disposed) {
            return;
        }
        let gone = Failure::client(ClientErrorCode::Disposed);
        self.state = State::Disposed;
        out.push(Effect::DropToken);
        self.fail_waiting(&gone, out);
        self.end_step_ups(&gone, out);
        let ops = self.lane.waiting_ops();
        reject(ops, &gone, out);
        match self.lane.abandon() {
            Some((request, InFlight::Refresh { .. } | InFlight::Abandoned)) => {
                out.push(Effect::Abort { request })
            }
            Some((request, InFlight::Command(order))) => {
                out.push(Effect::Abort { request });
                reject(vec![order.op], &gone, out);
            }
            // It may still reach the service, as the user requested. If it doesn't, its note remains in
            // storage.
            Some((_, InFlight::SignOut)) | None => {}
        }
        if let Some(pending) = self.pending_sign_out.take() {
            reject(pending.into_ops(), &gone, out);
        }
    }

    /// Rejects every call that waits for a token.
    pub(super) fn fail_waiting(&mut self, failure: &Failure, out: &mut Vec<Effect>) {
        if !self.waiting.is_empty() {
            let calls = core::mem::take(&mut self.waiting);
            out.push(Effect::Fail { calls, failure: failure.clone() });
        }
    }

    /// Rejects every call that waits for a step-up.
    fn end_step_ups(&mut self, failure: &Failure, out: &mut Vec<Effect>) {
        let calls = self.step_ups.end();
        if !calls.is_empty() {
            out.push(Effect::Fail { calls, failure: failure.clone() });
        }
    }

    /// The tab's copy of the session is no longer valid: everything that belongs to it is dropped, and the
    /// service is asked.
    pub(super) fn forget_session(&mut self, out: &mut Vec<Effect>) {
        self.drop_session_work(out);
        self.state = State::Restoring;
    }

    /// Drops the token, ends the session's calls and rejects those that wait for a token.
    pub(super) fn drop_session_work(&mut self, out: &mut Vec<Effect>) {
        let over = Failure::client(ClientErrorCode::SignedOut);
        if matches!(self.state, State::SignedIn(_)) {
            out.push(Effect::DropToken);
            out.push(Effect::EndCalls);
        }
        self.fail_waiting(&over, out);
        self.end_step_ups(&over, out);
        let ops = self.lane.take_waiting_for_session();
        reject(ops, &over, out);
    }

    /// The session has ended: by a sign-out, by the service, or by another tab.
    pub(super) fn end_session(&mut self, why: Option<Failure>, out: &mut Vec<Effect>) {
        self.drop_session_work(out);
        self.renewal.rest();
        self.hints.session_ended();
        self.state = State::signed_out(why);
    }

    /// A running refresh may report an outdated state: it is aborted, and another one is sent.
    pub(super) fn ask_again(&mut self, out: &mut Vec<Effect>) {
        self.give_up_refresh(out);
        self.renewal.want();
    }

    pub(super) fn give_up_refresh(&mut self, out: &mut Vec<Effect>) {
        if let Some(request) = self.lane.give_up_refresh() {
            out.push(Effect::Abort { request });
        }
    }
}
