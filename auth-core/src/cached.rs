//! Copies of what another party has: how long a copy may be used, and when to ask for another one.
//!
//! Requests share no future, so a copy is a value with a time. One request of many renews it while the others
//! use it (single flight), and attempts do not follow each other more closely than a minimum interval
//! (cool-down).

use std::rc::Rc;

/// How old a copy may be, and how often it is renewed, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Up to this age the copy is fresh: it is used as it is.
    pub fresh_ms: u64,
    /// Up to this age the copy is stale: it is used while one request renews it in the background.
    pub stale_ms: u64,
    /// Up to this age the copy is used only if renewing it fails. Older ones are expired.
    pub expired_ms: u64,
    /// The minimum interval between the beginnings of two attempts, unless a request can't continue without
    /// one.
    pub interval_ms: u64,
}

/// What a request must do before it uses a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing.
    Nothing,
    /// Nothing, but this request should renew the copy in the background.
    RenewAside,
    /// Renew it first, and use it as it is if that fails.
    RenewFirst,
    /// Get one first, and fail if that fails.
    Fetch,
}

/// What a request must do that needs a part of the copy, if every attempt is subject to the minimum interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartNeed {
    /// Use the copy.
    Use,
    /// Use the copy, and renew it in the background.
    UseAndRenew,
    /// Get a copy first.
    Fetch,
    /// The copy is usable, does not contain the part, and was renewed a short while ago: there is no such
    /// part.
    Unknown,
    /// There is no usable copy, and an attempt was made a short while ago.
    Unavailable,
}

impl Rules {
    /// What a request must do before it uses a copy of this age; `None` if there is no copy.
    #[must_use]
    pub const fn need(&self, age_ms: Option<u64>) -> Need {
        match age_ms {
            Some(age) if age <= self.fresh_ms => Need::Nothing,
            Some(age) if age <= self.stale_ms => Need::RenewAside,
            Some(age) if age <= self.expired_ms => Need::RenewFirst,
            Some(_) | None => Need::Fetch,
        }
    }
}

/// A value with a time.
pub trait Dated {
    /// When the value was valid, in milliseconds since the Unix epoch: when it was asked for, or what the
    /// other party states. Never when it arrived, because a reply lacks what changed while it was on its way.
    fn taken_at_ms(&self) -> u64;
}

impl<T: Dated> Dated for Rc<T> {
    fn taken_at_ms(&self) -> u64 {
        self.as_ref().taken_at_ms()
    }
}

/// A copy, if there is one, and the attempts to renew it.
#[derive(Clone, Debug)]
pub struct Cached<T> {
    copy: Option<T>,
    begun_at_ms: Option<u64>,
    is_under_way: bool,
}

impl<T> Default for Cached<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Cached<T> {
    /// No copy.
    #[must_use]
    pub const fn new() -> Self {
        Self { copy: None, begun_at_ms: None, is_under_way: false }
    }

    /// The copy, of whatever age.
    #[must_use]
    pub const fn copy(&self) -> Option<&T> {
        self.copy.as_ref()
    }

    /// The copy, to be replaced or brought up to date.
    pub const fn copy_mut(&mut self) -> &mut Option<T> {
        &mut self.copy
    }

    /// An attempt to renew the copy begins.
    pub const fn begin(&mut self, now_ms: u64) {
        self.begun_at_ms = Some(now_ms);
        self.is_under_way = true;
    }

    /// The attempt has ended, with or without success.
    pub const fn end(&mut self) {
        self.is_under_way = false;
    }

    /// Whether the last attempt began at least so many milliseconds ago.
    #[must_use]
    pub fn may_begin(&self, interval_ms: u64, now_ms: u64) -> bool {
        self.begun_at_ms.is_none_or(|at| now_ms.saturating_sub(at) >= interval_ms)
    }

    /// Whether an attempt is under way. One that began longer ago than `most_ms` has ended, even if it did
    /// not report it, because the request that made it was cancelled.
    #[must_use]
    pub fn is_under_way(&self, most_ms: u64, now_ms: u64) -> bool {
        self.is_under_way && !self.may_begin(most_ms, now_ms)
    }
}

impl<T: Dated> Cached<T> {
    /// The copy's age in milliseconds. A clock that was set back makes no copy older.
    #[must_use]
    pub fn age_ms(&self, now_ms: u64) -> Option<u64> {
        self.copy.as_ref().map(|copy| now_ms.saturating_sub(copy.taken_at_ms()))
    }

    /// The copy, unless it is expired.
    #[must_use]
    pub fn usable(&self, rules: &Rules, now_ms: u64) -> Option<&T> {
        self.copy.as_ref().filter(|_| rules.need(self.age_ms(now_ms)) != Need::Fetch)
    }

    /// What a request must do before it uses the copy.
    #[must_use]
    pub fn need(&self, rules: &Rules, now_ms: u64) -> Need {
        match rules.need(self.age_ms(now_ms)) {
            Need::RenewAside if !self.may_begin(rules.interval_ms, now_ms) => Need::Nothing,
            need => need,
        }
    }

