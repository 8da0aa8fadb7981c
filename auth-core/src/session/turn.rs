//! Which tab of a browser refreshes next.
//!
//! Every tab needs a token of its own, and the service answers any number of them correctly. So this only
//! spreads load: tabs that wake up together refresh one after the other, by a lock of the browser or, where
//! it has none, by messages to each other. Locks may be absent, frozen with their holder, or stolen, and
//! messages may be false, so a tab waits for a limited time, and correctness does not depend on it.

use super::{Effect, LockNumber, Now};

/// How long a visible tab in which a call waits for a token waits for other tabs, in milliseconds.
const SEEN_PATIENCE_MS: u64 = 200;
/// How long a hidden tab, or an early renewal for which no call waits, waits for other tabs, in milliseconds.
const UNSEEN_PATIENCE_MS: u64 = 5_000;

#[derive(Debug, Default)]
pub(super) struct Turn {
    lock: Lock,
    /// When this tab began to wait for its turn, and the end of its waiting; `None`: it has nothing to
    /// refresh.
    waits: Option<Wait>,
    /// Until when this tab waits for another one that has announced a refresh.
    neighbour_until_ms: u64,
    last: u32,
}

/// How urgent a refresh is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urgency {
    /// A call of a visible page waits.
    Seen,
    /// A call of a hidden page waits.
    Hidden,
    /// No call waits: the token is still valid.
    Ahead,
}

#[derive(Clone, Copy, Debug)]
struct Wait {
    since_ms: u64,
    until_ms: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Lock {
    /// Not requested.
    #[default]
    Idle,
    Asked(LockNumber),
    Granted(LockNumber),
    /// There is no lock, it was stolen, or its holder does not release it.
    Unavailable,
}

impl Turn {
    /// Whether this tab may refresh now. If not, it waits for its turn.
    pub(super) fn has_come(&mut self, now: Now, urgency: Urgency, out: &mut Vec<Effect>) -> bool {
        let since_ms = self.waits.map_or(now.monotonic_ms, |wait| wait.since_ms);
        let patience_ms = match urgency {
            Urgency::Seen => SEEN_PATIENCE_MS,
            Urgency::Hidden | Urgency::Ahead => UNSEEN_PATIENCE_MS,
        };
        let until_ms = since_ms.saturating_add(patience_ms);
        self.waits = Some(Wait { since_ms, until_ms });
        if self.lock == Lock::Idle {
            self.last = self.last.wrapping_add(1);
            let lock = LockNumber(self.last);
            self.lock = Lock::Asked(lock);
            out.push(Effect::AskLock { lock });
        }
        let out_of_patience = now.monotonic_ms >= until_ms;
        match self.lock {
            Lock::Granted(_) => true,
            Lock::Idle | Lock::Asked(_) if out_of_patience => {
                self.release(out);
                self.lock = Lock::Unavailable;
                true
            }
            Lock::Idle | Lock::Asked(_) => false,
            // Messages are hints; a renewal that a call waits for is not postponed because of them.
            Lock::Unavailable => {
                urgency != Urgency::Ahead || out_of_patience || now.monotonic_ms >= self.neighbour_until_ms
            }
        }
    }

    /// When to check again; `None` if nothing waits for its turn.
    pub(super) fn next_at(&self) -> Option<u64> {
        let wait = self.waits?;
        Some(match self.lock {
            Lock::Unavailable => wait.until_ms.min(self.neighbour_until_ms),
            Lock::Idle | Lock::Asked(_) | Lock::Granted(_) => wait.until_ms,
        })
    }

    /// There is nothing to refresh, or it has been done.
    pub(super) fn end(&mut self, out: &mut Vec<Effect>) {
        self.release(out);
        self.lock = Lock::Idle;
        self.waits = None;
    }

    pub(super) fn granted(&mut self, lock: LockNumber, out: &mut Vec<Effect>) {
        if self.lock == Lock::Asked(lock) {
            self.lock = Lock::Granted(lock);
        } else {
            out.push(Effect::ReleaseLock { lock });
        }
    }

    pub(super) fn lost(&mut self, lock: LockNumber) {
        if self.lock == Lock::Asked(lock) || self.lock == Lock::Granted(lock) {
            self.lock = Lock::Unavailable;
        }
    }

    pub(super) const fn neighbour_refreshes(&mut self, now: Now) {
        self.neighbour_until_ms = now.monotonic_ms.saturating_add(UNSEEN_PATIENCE_MS);
    }

    /// Check again after this number of milliseconds.
    pub(super) const fn neighbour_has_refreshed(&mut self, now: Now, in_ms: u64) {
        self.neighbour_until_ms = now.monotonic_ms.saturating_add(in_ms);
    }

    fn release(&self, out: &mut Vec<Effect>) {
        if let Lock::Asked(lock) | Lock::Granted(lock) = self.lock {
            out.push(Effect::ReleaseLock { lock });
        }
    }
}
