//! How often a refused token is worth another one.

use super::Now;

/// So many refusals of brand-new tokens in a row are believed: a user's roles may well change twice in a moment.
const AT_ONCE: u64 = 4;
/// From then on, one in this time. An API that refuses whatever it is given, because it is configured for another
/// issuer, say, costs no more refreshes than that.
const ONE_IN_MS: u64 = 10_000;

/// A budget for renewals of tokens that had themselves been fetched because of a refusal.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    /// When the budget will be whole again (monotonic).
    whole_at_ms: u64,
}

impl Refusals {
    /// Takes one out of the budget, if there is one in it.
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
