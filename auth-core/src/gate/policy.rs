//! What the gate decides by: the part of the configuration that says who may do what.

use std::rc::Rc;

use super::pattern::Pattern;
use crate::revocation::Bound;
use crate::token::{ClaimNames, KeySet, Policy as TokenPolicy};
use crate::wire::Origin;

/// The name of the service's own issuer in routes.
pub const OWN: &str = "own";

/// The index of the service's own issuer in [`Policy::issuers`].
pub const OWN_ISSUER: usize = 0;

/// Everything that the gate decides by.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'c> {
    /// The service's own origin, which is its issuer identifier.
    pub origin: &'c Origin,
    /// Other origins whose pages may call the service and the gate. `None`: the configuration does not say;
    /// then, if the service runs on this machine ([`Origin::is_local`]), all origins of this machine,
    /// otherwise none.
    pub allowed_origins: Option<&'c [Origin]>,
    /// The issuers whose tokens the gate accepts. The first is the service's own.
    pub issuers: &'c [Issuer],
    /// The routes.
    pub routes: &'c [Rc<Route>],
}

impl Policy<'_> {
    /// Whether pages of this origin may call the service: its own origin and the listed ones, compared as a
    /// whole.
    #[must_use]
    pub fn lists_origin(&self, origin: &str) -> bool {
        self.origin.as_str() == origin
            || match self.allowed_origins {
                Some(listed) => listed.iter().any(|listed| listed.as_str() == origin),
                None => self.origin.is_local() && Origin::parse(origin).is_ok_and(|origin| origin.is_local()),
            }
    }

    /// Whether pages of any other origin than the service's own may call it.
    #[must_use]
    pub fn lists_others(&self) -> bool {
        self.allowed_origins.map_or_else(|| self.origin.is_local(), |listed| !listed.is_empty())
    }
}

/// An issuer whose tokens the gate accepts.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// Its name in routes: [`OWN`], or its name in the configuration.
    pub name: String,
    /// The checks that its tokens must pass.
    pub policy: TokenPolicy,
    /// Which of its claims contain the subject, the roles and the scopes.
    pub names: ClaimNames,
    /// The source of its keys.
    pub keys: KeySource,
    /// Where its tokens are on `token` routes besides the `Authorization` header. Default: nowhere.
    pub carriers: Carriers,
}

/// Where a proxy in front of the Worker puts the tokens of an issuer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carriers {
    /// A header, in lower case.
    pub header: Option<String>,
    /// A cookie.
    pub cookie: Option<String>,
}

/// The source of an issuer's keys.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// The service's own Keyring.
    Own,
    /// A key set in the configuration.
    Static(Rc<KeySet>),
    /// A key set at this URL.
    Jwks(String),
    /// The key set named by the issuer's discovery document at this URL.
    Discovery(String),
    /// The name of a Worker secret of at least 32 bytes. Only for HS256.
    Secret(String),
}

/// One route of the gate.
#[derive(Clone, Debug)]
pub struct Route {
    /// The paths of the route.
    pub pattern: Pattern,
    /// The methods that the route allows. Their letter case counts.
    pub methods: Vec<String>,
    /// Which credentials the route requires.
    pub access: Access,
    /// Further requirements on the caller. Empty on public routes.
    pub requires: Requirements,
    /// The time within which a revoked token is rejected. Default: 5 s.
    pub revocation: Bound,
    /// Whether requests are allowed while the list of revocations can't be obtained. Default: false.
    pub without_revocations: bool,
    /// The name of the upstream.
    pub upstream: String,
    /// Whether that upstream treats paths as case-sensitive.
    pub case_sensitive: bool,
    /// Inbound headers, in lower case, that this upstream gets although the gate removes them for others.
    /// Default: none.
    pub keep_headers: Vec<String>,
    /// Whether browsers may fetch a service worker's script here (`Service-Worker: script`). Default: false.
    pub service_worker: bool,
    /// Whether the upstream gets the `Authorization` header, so that it can verify the token too. Default:
    /// false.
    pub forward_authorization: bool,
    /// Whether the gate leaves the upstream's `Cache-Control` unchanged. Default: false; responses of routes
    /// that are not public are `no-store`.
    pub cache_as_upstream_says: bool,
}

/// Requirements on a caller beyond a valid credential.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    /// The accepted issuers, by index into [`Policy::issuers`].
    pub issuers: Vec<usize>,
    /// Scopes that the token must have, all of them.
    pub scopes: Vec<String>,
    /// Roles that the user must have, all of them.
    pub roles: Vec<String>,
    /// How many seconds ago the user may have proved a credential at most (RFC 9470). Default: no limit.
    pub max_auth_age: Option<u64>,
}

