//! Requests of the page that begin, change or end a session. They are sent one at a time, in order.

use super::lane::{InFlight, QueuedCommand};
use super::state::State;
use super::{
    Answer, ClientErrorCode, Code, Command, Effect, EndedScope, Failure, Grant, Machine, Now, OpId, reject,
};
use crate::wire::ErrorCode;

impl Machine {
    pub(super) fn command(&mut self, op: OpId, command: Command, out: &mut Vec<Effect>) {
        let refusal = match &self.state {
            State::Disposed => Some(ClientErrorCode::Disposed),
            State::SignedOut(_) if command.needs_session() => Some(ClientErrorCode::SignedOut),
            State::New | State::Restoring | State::SignedIn(_) | State::SignedOut(_) => None,
        };
        match refusal {
            Some(code) => out.push(Effect::Reject { op, failure: Failure::client(code) }),
            None => self.lane.enqueue(QueuedCommand {
                op,
                command,
                sent: Now::default(),
                bearer: None,
                repeated: false,
                awaits_proof: false,
            }),
        }
    }

    /// Sends the next command, if possible. Returns whether it was sent.
    pub(super) fn send_command(&mut self, now: Now, out: &mut Vec<Effect>) -> bool {
        let Some(order) = self.lane.front().filter(|order| !order.awaits_proof) else { return false };
        let order = QueuedCommand { command: self.as_sent(order.command), ..order };
        self.lane.replace_front(order);
        let bearer = if order.command.needs_session() {
            let Some(generation) = self.state.usable_token(now) else {
                // Without a valid token, a refresh comes first.
                if let Err(failure) = self.renewal.demand(now) {
                    let ops = self.lane.take_waiting_for_session();
                    reject(ops, &failure, out);
                    return self.send_command(now, out);
                }
                return false;
            };
            Some(generation)
        } else {
            None
        };
        self.lane.pop();
        self.second_factor_sends(order.command);
        let order = QueuedCommand { sent: now, bearer, ..order };
        let request = self.lane.depart(InFlight::Command(order));
        out.push(Effect::Send { request, op: order.op, command: order.command, bearer });
        true
    }

    /// Returns the session and token of the response, if it has them.
    pub(super) fn command_answered(
        &mut self,
        now: Now,
        order: QueuedCommand,
        answer: Answer,
        out: &mut Vec<Effect>,
    ) -> Option<Grant> {
        let QueuedCommand { op, command, .. } = order;
        match answer {
            Answer::Granted(grant) if command.brings_token() => return Some(grant),
            // The account no longer exists. A sign-out clears the cookie and informs the other tabs.
            Answer::Empty if command == Command::DeleteAccount => {
                self.sign_out(now, op, EndedScope::Local, out);
            }
            Answer::Empty if !command.brings_token() => out.push(Effect::Resolve { op }),
            Answer::Granted(_) | Answer::Empty => {
                let failure = Failure::client(ClientErrorCode::BadResponse);
                self.command_failed(order, failure, out);
            }
            Answer::Ended(reason) => {
                let failure = Failure::ended(reason);
                if command.needs_session() {
                    self.end_session(Some(failure.clone()), out);
                }
                out.push(Effect::Reject { op, failure });
            }
            Answer::Failed(failure) => self.command_failed(order, failure, out),
        }
        None
    }

    fn command_failed(&mut self, order: QueuedCommand, failure: Failure, out: &mut Vec<Effect>) {
        if self.renew_for(order, &failure, out) {
            return;
        }
        self.second_factor_failed(order.command, &failure);
        let lost = match failure.code {
            Code::Client(code) => code.is_transient(),
            Code::Service(_) => false,
        };
        if lost && order.command.brings_token() && matches!(self.state, State::SignedIn(_)) {
            // It may have been carried out, and the cookie may belong to another session now.
            self.renewal.want();
        }
        out.push(Effect::Reject { op: order.op, failure });
    }

    /// The service rejected the command's token. It is renewed and the command sent again, once.
    fn renew_for(&mut self, order: QueuedCommand, failure: &Failure, out: &mut Vec<Effect>) -> bool {
        if failure.code != Code::Service(ErrorCode::InvalidToken) || order.repeated {
            return false;
        }
        let State::SignedIn(signed_in) = &mut self.state else { return false };
        if signed_in.token.take_if(|token| Some(token.generation) == order.bearer).is_some() {
            out.push(Effect::DropToken);
        }
        self.lane.put_back(QueuedCommand { repeated: true, ..order });
        true
    }
}
