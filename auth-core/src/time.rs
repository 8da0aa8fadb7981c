//! Time as a value. Nothing in this crate reads a clock.

use serde::{Deserialize, Serialize};

/// A time, in whole seconds since the Unix epoch (RFC 7519, `NumericDate` without fractions).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixTime(pub u64);

impl UnixTime {
    /// This time plus `seconds`. Saturates.
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// This time minus `seconds`, but not before the epoch.
    #[must_use]
    pub const fn minus(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }

    /// Seconds from `earlier` to this time; 0 if the clock went backwards in between.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// A moment, in whole milliseconds since the Unix epoch: the resolution at which the dates of other issuers
/// are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(pub u64);

impl UnixMillis {
    /// The second that it belongs to.
    #[must_use]
    pub const fn seconds(self) -> UnixTime {
        UnixTime(self.0 / 1000)
    }

    /// This moment, `seconds` later. Saturates.
    #[must_use]
    pub const fn plus_seconds(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// Milliseconds from `earlier` to this moment; 0 when the clock went backwards in between.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The first whole second that isn't earlier than this moment.
    #[must_use]
    pub const fn ceil(self) -> UnixTime {
        UnixTime(self.0.div_ceil(1000))
    }
}

impl From<UnixTime> for UnixMillis {
    fn from(time: UnixTime) -> Self {
        Self(time.0.saturating_mul(1000))
    }
}

impl PartialEq<UnixTime> for UnixMillis {
    fn eq(&self, other: &UnixTime) -> bool {
        *self == Self::from(*other)
    }
}

#[cfg(test)]
mod tests {
    use super::{UnixMillis, UnixTime};

    #[test]
    fn milliseconds_are_whole_seconds_rounded_up() {
        for (millis, seconds) in [(0, 0), (1, 1), (999, 1), (1_000, 1), (1_001, 2)] {
            assert_eq!(UnixMillis(millis).ceil(), UnixTime(seconds));
        }
        assert_eq!(UnixMillis(1_500).plus_seconds(2), UnixMillis(3_500));
        assert_eq!(UnixMillis::from(UnixTime(u64::MAX)).plus_seconds(1), UnixMillis(u64::MAX));
        assert_eq!(UnixMillis(2_000), UnixTime(2));
    }

    #[test]
    fn the_difference_is_zero_after_a_clock_went_backwards() {
        assert_eq!(UnixTime(100).since(UnixTime(160)), 0);
        assert_eq!(UnixTime(160).since(UnixTime(100)), 60);
        assert_eq!(UnixTime(10).minus(20), UnixTime(0));
        assert_eq!(UnixTime(u64::MAX).plus(1), UnixTime(u64::MAX));
    }
}
