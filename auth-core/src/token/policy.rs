//! What a token must be to be accepted.

use super::key::Algorithm;

/// RFC 9068: the `typ` of access tokens, so that an ID token or a proof by the same key is never taken for one.
pub const TYP_ACCESS_TOKEN: &str = "at+jwt";

/// The most leeway a policy may give, in seconds.
pub const MAX_LEEWAY: u64 = 60;

/// What `typ` must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypRule {
    /// One of these media types, compared without case and with `application/` left out (RFC 7515 section 4.1.9).
    OneOf(Vec<String>),
    /// Whatever it is, or nothing: for issuers that give their access tokens no type. Somebody has to ask for it by name.
    Any,
}

impl TypRule {
    /// The rule that takes only this type.
    #[must_use]
    pub fn exactly(typ: &str) -> Self {
        Self::OneOf(vec![typ.to_owned()])
    }

    pub(super) fn accepts(&self, typ: Option<&str>) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(types) => {
                typ.is_some_and(|typ| types.iter().any(|known| short(known).eq_ignore_ascii_case(short(typ))))
            }
        }
    }
}

/// A media type without `application/`.
fn short(typ: &str) -> &str {
    const PREFIX: &str = "application/";
    match typ.get(..PREFIX.len()) {
        Some(start) if start.eq_ignore_ascii_case(PREFIX) => typ.get(PREFIX.len()..).unwrap_or_default(),
        Some(_) | None => typ,
    }
}

/// What a token must be. Built whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(super) issuer: String,
    pub(super) audience: String,
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) typ: TypRule,
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
    /// There is no algorithm, or one with shared secrets beside one with public keys.
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
    /// [`InvalidPolicy`] when one of the four is missing, or the algorithms don't go together.
    pub fn new(
        issuer: &str,
        audience: &str,
        algorithms: &[Algorithm],
        typ: TypRule,
    ) -> Result<Self, InvalidPolicy> {
        let has_types = match &typ {
            TypRule::Any => true,
            TypRule::OneOf(types) => !types.is_empty() && types.iter().all(|typ| !typ.is_empty()),
        };
        let mixed = algorithms.contains(&Algorithm::Hs256) && algorithms.len() > 1;
        if issuer.is_empty() {
            Err(InvalidPolicy::Issuer)
        } else if audience.is_empty() {
            Err(InvalidPolicy::Audience)
        } else if algorithms.is_empty() || mixed {
            Err(InvalidPolicy::Algorithms)
        } else if !has_types {
            Err(InvalidPolicy::Type)
        } else {
            Ok(Self {
                issuer: issuer.to_owned(),
                audience: audience.to_owned(),
                algorithms: algorithms.to_vec(),
                typ,
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

    /// Whose tokens it is about.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Which algorithms it takes.
    #[must_use]
    pub fn algorithms(&self) -> &[Algorithm] {
        &self.algorithms
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidPolicy, Policy, TypRule};
    use crate::token::Algorithm;

    #[test]
    fn check_10_a_policy_without_issuer_audience_algorithm_or_typ_cannot_be_built() {
        let algorithms = [Algorithm::Es256];
        let typ = || TypRule::exactly("t");
        assert_eq!(Policy::new("", "a", &algorithms, typ()), Err(InvalidPolicy::Issuer));
        assert_eq!(Policy::new("i", "", &algorithms, typ()), Err(InvalidPolicy::Audience));
        assert_eq!(Policy::new("i", "a", &[], typ()), Err(InvalidPolicy::Algorithms));
        assert_eq!(Policy::new("i", "a", &algorithms, TypRule::exactly("")), Err(InvalidPolicy::Type));
        assert_eq!(Policy::new("i", "a", &algorithms, TypRule::OneOf(vec![])), Err(InvalidPolicy::Type));
        let policy = Policy::new("i", "a", &algorithms, typ()).unwrap();
        assert_eq!(policy.clone().with_leeway(61), Err(InvalidPolicy::Leeway));
        assert_eq!(policy.clone().with_max_age(0), Err(InvalidPolicy::MaxAge));
        assert_eq!(policy.with_leeway(60).unwrap().leeway, 60);
    }

    #[test]
    fn check_03_shared_secrets_never_stand_beside_public_keys() {
        let policy = |algorithms: &[Algorithm]| Policy::new("i", "a", algorithms, TypRule::Any);
        assert!(policy(&[Algorithm::Hs256]).is_ok());
        assert_eq!(policy(&[Algorithm::Hs256, Algorithm::Rs256]), Err(InvalidPolicy::Algorithms));
    }

    #[test]
    fn check_11_types_are_media_types() {
        let rule = TypRule::OneOf(vec!["at+jwt".into(), "JWT".into()]);
        for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/jwt"] {
            assert!(rule.accepts(Some(typ)), "{typ}");
        }
        for typ in
            [None, Some(""), Some("application/"), Some("text/jwt"), Some("jwt "), Some("applicationjwt")]
        {
            assert!(!rule.accepts(typ), "{typ:?}");
        }
        assert!(TypRule::Any.accepts(None));
    }
}
