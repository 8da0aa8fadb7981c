//! The table of the service's routes.

use auth_core::wire::paths;

use super::admin;
use crate::config::Config;

/// The operations of the service.
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
    /// `POST /auth/introspect`
    Introspect,
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
    /// `POST /auth/reauthenticate`
    Reauthenticate,
    /// `DELETE /auth/account`
    DeleteAccount,
    /// `GET /auth/sessions`
    ListSessions,
    /// `DELETE /auth/sessions/{id}`
    RevokeSession,
    /// `POST /auth/ticket`
    Ticket,
    /// `GET /auth/verify`
    Verify,
    /// Paths under `/admin`.
    Admin(admin::Operation),
}

impl Operation {
    /// Whether the forgery guard applies.
    #[must_use]
    pub const fn changes_something(self) -> bool {
        match self {
            Self::SignUp
            | Self::SignIn
            | Self::Refresh
            | Self::SignOut
            | Self::Password
            | Self::Reauthenticate
            | Self::DeleteAccount
            | Self::RevokeSession
            | Self::Ticket => true,
            // Programs send a credential of their own; requests from a page are rejected.
            Self::Revoke
            | Self::Introspect
            | Self::Admin(_)
            | Self::Health
            | Self::Jwks
            | Self::Metadata
            | Self::ResourceMetadata
            | Self::ListSessions
            | Self::Verify => false,
        }
    }

    /// Whether the operation exists. Without a configured credential it does not; nor do the operations that
    /// need or set a password if the credentials are external.
    #[must_use]
    pub fn is_configured(self, config: &Config) -> bool {
        let passwords = config.elsewhere.is_none();
        match self {
            Self::Revoke | Self::Introspect => !config.service_credentials.is_empty(),
            Self::Admin(admin::Operation::Create | admin::Operation::ResetPassword) => {
                passwords && !config.admin_credentials.is_empty()
            }
            Self::Admin(_) => !config.admin_credentials.is_empty(),
            Self::Password | Self::DeleteAccount => passwords,
            _ => true,
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
    (paths::INTROSPECT, &[("POST", Operation::Introspect)]),
    (paths::SIGN_UP, &[("POST", Operation::SignUp)]),
    (paths::SIGN_IN, &[("POST", Operation::SignIn)]),
    (paths::REFRESH, &[("POST", Operation::Refresh)]),
    (paths::SIGN_OUT, &[("POST", Operation::SignOut)]),
    (paths::PASSWORD, &[("POST", Operation::Password)]),
    (paths::REAUTHENTICATE, &[("POST", Operation::Reauthenticate)]),
    (paths::SESSIONS, &[("GET", Operation::ListSessions)]),
    (paths::ACCOUNT, &[("DELETE", Operation::DeleteAccount)]),
    (paths::TICKET, &[("POST", Operation::Ticket)]),
    (paths::VERIFY, &[("GET", Operation::Verify)]),
    (
        paths::ADMIN_USERS,
        &[
            ("GET", Operation::Admin(admin::Operation::Find)),
            ("POST", Operation::Admin(admin::Operation::Create)),
        ],
    ),
    (paths::ADMIN_KEYS, &[("GET", Operation::Admin(admin::Operation::ListKeys))]),
    (paths::ADMIN_KEYS_ROTATE, &[("POST", Operation::Admin(admin::Operation::RotateKeys))]),
];

const ONE_SESSION: Operations = &[("DELETE", Operation::RevokeSession)];

const ONE_KEY: Operations = &[("POST", Operation::Admin(admin::Operation::RetireKey))];

const ONE_ACCOUNT: &[(&str, Operations)] = &[
    (
        "",
        &[
            ("GET", Operation::Admin(admin::Operation::View)),
            ("DELETE", Operation::Admin(admin::Operation::Delete)),
        ],
    ),
    ("/roles", &[("PUT", Operation::Admin(admin::Operation::SetRoles))]),
    ("/disable", &[("POST", Operation::Admin(admin::Operation::Disable))]),
    ("/enable", &[("POST", Operation::Admin(admin::Operation::Enable))]),
    ("/password", &[("POST", Operation::Admin(admin::Operation::ResetPassword))]),
    ("/sign-out", &[("POST", Operation::Admin(admin::Operation::SignOut))]),
    ("/events", &[("GET", Operation::Admin(admin::Operation::Events))]),
];

/// What the service has at a path.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// The operations by method, and the rest of the path, which they share.
    Path {
        /// By method.
        operations: Operations,
        /// The id of a session, an account or a key, or empty.
        rest: String,
    },
    /// The path belongs to the service, but nothing is there.
    Nothing,
}

/// Looks up a path; `None` if it belongs to the gate.
#[must_use]
pub fn find(path: &str) -> Option<Found> {
    if let Some((_, operations)) = TABLE.iter().find(|(known, _)| *known == path) {
        return Some(Found::Path { operations, rest: String::new() });
    }
    let below = path.strip_prefix(paths::SESSIONS).and_then(|rest| rest.strip_prefix('/'));
    if let Some(id) = below.filter(|id| !id.is_empty() && !id.contains('/')) {
        return Some(Found::Path { operations: ONE_SESSION, rest: id.to_owned() });
    }
    let below = path.strip_prefix(paths::ADMIN_USERS).and_then(|rest| rest.strip_prefix('/'));
    let found = below.and_then(|rest| {
        let (id, action) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (_, operations) = ONE_ACCOUNT.iter().find(|(known, _)| *known == action)?;
        (!id.is_empty()).then(|| Found::Path { operations, rest: id.to_owned() })
    });
    let key = path.strip_prefix(paths::ADMIN_KEYS).and_then(|rest| rest.strip_prefix('/'));
    let key = key.and_then(|rest| rest.strip_suffix("/retire"));
    let key = key.filter(|id| !id.is_empty() && !id.contains('/'));
    let found = found.or_else(|| key.map(|id| Found::Path { operations: ONE_KEY, rest: id.to_owned() }));
    found.or_else(|| is_service_path(path).then_some(Found::Nothing))
}

/// Everything under `/auth`, `/admin/users` and `/admin/keys` belongs to the service, in any spelling, so
/// that no route of the gate can serve it.
fn is_service_path(path: &str) -> bool {
    ["/auth", paths::ADMIN_USERS, paths::ADMIN_KEYS].into_iter().any(|root| {
        path.get(..root.len()).is_some_and(|start| start.eq_ignore_ascii_case(root))
            && path
                .as_bytes()
                .get(root.len())
                .is_none_or(|b| !b.is_ascii_alphanumeric() && !b"-_.~".contains(b))
    })
}

/// An `Allow` header with the methods of a path.
pub(super) fn allow(operations: Operations, config: &Config) -> String {
    let there = operations.iter().filter(|(_, operation)| operation.is_configured(config));
    there.map(|(method, _)| *method).collect::<Vec<_>>().join(", ")
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
        assert_eq!(methods("/auth/ticket"), [("POST", Operation::Ticket)]);
        assert!(Operation::Ticket.changes_something(), "the forgery guard watches it");
        assert_eq!(methods("/auth/sessions"), [("GET", Operation::ListSessions)]);
        assert_eq!(methods("/auth/sessions/abc"), [("DELETE", Operation::RevokeSession)]);
        let Some(Found::Path { rest, .. }) = find("/auth/sessions/a-b_c") else { panic!() };
        assert_eq!(rest, "a-b_c");
    }

