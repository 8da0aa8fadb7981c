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
}

#[cfg(test)]
mod tests {
    use super::{AccountId, SessionId};

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
