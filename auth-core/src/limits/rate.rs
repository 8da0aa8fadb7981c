//! So many in so long a time, remembered as one number.

use serde::{Deserialize, Serialize};

use super::Wait;

/// At most `most` at once, and from then on one whenever `window_ms / most` has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many at once. At least 1.
    pub most: u64,
    /// How long it takes until a full bucket is empty again, in milliseconds.
    pub window_ms: u64,
}

/// When the bucket will be empty, if nothing more comes: all a rate has to remember. In the past, it is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Spent(pub u64);

impl Rate {
    /// How long one takes to be forgotten, in milliseconds. Rounded up, so that never more than `most` fit.
    #[must_use]
    pub const fn interval_ms(self) -> u64 {
        let most = if self.most == 0 { 1 } else { self.most };
        let interval = self.window_ms.div_ceil(most);
        if interval == 0 { 1 } else { interval }
    }

    /// How long one more has to wait, when `under_way` others are already counted on.
    #[must_use]
    pub fn wait(self, spent: Option<Spent>, under_way: u64, now_ms: u64) -> Option<Wait> {
        let counted_on = self.interval_ms().saturating_mul(under_way.saturating_add(1));
        let full_until = self.empty_at(spent, now_ms).saturating_add(counted_on);
        Wait::of(full_until.saturating_sub(now_ms.saturating_add(self.window_ms)))
    }

    /// One more has come. A bucket never holds more than its window, so that no wait is ever longer than that.
    #[must_use]
    pub fn take(self, spent: Option<Spent>, now_ms: u64) -> Spent {
        let full = now_ms.saturating_add(self.window_ms);
        Spent(self.empty_at(spent, now_ms).saturating_add(self.interval_ms()).min(full))
    }

    /// One that was taken is given back, because it did not come after all.
    #[must_use]
    pub fn give_back(self, spent: Option<Spent>, now_ms: u64) -> Spent {
        Spent(self.empty_at(spent, now_ms).saturating_sub(self.interval_ms()).max(now_ms))
    }

    /// A clock that went backwards costs no more than the window.
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
    fn so_many_at_once_and_then_one_at_a_time() {
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
    fn one_that_is_given_back_makes_room_for_one() {
        let now = 1_000_000;
        let full = (0..4).fold(None, |spent, _| Some(RATE.take(spent, now)));
        let spent = Some(RATE.give_back(full, now));
        assert_eq!(RATE.wait(spent, 0, now), None);
        assert_eq!(RATE.wait(spent, 1, now), Some(Wait(10_000)));
        assert_eq!(RATE.give_back(None, now), Spent(now), "an empty bucket stays empty");
    }

    #[test]
    fn a_clock_that_went_backwards_costs_no_more_than_the_window() {
        assert_eq!(RATE.wait(Some(Spent(u64::MAX)), 0, 5), Some(Wait(10_000)));
        assert_eq!(RATE.take(Some(Spent(u64::MAX)), 5), Spent(40_005));
    }

    proptest! {
        /// Whoever takes whenever he may gets, in any stretch of time, no more than the burst and the steady speed.
        #[test]
        fn check_40_no_stretch_of_time_holds_more_than_the_rate(
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
                        prop_assert!(wait.0 <= rate.interval_ms(), "the next place is never further away than one");
                        prop_assert_eq!(rate.wait(spent, 0, now + wait.0), None, "what was promised holds");
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
