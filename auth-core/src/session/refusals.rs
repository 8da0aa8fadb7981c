//! How often a rejected token is renewed.

use super::Now;

/// The number of new tokens in a row that may be rejected and renewed at once: a user's roles may change
/// several times in quick succession.
const AT_ONCE: u64 = 4;
/// After that, one renewal in this time, in milliseconds. An API that rejects every token, for example
/// because it is configured for another issuer, costs no more refreshes than that.
const ONE_IN_MS: u64 = 10_000;

/// The budget for renewals of tokens that were themselves requested because of a rejection.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    /// When the budget will be full again (monotonic).
    whole_at_ms: u64,
}

impl Refusals {
    /// Takes one renewal from the budget, if there is one.
    pub(super) fn take(&mut self, now: Now) -> bool {
        let whole_at = self.whole_at_ms.max(now.monotonic_ms).saturating_add(ONE_IN_MS);
        let is_left = whole_at.saturating_sub(now.monotonic_ms) <= AT_ONCE * ONE_IN_MS;
        if is_left {
            self.whole_at_ms = whole_at;
        }
        is_left
    }
}

#[cfg(test)]
mod tests {
    use super::{Now, Refusals};

    #[test]
    fn four_at_once_then_one_in_ten_seconds() {
        let mut refusals = Refusals::default();
        let mut taken = Vec::new();
        for second in 0..60 {
            let now = Now { monotonic_ms: 1_000 * second, wall_ms: 0 };
            taken.extend((0..10).filter(|_| refusals.take(now)).map(|_| second));
        }
        assert_eq!(taken, [0, 0, 0, 0, 10, 20, 30, 40, 50]);
    }
}
