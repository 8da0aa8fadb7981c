//! What a token must be to be accepted.

use super::key::Algorithm;

/// RFC 9068: the `typ` of access tokens, so that an ID token or a proof by the same key is never taken for one.
pub const TYP_ACCESS_TOKEN: &str = "at+jwt";

/// The most leeway a policy may give, in seconds.
const MAX_LEEWAY: u64 = 60;

/// What a token must be. Built whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(super) issuer: String,
    pub(super) audience: String,
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) typ: String,
    pub(super) leeway: u64,
    pub(super) max_age: Option<u64>,
}

/// A policy that would accept what nobody meant to accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidPolicy {
    /// The issuer is empty.
    Issuer,
    /// The audience is empty.
    Audience,
    /// There is no algorithm.
    Algorithms,
    /// `typ` is empty.
    Type,
    /// The leeway is more than 60 seconds.
    Leeway,
    /// The maximum age is 0.
    MaxAge,
}

impl Policy {
    /// A policy without leeway and without a maximum age.
    ///
    /// # Errors
    /// [`InvalidPolicy`] when one of the four is empty.
    pub fn new(
        issuer: &str,
        audience: &str,
        algorithms: &[Algorithm],
        typ: &str,
    ) -> Result<Self, InvalidPolicy> {
        if issuer.is_empty() {
            Err(InvalidPolicy::Issuer)
        } else if audience.is_empty() {
            Err(InvalidPolicy::Audience)
        } else if algorithms.is_empty() {
            Err(InvalidPolicy::Algorithms)
        } else if typ.is_empty() {
            Err(InvalidPolicy::Type)
        } else {
            Ok(Self {
                issuer: issuer.to_owned(),
                audience: audience.to_owned(),
                algorithms: algorithms.to_vec(),
                typ: typ.to_owned(),
                leeway: 0,
                max_age: None,
            })
        }
    }

    /// Tolerates clocks that differ by `seconds`, at most 60.
    ///
    /// # Errors
    /// [`InvalidPolicy::Leeway`].
    pub fn with_leeway(self, seconds: u64) -> Result<Self, InvalidPolicy> {
        if seconds > MAX_LEEWAY { Err(InvalidPolicy::Leeway) } else { Ok(Self { leeway: seconds, ..self }) }
    }

    /// Refuses tokens issued more than `seconds` ago, whatever their `exp` says. `iat` becomes mandatory.
    ///
    /// # Errors
    /// [`InvalidPolicy::MaxAge`].
    pub fn with_max_age(self, seconds: u64) -> Result<Self, InvalidPolicy> {
        if seconds == 0 { Err(InvalidPolicy::MaxAge) } else { Ok(Self { max_age: Some(seconds), ..self }) }
    }

    /// Media types are compared without case and with `application/` left out (RFC 7515 section 4.1.9).
    pub(super) fn accepts_typ(&self, typ: Option<&str>) -> bool {
        let short = |typ: &str| {
            let typ = typ.to_ascii_lowercase();
            typ.strip_prefix("application/").map(ToOwned::to_owned).unwrap_or(typ)
        };
        typ.is_some_and(|typ| short(typ) == short(&self.typ))
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidPolicy, Policy};
    use crate::token::Algorithm;

    #[test]
    fn check_10_a_policy_without_issuer_audience_algorithm_or_typ_cannot_be_built() {
        let algorithms = [Algorithm::Es256];
        assert_eq!(Policy::new("", "a", &algorithms, "t"), Err(InvalidPolicy::Issuer));
        assert_eq!(Policy::new("i", "", &algorithms, "t"), Err(InvalidPolicy::Audience));
        assert_eq!(Policy::new("i", "a", &[], "t"), Err(InvalidPolicy::Algorithms));
        assert_eq!(Policy::new("i", "a", &algorithms, ""), Err(InvalidPolicy::Type));
        let policy = Policy::new("i", "a", &algorithms, "t").unwrap();
        assert_eq!(policy.clone().with_leeway(61), Err(InvalidPolicy::Leeway));
        assert_eq!(policy.clone().with_max_age(0), Err(InvalidPolicy::MaxAge));
        assert_eq!(policy.with_leeway(60).unwrap().leeway, 60);
    }
}
