//! Clients (RFC 6749 section 2).

use core::fmt;

use serde::{Deserialize, Serialize};

use super::redirect_uri::RedirectUri;
use super::scope::{STANDARD_SCOPES, Scope};
pub use crate::id::ClientId;
use crate::token::KeySet;

/// The text can't be the id of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidClientId;

impl fmt::Display for InvalidClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a client id")
    }
}

/// Where a client is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientSource {
    /// In the configuration: 1 to 63 letters, digits, `-` and `_`. The id of an account, which is longer, is never the
    /// id of a client: both are the `sub` of tokens.
    Configuration,
    /// Among the clients that an administrator or the client itself has registered: [`REGISTERED_CLIENT_ID`] and random
    /// characters.
    Registered,
    /// In the document at its id, which is a URL.
    MetadataDocument,
}

/// The maximum length of a client's id in bytes.
const MAX_ID_BYTES: usize = 512;

/// The first characters of the id of every registered client.
pub const REGISTERED_CLIENT_ID: &str = "c.";

/// Checks the id of a client: 1 to 512 characters of visible ASCII without quotes and backslashes, in one of the forms
/// of [`ClientSource`].
///
/// # Errors
/// [`InvalidClientId`].
pub fn parse_client_id(text: &str) -> Result<ClientId, InvalidClientId> {
    match ClientSource::of_text(text) {
        Some(_) => Ok(ClientId::from(text)),
        None => Err(InvalidClientId),
    }
}

impl ClientSource {
    /// Where the client with this id is found; `None` if no client can have it.
    #[must_use]
    pub fn of(id: &ClientId) -> Option<Self> {
        Self::of_text(id.as_str())
    }

    fn of_text(id: &str) -> Option<Self> {
        let is_word = |text: &str| {
            (1..=63).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        if id.starts_with("https://") || id.starts_with("http://") {
            let is_allowed = |b: u8| b.is_ascii_graphic() && b != b'"' && b != b'\\';
            (id.len() <= MAX_ID_BYTES && id.bytes().all(is_allowed)).then_some(Self::MetadataDocument)
        } else if let Some(random) = id.strip_prefix(REGISTERED_CLIENT_ID) {
            is_word(random).then_some(Self::Registered)
        } else {
            is_word(id).then_some(Self::Configuration)
        }
    }
}

/// A client, wherever it was registered.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its id.
    pub id: ClientId,
    /// Its name for users. Any client can choose any name, so pages show [`RedirectUri::host`] beside it.
    pub name: String,
    /// How it authenticates.
    pub authentication: ClientAuthentication,
    /// Where the user's answer may be sent.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where it runs.
    pub application: ApplicationType,
    /// The grants that it may use.
    pub grants: GrantTypes,
    /// The most that it may request, besides [`STANDARD_SCOPES`].
    pub scopes: Scope,
    /// Where it was registered.
    pub origin: ClientOrigin,
    /// Whether users are not asked for their consent, because the client is the deployer's. Only a client in the
    /// configuration can be.
    pub first_party: bool,
    /// Whether its tokens must be bound to a key (RFC 9449).
    pub dpop: bool,
    /// The counter of a registered client; it increases when the client loses something, and with that its own tokens
    /// are revoked. 0 for every other client.
    pub epoch: u64,
}

/// How a client authenticates (RFC 7591 section 2, `token_endpoint_auth_method`).
#[derive(Clone, Debug)]
pub enum ClientAuthentication {
    /// It does not: a public client, which states its id only.
    None,
    /// By a secret, as `client_secret_basic` or `client_secret_post`.
    Secret {
        /// SHA-256 of each valid secret, in hex. Two while one replaces the other.
        sha256: Vec<String>,
    },
    /// By a signed assertion (RFC 7523 section 2.2).
    PrivateKeyJwt {
        /// Its public keys.
        keys: KeySet,
    },
}

/// Where a client runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationType {
    /// In a server, or in a page.
    Web,
    /// On the user's device (RFC 8252).
    Native,
}

/// Where a client was registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientOrigin {
    /// In the configuration.
    Configured,
    /// By an administrator.
    Registered,
    /// By itself (RFC 7591).
    Dynamic,
    /// In a client ID metadata document.
    MetadataDocument,
}

