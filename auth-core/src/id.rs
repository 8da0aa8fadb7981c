//! The ids of accounts, sessions, keys and tokens. They are opaque texts; each kind has a type of its own, so
//! that the id of one thing cannot be used in place of another's.

use core::fmt;

use serde::{Deserialize, Serialize};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The id as text.
            #[must_use]
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// An account: the id of its Durable Object, and the `sub` of its tokens.
    AccountId;
    /// A session: 128 random bits, base64url, and the `sid` of its tokens. It is also the id of the session's
    /// refresh family.
    SessionId;
    /// A key of the service: the `kid` of a signing key (its RFC 7638 thumbprint), or the id of a refresh
    /// key. Never reused.
    KeyId;
    /// An access token: its `jti`.
    TokenId;
    /// An API key: [`API_KEY_ID`] and 128 random bits, base64url. It is also the `sid` of the access tokens for
    /// which the key was exchanged; no session's id contains a dot.
    ApiKeyId;
    /// An OAuth client: its `client_id` (RFC 6749 section 2.2).
    ClientId;
    /// What a user has granted to an OAuth client: 128 random bits, base64url. It stays the same for all
    /// sessions that the client gets by it.
    GrantId;
}

/// The first characters of the id of every API key.
pub const API_KEY_ID: &str = "key.";

/// The first characters of the id of every session that a user has granted to an OAuth client. 128 random bits
/// follow, base64url.
pub const GRANTED_SESSION_ID: &str = "grant.";

/// The first characters of the `sid` of every token that a client got for itself, without a user. The client's id
/// follows.
pub const CLIENT_SESSION_ID: &str = "client.";

/// What the session of a token of this service is. The `sid` says so: the id of a browser's session contains no
/// dot, so no refresh cookie can name any other kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionKind {
    /// The session of a user in a browser, with a refresh cookie.
    Browser,
    /// An API key, for which tokens and callers name it in place of a session.
    ApiKey,
    /// A session that a user has granted to an OAuth client.
    Grant,
    /// An OAuth client that acts for itself.
    Client,
}

impl SessionKind {
    /// Whether an OAuth client holds the tokens, so that they permit what their scopes say and no more.
    #[must_use]
    pub const fn is_of_client(self) -> bool {
        match self {
            Self::Browser | Self::ApiKey => false,
            Self::Grant | Self::Client => true,
        }
    }
}

impl SessionId {
    /// What this is the id of.
    #[must_use]
    pub fn kind(&self) -> SessionKind {
        let has = |prefix: &str| self.0.starts_with(prefix);
        if has(API_KEY_ID) {
            SessionKind::ApiKey
        } else if has(GRANTED_SESSION_ID) {
            SessionKind::Grant
        } else if has(CLIENT_SESSION_ID) {
            SessionKind::Client
        } else {
            SessionKind::Browser
        }
    }

    /// Whether this is the id of an API key, for which tokens and callers name it in place of a session.
    #[must_use]
    pub fn is_api_key(&self) -> bool {
        self.kind() == SessionKind::ApiKey
    }

    /// The session that a user has granted to a client. `random`: 128 random bits, base64url.
    #[must_use]
    pub fn granted(random: &str) -> Self {
        Self([GRANTED_SESSION_ID, random].concat())
    }

    /// The `sid` of the tokens that a client gets for itself.
    #[must_use]
    pub fn of_client(client: &ClientId) -> Self {
        Self([CLIENT_SESSION_ID, client.as_str()].concat())
    }
}

impl From<&ApiKeyId> for SessionId {
    fn from(id: &ApiKeyId) -> Self {
        Self(id.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::{AccountId, ApiKeyId, ClientId, SessionId, SessionKind};

    #[test]
    fn the_id_of_a_session_says_what_holds_it() {
        for (id, kind) in [
            (SessionId::from("AQEBAQEBAQEBAQEBAQEBAQ"), SessionKind::Browser),
            (SessionId::from(""), SessionKind::Browser),
            (SessionId::from("grant"), SessionKind::Browser),
            (SessionId::from(&ApiKeyId::from("key.AQEB")), SessionKind::ApiKey),
            (SessionId::granted("AQEB"), SessionKind::Grant),
            (SessionId::of_client(&ClientId::from("https://c.example/id")), SessionKind::Client),
            // A client cannot choose its id so that its tokens seem to have another kind of session.
            (SessionId::of_client(&ClientId::from("grant.AQEB")), SessionKind::Client),
        ] {
            assert_eq!(id.kind(), kind, "{id}");
            assert_eq!(id.is_api_key(), kind == SessionKind::ApiKey);
        }
        assert_eq!(SessionId::granted("AQEB").as_str(), "grant.AQEB");
    }

    #[test]
    fn an_id_is_written_and_read_as_its_text() {
        let id = SessionId::from("AQEBAQEBAQEBAQEBAQEBAQ");
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"AQEBAQEBAQEBAQEBAQEBAQ\"");
        assert_eq!(crate::wire::read_json::<SessionId>(b"\"AQEBAQEBAQEBAQEBAQEBAQ\"").unwrap(), id);
        assert_eq!(AccountId::from("a".to_owned()).to_string(), "a");
        for other in ["7", "null", "[\"a\"]", "{\"SessionId\":\"a\"}"] {
            assert!(crate::wire::read_json::<SessionId>(other.as_bytes()).is_err(), "{other}");
        }
    }
}
