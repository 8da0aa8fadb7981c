//! Signing out: at once here, as soon as possible at the service, and in every tab. It wins over all that is under way.

use super::debt::Debt;
use super::lane::Cargo;
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
        let debt = Debt::add(self.debt.take(), owed, op, now);
        out.push(Effect::RememberSignOut(debt.owed().clone()));
        self.debt = Some(debt);
        out.push(Effect::Broadcast(TabMessage::SignedOut { session }));
    }

    /// Tells the service when it is time, and in any case before a new session begins: a sign-out that came later
    /// would end that one. Returns whether it did.
    pub(super) fn send_owed_sign_out(&mut self, now: Now, out: &mut Vec<Effect>) -> bool {
        let begins = self.lane.front().is_some_and(|order| !order.command.needs_session());
        let Some(debt) = self
            .debt
            .as_ref()
            .filter(|debt| (debt.is_due(now) && !debt.doubted) || (begins && !debt.refused))
        else {
            return false;
        };
        let scope = debt.scope();
        let request = self.lane.depart(Cargo::SignOut);
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
                if let Some(debt) = self.debt.take() {
                    out.push(Effect::ForgetSignOut);
                    // Tabs that asked the service before it had heard of the sign-out ask once more.
                    let session = debt.owed().session.clone();
                    out.push(Effect::Broadcast(TabMessage::SignedOut { session }));
                    resolve(debt.into_ops(), out);
                }
                return;
            }
            Answer::Granted(_) => Failure::client(ClientErrorCode::BadResponse),
            Answer::Failed(failure) => failure,
        };
        let Some(debt) = self.debt.as_mut() else { return };
        let ops = debt.fail(now, jitter, failure.retry_after_ms);
        if failure.code.is_transient() {
            // Told later: for the page that is as good as done. A sign-in can't get through either.
            resolve(ops, out);
            let begins = self.lane.take_waiting_to_begin();
            reject(begins, &failure, out);
        } else {
            debt.refused = true;
            reject(ops, &failure, out);
        }
    }
}
