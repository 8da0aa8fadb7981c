//! How long a copy of an issuer's keys is good, and when to ask for another.

use crate::time::UnixTime;

/// For this many seconds a copy is fresh.
pub const FRESH: u64 = 600;

/// For this many seconds a copy is better than none, when the issuer can't be reached.
pub const STALE: u64 = 86_400;

/// For this many seconds after an attempt, successful or not, there is no other.
pub const COOL_DOWN: u64 = 30;

/// What is known about a copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CopyState {
    /// When the copy was fetched; `None`: there is none.
    pub fetched_at: Option<UnixTime>,
    /// When somebody last tried to fetch one.
    pub attempted_at: Option<UnixTime>,
}

/// What a request for a key has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyNeed {
    /// Go by the copy.
    Use,
    /// Go by the copy, and have another fetched meanwhile.
    UseAndRefresh,
    /// Fetch first.
    Fetch,
    /// The copy is good, doesn't hold the key, and was asked for a moment ago: there is no such key.
    Unknown,
    /// There is no copy that is good enough, and one was tried for a moment ago: nothing can be verified.
    Unavailable,
}

impl CopyState {
    /// What a request at `now` has to do that needs a key which the copy `holds` or not.
    #[must_use]
    pub fn need(self, holds: bool, now: UnixTime) -> KeyNeed {
        let may_fetch = self.attempted_at.is_none_or(|at| now.since(at) >= COOL_DOWN);
        let age = self.fetched_at.map(|at| now.since(at)).filter(|age| *age < STALE);
        match (age, holds) {
            (Some(age), true) if age < FRESH || !may_fetch => KeyNeed::Use,
            (Some(_), true) => KeyNeed::UseAndRefresh,
            (_, _) if may_fetch => KeyNeed::Fetch,
            (Some(_), false) => KeyNeed::Unknown,
            (None, _) => KeyNeed::Unavailable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CopyState, KeyNeed};
    use crate::time::UnixTime;

    fn need(fetched: Option<u64>, attempted: Option<u64>, holds: bool, now: u64) -> KeyNeed {
        CopyState { fetched_at: fetched.map(UnixTime), attempted_at: attempted.map(UnixTime) }
            .need(holds, UnixTime(now))
    }

    #[test]
    fn check_14_fresh_stale_and_too_old() {
        let at = 1_000_000;
        for (fetched, attempted, holds, now, expected) in [
            (None, None, false, at, KeyNeed::Fetch),
            (None, Some(at - 29), false, at, KeyNeed::Unavailable),
            (None, Some(at - 30), false, at, KeyNeed::Fetch),
            (Some(at - 599), Some(at - 599), true, at, KeyNeed::Use),
            (Some(at - 600), Some(at - 600), true, at, KeyNeed::UseAndRefresh),
            (Some(at - 600), Some(at - 29), true, at, KeyNeed::Use),
            (Some(at - 86_399), Some(at - 1), true, at, KeyNeed::Use),
            (Some(at - 86_400), Some(at - 1), true, at, KeyNeed::Unavailable),
            (Some(at - 86_400), Some(at - 30), true, at, KeyNeed::Fetch),
        ] {
            assert_eq!(need(fetched, attempted, holds, now), expected, "{fetched:?} {attempted:?} {holds}");
        }
    }

    #[test]
    fn check_14_an_unknown_key_causes_one_attempt_in_the_cool_down() {
        assert_eq!(need(Some(100), Some(100), false, 129), KeyNeed::Unknown);
        assert_eq!(need(Some(100), Some(100), false, 130), KeyNeed::Fetch);
        assert_eq!(need(Some(100), Some(130), false, 159), KeyNeed::Unknown);
        let attempts = (0..10_000u64)
            .map(|i| 200 + i * 30 / 10_000)
            .scan(
                CopyState { fetched_at: Some(UnixTime(100)), attempted_at: Some(UnixTime(100)) },
                |state, now| {
                    let fetches = state.need(false, UnixTime(now)) == KeyNeed::Fetch;
                    if fetches {
                        state.attempted_at = Some(UnixTime(now));
                    }
                    Some(fetches)
                },
            )
            .filter(|fetches| *fetches)
            .count();
        assert_eq!(attempts, 1);
    }

    #[test]
    fn a_clock_that_went_backwards_makes_no_copy_older() {
        assert_eq!(need(Some(500), Some(500), true, 400), KeyNeed::Use);
    }
}
