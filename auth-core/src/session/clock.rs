//! Two clocks and random delays. Neither clock can be trusted alone: the monotonic one may stop while a
//! laptop sleeps, and the wall clock may be changed.

/// Smaller differences between the clocks are ignored: both are rounded, and the wall clock is slewed.
const CLOCK_TOLERANCE_MS: u64 = 1_000;

/// The time of an input, by both clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds since a fixed time; never decreases (`performance.now()`).
    pub monotonic_ms: u64,
    /// Milliseconds since the Unix epoch, by the computer's adjustable clock (`Date.now()`).
    pub wall_ms: u64,
}

/// A time in the future, by both clocks. It is reached when either clock reaches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deadline {
    pub(super) monotonic_ms: u64,
    pub(super) wall_ms: u64,
}

impl Deadline {
    pub(super) const fn after(start: Now, ms: u64) -> Self {
        Self {
            monotonic_ms: start.monotonic_ms.saturating_add(ms),
            wall_ms: start.wall_ms.saturating_add(ms),
        }
    }

    pub(super) const fn is_reached(self, now: Now) -> bool {
        now.monotonic_ms >= self.monotonic_ms || now.wall_ms >= self.wall_ms
    }

    /// If the wall clock is further from this time than the monotonic one, it was set back. It is then
    /// adjusted, so that it still reveals a sleep during which the monotonic clock stops. A clock that was
    /// set forward can't be distinguished from a sleep.
    #[must_use]
    pub(super) const fn seen_at(self, now: Now) -> Self {
        let left_ms = self.monotonic_ms.saturating_sub(now.monotonic_ms);
        let wall_ms = now.wall_ms.saturating_add(left_ms);
        if self.wall_ms > wall_ms.saturating_add(CLOCK_TOLERANCE_MS) {
            return Self { monotonic_ms: self.monotonic_ms, wall_ms };
        }
        self
    }
}

/// A random fraction from 0 to 1, so that many tabs don't send requests at the same time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Jitter(pub u16);

impl Jitter {
    /// This fraction of `span`.
    #[must_use]
    pub fn of(self, span: u64) -> u64 {
        let whole = u64::from(u16::MAX);
        let share = u64::from(self.0);
        // Split so that no span overflows.
        (span / whole).saturating_mul(share).saturating_add((span % whole) * share / whole)
    }
}

/// The deadlines, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Timer {
    /// Renew the token, or retry a renewal.
    Refresh,
    /// Retry a pending sign-out.
    SignOut,
    /// Stop waiting for other tabs' refreshes.
    Turn,
    /// Verify a message of another tab.
    Hint,
}

#[cfg(test)]
mod tests {
    use super::{Deadline, Jitter, Now};

    #[test]
    fn the_earlier_clock_wins() {
        let deadline = Deadline::after(Now { monotonic_ms: 1_000, wall_ms: 50_000 }, 300_000);
        let reached = |monotonic_ms, wall_ms| deadline.is_reached(Now { monotonic_ms, wall_ms });
        assert!(!reached(300_999, 349_999));
        assert!(reached(301_000, 50_000), "the wall clock was set back");
        assert!(reached(1_001, 350_000), "the monotonic clock stood still");
    }

    #[test]
    fn check_53_a_clock_that_was_set_back_still_notices_a_sleep() {
        let deadline = Deadline::after(Now { monotonic_ms: 1_000, wall_ms: 86_450_000 }, 300_000);
        let set_back = deadline.seen_at(Now { monotonic_ms: 2_000, wall_ms: 51_000 });
        assert_eq!(set_back, Deadline { monotonic_ms: 301_000, wall_ms: 350_000 });
        assert!(set_back.is_reached(Now { monotonic_ms: 2_000, wall_ms: 350_000 }));
        for wall_ms in [86_451_000, 86_450_001, 86_452_000, 200_000_000] {
            let now = Now { monotonic_ms: 2_000, wall_ms };
            assert_eq!(deadline.seen_at(now), deadline, "slewed, or set forward");
        }
    }

    #[test]
    fn jitter_spans_everything_from_nothing_to_all() {
        assert_eq!(Jitter(0).of(30_000), 0);
        assert_eq!(Jitter(u16::MAX).of(30_000), 30_000);
        assert_eq!(Jitter(u16::MAX).of(u64::MAX), u64::MAX);
        assert!((14_999..=15_000).contains(&Jitter(32_767).of(30_000)));
    }
}
