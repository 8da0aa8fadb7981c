//! Time as a value. Nothing in this crate reads a clock.

use serde::{Deserialize, Serialize};

/// A moment, in whole seconds since the Unix epoch (RFC 7519, `NumericDate` without fractions).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixTime(pub u64);

impl UnixTime {
    /// This moment, `seconds` later. Saturates: a time that can't be written down is never reached.
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// This moment, `seconds` earlier, but not before the epoch.
    #[must_use]
    pub const fn minus(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }

    /// Seconds from `earlier` to this moment; 0 when the clock went backwards in between.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

#[cfg(test)]
mod tests {
    use super::UnixTime;

    #[test]
    fn a_clock_that_went_backwards_makes_nothing_older() {
        assert_eq!(UnixTime(100).since(UnixTime(160)), 0);
        assert_eq!(UnixTime(160).since(UnixTime(100)), 60);
        assert_eq!(UnixTime(10).minus(20), UnixTime(0));
        assert_eq!(UnixTime(u64::MAX).plus(1), UnixTime(u64::MAX));
    }
}
