//! What a checked configuration holds. Parsed once; nothing on a request's path parses it again.

use std::collections::BTreeMap;

use auth_core::rotation::Lifetimes;
use auth_core::token::Policy;
use auth_core::wire::Origin;

use crate::gate::pattern::Pattern;

/// The whole configuration. All times are seconds.
#[derive(Clone, Debug)]
pub struct Config {
    /// The service's issuer identifier, which is the origin it is reached at.
    pub issuer: Origin,
    /// The `aud` of the access tokens it mints and the gate accepts.
    pub audience: String,
    /// The `client_id` of the access tokens. Default: `latchkey`.
    pub client_id: String,
    /// Who may create an account. Default: nobody.
    pub sign_up: SignUpPolicy,
    /// Origins, besides the service's own, whose pages may call the service and the gate.
    pub allowed_origins: Vec<Origin>,
    /// How long an access token lives. Default: 300.
    pub access_token_ttl: u64,
    /// How long sessions live and predecessors are forgiven.
    pub lifetimes: Lifetimes,
    /// What computes signatures. Default: WebCrypto.
    pub signatures: SignatureBackend,
    /// What our own access tokens must be.
    pub policy: Policy,
    /// Where the gate hands requests to.
    pub upstreams: BTreeMap<String, Upstream>,
    /// The gate's routes. What none of them matches is refused.
    pub routes: Vec<Route>,
}

impl Config {
    /// Whether pages of this origin may call the service: its own, and those that are listed. Compared whole.
    #[must_use]
    pub fn lists_origin(&self, origin: &str) -> bool {
        self.issuer.as_str() == origin || self.allowed_origins.iter().any(|listed| listed.as_str() == origin)
    }

    /// Whether the service is reached by TLS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.issuer.as_str().starts_with("https://")
    }
}

/// Who may create an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUpPolicy {
    /// Everybody.
    Open,
    /// Nobody.
    Closed,
}

/// What computes signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureBackend {
    /// The platform's WebCrypto.
    WebCrypto,
    /// jwt-simple, compiled into the Worker.
    JwtSimple,
}

/// Where the gate hands requests to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// Another Worker, by the name of its service binding.
    Service {
        /// The binding's name.
        binding: String,
    },
    /// Any HTTP server.
    Url {
        /// Its origin; the request's own path is appended.
        origin: Origin,
        /// The name of the Worker secret that is sent along as `Latchkey-Gate-Secret`, to prove that the gate
        /// sent the request. Only an upstream on this very machine may do without.
        secret_binding: Option<String>,
    },
}

/// One route of the gate.
#[derive(Clone, Debug)]
pub struct Route {
    /// Which paths it is about.
    pub pattern: Pattern,
    /// Which methods it lets through, in upper case.
    pub methods: Vec<String>,
    /// Who may take it.
    pub access: Access,
    /// A key of [`Config::upstreams`].
    pub upstream: String,
}

/// Who may take a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody. The upstream learns of no identity.
    Public,
    /// Whoever has an access token with all of these.
    Token {
        /// Scopes the token must have.
        scopes: Vec<String>,
        /// Roles the user must have.
        roles: Vec<String>,
    },
}
