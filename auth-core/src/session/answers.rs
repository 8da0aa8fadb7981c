//! What the service's responses mean. This is the only place where a session begins. Without an action of the
//! user, a session ends only by `session_ended`, or by the service's response that no cookie arrived.

use super::clock::Deadline;
use super::hints::Hint;
use super::lane::{InFlight, QueuedCommand};
use super::state::{Cookie, SignedIn, State};
use super::tabs::unless_announced;
use super::token::{Receipt, Token};
use super::{
    Answer, ClientErrorCode, Effect, Failure, Grant, Jitter, Machine, Now, RequestNumber, TabMessage, reject,
    resolve,
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
            Some(InFlight::Refresh { sent, hint }) => match answer {
                Answer::Granted(grant) => {
                    if self.is_signed_out_of(&grant.session.id) {
                        return;
                    }
                    self.settle_overtaken_sign_out(out);
                    self.refreshes = self.refreshes.saturating_add(1);
                    self.accept(Arrival { request, sent, now, jitter, cookie_works: true }, grant, out);
                    out.push(Effect::Broadcast(TabMessage::Refreshed));
                }
                Answer::Empty => self.session_is_unknown(now, None, hint, out),
                Answer::Ended(reason) => self.session_is_unknown(now, Some(reason), hint, out),
                Answer::Failed(failure) => {
                    self.hint_unverified(hint, out);
                    self.refresh_failed(now, jitter, failure, out);
                }
            },
            Some(InFlight::Command(order)) => {
                if let Some(grant) = self.command_answered(now, order, answer, out) {
                    let session = grant.session.id.clone();
                    self.accept(
                        Arrival { request, sent: order.sent, now, jitter, cookie_works: false },
                        grant,
                        out,
                    );
                    self.step_ups.user_has_proved(self.generation);
                    // This sign-in has ended the session of a pending sign-out. The same applies to a
                    // sign-out that another tab has announced.
                    if let Some(pending) = self.pending_sign_out.take() {
                        resolve(pending.into_ops(), out);
                    }
                    self.hints.session_ended();
                    out.push(Effect::ForgetSignOut);
                    out.push(Effect::Broadcast(TabMessage::SignedIn { session }));
                    self.command_granted(order, out);
                }
            }
            Some(InFlight::SignOut) => self.sign_out_answered(now, jitter, answer, out),
            Some(InFlight::Abandoned) | None => {}
        }
    }

    /// Resolves a sign-in, unless a refresh has to show first that the browser keeps the cookie.
    fn command_granted(&mut self, order: QueuedCommand, out: &mut Vec<Effect>) {
        if self.config.cookie_may_be_blocked && self.refreshes == 0 && !order.command.needs_session() {
            self.lane.put_back(QueuedCommand { awaits_proof: true, ..order });
            self.renewal.want();
        } else {
            out.push(Effect::Resolve { op: order.op });
        }
    }

    /// A response brought a token and a session.
    fn accept(&mut self, arrival: Arrival, grant: Grant, out: &mut Vec<Effect>) {
        self.generation = self.generation.next();
        let mut first = self.generation;
        let mut after_refusal = false;
        let lasts_ms = grant.session.lasts_s.saturating_mul(1_000);
        let mut cookie = Cookie::Unproved { expires: Deadline::after(arrival.sent, lasts_ms) };
        if let State::SignedIn(before) = &self.state {
            after_refusal = arrival.cookie_works && before.token.is_none();
            if before.session.id == grant.session.id {
                cookie = before.cookie;
            }
            if before.session.user == grant.session.user {
                first = before.first;
            } else {
                // Calls made for one user are never sent as another.
                self.drop_session_work(out);
            }
        }
        if arrival.cookie_works {
            cookie = Cookie::Works;
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
        self.state =
            State::SignedIn(Box::new(SignedIn { session: grant.session, token: Some(token), first, cookie }));
        out.push(Effect::StoreToken { request: arrival.request, generation: self.generation });
        if !self.waiting.is_empty() {
            let calls = core::mem::take(&mut self.waiting);
            out.push(Effect::Release { calls, generation: self.generation });
        }
        resolve(self.lane.take_begun(), out);
    }

    /// The session of a pending sign-out has ended, or another tab's session has replaced it.
    fn settle_overtaken_sign_out(&mut self, out: &mut Vec<Effect>) {
        if let Some(pending) = self.pending_sign_out.take() {
            out.push(Effect::ForgetSignOut);
            resolve(pending.into_ops(), out);
        }
    }

    /// The service knows no session: it has ended, or (204) the browser sent no cookie. A sign-in whose
    /// cookie is being checked fails for that reason.
    fn session_is_unknown(
        &mut self,
        now: Now,
        ended: Option<SessionEndReason>,
        hint: Option<Hint>,
        out: &mut Vec<Effect>,
    ) {
        let announced = hint == Some(Hint::Ended) || self.hints.announces_end();
        self.settle_overtaken_sign_out(out);
        let why = match &self.state {
            State::SignedOut(signed_out) => signed_out.why.clone(),
            State::SignedIn(signed_in) => Some(match (ended, signed_in.cookie) {
                (Some(reason), _) => Failure::ended(reason),
                (None, Cookie::Works) => Failure::ended(SessionEndReason::None),
                (None, Cookie::Unproved { expires }) if expires.is_reached(now) => {
                    Failure::ended(SessionEndReason::Expired)
                }
                (None, Cookie::Unproved { .. }) => Failure::client(ClientErrorCode::CookieBlocked),
            }),
            State::New | State::Restoring | State::Disposed => ended.map(Failure::ended),
        };
        let why = unless_announced(why, announced);
        if let Some(failure) = &why {
            reject(self.lane.take_begun(), failure, out);
        }
        self.end_session(why, out);
    }

    /// The session continues, and a sign-in has succeeded, although nothing is known of its cookie. Calls
    /// that wait for a token fail.
    fn refresh_failed(&mut self, now: Now, jitter: Jitter, failure: Failure, out: &mut Vec<Effect>) {
        if let Some(ms) = failure.retry_after_ms {
            out.push(Effect::Broadcast(TabMessage::Patience { ms }));
        }
        self.fail_waiting(&failure, out);
        resolve(self.lane.take_begun(), out);
        let ops = self.lane.take_waiting_for_session();
        reject(ops, &failure, out);
        self.renewal.fail(now, jitter, failure);
    }
}

/// When a token arrived, and in response to what.
#[derive(Clone, Copy)]
struct Arrival {
    request: RequestNumber,
    sent: Now,
    now: Now,
    jitter: Jitter,
    /// It is the response to a refresh.
    cookie_works: bool,
}
