//! The challenges of rejected requests (RFC 9110 section 11.6.1), as RFC 6750 section 3, RFC 9449 section 7.1, RFC 9470
//! section 3 and RFC 9728 section 5.1 define them.

use auth_core::dpop;
use auth_core::gate::{Authorization, Route};
use auth_core::token::Algorithm;
use auth_core::wire::{ErrorCode, paths};

use crate::context::Context;
use crate::http::Refusal;

/// An authentication scheme of access tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// RFC 6750.
    Bearer,
    /// RFC 9449.
    DPoP,
}

impl Scheme {
    /// The scheme that the request has used; `Bearer` if it has used none.
    #[must_use]
    pub(super) fn of(context: &Context) -> Self {
        Self::used(context.incoming.header("authorization"))
    }

    /// The scheme of this `Authorization` header; `Bearer` if it has none that is known.
    #[must_use]
    pub(crate) fn used(authorization: Option<&str>) -> Self {
        match Authorization::read(authorization) {
            Authorization::DPoP(_) => Self::DPoP,
            Authorization::Absent | Authorization::Malformed | Authorization::Bearer(_) => Self::Bearer,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::DPoP => "DPoP",
        }
    }
}

/// What a challenge says about the error.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Parameters<'a> {
    /// The error; `None` if the request had no credentials.
    pub(crate) error: Option<&'a str>,
    /// The scopes that the client lacks and needs; empty: none. On a route of a protected resource, every challenge
    /// names the scopes that the route requires.
    pub(crate) scope: &'a str,
    /// Further parameters, each after a comma and a space.
    pub(crate) more: &'a str,
}

/// The response to a rejected request, with the challenge. It never names the check that failed. `route`: the route that
/// was requested; `None` for the service's own paths.
#[must_use]
pub(super) fn challenge(
    context: &Context,
    route: Option<&Route>,
    code: ErrorCode,
    scheme: Scheme,
    parameters: Parameters<'_>,
) -> Refusal {
    let refusal = Refusal::new(code).with(NAME, value(context, route, scheme, parameters));
    let offers_both = route.is_some_and(|route| route.resource.is_some()) && parameters.error.is_none();
    match scheme {
        // Clients that read only one challenge read the first.
        Scheme::Bearer if offers_both => refusal.with(NAME, value(context, route, Scheme::DPoP, parameters)),
        Scheme::Bearer | Scheme::DPoP => refusal,
    }
}

/// The header with a challenge.
pub(crate) const NAME: &str = "WWW-Authenticate";

fn value(context: &Context, route: Option<&Route>, scheme: Scheme, parameters: Parameters<'_>) -> String {
    let issuer = &context.config.issuer;
    let resource = route.and_then(|route| route.resource.as_deref());
    let required = route.filter(|_| resource.is_some()).map(|route| route.requires.scopes.join(" "));
    let scope = required.as_deref().unwrap_or(parameters.scope);
    let challenge = text(scheme, issuer.as_str(), Parameters { scope, ..parameters });
    let (document, path) = (paths::RESOURCE_METADATA, resource.map_or("", |resource| &resource.path));
    format!(r#"{challenge}, resource_metadata="{issuer}{document}{path}""#)
}

/// The challenge of a verifier that knows no metadata.
#[must_use]
pub(crate) fn text(scheme: Scheme, realm: &str, parameters: Parameters<'_>) -> String {
    let Parameters { error, scope, more } = parameters;
    let parameter = |name: &str, value: &str| {
        if value.is_empty() { String::new() } else { format!(r#", {name}="{value}""#) }
    };
    let error = parameter("error", error.unwrap_or_default());
    let scope = parameter("scope", scope);
    let algorithms = match scheme {
        Scheme::Bearer => String::new(),
        Scheme::DPoP => parameter("algs", &dpop::ALGORITHMS.map(Algorithm::as_str).join(" ")),
    };
    let scheme = scheme.as_str();
    format!(r#"{scheme} realm="{realm}"{error}{scope}{more}{algorithms}"#)
}
