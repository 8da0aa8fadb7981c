//! Messages of other tabs. Every script of the page's origin can send them too, so they are hints: the
//! service is asked, and its response decides ([`super::hints`]).

use super::backoff::LONGEST_MS;
use super::hints::Hint;
use super::state::State;
use super::{Effect, Failure, Jitter, Machine, Now, TabMessage};
use crate::id::SessionId;

/// Spreads the requests of tabs that receive the message that the service can be reached, in milliseconds.
const NEXT_WITHIN_MS: u64 = 200;

impl Machine {
    pub(super) fn tab_message(
        &mut self,
        now: Now,
        jitter: Jitter,
        message: &TabMessage,
        out: &mut Vec<Effect>,
    ) {
        let spread_ms = jitter.of(NEXT_WITHIN_MS);
        match message {
            TabMessage::SignedOut { session } => {
                self.other_tab_signed_out(now, session.as_ref(), spread_ms, out);
            }
            TabMessage::SignedIn { session } => self.other_tab_signed_in(now, session, spread_ms, out),
            TabMessage::Refreshing => self.turn.neighbour_refreshes(now),
            TabMessage::Refreshed => {
                self.turn.neighbour_has_refreshed(now, spread_ms);
                if self.renewal.trouble().is_some() {
                    let at_ms = now.monotonic_ms.saturating_add(spread_ms);
                    self.renewal.try_by(self.hints.bring_forward(now, at_ms));
                }
            }
            // A renewal that a call waits for is not postponed: the service can send `Retry-After` itself.
            TabMessage::Patience { ms } => {
                let until_ms = now.monotonic_ms.saturating_add((*ms).min(LONGEST_MS));
                self.patience_ms = self.patience_ms.max(until_ms);
            }
        }
    }

    fn other_tab_signed_out(
        &mut self,
        now: Now,
        ended: Option<&SessionId>,
        spread_ms: u64,
        out: &mut Vec<Effect>,
    ) {
        match &self.state {
            // A late message about another session, or this tab's session is the old one.
            State::SignedIn(signed_in) if ended.is_some_and(|ended| *ended != signed_in.session.id) => {
                self.hear(now, Hint::Changed, spread_ms, out);
            }
            State::SignedIn(_) | State::Restoring => {
                self.hear(now, Hint::Ended, spread_ms, out);
                if self.renewal.trouble().is_some() {
                    self.believe_sign_out_for_now(out);
                }
            }
            // Without a session nothing can end, unless the tab is restoring one.
            State::SignedOut(_) if self.asks_for_session() => self.hear(now, Hint::Ended, spread_ms, out),
            State::New | State::SignedOut(_) | State::Disposed => {}
        }
    }

    fn other_tab_signed_in(&mut self, now: Now, begun: &SessionId, spread_ms: u64, out: &mut Vec<Effect>) {
        match &self.state {
            State::SignedIn(signed_in) if signed_in.session.id == *begun => {}
            State::SignedIn(_) | State::Restoring => self.hear(now, Hint::Changed, spread_ms, out),
            State::SignedOut(_) => match &mut self.pending_sign_out {
                None => self.hear(now, Hint::Changed, spread_ms, out),
                // A delayed sign-out may be older than a new session, which it would end.
                Some(pending) if pending.is_overdue() && !pending.may_be_about(begun) => {
                    pending.doubted = true;
                    self.hear(now, Hint::Changed, spread_ms, out);
                }
                // This tab's own sign-out is in progress, and takes precedence.
                Some(_) => {}
            },
            State::New | State::Disposed => {}
        }
    }

    fn hear(&mut self, now: Now, hint: Hint, spread_ms: u64, out: &mut Vec<Effect>) {
        if self.hints.hear(now, hint, spread_ms) {
            out.push(Effect::CheckSignOutNote);
        }
    }

    /// Whether a signed-out tab is asking the service if there is a session.
    const fn asks_for_session(&self) -> bool {
        self.pending_sign_out.is_none() && (!self.renewal.is_resting() || self.lane.refresh_since().is_some())
    }

    /// Another tab announces that the user has signed out, and the service can't be reached. The session is
    /// neither shown nor used until it can be reached. Then its response decides, unless there is a note of a
    /// pending sign-out.
    pub(super) fn believe_sign_out_for_now(&mut self, out: &mut Vec<Effect>) {
        self.hints.look_for_note();
        out.push(Effect::CheckSignOutNote);
        if matches!(self.state, State::SignedIn(_)) {
            self.drop_session_work(out);
            self.state = State::signed_out(None);
        }
    }

    /// The user has signed out in another tab, and the service does not know it yet, so it is not asked.
    pub(super) fn sign_out_noted(&mut self, out: &mut Vec<Effect>) {
        if !self.hints.take_note() || self.pending_sign_out.is_some() {
            return;
        }
        match &self.state {
            State::SignedIn(_) | State::Restoring | State::SignedOut(_) => {
                self.give_up_refresh(out);
                self.end_session(None, out);
                self.hints.forget();
            }
            State::New | State::Disposed => {}
        }
    }

    /// The service could not be asked about another tab's message.
    pub(super) fn hint_unverified(&mut self, hint: Option<Hint>, out: &mut Vec<Effect>) {
        let announced = hint == Some(Hint::Ended) || self.hints.announces_end();
        if announced {
            self.believe_sign_out_for_now(out);
        }
    }

    /// A refresh has brought a token. Returns whether the user has signed out of its session in this tab,
    /// which the service does not know yet: the sign-out takes precedence.
    pub(super) fn is_signed_out_of(&mut self, session: &SessionId) -> bool {
        match &mut self.pending_sign_out {
            Some(pending) if pending.may_be_about(session) => {
                pending.doubted = false;
                self.renewal.rest();
                true
            }
            Some(_) | None => false,
        }
    }
}

/// Why a session has ended whose end another tab announced: the user signed out, unless the service states
/// another reason.
pub(super) fn unless_announced(why: Option<Failure>, announced: bool) -> Option<Failure> {
    use crate::wire::SessionEndReason::{Expired, Idle, None as Unknown, Reused, Revoked};
    why.filter(|failure| match failure.reason {
        Some(Expired | Idle | Reused) => true,
        Some(Unknown | Revoked) | None => !announced,
    })
}
