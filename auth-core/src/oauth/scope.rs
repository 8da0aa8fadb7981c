//! Scopes: what an access token permits (RFC 6749 section 3.3).

use core::fmt;

use serde::{Deserialize, Serialize};

/// The scopes of OpenID Connect that every client of users may request. `offline_access` is accepted and means nothing
/// more: a client with the grant `refresh_token` always gets a refresh token.
pub const STANDARD_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// A set of scope tokens, in the order in which they were requested.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Scope(Vec<String>);

/// The text is not a scope: a token that is malformed or longer than [`Scope::MAX_BYTES`], two spaces, or more than
/// [`Scope::MAX`] tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidScope;

impl fmt::Display for InvalidScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a scope")
    }
}

impl Scope {
    /// The maximum number of tokens. Scopes and roles are words of the same form, under the same limits.
    pub const MAX: usize = 32;
    /// The maximum length of a token in bytes.
    pub const MAX_BYTES: usize = 64;

    /// Parses a list of tokens, each after the first preceded by one space. A repeated token counts once. The empty
    /// text is the empty set.
    ///
    /// # Errors
    /// [`InvalidScope`].
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        Self::of(text.split(' '))
    }

    /// The set of these tokens.
    ///
    /// # Errors
    /// [`InvalidScope`].
    pub fn of<'t>(tokens: impl IntoIterator<Item = &'t str>) -> Result<Self, InvalidScope> {
        let mut scope = Self::default();
        for token in tokens {
            if !is_scope_token(token) {
                return Err(InvalidScope);
            }
            if !scope.contains(token) {
                if scope.0.len() == Self::MAX {
                    return Err(InvalidScope);
                }
                scope.0.push(token.to_owned());
            }
        }
        Ok(scope)
    }

    /// Whether it has no token.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tokens.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether this token is in the set. Tokens are case-sensitive.
    #[must_use]
    pub fn contains(&self, token: &str) -> bool {
        self.0.iter().any(|known| known == token)
    }

    /// Whether every token of the other set is in this one.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.iter().all(|token| self.contains(token))
    }

    /// The tokens of both sets, at most [`Scope::MAX`].
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let more = other.0.iter().filter(|token| !self.contains(token));
        Self(self.0.iter().chain(more).take(Self::MAX).cloned().collect())
    }

    /// The tokens that fulfil the condition.
    #[must_use]
    pub fn filtered(&self, condition: impl Fn(&str) -> bool) -> Self {
        Self(self.0.iter().filter(|token| condition(token)).cloned().collect())
    }
}

/// Whether this is one scope token: visible ASCII without quotes and backslashes, at most [`Scope::MAX_BYTES`].
#[must_use]
pub fn is_scope_token(text: &str) -> bool {
    (1..=Scope::MAX_BYTES).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\')
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

impl TryFrom<String> for Scope {
    type Error = InvalidScope;

    fn try_from(text: String) -> Result<Self, InvalidScope> {
        Self::parse(&text)
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> Self {
        scope.0.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidScope, Scope};

    fn scope(text: &str) -> Scope {
        Scope::parse(text).unwrap()
    }

    #[test]
    fn a_scope_is_a_set_of_tokens_in_the_order_of_the_request() {
        assert_eq!(scope("b a b").to_string(), "b a");
        assert_eq!(scope("").to_string(), "");
        assert!(scope("").is_empty() && !scope("a").is_empty());
        assert!(scope("a b").covers(&scope("b")) && scope("a").covers(&scope("")));
        assert!(!scope("a").covers(&scope("a b")) && !scope("a").covers(&scope("A")));
        assert_eq!(scope("a b").union(&scope("c b")), scope("a b c"));
        assert_eq!(scope("a b c").filtered(|token| token != "b"), scope("a c"));
        assert!(scope("notes:read https://x.example/y !#[]~").contains("https://x.example/y"));
    }

    #[test]
    fn a_malformed_scope_is_rejected() {
        let long = "a".repeat(Scope::MAX_BYTES + 1);
        let many = (0..=Scope::MAX).map(|i| i.to_string()).collect::<Vec<_>>().join(" ");
        for text in [" ", "a ", " a", "a  b", "a\tb", "a\nb", "\"", "a\\b", "ä", "a\u{7f}", &long, &many] {
            assert_eq!(Scope::parse(text), Err(InvalidScope), "{text:?}");
        }
        assert!(Scope::parse(many.rsplit_once(' ').unwrap().0).is_ok());
        assert!(Scope::parse(&"a".repeat(Scope::MAX_BYTES)).is_ok());
    }

    #[test]
    fn a_scope_is_stored_as_its_text() {
        assert_eq!(serde_json::to_string(&scope("a b")).unwrap(), r#""a b""#);
        assert_eq!(crate::wire::read_json::<Scope>(br#""a b""#).unwrap(), scope("a b"));
        assert!(crate::wire::read_json::<Scope>(br#""a  b""#).is_err());
    }
}
