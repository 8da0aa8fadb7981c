//! The other providers with which users can sign in.

use auth_core::gate::Issuer;
use auth_core::wire::Origin;

/// Another provider with which users can sign in.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its name in the configuration and in the service's paths: lower-case letters, digits and hyphens.
    pub name: String,
    /// Its name for users. Default: `Apple`, `GitHub`, or its name in the configuration.
    pub label: String,
    /// How the service talks to it.
    pub kind: ProviderKind,
    /// The client id that it has given the service.
    pub client_id: String,
    /// The name of the Worker secret with the client secret; for Apple, with the private key. Default (`None`):
    /// the service is a public client (RFC 6749 section 2.1), which PKCE protects alone.
    pub client_secret_binding: Option<String>,
    /// What the service asks it for.
    pub scopes: Vec<String>,
    /// Whether accounts keep the tokens that it issues. Default: false.
    pub keep_tokens: bool,
}

/// How the service talks to a provider.
#[derive(Clone, Debug)]
pub enum ProviderKind {
    /// OpenID Connect.
    OpenId(Box<OpenIdProvider>),
    /// GitHub's OAuth, without ID tokens: its API says who the user is.
    GitHub {
        /// GitHub, or a GitHub Enterprise Server.
        origin: Origin,
    },
}

/// A provider of OpenID Connect.
#[derive(Clone, Debug)]
pub struct OpenIdProvider {
    /// The checks that its ID tokens must pass, and its keys.
    pub issuer: Issuer,
    /// Its discovery document.
    pub discovery_url: String,
    /// For Apple: the key that signs the client secret. Apple also answers by a form that the browser posts.
    pub apple_key: Option<SigningKeyIds>,
}

/// The ids of the key that signs client secrets for Apple.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKeyIds {
    /// The developer team.
    pub team_id: String,
    /// The key.
    pub key_id: String,
}
