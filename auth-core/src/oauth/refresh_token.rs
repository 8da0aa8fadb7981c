//! Refresh tokens of OAuth clients (RFC 6749 section 6): a generation of a session's family, as in the refresh
//! cookie of a browser, in another form.
//!
//! A cookie is never a refresh token, and a refresh token is never a cookie: the id of a granted session contains a
//! dot, which no cookie's value can contain, and a refresh token can name no other session.

use crate::id::{AccountId, GRANTED_SESSION_ID, SessionId};
use crate::secret::SecretText;
use crate::wire::RefreshCookie;

/// The first characters of every refresh token, by which scanners for secrets recognise one.
pub const REFRESH_TOKEN_PREFIX: &str = "lkr_";

/// A refresh token.
#[derive(Clone, Debug)]
pub struct RefreshToken(RefreshCookie);

impl RefreshToken {
    /// The token of this generation; `None` if the generation is not that of a granted session.
    #[must_use]
    pub fn of(generation: RefreshCookie) -> Option<Self> {
        let is_granted = generation.family.as_str().starts_with(GRANTED_SESSION_ID);
        is_granted.then_some(Self(generation))
    }

    /// Parses a token. Accepts only the exact text that [`RefreshToken::text`] returns.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let cookie = RefreshCookie::parse(text.strip_prefix(REFRESH_TOKEN_PREFIX)?).ok()?;
        Some(Self(RefreshCookie { family: SessionId::granted(cookie.family.as_str()), ..cookie }))
    }

    /// The token, as the client gets it.
    #[must_use]
    pub fn text(&self) -> SecretText {
        let family = self.0.family.as_str();
        let family = family.strip_prefix(GRANTED_SESSION_ID).unwrap_or(family).into();
        let value = RefreshCookie { family, ..self.0.clone() }.value();
        SecretText::new([REFRESH_TOKEN_PREFIX, &value].concat())
    }

    /// The account of the session.
    #[must_use]
    pub const fn account(&self) -> &AccountId {
        &self.0.account
    }

    /// The generation of the session's family.
    #[must_use]
    pub fn into_generation(self) -> RefreshCookie {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::RefreshToken;
    use crate::id::SessionId;
    use crate::secret::SecretBytes;
    use crate::wire::RefreshCookie;

    fn generation(family: SessionId) -> RefreshCookie {
        RefreshCookie { account: "acc1".into(), family, generation: 12, secret: SecretBytes::new([0xfb; 32]) }
    }

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let token = RefreshToken::of(generation(SessionId::granted("fam-1_x"))).unwrap();
        let text = token.text();
        let text = text.expose();
        assert_eq!(text, "lkr_1.acc1.fam-1_x.12.-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s");
        let parsed = RefreshToken::parse(text).unwrap();
        assert_eq!(parsed.account().as_str(), "acc1");
        let generation = parsed.into_generation();
        assert_eq!((generation.family.as_str(), generation.generation), ("grant.fam-1_x", 12));
        for malformed in [
            "",
            "lkr_",
            text.trim_start_matches("lkr_"),
            &text.to_uppercase(),
            &format!("lkr_{text}"),
            &format!(" {text}"),
        ] {
            assert!(RefreshToken::parse(malformed).is_none(), "{malformed}");
        }
    }

    #[test]
    fn a_cookie_is_no_refresh_token_and_a_refresh_token_is_no_cookie() {
        let cookie = generation("fam-1_x".into());
        assert!(RefreshToken::of(cookie.clone()).is_none());
        assert!(RefreshToken::parse(&cookie.value()).is_none());
        // With the prefix it names another session, which the secret is not of.
        let forged = RefreshToken::parse(&format!("lkr_{}", cookie.value())).unwrap();
        assert_eq!(forged.into_generation().family, SessionId::granted("fam-1_x"));

        let granted = generation(SessionId::granted("fam-1_x"));
        let token = RefreshToken::of(granted.clone()).unwrap().text();
        assert!(RefreshCookie::parse(token.expose()).is_err());
        assert!(RefreshCookie::parse(&granted.value()).is_err());
        assert!(RefreshToken::parse(&format!("lkr_{}", granted.value())).is_none());
    }
}