/// The credentials that a route requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// None. The upstream gets no identity.
    Public,
    /// An access token.
    Token,
    /// The session's cookie.
    Session,
    /// An access token, or, if the request has none, the session's cookie.
    TokenOrSession,
    /// The same, but a request without either is forwarded without identity. A cookie that does not count
    /// (its session has ended, or a page of another site sent the request) is ignored; a token that is not
    /// valid is rejected.
    Optional,
}

impl Access {
    /// Whether the route accepts the session's cookie.
    #[must_use]
    pub const fn takes_cookie(self) -> bool {
        matches!(self, Self::Session | Self::TokenOrSession | Self::Optional)
    }

    /// Whether the route accepts access tokens.
    #[must_use]
    pub const fn takes_token(self) -> bool {
        matches!(self, Self::Token | Self::TokenOrSession | Self::Optional)
    }

    /// Whether the route forwards requests without credentials.
    #[must_use]
    pub const fn admits_anonymous(self) -> bool {
        matches!(self, Self::Public | Self::Optional)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::rc::Rc;

    use super::{Access, Policy, Requirements, Route};
    use crate::gate::pattern::Pattern;
    use crate::revocation::Bound;
    use crate::wire::Origin;

    fn lists(service: &str, listed: Option<&[&str]>, origin: &str) -> bool {
        let parse = |text: &&str| Origin::parse(text).unwrap();
        let listed: Option<Vec<Origin>> = listed.map(|listed| listed.iter().map(parse).collect());
        let allowed_origins = listed.as_deref();
        Policy { origin: &parse(&service), allowed_origins, issuers: &[], routes: &[] }.lists_origin(origin)
    }

    #[test]
    fn by_default_a_service_on_this_machine_allows_all_origins_of_this_machine() {
        for service in [
            "http://localhost:8787",
            "http://127.0.0.1:8787",
            "http://[::1]:8787",
            "https://localhost:8787",
            "http://one.localhost:8787",
        ] {
            assert!(lists(service, None, service) && lists(service, Some(&[]), service), "{service}");
            for page in [
                "http://localhost:5173",
                "http://localhost:1",
                "http://localhost",
                "http://127.0.0.1:5173",
                "http://127.0.0.1",
                "http://[::1]:5173",
                "https://localhost:5173",
                "http://one.localhost:5173",
            ] {
                assert!(lists(service, None, page), "{service} {page}");
                // A list replaces the default, also an empty one.
                assert!(!lists(service, Some(&[]), page), "{service} {page}");
                assert!(!lists(service, Some(&["http://localhost:3000"]), page), "{service} {page}");
                assert!(lists(service, Some(&[page]), page), "{service} {page}");
            }
            for page in [
                "",
                "null",
                "*",
                "http://localhost.evil.example",
                "http://localhost.evil.example:5173",
                "http://127.0.0.1.evil.example",
                "http://evil-localhost:5173",
                "http://evillocalhost",
                "http://localhost:5173/",
                "http://localhost:5173.evil.example",
                "http://localhost:65536",
                "http://localhost:80",
                "http://LOCALHOST:5173",
                "http://localhost.:5173",
                "http://evil.example@localhost",
                "http://localhost@evil.example",
                "ftp://localhost:5173",
                "http://128.0.0.1:5173",
                "http://127.1:5173",
                "http://[::2]:5173",
                "http://[::ffff:7f00:1]:5173",
                "http://0.0.0.0:5173",
                "http://192.168.0.2:5173",
                "https://app.example.com",
            ] {
                assert!(!lists(service, None, page), "{service} {page}");
            }
        }
    }

    #[test]
    fn by_default_a_service_in_production_allows_its_own_origin_only() {
        for service in ["https://app.example.com", "https://localhost.example.com", "https://10.0.0.1"] {
            assert!(lists(service, None, service), "{service}");
            for page in [
                "http://localhost:5173",
                "http://localhost",
                "http://127.0.0.1:5173",
                "http://[::1]:5173",
                "https://localhost:5173",
                "http://app.localhost:5173",
                "https://other.example.com",
            ] {
                assert!(!lists(service, None, page), "{service} {page}");
            }
        }
    }

    /// A route without requirements and without a bound.
    pub(crate) fn guarded(path: &str, methods: &[&str], access: Access, case_sensitive: bool) -> Rc<Route> {
        Rc::new(Route {
            pattern: Pattern::parse(path).unwrap(),
            methods: methods.iter().map(ToString::to_string).collect(),
            access,
            requires: Requirements::default(),
            revocation: Bound::None,
            without_revocations: false,
            upstream: "u".into(),
            forward_authorization: false,
            cache_as_upstream_says: false,
            keep_headers: vec![],
            service_worker: false,
            case_sensitive,
        })
    }
}
