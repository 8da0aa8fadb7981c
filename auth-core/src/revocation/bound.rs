//! The bound of a route: how old a copy may be.

use crate::cached::{self, Rules};

/// The time within which a revoked token must be rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// When the token expires: a pure JWT.
    None,
    /// This many milliseconds after the response to the revocation.
    Within(u64),
    /// Immediately: the account is asked on every request, as for a session.
    Strict,
}

/// The age of a copy in milliseconds, from the object's own timestamp inside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Age(pub u64);

/// What a request must do before it uses a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing.
    Nothing,
    /// Nothing, but a request should renew the copy in the background soon, so that no request has to wait
    /// for it.
    RenewAside,
    /// Renew it first.
    RenewFirst,
}

impl Bound {
    /// What a request on a route with this bound must do. `age` is the age of the copy, if there is one.
    #[must_use]
    pub fn need(self, age: Option<Age>) -> Need {
        let Self::Within(most) = self else { return Need::Nothing };
        let rules = Rules { fresh_ms: most / 2, stale_ms: most, expired_ms: most, interval_ms: 0 };
        match rules.need(age.map(|Age(age)| age)) {
            cached::Need::Nothing => Need::Nothing,
            cached::Need::RenewAside => Need::RenewAside,
            cached::Need::RenewFirst | cached::Need::Fetch => Need::RenewFirst,
        }
    }

    /// Parses `none`, `strict`, or whole seconds from `1s` to `3600s`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "none" => Some(Self::None),
            "strict" => Some(Self::Strict),
            _ => {
                let digits = text.strip_suffix('s')?;
                let canonical = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
                let seconds = canonical.then(|| digits.parse::<u64>().ok()).flatten()?;
                (1..=3600).contains(&seconds).then_some(Self::Within(seconds * 1000))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Age, Bound, Need};

    #[test]
    fn check_21_a_copy_older_than_the_bound_is_renewed_before_the_answer() {
        let bound = Bound::Within(5_000);
        for (age, need) in [
            (None, Need::RenewFirst),
            (Some(0), Need::Nothing),
            (Some(2_500), Need::Nothing),
            (Some(2_501), Need::RenewAside),
            (Some(5_000), Need::RenewAside),
            (Some(5_001), Need::RenewFirst),
        ] {
            assert_eq!(bound.need(age.map(Age)), need, "{age:?}");
        }
        assert_eq!(Bound::None.need(None), Need::Nothing);
        assert_eq!(Bound::Strict.need(None), Need::Nothing);
    }

    #[test]
    fn a_bound_has_one_spelling() {
        assert_eq!(Bound::parse("none"), Some(Bound::None));
        assert_eq!(Bound::parse("strict"), Some(Bound::Strict));
        assert_eq!(Bound::parse("5s"), Some(Bound::Within(5_000)));
        for text in [
            "",
            "0s",
            "s",
            "-1s",
            "+1s",
            "05s",
            "1.5s",
            "5",
            "5 s",
            "5m",
            "3601s",
            "99999999999999999999s",
            "None",
        ] {
            assert_eq!(Bound::parse(text), None, "{text}");
        }
    }
}
