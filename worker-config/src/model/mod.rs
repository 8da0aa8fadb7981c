//! The checked configuration. It is parsed once per isolate, never on a request's path.

mod mail;
mod provider;
mod service_keys;
mod target;

use std::collections::BTreeMap;
use std::rc::Rc;

use auth_core::gate::{ApiKeyPolicy, Issuer, Policy, Route};
use auth_core::oauth::OAuthPolicy;
use auth_core::rotation::Lifetimes;
use auth_core::webauthn::RelyingParty;
use auth_core::wire::Origin;

use crate::limits::{Limits, PasswordRules};

pub use mail::{Mail, MailAdapter, Mailbox, Notification};
pub use provider::{OpenIdProvider, Provider, ProviderKind, SigningKeyIds};
pub use service_keys::{KeyPolicy, SignatureBackend};
pub use target::{Elsewhere, Hooks, Target, Upstream};

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
    /// Whether users can sign in with a code sent to their address, if mails can be sent. Default: true.
    pub email_code: bool,
    /// The external system that verifies passwords. Default: none, because the service stores password hashes
    /// itself.
    pub elsewhere: Option<Elsewhere>,
    /// Where all Durable Objects run and store their data. Default: wherever the platform places them.
    pub jurisdiction: Option<Jurisdiction>,
    /// The deployer's hook. Default: none.
    pub hooks: Option<Hooks>,
    /// The claim of the access tokens that contains the user's metadata. Default: none.
    pub metadata_claim: Option<String>,
    /// Second factors.
    pub second_factor: SecondFactor,
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
    /// The other providers with which users can sign in.
    pub providers: Vec<Provider>,
    /// SHA-256 of each secret that authorises services to revoke and introspect tokens, in hex.
    pub service_credentials: Vec<String>,
    /// SHA-256 of each secret that authorises calls to the admin API, in hex.
    pub admin_credentials: Vec<String>,
    /// The lifetime of a one-time password, in seconds. Default: one day.
    pub one_time_password_ttl: u64,
    /// API keys. Default: none, and the paths for them do not exist.
    pub api_keys: Option<ApiKeyPolicy>,
    /// The scopes that users' own tokens and sessions meet: those of API keys and of OAuth clients.
    pub user_scopes: Vec<String>,
    /// The OAuth authorization server. Default: none, and the paths under `/oauth` do not exist.
    pub oauth: Option<OAuthPolicy>,
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
    /// Who sends mails. Default: no one, and whatever needs a mail does not exist.
    pub mail: Option<Mail>,
    /// Passkeys. Default: none; also none if another system verifies passwords.
    pub passkeys: Option<Passkeys>,
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
            api_keys: self.api_keys.as_ref(),
            audience: &self.audience,
            user_scopes: &self.user_scopes,
        }
    }

    /// Whether the service's origin uses https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.issuer.as_str().starts_with("https://")
    }
}

/// Who may create an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUpPolicy {
    /// Any visitor.
    Open,
    /// Only administrators.
    Closed,
}

/// The relying party of passkeys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkeys {
    /// The RP ID and the origins.
    pub relying_party: RelyingParty,
    /// What browsers call it.
    pub name: String,
}

/// What is configured about second factors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecondFactor {
    /// Roles that a session has only if two factors were proved in it. Default: none.
    pub roles: Vec<String>,
    /// What authenticator apps call the service. Default: the issuer's host.
    pub name: Option<String>,
}

/// A place that Durable Objects do not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jurisdiction {
    /// The European Union.
    Eu,
    /// Data centers that comply with FedRAMP.
    FedRamp,
}

impl Jurisdiction {
    /// The platform's name for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eu => "eu",
            Self::FedRamp => "fedramp",
        }
    }
}
