//! Some free failures, then growing delays.

use super::Wait;

/// The first `free` failures cause no delay. Each further failure doubles the delay before the next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How many failures cause no delay.
    pub free: u32,
    /// The delay after the last free failure, in milliseconds.
    pub first_ms: u64,
    /// The longest delay, in milliseconds.
    pub most_ms: u64,
    /// The time without a failure after which all failures are forgotten, in milliseconds. At least
    /// `most_ms`.
    pub forget_ms: u64,
}

/// The state of a pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failures {
    /// The number of failures.
    pub count: u32,
    /// The time of the last failure.
    pub last_ms: u64,
}

impl Pace {
    /// The delay before the next attempt after this many failures, in milliseconds.
    #[must_use]
    pub fn delay_ms(self, failures: u32) -> u64 {
        let Some(doublings) = failures.checked_sub(self.free.max(1)) else { return 0 };
        let factor = 1_u64.checked_shl(doublings).unwrap_or(u64::MAX);
        self.first_ms.saturating_mul(factor).min(self.most_ms)
    }

    /// How long another attempt must wait. Attempts in progress count as failures at this time.
    #[must_use]
    pub fn wait(self, failures: Option<Failures>, under_way: u32, now_ms: u64) -> Option<Wait> {
        let remembered = failures.filter(|failures| !self.forgets(*failures, now_ms));
        let count = remembered.map_or(0, |failures| failures.count).saturating_add(under_way);
        let since = match remembered {
            Some(failures) if under_way == 0 => now_ms.saturating_sub(failures.last_ms),
            Some(_) | None => 0,
        };
        Wait::of(self.delay_ms(count).saturating_sub(since))
    }

    /// Adds a failure.
    #[must_use]
    pub fn failed(self, failures: Option<Failures>, now_ms: u64) -> Failures {
        let remembered = failures.filter(|failures| !self.forgets(*failures, now_ms));
        let count = remembered.map_or(0, |failures| failures.count).saturating_add(1);
        Failures { count, last_ms: now_ms }
    }

    fn forgets(self, failures: Failures, now_ms: u64) -> bool {
        now_ms.saturating_sub(failures.last_ms) >= self.forget_ms
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Failures, Pace};
    use crate::limits::Wait;

    const PACE: Pace = Pace { free: 5, first_ms: 10_000, most_ms: 900_000, forget_ms: 86_400_000 };

    fn after(count: u32) -> Option<Failures> {
        Some(Failures { count, last_ms: 1_000_000 })
    }

    #[test]
    fn check_40_five_failures_are_free_then_the_delay_doubles_up_to_a_bound() {
        let delays = [0, 4, 5, 6, 7, 11, 12, 13, 1_000, u32::MAX].map(|count| PACE.delay_ms(count) / 1000);
        assert_eq!(delays, [0, 0, 10, 20, 40, 640, 900, 900, 900, 900]);
    }

    #[test]
    fn check_40_allows_an_attempt_after_the_delay() {
        let now = 1_000_000;
        assert_eq!(PACE.wait(after(4), 0, now), None);
        assert_eq!(PACE.wait(after(5), 0, now + 4_000), Some(Wait(6_000)));
        assert_eq!(PACE.wait(after(5), 0, now + 10_000), None);
        assert_eq!(PACE.wait(after(5), 1, now + 10_000), Some(Wait(20_000)), "one of them, not two");
        assert_eq!(PACE.wait(after(u32::MAX), 0, now + 900_000), None);
    }

    #[test]
    fn check_40_limits_concurrent_attempts_like_sequential_ones() {
        let let_through = (0..100).take_while(|under_way| PACE.wait(None, *under_way, 0).is_none()).count();
        assert_eq!(let_through, 5);
    }

    #[test]
    fn counters_reset_after_a_day_without_failures() {
        let later = 1_000_000 + 86_400_000;
        assert_eq!(PACE.wait(after(50), 0, later), None);
        assert_eq!(PACE.failed(after(50), later), Failures { count: 1, last_ms: later });
    }

    proptest! {
        #[test]
        fn check_40_delays_never_shrink_as_failures_grow_and_are_bounded(
            free in 1_u32..20, first_ms in 1_u64..100_000, more in 0_u64..1_000_000, count in any::<u32>(),
        ) {
            let pace = Pace { free, first_ms, most_ms: first_ms + more, forget_ms: 86_400_000 };
            let next = count.saturating_add(1);
            prop_assert!(pace.delay_ms(count) <= pace.delay_ms(next));
            prop_assert!(pace.delay_ms(next) <= pace.most_ms);
        }

        /// Repeated questions never prolong a wait, and every wait ends.
        #[test]
        fn check_40_a_wait_is_never_longer_than_stated(
            count in 0_u32..100, last_ms in 0_u64..2_000_000, now_ms in 0_u64..2_000_000, asked in 0_u64..1_000_000,
        ) {
            let failures = Some(Failures { count, last_ms });
            if let Some(Wait(ms)) = PACE.wait(failures, 0, now_ms) {
                prop_assert!(ms <= PACE.most_ms);
                prop_assert_eq!(PACE.wait(failures, 0, last_ms.max(now_ms) + PACE.most_ms), None);
                let in_between = PACE.wait(failures, 0, now_ms + asked.min(ms - 1));
                prop_assert!(in_between.is_some_and(|wait| wait.0 <= ms));
            }
        }
    }
}