macro_rules! grants {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $value:literal;)*) => {
        /// A grant of the token endpoint.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum GrantType { $($(#[$doc])* $name,)* }

        impl GrantType {
            /// Every grant.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The value of `grant_type`.
            #[must_use]
            pub const fn value(self) -> &'static str {
                match self { $(Self::$name => $value,)* }
            }

            /// The name in the configuration.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

grants! {
    /// A code (RFC 6749 section 4.1).
    AuthorizationCode = "authorization_code", "authorization_code";
    /// A refresh token (RFC 6749 section 6).
    RefreshToken = "refresh_token", "refresh_token";
    /// The client's own credential (RFC 6749 section 4.4).
    ClientCredentials = "client_credentials", "client_credentials";
    /// A device code (RFC 8628).
    DeviceCode = "device_code", "urn:ietf:params:oauth:grant-type:device_code";
    /// An access token (RFC 8693).
    TokenExchange = "token_exchange", "urn:ietf:params:oauth:grant-type:token-exchange";
}

/// The grants that a client may use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrantTypes(Vec<GrantType>);

impl GrantTypes {
    /// The set of these grants.
    #[must_use]
    pub fn of(grants: impl IntoIterator<Item = GrantType>) -> Self {
        let mut set = Self::default();
        for grant in grants {
            if !set.contains(grant) {
                set.0.push(grant);
            }
        }
        set
    }

    /// Those of a client that does not say: a code (RFC 7591 section 2) and the refresh token that comes with it.
    #[must_use]
    pub fn usual() -> Self {
        Self(vec![GrantType::AuthorizationCode, GrantType::RefreshToken])
    }

    /// Whether the client may use this grant.
    #[must_use]
    pub fn contains(&self, grant: GrantType) -> bool {
        self.0.contains(&grant)
    }

    /// The grants.
    pub fn iter(&self) -> impl Iterator<Item = GrantType> {
        self.0.iter().copied()
    }
}

impl Client {
    /// Whether it authenticates by a secret or a key.
    #[must_use]
    pub const fn is_confidential(&self) -> bool {
        match self.authentication {
            ClientAuthentication::None => false,
            ClientAuthentication::Secret { .. } | ClientAuthentication::PrivateKeyJwt { .. } => true,
        }
    }

    /// Whether the deployer has chosen its redirect URIs, so that the browser may be sent there without a decision of the
    /// user. A client that has registered itself could make users believe that the service leads them to its pages (RFC
    /// 9700 section 4.11.2).
    #[must_use]
    pub const fn has_trusted_redirect_uris(&self) -> bool {
        self.is_registered_by_operator()
    }

    /// Whether the deployer or an administrator has registered it, as opposed to the client itself. Only such a client
    /// gets tokens without a user's consent.
    #[must_use]
    pub const fn is_registered_by_operator(&self) -> bool {
        match self.origin {
            ClientOrigin::Configured | ClientOrigin::Registered => true,
            ClientOrigin::Dynamic | ClientOrigin::MetadataDocument => false,
        }
    }

    /// Whether it may request this scope.
    #[must_use]
    pub fn may_request(&self, token: &str) -> bool {
        STANDARD_SCOPES.contains(&token) || self.scopes.contains(token)
    }

    /// The registered redirect URI that a request for this one uses.
    #[must_use]
    pub fn redirect_uri(&self, requested: &str) -> Option<&RedirectUri> {
        self.redirect_uris.iter().find(|registered| registered.permits(requested))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{
        ApplicationType, Client, ClientAuthentication, ClientId, ClientOrigin, ClientSource, GrantTypes,
        RedirectUri, Scope, parse_client_id,
    };

    pub(crate) fn client() -> Client {
        Client {
            id: ClientId::from("notes"),
            name: "Notes".into(),
            authentication: ClientAuthentication::None,
            redirect_uris: vec![
                RedirectUri::parse("https://notes.example/callback").unwrap(),
                RedirectUri::parse("http://127.0.0.1/callback").unwrap(),
            ],
            application: ApplicationType::Web,
            grants: GrantTypes::usual(),
            scopes: Scope::parse("notes:read mcp:tools").unwrap(),
            origin: ClientOrigin::Configured,
            first_party: false,
            dpop: false,
            epoch: 0,
        }
    }

    #[test]
    fn the_form_of_an_id_says_where_the_client_is_found() {
        for (id, source) in [
            ("notes", ClientSource::Configuration),
            ("Notes_2-x", ClientSource::Configuration),
            ("c", ClientSource::Configuration),
            ("c.AQEBAQEBAQEBAQEBAQEBAQ", ClientSource::Registered),
            ("https://client.example/metadata.json", ClientSource::MetadataDocument),
            ("http://127.0.0.1:1/x", ClientSource::MetadataDocument),
        ] {
            assert_eq!(ClientSource::of(&parse_client_id(id).unwrap()), Some(source), "{id}");
        }
        let long = "a".repeat(64);
        let url = format!("https://client.example/{}", "a".repeat(512));
        for id in ["", "c.", "a b", "a.b", "c.a.b", "ftp://x", "ä", "a\"", "a\n", &long, &url] {
            assert!(parse_client_id(id).is_err(), "{id:?}");
        }
    }

    #[test]
    fn only_redirect_uris_that_the_deployer_has_chosen_are_trusted() {
        for (origin, trusted) in [
            (ClientOrigin::Configured, true),
            (ClientOrigin::Registered, true),
            (ClientOrigin::Dynamic, false),
            (ClientOrigin::MetadataDocument, false),
        ] {
            assert_eq!(Client { origin, ..client() }.has_trusted_redirect_uris(), trusted, "{origin:?}");
        }
    }

    #[test]
    fn a_client_requests_its_scopes_and_the_standard_ones() {
        let client = client();
        for (token, may) in [("notes:read", true), ("openid", true), ("notes:write", false)] {
            assert_eq!(client.may_request(token), may, "{token}");
        }
        assert!(client.redirect_uri("http://127.0.0.1:5000/callback").is_some());
        assert!(client.redirect_uri("https://notes.example/other").is_none());
    }
}
