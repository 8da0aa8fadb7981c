//! The systems that the Worker calls: upstreams, an external system that verifies passwords, and the deployer's hook.

use auth_core::wire::Origin;

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

/// The deployer's hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hooks {
    /// How it is reached. A URL has no secret of its own.
    pub target: Target,
    /// The name of the Worker secret with which messages are signed.
    pub secret_binding: String,
    /// The path to call, with a query if needed.
    pub path: String,
    /// The timeout for the complete response, in milliseconds. Default: 5,000.
    pub timeout_ms: u64,
}