    /// What a request must do that needs a part which the copy contains or not.
    #[must_use]
    pub fn need_part(&self, contains: bool, rules: &Rules, now_ms: u64) -> PartNeed {
        let may_begin = self.may_begin(rules.interval_ms, now_ms);
        match (rules.need(self.age_ms(now_ms)), contains) {
            (Need::Nothing, true) => PartNeed::Use,
            (Need::RenewAside | Need::RenewFirst, true) if may_begin => PartNeed::UseAndRenew,
            (Need::RenewAside | Need::RenewFirst, true) => PartNeed::Use,
            (_, _) if may_begin => PartNeed::Fetch,
            (Need::Fetch, _) => PartNeed::Unavailable,
            (Need::Nothing | Need::RenewAside | Need::RenewFirst, false) => PartNeed::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Cached, Dated, Need, PartNeed, Rules};
    use crate::token::FOREIGN_KEYS;

    struct At(u64);

    impl Dated for At {
        fn taken_at_ms(&self) -> u64 {
            self.0
        }
    }

    fn cached(taken_at_ms: Option<u64>, begun_at_ms: Option<u64>) -> Cached<At> {
        Cached { copy: taken_at_ms.map(At), begun_at_ms, is_under_way: false }
    }

    const RULES: Rules = Rules { fresh_ms: 5_000, stale_ms: 10_000, expired_ms: 60_000, interval_ms: 1_000 };

    #[test]
    fn fresh_stale_and_expired() {
        for (age, expected) in [
            (None, Need::Fetch),
            (Some(0), Need::Nothing),
            (Some(5_000), Need::Nothing),
            (Some(5_001), Need::RenewAside),
            (Some(10_000), Need::RenewAside),
            (Some(10_001), Need::RenewFirst),
            (Some(60_000), Need::RenewFirst),
            (Some(60_001), Need::Fetch),
        ] {
            assert_eq!(RULES.need(age), expected, "{age:?}");
            let now = 1_000_000;
            let cached = cached(age.map(|age| now - age), None);
            assert_eq!(cached.need(&RULES, now), expected, "{age:?}");
            assert_eq!(cached.usable(&RULES, now).is_some(), expected != Need::Fetch, "{age:?}");
        }
    }

    #[test]
    fn one_request_of_many_renews_a_stale_copy() {
        let mut cached = cached(Some(0), None);
        let renewals = (0..1_000).filter(|_| {
            let renews = cached.need(&RULES, 5_001) == Need::RenewAside;
            if renews {
                cached.begin(5_001);
            }
            renews
        });
        assert_eq!(renewals.count(), 1);
        assert_eq!(cached.need(&RULES, 6_000), Need::Nothing, "the copy is used meanwhile");
        assert_eq!(cached.need(&RULES, 6_001), Need::RenewAside, "an attempt that takes long is repeated");
        assert_eq!(cached.need(&RULES, 10_001), Need::RenewFirst, "no request waits for another's attempt");
        *cached.copy_mut() = Some(At(10_001));
        assert_eq!(cached.need(&RULES, 15_001), Need::Nothing);
    }

    #[test]
    fn an_attempt_runs_until_it_ends_or_times_out() {
        let mut cached = cached(None, None);
        assert!(!cached.is_under_way(6_000, 0));
        cached.begin(100);
        assert!(cached.is_under_way(6_000, 100));
        assert!(cached.is_under_way(6_000, 6_099));
        assert!(!cached.is_under_way(6_000, 6_100), "it did not report its end");
        cached.begin(7_000);
        cached.end();
        assert!(!cached.is_under_way(6_000, 7_001));
        assert!(!cached.may_begin(30_000, 36_999), "but counts");
        assert!(cached.may_begin(30_000, 37_000));
    }

    #[test]
    fn check_14_fresh_stale_and_too_old_keys_of_another_issuer() {
        let at = 1_000_000_000;
        for (taken, begun, contains, expected) in [
            (None, None, false, PartNeed::Fetch),
            (None, Some(at - 29_999), false, PartNeed::Unavailable),
            (None, Some(at - 30_000), false, PartNeed::Fetch),
            (Some(at - 599_999), Some(at - 599_999), true, PartNeed::Use),
            (Some(at - 600_000), Some(at - 600_000), true, PartNeed::UseAndRenew),
            (Some(at - 600_000), Some(at - 29_999), true, PartNeed::Use),
            (Some(at - 86_399_999), Some(at - 1_000), true, PartNeed::Use),
            (Some(at - 86_400_000), Some(at - 1_000), true, PartNeed::Unavailable),
            (Some(at - 86_400_000), Some(at - 30_000), true, PartNeed::Fetch),
            (Some(at - 1_000), Some(at - 29_999), false, PartNeed::Unknown),
            (Some(at - 1_000), Some(at - 30_000), false, PartNeed::Fetch),
        ] {
            let need = cached(taken, begun).need_part(contains, &FOREIGN_KEYS, at);
            assert_eq!(need, expected, "{taken:?} {begun:?} {contains}");
        }
    }

    #[test]
    fn check_14_an_unknown_key_causes_one_attempt_in_the_cool_down() {
        let mut cached = cached(Some(100_000), Some(100_000));
        assert_eq!(cached.need_part(false, &FOREIGN_KEYS, 129_999), PartNeed::Unknown);
        assert_eq!(cached.need_part(false, &FOREIGN_KEYS, 130_000), PartNeed::Fetch);
        let attempts = (0..10_000).map(|i| 200_000 + i * 3).filter(|now| {
            let fetches = cached.need_part(false, &FOREIGN_KEYS, *now) == PartNeed::Fetch;
            if fetches {
                cached.begin(*now);
                cached.end();
            }
            fetches
        });
        assert_eq!(attempts.count(), 1);
    }

    #[test]
    fn a_clock_that_went_backwards_makes_no_copy_older() {
        let cached = cached(Some(500_000), Some(500_000));
        assert_eq!(cached.need_part(true, &FOREIGN_KEYS, 400_000), PartNeed::Use);
        assert_eq!(cached.age_ms(400_000), Some(0));
        assert_eq!(cached.need(&RULES, 400_000), Need::Nothing);
    }
}