    #[test]
    fn the_admin_routes_are_those_of_the_contract() {
        use super::admin::Operation as Admin;
        for (path, expected) in [
            ("/admin/users", &[("GET", Admin::Find), ("POST", Admin::Create)][..]),
            ("/admin/users/0a1b", &[("GET", Admin::View), ("DELETE", Admin::Delete)]),
            ("/admin/users/0a1b/roles", &[("PUT", Admin::SetRoles)]),
            ("/admin/users/0a1b/disable", &[("POST", Admin::Disable)]),
            ("/admin/users/0a1b/enable", &[("POST", Admin::Enable)]),
            ("/admin/users/0a1b/password", &[("POST", Admin::ResetPassword)]),
            ("/admin/users/0a1b/sign-out", &[("POST", Admin::SignOut)]),
            ("/admin/users/0a1b/events", &[("GET", Admin::Events)]),
            ("/admin/keys", &[("GET", Admin::ListKeys)]),
            ("/admin/keys/rotate", &[("POST", Admin::RotateKeys)]),
            ("/admin/keys/0a1b/retire", &[("POST", Admin::RetireKey)]),
        ] {
            let expected: Vec<_> =
                expected.iter().map(|(method, operation)| (*method, Operation::Admin(*operation))).collect();
            assert_eq!(methods(path), expected, "{path}");
            let Some(Found::Path { rest, .. }) = find(path) else { panic!() };
            assert_eq!(rest, if path.contains("0a1b") { "0a1b" } else { "" });
        }
    }

    #[test]
    fn paths_under_auth_never_reach_the_gate() {
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
            "/admin/users/",
            "/admin/users//roles",
            "/admin/users/a/",
            "/admin/users/a/other",
            "/admin/users/a/roles/b",
            "/Admin/users",
            "/admin/users%2fa",
            "/admin/users;x/a",
            "/admin/keys/",
            "/admin/keys/a",
            "/admin/keys//retire",
            "/admin/keys/a/b/retire",
            "/ADMIN/keys",
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
            "/admin",
            "/admin/",
            "/admin/users-x",
            "/admin/usersx",
            "/x/admin/users",
        ] {
            assert_eq!(find(path), None, "{path}");
        }
    }
}
