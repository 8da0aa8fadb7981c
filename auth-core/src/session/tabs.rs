//! What other tabs say. A hint, never proof: the only thing taken on a tab's word is that nobody is signed in any more.

use alloc::vec::Vec;

use super::backoff::LONGEST_MS;
use super::state::State;
use super::{Effect, Jitter, Machine, Now, TabMessage, resolve};

/// Tabs that hear that the service can be reached don't all ask at the same moment.
const NEXT_WITHIN_MS: u64 = 200;

impl Machine {
    pub(super) fn tab_message(
        &mut self,
        now: Now,
        jitter: Jitter,
        message: &TabMessage,
        out: &mut Vec<Effect>,
    ) {
        match message {
            TabMessage::SignedOut { session } => self.other_tab_signed_out(session.as_deref(), out),
            TabMessage::SignedIn { session } => self.other_tab_signed_in(session, out),
            TabMessage::Refreshing => self.turn.neighbour_refreshes(now),
            TabMessage::Refreshed => {
                let next_in_ms = jitter.of(NEXT_WITHIN_MS);
                self.turn.neighbour_has_refreshed(now, next_in_ms);
                self.renewal.try_by(now.monotonic_ms.saturating_add(next_in_ms));
            }
            // A renewal that somebody waits for isn't put off by it: the service can say so itself.
            TabMessage::Patience { ms } => {
                let until_ms = now.monotonic_ms.saturating_add((*ms).min(LONGEST_MS));
                self.patience_ms = self.patience_ms.max(until_ms);
            }
        }
    }

    fn other_tab_signed_out(&mut self, ended: Option<&str>, out: &mut Vec<Effect>) {
        match &self.state {
            State::SignedIn(signed_in) if ended.is_some_and(|ended| ended != signed_in.session.id) => {
                // Late news of another session, or ours is the old one: the service knows.
                self.ask_again(out);
            }
            // Not asked of the service: it may not have heard of the sign-out yet.
            State::SignedIn(_) | State::Restoring | State::SignedOut(_) => {
                self.give_up_refresh(out);
                let why = match &mut self.state {
                    State::SignedOut(signed_out) => signed_out.why.take(),
                    State::New | State::Restoring | State::SignedIn(_) | State::Disposed => None,
                };
                self.end_session(why, out);
            }
            State::New | State::Disposed => {}
        }
    }

    fn other_tab_signed_in(&mut self, begun: &str, out: &mut Vec<Effect>) {
        match &self.state {
            State::SignedIn(signed_in) if signed_in.session.id == begun => {}
            State::SignedIn(_) => {
                self.forget_session(out);
                self.ask_again(out);
            }
            State::Restoring => self.ask_again(out),
            // This tab's own sign-out is on its way, and it wins.
            State::SignedOut(_) if self.debt.as_ref().is_some_and(|debt| !debt.is_overdue()) => {}
            State::SignedOut(_) => {
                // One that is overdue has been overtaken by the new session, and would end that now.
                if let Some(debt) = self.debt.take() {
                    resolve(debt.into_ops(), out);
                }
                self.ask_again(out);
            }
            State::New | State::Disposed => {}
        }
    }
}
