//! What the gate decides by: the part of the configuration that says who may do what.

use std::rc::Rc;

use super::pattern::Pattern;
use crate::oauth::Resource;
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
    /// API keys. `None`: they are switched off.
    pub api_keys: Option<&'c ApiKeyPolicy>,
    /// The `aud` of tokens for what belongs to no [`Resource`].
    pub audience: &'c str,
    /// The scopes of API keys and of OAuth clients. Users' own tokens and sessions have all of them: a scope limits a
    /// key or a client, not the user.
    pub user_scopes: &'c [String],
}

/// What the gate knows about API keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyPolicy {
    /// The environment whose keys are accepted.
    pub environment: String,
    /// The scopes that users can give to their keys.
    pub scopes: Vec<String>,
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
    /// Which credentials the route accepts.
    pub access: Access,
    /// Further requirements on the caller. Empty on public routes.
    pub requires: Requirements,
    /// The protected resource to which the route belongs: its tokens are those that OAuth clients can use here.
    /// `None`: tokens for [`Policy::audience`].
    pub resource: Option<Rc<Resource>>,
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
    /// Scopes that the token or key must have, all of them. OAuth clients have access only to routes that name some.
    pub scopes: Vec<String>,
    /// Roles that the user must have, all of them.
    pub roles: Vec<String>,
    /// Those of `roles` that a session of this service has only if two factors were proved in it.
    pub guarded_roles: Vec<String>,
    /// The accepted values of the token's `acr` (RFC 9470), one of which it must meet. Default: empty, any.
    pub acr: Vec<String>,
    /// How many seconds ago the user may have proved a credential at most (RFC 9470). Default: no limit.
    pub max_auth_age: Option<u64>,
}

/// The credentials that a route accepts: any one of them is enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Access tokens.
    pub token: bool,
    /// API keys, and the access tokens for which they were exchanged.
    pub api_key: bool,
    /// The session's cookie, if the request has no `Authorization` header or the route accepts nothing in it.
    pub session: bool,
    /// None: a request without credentials is forwarded without identity. A cookie that does not count (its
    /// session has ended, or a page of another site sent the request) is ignored; a token or a key that is not
    /// valid is rejected.
    pub anonymous: bool,
}

impl Access {
    /// Nothing: the route reads no credentials, and the upstream gets no identity.
    pub const NOTHING: Self = Self { token: false, api_key: false, session: false, anonymous: false };
    /// Requests of all callers, whose credentials are not read.
    pub const PUBLIC: Self = Self { anonymous: true, ..Self::NOTHING };
    /// Access tokens.
    pub const TOKEN: Self = Self { token: true, ..Self::NOTHING };
    /// API keys.
    pub const API_KEY: Self = Self { api_key: true, ..Self::NOTHING };
    /// The session's cookie.
    pub const SESSION: Self = Self { session: true, ..Self::NOTHING };
    /// An access token, or, if the request has none, the session's cookie.
    pub const TOKEN_OR_SESSION: Self = Self { token: true, ..Self::SESSION };
    /// The same, but a request without either is forwarded without identity.
    pub const OPTIONAL: Self = Self { anonymous: true, ..Self::TOKEN_OR_SESSION };

    /// Both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            token: self.token || other.token,
            api_key: self.api_key || other.api_key,
            session: self.session || other.session,
            anonymous: self.anonymous || other.anonymous,
        }
    }

    /// Whether the `Authorization` header of a request decides, if it has one or the route accepts no cookie.
    #[must_use]
    pub const fn reads_header(self) -> bool {
        self.token || self.api_key
    }

    /// Whether the route reads no credentials.
    #[must_use]
    pub const fn is_public(self) -> bool {
        !self.reads_header() && !self.session
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
        Policy {
            origin: &parse(&service),
            allowed_origins,
            issuers: &[],
            routes: &[],
            api_keys: None,
            audience: "a",
            user_scopes: &[],
        }
        .lists_origin(origin)
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
            resource: None,
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
