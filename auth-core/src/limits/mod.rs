//! How often somebody may try.
//!
//! Two shapes are enough. A [`Rate`] is a bucket that empties at an even speed; a [`Pace`] lets the first failures pass and
//! then puts a growing delay before each further attempt. Neither locks anybody out: what is refused now is allowed when the
//! delay is over, whatever was tried in between, because an attempt that was refused counts for nothing.
//!
//! A sign-in is held against three of them. The *pair* of account and address has a pace: that is a user mistyping, or a client
//! guessing. The *account* has a rate, against guesses from many addresses. The *address* has a rate, against guesses at many
//! accounts. A client is *known* to an account if its user signed in from its address lately, or with its browser, which a device
//! cookie tells. Known clients are exempt from the rates of account and address, so that failures of other clients cannot keep the
//! user out, and a known browser has a pace of its own instead of the pair's. Accounts are told apart by e-mail address whether
//! they exist or not.
//!
//! Besides failures, an address has a rate for *all* attempts, sign-ups among them, because each one costs a password hash. A known
//! client is exempt from it as well, for as long as it keeps to a small rate of its own. In the [queue](HashQueue) for the hash an
//! address has few places.
//!
//! An attempt counts as a failure while it is [under way](UnderWay), so that many at once get no further than one after the
//! other. All times are milliseconds since the Unix epoch, and arguments.

mod address;
mod hash_queue;
mod pace;
mod rate;
mod recent;
mod sign_in;
mod under_way;

pub use address::AddressBucket;
pub use hash_queue::{HashQueue, NoPlace, QueueBounds, Turn};
pub use pace::{Failures, Pace};
pub use rate::{Rate, Spent};
pub use recent::Recent;
pub use sign_in::{LastSignIns, Past, Recognised, SignInLimits, Verdict};
pub use under_way::UnderWay;

/// How long to wait before the next attempt, in milliseconds. Never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wait(pub u64);

impl Wait {
    /// `None` for no time at all.
    #[must_use]
    pub const fn of(ms: u64) -> Option<Self> {
        if ms == 0 { None } else { Some(Self(ms)) }
    }

    /// As `Retry-After` says it: whole seconds, after which the wait is over.
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
