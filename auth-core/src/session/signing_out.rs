//! Signing out: at once in this tab, as soon as possible at the service, and in every tab. It takes
//! precedence over everything in progress.

use super::lane::InFlight;
use super::pending_sign_out::PendingSignOut;
use super::{
    Answer, ClientErrorCode, Effect, EndedScope, Failure, Jitter, Machine, Now, OpId, OwedSignOut, TabMessage,
};
use super::{reject, resolve, state::State};

impl Machine {
    pub(super) fn sign_out(&mut self, now: Now, op: OpId, scope: EndedScope, out: &mut Vec<Effect>) {
        if matches!(self.state, State::Disposed) {
            out.push(Effect::Reject { op, failure: Failure::client(ClientErrorCode::Disposed) });
            return;
        }
        let over = Failure::client(ClientErrorCode::SignedOut);
        let session = match &self.state {
            State::SignedIn(signed_in) => Some(signed_in.session.id.clone()),
            State::New | State::Restoring | State::SignedOut(_) | State::Disposed => None,
        };
        self.give_up_refresh(out);
        let mut overtaken: Vec<_> = self.lane.abandon_command().into_iter().collect();
        overtaken.append(&mut self.lane.waiting_ops());
        self.end_session(None, out);
        self.hints.forget();
        reject(overtaken, &over, out);
        let owed = OwedSignOut { scope, session: session.clone() };
        let pending = PendingSignOut::add(self.pending_sign_out.take(), owed, op, now);
        out.push(Effect::RememberSignOut(pending.owed().clone()));
        self.pending_sign_out = Some(pending);
        out.push(Effect::Broadcast(TabMessage::SignedOut { session }));
    }

    /// Sends the sign-out when it is due, and in any case before a new session begins, because a later
    /// sign-out would end that session. Returns whether it was sent.
    pub(super) fn send_owed_sign_out(&mut self, now: Now, out: &mut Vec<Effect>) -> bool {
        let begins = self.lane.front().is_some_and(|order| !order.command.needs_session());
        let Some(pending) = self
            .pending_sign_out
            .as_ref()
            .filter(|pending| (pending.is_due(now) && !pending.doubted) || (begins && !pending.refused))
        else {
            return false;
        };
        let scope = pending.scope();
        let request = self.lane.depart(InFlight::SignOut);
        out.push(Effect::SignOut { request, scope });
        true
    }

    pub(super) fn sign_out_answered(
        &mut self,
        now: Now,
        jitter: Jitter,
        answer: Answer,
        out: &mut Vec<Effect>,
    ) {
        let failure = match answer {
            Answer::Empty | Answer::Ended(_) => {
                if let Some(pending) = self.pending_sign_out.take() {
                    out.push(Effect::ForgetSignOut);
                    // Tabs that asked the service before the sign-out arrived ask once more.
                    let session = pending.owed().session.clone();
                    out.push(Effect::Broadcast(TabMessage::SignedOut { session }));
                    resolve(pending.into_ops(), out);
                }
                return;
            }
            Answer::Granted(_) => Failure::client(ClientErrorCode::BadResponse),
            Answer::Failed(failure) => failure,
        };
        let Some(pending) = self.pending_sign_out.as_mut() else { return };
        let ops = pending.fail(now, jitter, failure.retry_after_ms);
        if failure.code.is_transient() {
            // It will be sent later, which counts as done for the page. A sign-in can't reach the service
            // either.
            resolve(ops, out);
            let begins = self.lane.take_waiting_to_begin();
            reject(begins, &failure, out);
        } else {
            pending.refused = true;
            reject(ops, &failure, out);
        }
    }
}
