//! What the service's answers mean. Only here does a session begin, and only `session_ended`, or the service's word
//! that no cookie of its came, ends one without the user.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::lane::Cargo;
use super::state::{SignedIn, State};
use super::token::{Receipt, Token};
use super::{
    Answer, ClientErrorCode, Effect, Failure, Grant, Jitter, Machine, Now, RequestNumber, TabMessage, reject,
};
use crate::wire::SessionEndReason;

impl Machine {
    pub(super) fn answered(
        &mut self,
        now: Now,
        jitter: Jitter,
        request: RequestNumber,
        answer: Answer,
        out: &mut Vec<Effect>,
    ) {
        match self.lane.arrive(request) {
            Some(Cargo::Refresh { sent }) => match answer {
                Answer::Granted(grant) => {
                    self.refreshes = self.refreshes.saturating_add(1);
                    self.accept(Arrival { request, sent, now, jitter, cookie_works: true }, grant, out);
                    out.push(Effect::Broadcast(TabMessage::Refreshed));
                }
                Answer::Empty => self.no_cookie_came(out),
                Answer::Ended(reason) => self.refresh_ended(reason, out),
                Answer::Failed(failure) => self.refresh_failed(now, jitter, failure, out),
            },
            Some(Cargo::Command(order)) => {
                if let Some(grant) = self.command_answered(now, order, answer, out) {
                    let session = grant.session.id.clone();
                    self.accept(
                        Arrival { request, sent: order.sent, now, jitter, cookie_works: false },
                        grant,
                        out,
                    );
                    // Whatever sign-out was owed: the session it was about has ended with this one's beginning.
                    self.debt = None;
                    out.push(Effect::ForgetSignOut);
                    out.push(Effect::Broadcast(TabMessage::SignedIn { session }));
                    out.push(Effect::Resolve { op: order.op });
                }
            }
            Some(Cargo::SignOut) => self.sign_out_answered(now, jitter, answer, out),
            Some(Cargo::Abandoned) | None => {}
        }
    }

    /// A token and a session have come.
    fn accept(&mut self, arrival: Arrival, grant: Grant, out: &mut Vec<Effect>) {
        self.generation = self.generation.next();
        let mut first = self.generation;
        let mut after_refusal = false;
        let mut cookie_works = arrival.cookie_works;
        if let State::SignedIn(before) = &self.state {
            after_refusal = arrival.cookie_works && before.token.is_none();
            cookie_works |= before.cookie_works && before.session.id == grant.session.id;
            if before.session.user.id == grant.session.user.id {
                first = before.first;
            } else {
                // What was asked for on one user's behalf is never sent on another's.
                self.drop_session_work(out);
            }
        }
        let receipt = Receipt {
            sent: arrival.sent,
            received: arrival.now,
            expires_in_s: grant.expires_in_s,
            after_refusal,
        };
        let token = Token::new(self.generation, receipt, self.config, arrival.jitter);
        self.renewal.rest();
        self.offline = false;
        self.state = State::SignedIn(Box::new(SignedIn {
            session: grant.session,
            token: Some(token),
            first,
            cookie_works,
        }));
        out.push(Effect::StoreToken { request: arrival.request, generation: self.generation });
        if !self.waiting.is_empty() {
            let calls = core::mem::take(&mut self.waiting);
            out.push(Effect::Release { calls, generation: self.generation });
        }
    }

    /// 204: the browser sent no cookie of the service's.
    fn no_cookie_came(&mut self, out: &mut Vec<Effect>) {
        let why = match &self.state {
            State::SignedIn(signed_in) if signed_in.cookie_works => {
                Some(Failure::ended(SessionEndReason::None))
            }
            State::SignedIn(_) => Some(Failure::client(ClientErrorCode::CookieBlocked)),
            State::SignedOut(signed_out) => signed_out.why.clone(),
            State::New | State::Restoring | State::Disposed => None,
        };
        self.end_session(why, out);
    }

    fn refresh_ended(&mut self, reason: SessionEndReason, out: &mut Vec<Effect>) {
        let why = match &self.state {
            State::SignedOut(signed_out) => signed_out.why.clone(),
            State::New | State::Restoring | State::SignedIn(_) | State::Disposed => {
                Some(Failure::ended(reason))
            }
        };
        self.end_session(why, out);
    }

    /// The session lives on; who waits for the token is told that it can't be had now.
    fn refresh_failed(&mut self, now: Now, jitter: Jitter, failure: Failure, out: &mut Vec<Effect>) {
        if let Some(ms) = failure.retry_after_ms {
            out.push(Effect::Broadcast(TabMessage::Patience { ms }));
        }
        self.fail_waiting(&failure, out);
        let ops = self.lane.take_waiting_for_session();
        reject(ops, &failure, out);
        self.renewal.fail(now, jitter, failure);
    }
}

/// When and how a grant came.
#[derive(Clone, Copy)]
struct Arrival {
    request: RequestNumber,
    sent: Now,
    now: Now,
    jitter: Jitter,
    /// It came in exchange for the cookie.
    cookie_works: bool,
}
