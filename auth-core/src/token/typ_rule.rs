//! What the `typ` of a token must be.

/// RFC 9068: the `typ` of access tokens, so that an ID token or a proof by the same key is never taken for
/// one.
pub const TYP_ACCESS_TOKEN: &str = "at+jwt";

/// What `typ` must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypRule {
    /// One of these media types, compared without case and with `application/` left out (RFC 7515 section
    /// 4.1.9).
    OneOf(Vec<String>),
    /// Any type, or none: for issuers that give their access tokens no type. The configuration must ask for
    /// it explicitly.
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

#[cfg(test)]
mod tests {
    use super::TypRule;

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
