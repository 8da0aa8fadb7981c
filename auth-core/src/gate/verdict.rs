//! What becomes of a request.

use crate::api_key::ApiKey;
use crate::dpop::ExaminedProof;
use crate::id::AccountId;
use crate::token::{Caller, Examined, LeftOutClaim, Refusal, VerificationKey, Verified};
use crate::wire::{RefreshCookie, Ticket};

/// A request that may go to its upstream.
#[derive(Debug)]
pub struct Forward<T> {
    /// The route's index in [`super::Policy::routes`].
    pub route: usize,
    /// Who is calling.
    pub caller: Identified<T>,
    /// The length of the URL that the upstream gets, in bytes, all of them ASCII; 0: it is the request's.
    pub url_ends: usize,
    /// How it was found out.
    pub findings: Findings,
}

/// Who is calling.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one for each request, and it is never stored")]
pub enum Identified<T> {
    /// The route needs no credential, and the request has none that the route reads.
    Anonymous,
    /// The holder of this token or API key.
    Token(T),
    /// A session that was presented by its cookie or by a ticket.
    Session(Box<Caller>),
}

/// What judging a request took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// For `Server-Timing`, if a token or an API key was verified.
    pub timing: Option<Timing>,
    /// The isolate's copy of the list of revocations should be renewed, beside the request.
    pub renew_revocations: bool,
}

/// What `Server-Timing` says about a token or an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Whether the token had been verified before.
    pub hit: bool,
    /// The age of the copy of its issuer's keys, in milliseconds. `None` for an API key.
    pub keys_age_ms: Option<u64>,
    /// The age of the copy of the list of revocations, in milliseconds, if it was used.
    pub revocations_age_ms: Option<u64>,
}

/// A response of the Worker's own that rejects nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To a CORS preflight, for a route with these methods.
    Preflight {
        /// As `Access-Control-Allow-Methods`.
        methods: String,
    },
    /// A page that requests the same URL again: the browser may have omitted the cookie only because another
    /// site sent it here.
    ComeAgain,
}

/// Something that must be found out before a verdict.
#[derive(Debug)]
pub enum Need<T> {
    /// All headers of the request.
    Headers,
    /// The keys of an issuer.
    Keys {
        /// The issuer's index in [`super::Policy::issuers`].
        issuer: usize,
        /// The key that a token names, if the copy may have to be renewed because of it.
        kid: Option<String>,
    },
    /// Whether a signature is genuine.
    Signature(Box<Signature>),
    /// Whether the signature of a proof (RFC 9449) is genuine, and the proof is used for the first time.
    Proof(Box<ExaminedProof>),
    /// Whether the account of an API key accepts it.
    ApiKey(ApiKey),
    /// A list of revocations that is new enough.
    Revocations,
    /// What an account says.
    Account(Question<T>),
}

/// A question to an account.
#[derive(Debug)]
pub enum Question<T> {
    /// Whether the session of this token is active, and the token has not been revoked.
    Check(T),
    /// Whether this cookie admits its bearer.
    Admit {
        /// The cookie.
        cookie: RefreshCookie,
        /// Whether the browser would store a new cookie from the response.
        navigates: bool,
    },
    /// Whether this ticket admits its bearer, who then can't use it again.
    SpendTicket {
        /// The ticket.
        ticket: Ticket,
        /// The name by which the account knows it.
        name: String,
    },
}

/// A token of which only the signature is unchecked.
#[derive(Debug)]
pub struct Signature {
    /// The key to check it with.
    pub key: VerificationKey,
    /// The signature (RFC 7515 section 2).
    pub signature: Vec<u8>,
    /// Claims that a caller with this token does not have, for the log. Only of other issuers.
    pub left_out: Vec<LeftOutClaim>,
    /// The issuer's index in [`super::Policy::issuers`].
    pub issuer: usize,
    pub(super) token: Box<str>,
    pub(super) signing_input: usize,
    pub(super) keys_stamp: u64,
    pub(super) examined: Examined<Caller>,
}

