//! The delay after a failure: 200 ms, doubled with each failure, at most 30 s, and at least the service's
//! `Retry-After`.

use super::{Jitter, Now};

const FIRST_MS: u64 = 200;
pub(super) const LONGEST_MS: u64 = 30_000;
/// The longest `Retry-After` that is obeyed, so that a misconfigured proxy can't stop a client for a day.
const MOST_RETRY_AFTER_MS: u64 = 3_600_000;

/// The number of consecutive failures, and the time of the next attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Backoff {
    failures: u32,
    /// The end of the service's `Retry-After`, by the monotonic clock.
    asked_ms: u64,
}

impl Backoff {
    /// Counts a failure. Returns the time of the next attempt: half of the delay, plus a random part of the
    /// other half, and not before `Retry-After` allows it.
    pub(super) fn fail(&mut self, now: Now, jitter: Jitter, retry_after_ms: Option<u64>) -> u64 {
        let delay = FIRST_MS.saturating_mul(1 << self.failures.min(16)).min(LONGEST_MS);
        self.failures = self.failures.saturating_add(1);
        let asked =
            retry_after_ms.map_or(0, |ms| ms.min(MOST_RETRY_AFTER_MS).saturating_add(jitter.of(FIRST_MS)));
        self.asked_ms = now.monotonic_ms.saturating_add(asked);
        self.not_before(now.monotonic_ms.saturating_add(delay / 2).saturating_add(jitter.of(delay / 2)))
    }

    /// `at_ms`, or later if `Retry-After` requires it.
    pub(super) fn not_before(&self, at_ms: u64) -> u64 {
        at_ms.max(self.asked_ms)
    }

    pub(super) const fn has_failed(&self) -> bool {
        self.failures > 0
    }
}

#[cfg(test)]
mod tests {
    use super::{Backoff, Jitter, Now};

    const NOW: Now = Now { monotonic_ms: 1_000, wall_ms: 0 };

    #[test]
    fn the_delay_doubles_to_30_s() {
        let mut backoff = Backoff::default();
        let delays: Vec<u64> = (0..10).map(|_| backoff.fail(NOW, Jitter(u16::MAX), None) - 1_000).collect();
        assert_eq!(delays, [200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
        let mut backoff = Backoff::default();
        assert_eq!(backoff.fail(NOW, Jitter(0), None), 1_100, "at least half of it");
    }

    #[test]
    fn retry_after_is_honoured_within_reason() {
        let mut backoff = Backoff::default();
        assert_eq!(backoff.fail(NOW, Jitter(0), Some(7_000)), 8_000);
        assert_eq!(backoff.not_before(1_500), 8_000);
        assert_eq!(backoff.fail(NOW, Jitter(0), Some(u64::MAX)), 3_601_000);
        assert_eq!(backoff.fail(NOW, Jitter(u16::MAX), None), 1_800, "the last answer counts");
    }
}
