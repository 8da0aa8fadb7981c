//! Messages of other tabs, until the service has confirmed them.
//!
//! Every script of the page's origin can send such messages, in any number. So a message neither begins nor
//! ends a session: it makes this tab ask the service, at most once a second, and the service's response
//! decides. A session continues in this tab until the service confirms that it has ended.
//!
//! A sign-out may not have reached the service yet. So before the tab asks, it looks for the note that the
//! user has signed out ([`super::Effect::CheckSignOutNote`]), which a page stores before it sends any
//! message, and which remains until the service has answered. If there is no note and the service can't be
//! reached, an announced sign-out takes effect until it can be reached: a user who signs out without a
//! network must not leave the session open in another tab.

use super::Now;

/// Messages cause at most one request in this time, in milliseconds.
const GAP_MS: u64 = 1_000;
/// The service is asked about an announced sign-out after this time, in milliseconds. The note is found
/// earlier.
const NOTE_FIRST_MS: u64 = 100;

/// The meaning of a message, if it is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    /// Another session may have begun.
    Changed,
    /// The user has signed out.
    Ended,
}

#[derive(Debug, Default)]
pub(super) struct Hints {
    pending: Option<Pending>,
    /// When a message last caused a request, or will cause one.
    last_ms: Option<u64>,
    /// Whether the note is being looked for.
    expects_note: bool,
}

/// What to ask the service about. One request answers both.
#[derive(Clone, Copy, Debug)]
struct Pending {
    changed: bool,
    ended: bool,
    due_ms: u64,
}

impl Hints {
    /// A message has arrived. `spread_ms` spreads the requests of tabs that receive the same message. Returns
    /// whether to look for the note.
    #[must_use]
    pub(super) fn hear(&mut self, now: Now, hint: Hint, spread_ms: u64) -> bool {
        let pause_ms = match hint {
            Hint::Changed => 0,
            Hint::Ended => NOTE_FIRST_MS,
        };
        let asked_ms = now.monotonic_ms.saturating_add(pause_ms).saturating_add(spread_ms);
        let due_ms = self.not_before(asked_ms);
        // More messages do not postpone the request.
        let pending = self.pending.get_or_insert(Pending { changed: false, ended: false, due_ms });
        pending.due_ms = pending.due_ms.min(due_ms);
        match hint {
            Hint::Changed => {
                pending.changed = true;
                false
            }
            Hint::Ended => {
                let first = !pending.ended;
                pending.ended = true;
                self.expects_note |= first;
                first
            }
        }
    }

    /// Brings the next retry forward. Returns its time.
    pub(super) fn bring_forward(&mut self, now: Now, at_ms: u64) -> u64 {
        let at_ms = match self.last_ms {
            Some(last_ms) if last_ms > now.monotonic_ms => last_ms,
            Some(_) | None => self.not_before(at_ms),
        };
        self.last_ms = Some(at_ms);
        at_ms
    }

    /// When to ask the service, by the monotonic clock.
    pub(super) fn due_at(&self) -> Option<u64> {
        self.pending.map(|pending| pending.due_ms)
    }

    /// The service is being asked. If it is about a sign-out, the note is looked for once more, because more
    /// messages may have arrived.
    pub(super) fn ask(&mut self, now: Now) -> Option<Hint> {
        self.last_ms = Some(now.monotonic_ms);
        let pending = self.pending.take()?;
        self.expects_note |= pending.ended;
        Some(if pending.ended { Hint::Ended } else { Hint::Changed })
    }

    /// Whether a sign-out was announced about which the service has not been asked.
    pub(super) fn announces_end(&self) -> bool {
        self.pending.is_some_and(|pending| pending.ended)
    }

    /// There is no session any more, so messages about its end are dropped.
    pub(super) fn session_ended(&mut self) {
        self.pending =
            self.pending.filter(|pending| pending.changed).map(|pending| Pending { ended: false, ..pending });
        self.expects_note = false;
    }

    /// The user has signed out, which also ends a session that another tab may have begun.
    pub(super) const fn forget(&mut self) {
        self.pending = None;
        self.expects_note = false;
    }

    pub(super) const fn look_for_note(&mut self) {
        self.expects_note = true;
    }

    /// Whether the note is being looked for; true only once.
    pub(super) const fn take_note(&mut self) -> bool {
        core::mem::replace(&mut self.expects_note, false)
    }

    fn not_before(&self, at_ms: u64) -> u64 {
        self.last_ms.map_or(at_ms, |last_ms| at_ms.max(last_ms.saturating_add(GAP_MS)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Hint, Hints, Now};

    const fn at(monotonic_ms: u64) -> Now {
        Now { monotonic_ms, wall_ms: 0 }
    }

    #[test]
    fn any_number_of_messages_causes_one_question_a_second() {
        let mut hints = Hints::default();
        let mut asked = vec![];
        for ms in (0..5_000).step_by(5) {
            let _ = hints.hear(at(ms), Hint::Changed, 0);
            if hints.due_at().is_some_and(|due| due <= ms) {
                asked.push(ms);
                assert_eq!(hints.ask(at(ms)), Some(Hint::Changed));
            }
        }
        assert_eq!(asked, [0, 1_000, 2_000, 3_000, 4_000]);
    }

    #[test]
    fn the_note_of_a_sign_out_is_looked_for_before_the_service_is_asked() {
        let mut hints = Hints::default();
        assert!(hints.hear(at(100), Hint::Ended, 20));
        assert!(!hints.hear(at(110), Hint::Ended, 0), "once for any number of messages");
        assert_eq!(hints.due_at(), Some(210));
        assert!(hints.take_note() && !hints.take_note(), "one answer counts");
        assert_eq!(hints.ask(at(220)), Some(Hint::Ended));
        assert!(hints.take_note(), "and once more when the service is asked");
    }

    #[test]
    fn after_a_session_has_ended_only_another_session_is_asked_for() {
        let mut hints = Hints::default();
        let _ = hints.hear(at(0), Hint::Ended, 0);
        hints.session_ended();
        assert_eq!((hints.due_at(), hints.take_note()), (None, false));
        let _ = hints.hear(at(0), Hint::Ended, 0);
        let _ = hints.hear(at(10), Hint::Changed, 0);
        hints.session_ended();
        assert_eq!(hints.ask(at(20)), Some(Hint::Changed));
    }

    #[test]
    fn a_retry_is_brought_forward_once_a_second() {
        let mut hints = Hints::default();
        assert_eq!(hints.bring_forward(at(0), 150), 150);
        assert_eq!(hints.bring_forward(at(10), 20), 150, "it is coming already");
        assert_eq!(hints.bring_forward(at(150), 160), 1_150);
    }
}
