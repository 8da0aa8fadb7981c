//! What a checked configuration holds. Parsed once; nothing on a request's path parses it again.

use std::collections::BTreeMap;
use std::rc::Rc;

use auth_core::keyring::Schedule;
use auth_core::revocation::Bound;
use auth_core::rotation::Lifetimes;
use auth_core::token::{ClaimNames, KeySet, Policy};
use auth_core::wire::Origin;

use super::limits::{Limits, PasswordRules};
use crate::gate::pattern::Pattern;

/// The name under which routes speak of our own issuer.
pub const OWN: &str = "own";

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
    /// Whom to ask whether a password is right. Default: nobody, because this service keeps the passwords itself.
    pub elsewhere: Option<Elsewhere>,
    /// Origins, besides the service's own, whose pages may call the service and the gate.
    pub allowed_origins: Vec<Origin>,
    /// How long things live and predecessors are forgiven.
    pub lifetimes: Lifetimes,
    /// How the service's own keys are renewed and kept.
    pub keys: KeyPolicy,
    /// For how long after proving a credential a user may change credentials and delete the account, in seconds. Default: 600.
    pub reauthentication: u64,
    /// How many sessions of one account may live at once; one more ends the one that has been idle longest. Default: 100.
    pub sessions_per_account: u64,
    /// What computes signatures. Default: WebCrypto.
    pub signatures: SignatureBackend,
    /// Whose tokens the gate takes. The first one is our own issuer.
    pub issuers: Vec<Issuer>,
    /// SHA-256 of each secret with which services may revoke tokens and ask about them, in hex.
    pub service_credentials: Vec<String>,
    /// SHA-256 of each secret that opens the admin API, in hex.
    pub admin_credentials: Vec<String>,
    /// How long a one-time password may be used, in seconds. Default: a day.
    pub one_time_password_ttl: u64,
    /// Where the gate hands requests to.
    pub upstreams: BTreeMap<String, Upstream>,
    /// The gate's routes. What none of them matches is refused.
    pub routes: Vec<Rc<Route>>,
    /// Inbound headers, in lower case and with `-`, that no upstream ever sees, besides those that are always removed.
    pub strip_headers: Vec<String>,
    /// How often somebody may try.
    pub limits: Limits,
    /// How passwords are kept.
    pub passwords: PasswordRules,
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

/// How the service's own keys are renewed and kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPolicy {
    /// For how long a key is used for what is new. Default: 30 days.
    pub rotation_period: u64,
    /// For how long it is published before that. Default: 1 hour.
    pub publish_ahead: u64,
    /// For how long it stays after the last thing that was made with it is over. Default: 1 hour.
    pub retire_after: u64,
    /// Names of the Worker secrets under which private keys are sealed: the first one seals, all of them open.
    /// Default: none.
    pub secret_bindings: Vec<String>,
}

impl KeyPolicy {
    /// The times of keys that make what lives for `life` seconds.
    #[must_use]
    pub const fn schedule(&self, life: u64) -> Schedule {
        Schedule {
            active: self.rotation_period,
            published: self.publish_ahead,
            life,
            retiring: self.retire_after,
        }
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

/// Somebody who keeps the users' credentials and is asked at every sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// Who it is.
    pub target: Target,
    /// Where it is asked: a path, with a query if it needs one.
    pub path: String,
    /// After how many milliseconds without a whole answer it is given up. Default: 5,000.
    pub timeout_ms: u64,
}

/// What computes signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureBackend {
    /// The platform's WebCrypto.
    WebCrypto,
    /// jwt-simple, compiled into the Worker.
    JwtSimple,
}

/// Somebody whose tokens the gate takes.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// How routes speak of it: [`OWN`], or its name in the configuration.
    pub name: String,
    /// What its tokens must be.
    pub policy: Policy,
    /// Which of their claims become what.
    pub names: ClaimNames,
    /// Where its keys come from.
    pub keys: KeySource,
}

/// Where an issuer's keys come from.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// From our own Keyring.
    Own,
    /// From the configuration.
    Static(Rc<KeySet>),
    /// From a key set at this URL.
    Jwks(String),
    /// From the key set that the issuer's discovery document at this URL names.
    Discovery(String),
    /// A Worker secret of at least 32 bytes, by the name of its binding. For HS256 alone.
    Secret(String),
}

/// Where the gate hands requests to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Who it is.
    pub target: Target,
    /// After how many milliseconds without an answer's head the request is given up. Default: 30 s.
    pub timeout_ms: u64,
    /// Whether it tells `/Api` from `/api`. Default: no, so that no path can differ from a route's in letter case only.
    pub case_sensitive: bool,
}

/// Who an upstream is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
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
    /// What a caller must have besides. Nothing on public routes.
    pub requires: Requirements,
    /// Within which time a revoked token is refused. Default: 5 s.
    pub revocation: Bound,
    /// Whether to go on when the list of revocations can't be had. Default: no.
    pub without_revocations: bool,
    /// A key of [`Config::upstreams`].
    pub upstream: String,
    /// Whether that upstream is case-sensitive.
    pub case_sensitive: bool,
    /// Inbound headers, in lower case, that this upstream gets although they are removed elsewhere. Default: none.
    pub keep_headers: Vec<String>,
    /// Whether browsers may fetch the script of a service worker here (`Service-Worker: script`). Default: no.
    pub service_worker: bool,
    /// Whether the upstream gets the `Authorization` header, which is then another verifier's business too. Default: no.
    pub forward_authorization: bool,
    /// Whether the upstream's own `Cache-Control` stands. Default: answers of routes that aren't public are `no-store`.
    pub cache_as_upstream_says: bool,
}

/// What a caller must have besides being who he is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    /// Issuers whose word counts, by index into [`Config::issuers`].
    pub issuers: Vec<usize>,
    /// Scopes the token must have, all of them.
    pub scopes: Vec<String>,
    /// Roles the user must have, all of them.
    pub roles: Vec<String>,
    /// How many seconds ago the user may have proved a credential at most (RFC 9470). Default: any time.
    pub max_auth_age: Option<u64>,
}

/// Who may take a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everybody. The upstream learns of no identity.
    Public,
    /// Whoever has an access token.
    Token,
    /// Whoever has our cookie.
    Session,
    /// Whoever has a token; who brings none may have our cookie.
    TokenOrSession,
}

impl Access {
    /// Whether our cookie is looked at.
    #[must_use]
    pub const fn takes_cookie(self) -> bool {
        matches!(self, Self::Session | Self::TokenOrSession)
    }

    /// Whether tokens are looked at.
    #[must_use]
    pub const fn takes_token(self) -> bool {
        matches!(self, Self::Token | Self::TokenOrSession)
    }
}
