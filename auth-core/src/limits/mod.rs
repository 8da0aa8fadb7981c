//! Limits on attempts.
//!
//! There are two kinds of limits. A [`Rate`] is a bucket that empties at a constant speed. A [`Pace`] lets
//! the first failures pass and then requires a growing delay before each further attempt. Neither locks out a
//! user permanently: a rejected attempt does not count, so the next attempt is allowed as soon as the delay
//! is over.
//!
//! Three limits apply to a sign-in. The *pair* of account and address has a pace, for a user who mistypes or
//! a client that guesses. The *account* has a rate, against guesses from many addresses. The *address* has a
//! rate, against guesses at many accounts. A client is *known* to an account if its user recently signed in
//! from its address, or with its browser, which is recognised by a device cookie. Known clients are exempt
//! from the rates of account and address, so that failures of other clients can't lock out the user, and a
//! known browser has a pace of its own instead of the pair's. Accounts are distinguished by e-mail address
//! whether they exist or not.
//!
//! In addition to failures, an address has a rate for *all* attempts, sign-ups included, because each one
//! costs a password hash. A known client is exempt from it while it stays below a small rate of its own. In
//! the [queue](HashQueue) for hashes an address has few places.
//!
//! An attempt counts as a failure while it is [in progress](UnderWay), so that concurrent attempts are
//! limited like sequential ones. All times are milliseconds since the Unix epoch, passed in as arguments.

mod address;
mod hash_queue;
mod log_once;
mod pace;
mod rate;
mod recent;
mod sign_in;
mod under_way;

pub use address::AddressBucket;
pub use hash_queue::{HashQueue, NoPlace, QueueBounds, Turn};
pub use log_once::{LOG_ONCE_MS, LogOnce, MAX_LINES};
pub use pace::{Failures, Pace};
pub use rate::{Rate, Spent};
pub use recent::Recent;
pub use sign_in::{LastSignIns, Past, Recognised, SignInLimits, Verdict};
pub use under_way::UnderWay;

/// How long the caller must wait before the next attempt, in milliseconds. Never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wait(pub u64);

impl Wait {
    /// `None` if there is nothing to wait for.
    #[must_use]
    pub const fn of(ms: u64) -> Option<Self> {
        if ms == 0 { None } else { Some(Self(ms)) }
    }

    /// The value of `Retry-After`: whole seconds, rounded up.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0.div_ceil(1000)
    }
}

#[cfg(test)]
mod tests {
    use super::Wait;

    #[test]
    fn retry_after_is_never_too_early_and_never_zero() {
        for (ms, seconds) in [(1, 1), (999, 1), (1000, 1), (1001, 2), (900_000, 900)] {
            assert_eq!(Wait(ms).seconds(), seconds);
        }
        assert_eq!(Wait::of(0), None);
    }
}
