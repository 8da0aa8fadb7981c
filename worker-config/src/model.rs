//! The checked configuration. It is parsed once per isolate, never on a request's path.

use std::collections::BTreeMap;
use std::rc::Rc;

use auth_core::gate::{Issuer, Policy, Route};
use auth_core::keyring::Schedule;
use auth_core::rotation::Lifetimes;
use auth_core::wire::Origin;

use super::limits::{Limits, PasswordRules};

/// The whole configuration. All times are seconds.
#[derive(Clone, Debug)]
pub struct Config {
    /// The service's issuer identifier, which is its public origin.
    pub issuer: Origin,
    /// The `aud` of the access tokens that the service issues and the gate accepts.
    pub audience: String,
    /// The `client_id` of the access tokens. Default: `latchkey`.
    pub client_id: String,
    /// Who may create an account. Default: [`SignUpPolicy::Closed`].
    pub sign_up: SignUpPolicy,
    /// The external system that verifies passwords. Default: none, because the service stores password hashes
    /// itself.
    pub elsewhere: Option<Elsewhere>,
    /// Origins, besides the service's own, whose pages may call the service and the gate. Default (`None`):
    /// if the issuer is on this machine, all origins of this machine, otherwise none.
    pub allowed_origins: Option<Vec<Origin>>,
    /// Lifetimes of tokens and sessions, and the replay window.
    pub lifetimes: Lifetimes,
    /// How the service's own keys are rotated and stored.
    pub keys: KeyPolicy,
    /// For how long after proving a credential a user may change credentials and delete the account, in
    /// seconds. Default: 600.
    pub reauthentication: u64,
    /// The maximum number of active sessions per account; one more ends the session that has been idle
    /// longest. Default: 100.
    pub sessions_per_account: u64,
    /// The signature backend. Default: WebCrypto.
    pub signatures: SignatureBackend,
    /// The issuers whose tokens the gate accepts. The first is the service's own.
    pub issuers: Vec<Issuer>,
    /// SHA-256 of each secret that authorises services to revoke and introspect tokens, in hex.
    pub service_credentials: Vec<String>,
    /// SHA-256 of each secret that authorises calls to the admin API, in hex.
    pub admin_credentials: Vec<String>,
    /// The lifetime of a one-time password, in seconds. Default: one day.
    pub one_time_password_ttl: u64,
    /// The upstreams to which the gate forwards requests.
    pub upstreams: BTreeMap<String, Upstream>,
    /// The gate's routes. A request that matches none is rejected.
    pub routes: Vec<Rc<Route>>,
    /// Inbound headers, in lower case and with `-`, that the gate removes for every upstream, in addition to
    /// those that it always removes.
    pub strip_headers: Vec<String>,
    /// Cookies with tokens of other issuers, which the gate removes for every upstream.
    pub token_cookies: Vec<String>,
    /// Whether upstreams get the user's address as `Latchkey-Email` and `Latchkey-Email-Verified`, and access
    /// tokens contain it. Default: false.
    pub email_headers: bool,
    /// Whether responses of token routes have `Server-Timing`. Default: false.
    pub server_timing: bool,
    /// Limits of attempts.
    pub limits: Limits,
    /// Rules for hashing and choosing passwords.
    pub passwords: PasswordRules,
}

impl Config {
    /// Whether pages of this origin may call the service: its own origin and the listed ones. Compared as a
    /// whole.
    #[must_use]
    pub fn lists_origin(&self, origin: &str) -> bool {
        self.gate().lists_origin(origin)
    }

    /// What the gate decides by.
    #[must_use]
    pub fn gate(&self) -> Policy<'_> {
        Policy {
            origin: &self.issuer,
            allowed_origins: self.allowed_origins.as_deref(),
            issuers: &self.issuers,
            routes: &self.routes,
        }
    }

    /// Whether the service's origin uses https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.issuer.as_str().starts_with("https://")
    }
}

/// How the service's own keys are rotated and stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPolicy {
    /// How long a key is active, in seconds. Default: 30 days.
    pub rotation_period: u64,
    /// How long a key is published before it becomes active, in seconds. Default: 1 hour.
    pub publish_ahead: u64,
    /// How long a key stays after the last thing made with it has expired, in seconds. Default: 1 hour.
    pub retire_after: u64,
    /// Names of the Worker secrets that seal private keys: the first seals, all of them open. Default: none.
    pub secret_bindings: Vec<String>,
}

impl KeyPolicy {
    /// The schedule of keys whose tokens or sessions live for `life` seconds.
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

/// The backend that computes signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureBackend {
    /// The platform's WebCrypto.
    WebCrypto,
    /// jwt-simple, compiled into the Worker.
    JwtSimple,
}

/// Who may create an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUpPolicy {
    /// Any visitor.
    Open,
    /// Only administrators.
    Closed,
}

/// An external system that verifies the users' credentials at every sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// How it is reached.
    pub target: Target,
    /// The path to call, with a query if needed.
    pub path: String,
    /// The timeout for the complete response, in milliseconds. Default: 5,000.
    pub timeout_ms: u64,
}

/// An upstream to which the gate forwards requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// How it is reached.
    pub target: Target,
    /// The timeout for the head of the response, in milliseconds. Default: 30 s.
    pub timeout_ms: u64,
    /// Whether the upstream treats `/Api` and `/api` as different paths. Default: false, so that no path may
    /// differ from a route's only in letter case.
    pub case_sensitive: bool,
    /// Whether an upstream reached by URL receives the issuer's host as `Host`, instead of its own. Default:
    /// false.
    pub preserve_host: bool,
}

/// How an upstream is reached.
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
        /// The name of the Worker secret that is sent as `Latchkey-Gate-Secret`, to prove that the gate sent
        /// the request. Only an upstream on the same machine may do without it.
        secret_binding: Option<String>,
    },
}
