//! A rate limit whose state is a single number.

use serde::{Deserialize, Serialize};

use super::Wait;

/// Allows a burst of `most`, and then one per `window_ms / most`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The size of the burst. At least 1.
    pub most: u64,
    /// The time until a full bucket is empty again, in milliseconds.
    pub window_ms: u64,
}

/// The time at which the bucket will be empty if nothing is added: the whole state of a rate. If it is in the
/// past, the bucket is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Spent(pub u64);

impl Rate {
    /// How long one event occupies the bucket, in milliseconds. Rounded up, so that at most `most` fit.
    #[must_use]
    pub const fn interval_ms(self) -> u64 {
        let most = if self.most == 0 { 1 } else { self.most };
        let interval = self.window_ms.div_ceil(most);
        if interval == 0 { 1 } else { interval }
    }

    /// How long another event must wait, while `under_way` others are expected.
    #[must_use]
    pub fn wait(self, spent: Option<Spent>, under_way: u64, now_ms: u64) -> Option<Wait> {
        let counted_on = self.interval_ms().saturating_mul(under_way.saturating_add(1));
        let full_until = self.empty_at(spent, now_ms).saturating_add(counted_on);
        Wait::of(full_until.saturating_sub(now_ms.saturating_add(self.window_ms)))
    }

    /// Adds an event. The bucket never holds more than its window, which limits every wait.
    #[must_use]
    pub fn take(self, spent: Option<Spent>, now_ms: u64) -> Spent {
        let full = now_ms.saturating_add(self.window_ms);
        Spent(self.empty_at(spent, now_ms).saturating_add(self.interval_ms()).min(full))
    }

    /// Removes an event that was added but did not happen.
    #[must_use]
    pub fn give_back(self, spent: Option<Spent>, now_ms: u64) -> Spent {
        Spent(self.empty_at(spent, now_ms).saturating_sub(self.interval_ms()).max(now_ms))
    }

    /// If the clock goes backwards, the wait is at most the window.
    fn empty_at(self, spent: Option<Spent>, now_ms: u64) -> u64 {
        let Spent(at) = spent.unwrap_or(Spent(0));
        at.clamp(now_ms, now_ms.saturating_add(self.window_ms))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Rate, Spent};
    use crate::limits::Wait;

    const RATE: Rate = Rate { most: 4, window_ms: 40_000 };

    #[test]
    fn allows_a_burst_and_then_one_at_a_time() {
        let now = 1_000_000;
        let mut spent = None;
        for _ in 0..4 {
            assert_eq!(RATE.wait(spent, 0, now), None);
            spent = Some(RATE.take(spent, now));
        }
        assert_eq!(RATE.wait(spent, 0, now), Some(Wait(10_000)));
        assert_eq!(RATE.wait(spent, 0, now + 9_999), Some(Wait(1)));
        assert_eq!(RATE.wait(spent, 0, now + 10_000), None);
        assert_eq!(RATE.wait(spent, 1, now + 10_000), Some(Wait(10_000)), "another one is under way");
        assert_eq!(RATE.wait(spent, 3, now + 40_000), None, "empty again");
    }

    #[test]
    fn returning_one_makes_room_for_one() {
        let now = 1_000_000;
        let full = (0..4).fold(None, |spent, _| Some(RATE.take(spent, now)));
        let spent = Some(RATE.give_back(full, now));
        assert_eq!(RATE.wait(spent, 0, now), None);
        assert_eq!(RATE.wait(spent, 1, now), Some(Wait(10_000)));
        assert_eq!(RATE.give_back(None, now), Spent(now), "an empty bucket stays empty");
    }

    #[test]
    fn a_clock_that_went_backwards_delays_by_at_most_the_window() {
        assert_eq!(RATE.wait(Some(Spent(u64::MAX)), 0, 5), Some(Wait(10_000)));
        assert_eq!(RATE.take(Some(Spent(u64::MAX)), 5), Spent(40_005));
    }

    proptest! {
        /// A client that takes as often as it may never gets more than the burst plus the steady rate, in any
        /// period.
        #[test]
        fn check_40_no_period_exceeds_the_rate(
            most in 1_u64..50,
            window_ms in 1_000_u64..1_000_000,
            steps in prop::collection::vec(0_u64..60_000, 1..200),
        ) {
            let rate = Rate { most, window_ms };
            let (mut now, mut spent, mut taken) = (0, None, Vec::new());
            for step in steps {
                now += step;
                match rate.wait(spent, 0, now) {
                    None => {
                        spent = Some(rate.take(spent, now));
                        taken.push(now);
                    }
                    Some(wait) => {
                        prop_assert!(wait.0 <= rate.interval_ms(), "the wait is at most one interval");
                        prop_assert_eq!(rate.wait(spent, 0, now + wait.0), None, "allowed after the stated wait");
                    }
                }
                prop_assert!(spent.is_none_or(|Spent(at)| at <= now + window_ms));
            }
            for (i, first) in taken.iter().enumerate() {
                for (j, last) in taken.iter().enumerate().skip(i) {
                    let count = u64::try_from(j - i + 1).unwrap();
                    prop_assert!(count <= most + (last - first) / rate.interval_ms());
                }
            }
        }
    }
}
