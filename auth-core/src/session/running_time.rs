//! A time limit that counts only while the tab runs. A frozen tab (in the background, in the back/forward
//! cache, on a computer that sleeps) runs no timers; when it runs again, the browser calls an overdue timer
//! before the tab has had any chance to read an answer that has arrived meanwhile.

/// How often the time is taken until the limit.
const TICKS: u64 = 20;
/// A tick that comes later than this after the one before, in addition to the period, shows that the tab did
/// not run: timers of a busy or hidden tab are late by one second at most.
const TOLERANCE_MS: u64 = 5_000;

/// What is left of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunningTime {
    period_ms: u64,
    left_ms: u64,
    last_tick_ms: u64,
}

impl RunningTime {
    /// A limit in milliseconds, at least one, that is counted from `now_ms` on. Times are of either clock,
    /// always the same one.
    #[must_use]
    pub const fn new(limit_ms: u64, now_ms: u64) -> Self {
        Self { period_ms: limit_ms.div_ceil(TICKS), left_ms: limit_ms, last_tick_ms: now_ms }
    }

    /// The period in milliseconds in which [`RunningTime::tick`] is to be called.
    #[must_use]
    pub const fn period_ms(&self) -> u64 {
        self.period_ms
    }

    /// Counts the time since the tick before, unless the tab has not run since. A clock that stands still or
    /// is set back counts as one period. Returns whether the limit is reached.
    pub const fn tick(&mut self, now_ms: u64) -> bool {
        let elapsed_ms = now_ms.saturating_sub(self.last_tick_ms);
        self.last_tick_ms = now_ms;
        if elapsed_ms <= self.period_ms.saturating_add(TOLERANCE_MS) {
            let counted_ms = if elapsed_ms > self.period_ms { elapsed_ms } else { self.period_ms };
            self.left_ms = self.left_ms.saturating_sub(counted_ms);
        }
        self.left_ms == 0
    }
}

#[cfg(test)]
mod tests {
    use super::RunningTime;

    /// The time at which the limit is reached, if a tick comes at each of these times.
    fn reached(limit_ms: u64, ticks: impl IntoIterator<Item = u64>) -> Option<u64> {
        let mut limit = RunningTime::new(limit_ms, 0);
        ticks.into_iter().find(|now_ms| limit.tick(*now_ms))
    }

    #[test]
    fn a_tab_that_runs_reaches_the_limit_in_time() {
        assert_eq!(RunningTime::new(20_000, 0).period_ms(), 1_000);
        assert_eq!(reached(20_000, (1_000..).step_by(1_000)), Some(20_000));
        assert_eq!(RunningTime::new(1, 0).period_ms(), 1);
        assert_eq!(reached(50, (3..).step_by(3)), Some(51));
    }

    #[test]
    fn check_53_a_frozen_tabs_time_limits_do_not_run() {
        let hour = 3_600_000;
        let before = (1_000..=19_000).step_by(1_000);
        assert_eq!(reached(20_000, before.clone().chain([19_000 + hour])), None, "the overdue tick");
        let after = (20_000 + hour..).step_by(1_000);
        assert_eq!(reached(20_000, before.chain([19_000 + hour]).chain(after)), Some(20_000 + hour));
    }

    #[test]
    fn a_hidden_tab_whose_timers_are_late_by_a_second_counts() {
        assert_eq!(reached(20_000, (2_000..).step_by(2_000)), Some(20_000));
    }

    #[test]
    fn a_clock_that_is_set_back_counts_and_does_not_fail() {
        // The first tick is late; the 20 after it are not.
        assert_eq!(reached(20_000, (0..100).rev().map(|second| second * 1_000)), Some(79_000));
    }
}
