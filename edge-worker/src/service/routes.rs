//! The table of the service's routes.

use auth_core::wire::paths;

/// What the service can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `GET /healthz`
    Health,
    /// `GET /.well-known/jwks.json`
    Jwks,
    /// `GET /.well-known/oauth-authorization-server`
    Metadata,
    /// `GET /.well-known/oauth-protected-resource`
    ResourceMetadata,
    /// `POST /auth/revoke`
    Revoke,
    /// `POST /auth/sign-up`
    SignUp,
    /// `POST /auth/sign-in`
    SignIn,
    /// `POST /auth/refresh`
    Refresh,
    /// `POST /auth/sign-out`
    SignOut,
    /// `POST /auth/password`
    Password,
    /// `GET /auth/sessions`
    ListSessions,
    /// `DELETE /auth/sessions/{id}`
    RevokeSession,
    /// `GET /auth/verify`
    Verify,
}

impl Operation {
    /// Whether the forgery guard watches it.
    #[must_use]
    pub const fn changes_something(self) -> bool {
        match self {
            Self::SignUp
            | Self::SignIn
            | Self::Refresh
            | Self::SignOut
            | Self::Password
            | Self::RevokeSession => true,
            // A revocation comes from a service with a credential of its own; from a page it is refused.
            Self::Revoke
            | Self::Health
            | Self::Jwks
            | Self::Metadata
            | Self::ResourceMetadata
            | Self::ListSessions
            | Self::Verify => false,
        }
    }
}

type Operations = &'static [(&'static str, Operation)];

const TABLE: &[(&str, Operations)] = &[
    (paths::HEALTH, &[("GET", Operation::Health), ("HEAD", Operation::Health)]),
    (paths::JWKS, &[("GET", Operation::Jwks), ("HEAD", Operation::Jwks)]),
    (paths::METADATA, &[("GET", Operation::Metadata), ("HEAD", Operation::Metadata)]),
    (
        paths::RESOURCE_METADATA,
        &[("GET", Operation::ResourceMetadata), ("HEAD", Operation::ResourceMetadata)],
    ),
    (paths::REVOKE, &[("POST", Operation::Revoke)]),
    (paths::SIGN_UP, &[("POST", Operation::SignUp)]),
    (paths::SIGN_IN, &[("POST", Operation::SignIn)]),
    (paths::REFRESH, &[("POST", Operation::Refresh)]),
    (paths::SIGN_OUT, &[("POST", Operation::SignOut)]),
    (paths::PASSWORD, &[("POST", Operation::Password)]),
    (paths::SESSIONS, &[("GET", Operation::ListSessions)]),
    (paths::VERIFY, &[("GET", Operation::Verify)]),
];

const ONE_SESSION: Operations = &[("DELETE", Operation::RevokeSession)];

/// What the service has at a path.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// Operations, by method, and what stands behind the path they have in common.
    Path {
        /// By method.
        operations: Operations,
        /// A session's id, or nothing.
        rest: String,
    },
    /// The path is the service's, but nothing is there.
    Nothing,
}

/// Looks a path up; `None` for what isn't the service's but the gate's.
#[must_use]
pub fn find(path: &str) -> Option<Found> {
    if let Some((_, operations)) = TABLE.iter().find(|(known, _)| *known == path) {
        return Some(Found::Path { operations, rest: String::new() });
    }
    let below = path.strip_prefix(paths::SESSIONS).and_then(|rest| rest.strip_prefix('/'));
    if let Some(id) = below.filter(|id| !id.is_empty() && !id.contains('/')) {
        return Some(Found::Path { operations: ONE_SESSION, rest: id.to_owned() });
    }
    is_service_path(path).then_some(Found::Nothing)
}

/// Everything under `/auth` is the service's, in whatever spelling, so that no route of the gate can ever serve it.
fn is_service_path(path: &str) -> bool {
    path.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("/auth"))
        && path.as_bytes().get(5).is_none_or(|b| !b.is_ascii_alphanumeric() && !b"-_.~".contains(b))
}

/// An `Allow` header.
pub(super) fn allow(operations: Operations) -> String {
    operations.iter().map(|(method, _)| *method).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{Found, Operation, find};

    fn methods(path: &str) -> Vec<(&'static str, Operation)> {
        match find(path) {
            Some(Found::Path { operations, .. }) => operations.to_vec(),
            other => panic!("{path}: {other:?}"),
        }
    }

    #[test]
    fn the_routes_are_those_of_the_contract() {
        assert_eq!(methods("/auth/sign-in"), [("POST", Operation::SignIn)]);
        assert_eq!(methods("/auth/sessions"), [("GET", Operation::ListSessions)]);
        assert_eq!(methods("/auth/sessions/abc"), [("DELETE", Operation::RevokeSession)]);
        let Some(Found::Path { rest, .. }) = find("/auth/sessions/a-b_c") else { panic!() };
        assert_eq!(rest, "a-b_c");
    }

    #[test]
    fn what_lies_under_auth_never_reaches_the_gate() {
        for path in [
            "/auth",
            "/auth/",
            "/auth/x",
            "/auth/sign-in/",
            "/auth/sessions/",
            "/auth/sessions/a/b",
            "/AUTH/refresh",
            "/Auth",
            "/auth%2frefresh",
            "/auth;x/refresh",
            "/auth//refresh",
        ] {
            assert_eq!(find(path), Some(Found::Nothing), "{path}");
        }
        for path in [
            "/",
            "/api",
            "/authors",
            "/auth-x",
            "/auth.html",
            "/x/auth/refresh",
            "/.well-known/other",
            "/healthz/x",
        ] {
            assert_eq!(find(path), None, "{path}");
        }
    }
}