/// A verified token, before the shell stores it.
#[derive(Debug)]
pub struct NewToken {
    /// The token's text.
    pub token: Box<str>,
    /// What it says.
    pub verified: Verified<Caller>,
    /// The issuer's index in [`super::Policy::issuers`].
    pub issuer: usize,
    /// The [`super::IssuerKeys::stamp`] of the keys that it was verified with.
    pub keys_stamp: u64,
}

impl Signature {
    /// What was signed (RFC 7515 section 2).
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        self.token.as_bytes().get(..self.signing_input).unwrap_or_default()
    }

    /// The token, verified if its signature is genuine.
    ///
    /// # Errors
    /// [`Refusal::Signature`].
    pub fn confirm(self, genuine: bool) -> Result<NewToken, Refusal> {
        let Self { token, examined, issuer, keys_stamp, .. } = self;
        Ok(NewToken { token, verified: examined.confirm(genuine)?, issuer, keys_stamp })
    }
}

/// Why a request is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// The gate sent it itself, to an upstream that gets the public `Host`.
    CameBack,
    /// Its path can be read in more than one way.
    AmbiguousPath,
    /// A server could read it as one for another route.
    AmbiguousRoute,
    /// It has no route.
    NotFound,
    /// Its path has routes, but none for its method.
    MethodNotAllowed {
        /// As `Allow`.
        allow: String,
    },
    /// Its URL contains an API key.
    ApiKeyInUrl,
    /// A browser sent it for a page, with an API key.
    ApiKeyFromPage,
    /// A service worker's script, where the route does not allow one.
    ServiceWorker,
    /// It has no credentials, where some are required.
    NoCredentials,
    /// Its credentials can't be read: the name of the check, for the log.
    Malformed(&'static str),
    /// Its credentials are not valid.
    Invalid {
        /// The name of the check that failed, for the log.
        check: &'static str,
        /// The token as a log may show it; empty for other credentials.
        token: String,
    },
    /// The token is bound to a key, but the request has it as a bearer token (RFC 9449 section 7.2).
    BoundToken,
    /// The proof of the token's key is missing or not valid (RFC 9449 section 7.1): the name of the check, for the log.
    Proof(&'static str),
    /// An OAuth client sent it, and the route names no scopes that would let clients in.
    ClosedToClients,
    /// The caller lacks a scope or a role.
    Insufficient {
        /// The scopes that the route requires, separated by spaces; empty if it requires none.
        scope: String,
        /// Which scopes.
        scopes: Lacking,
        /// Which roles.
        roles: Lacking,
    },
    /// The user must authenticate again, or better (RFC 9470). Both members are what the route requires, also
    /// if only one of them is not met, so that one authentication can meet both.
    StepUp {
        /// The accepted values of `acr`; empty: any.
        acr: Vec<String>,
        /// The maximum age of the authentication, in seconds.
        max_age: Option<u64>,
        /// The user's account, if the user is one of this service, who can authenticate here.
        account: Option<AccountId>,
    },
    /// What is needed for a verdict can't be found out.
    Unavailable,
}

/// What a caller lacks of what a route requires. For the log, and for the response on a developer's machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lacking {
    /// What is required and missing. Empty if nothing is.
    pub missing: Vec<String>,
    /// What the caller has.
    pub found: Vec<String>,
}

impl Denial {
    pub(super) const fn invalid(check: &'static str) -> Self {
        Self::Invalid { check, token: String::new() }
    }

    /// An API key that is not accepted.
    pub(super) fn invalid_key(check: &'static str, key: &str) -> Self {
        Self::Invalid { check, token: format!("[API key, {} bytes]", key.len()) }
    }
}

/// One step of judging.
pub type Step<T, K> = Result<T, Stop<K>>;

/// Why judging stops before the end.
#[derive(Debug)]
pub enum Stop<T> {
    /// The Worker answers it.
    Answer(Answer),
    /// It is rejected.
    Refuse(Denial),
    /// Something must be found out first.
    Need(Need<T>),
}

impl<T> From<Denial> for Stop<T> {
    fn from(denial: Denial) -> Self {
        Self::Refuse(denial)
    }
}

impl<T> From<Need<T>> for Stop<T> {
    fn from(need: Need<T>) -> Self {
        Self::Need(need)
    }
}
