//! Who a verified token says is calling, whichever issuer it comes from.

use crate::credential::Assurance;
use crate::id::{AccountId, ClientId, SessionId, SessionKind, TokenId};
use crate::time::UnixTime;

/// Who is calling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The `iss` of the token.
    pub issuer: String,
    /// The caller, unique within the issuer.
    pub subject: String,
    /// The resource server that the token is for, if it names a single one in `aud`; our own tokens always do. A
    /// session by cookie and an API key have none: they are for this service only.
    pub audience: Option<String>,
    /// The thumbprint of the key to which the token is bound (`cnf.jkt`, RFC 9449 section 6.1). `None`: a bearer
    /// token.
    pub jkt: Option<String>,
    /// The OAuth client to which this service issued the token; `None` for all others.
    pub client_id: Option<ClientId>,
    /// The session; our own tokens always name one.
    pub session: Option<SessionId>,
    /// The token's id; a session by cookie has none.
    pub token_id: Option<TokenId>,
    /// The account's counter, in our own tokens.
    pub epoch: Option<u64>,
    /// When the user last proved a credential (RFC 9068 section 2.2.1); not every issuer says so.
    pub auth_time: Option<UnixTime>,
    /// How well the user was authenticated (RFC 9068 section 2.2.1), in the issuer's own words; not every
    /// issuer says so. This service's are the names of [`Assurance`].
    pub acr: Option<String>,
    /// The caller's roles.
    pub roles: Vec<String>,
    /// What the token is for.
    pub scopes: Vec<String>,
    /// The caller's address, if [`ClaimNames::email`] names its claim.
    pub email: Option<CallerEmail>,
}

/// A caller's e-mail address, according to the issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerEmail {
    /// The address.
    pub address: String,
    /// Whether the issuer has verified that the address is the caller's.
    pub is_verified: bool,
}

impl Caller {
    /// The caller's account. Only for tokens of this service, whose subject is the account.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.subject.as_str().into()
    }

    /// What the caller's session is. Only for callers of this service: other issuers may use any id for a session.
    #[must_use]
    pub fn kind(&self) -> SessionKind {
        self.session.as_ref().map_or(SessionKind::Browser, SessionId::kind)
    }

    /// Whether an API key of this service is calling, or the holder of a token for which it was exchanged.
    /// Only for callers of this service: other issuers may use any id for a session.
    #[must_use]
    pub fn is_api_key(&self) -> bool {
        self.kind() == SessionKind::ApiKey
    }

    /// Whether the user proved a credential at most `max_age` seconds ago, as a route may require (RFC 9470
    /// section 5). A token that does not say when is never recent enough.
    #[must_use]
    pub fn authenticated_within(&self, max_age: u64, now: UnixTime) -> bool {
        self.auth_time.is_some_and(|at| now.since(at) <= max_age)
    }

    /// Whether the authentication meets one of these values of `acr` (RFC 9470 section 5). No values: every
    /// authentication does. A token without `acr` meets none.
    #[must_use]
    pub fn authenticated_as(&self, accepted: &[String]) -> bool {
        let found = self.acr.as_deref();
        accepted.is_empty()
            || found.is_some_and(|found| accepted.iter().any(|required| Assurance::meets(found, required)))
    }
}

#[cfg(test)]
impl Caller {
    /// The caller of a token that has no claims but `iss` and `sub`.
    pub(crate) fn bare() -> Self {
        Self {
            issuer: "i".into(),
            subject: "u".into(),
            audience: None,
            jkt: None,
            client_id: None,
            session: None,
            token_id: None,
            epoch: None,
            auth_time: None,
            acr: None,
            roles: vec![],
            scopes: vec![],
            email: None,
        }
    }
}
