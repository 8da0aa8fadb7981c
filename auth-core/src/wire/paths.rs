//! The service's paths that clients and documents name. All other paths of the service are in its table of
//! routes (`edge-worker/src/service/routes.rs`); all paths that are not the service's belong to the gate.

macro_rules! paths {
    ($($(#[$doc:meta])* $name:ident = $path:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $path;)*

        /// Every path above.
        pub const ALL: &[&str] = &[$($name),*];
    };
}

paths! {
    /// `POST`: create an account and sign in.
    SIGN_UP = "/auth/sign-up";
    /// `POST`: sign in; always opens a new session.
    SIGN_IN = "/auth/sign-in";
    /// `POST`: issue a new access token for the cookie.
    REFRESH = "/auth/refresh";
    /// `POST`: end this session, the others, or all.
    SIGN_OUT = "/auth/sign-out";
    /// `GET`: list the user's active sessions; `DELETE /auth/sessions/{id}` ends one.
    SESSIONS = "/auth/sessions";
    /// `POST`: change the password.
    PASSWORD = "/auth/password";
    /// `POST`: prove the password again, in the same session.
    REAUTHENTICATE = "/auth/reauthenticate";
    /// `DELETE`: delete the user's own account.
    ACCOUNT = "/auth/account";
    /// `POST`: issue a URL that works once, for connections that can't send a header.
    TICKET = "/auth/ticket";
    /// `GET`: forward-auth for other proxies.
    VERIFY = "/auth/verify";
    /// `GET`: the public keys (RFC 7517).
    JWKS = "/.well-known/jwks.json";
    /// `GET`: authorization server metadata (RFC 8414).
    METADATA = "/.well-known/oauth-authorization-server";
    /// `GET`: protected resource metadata (RFC 9728).
    RESOURCE_METADATA = "/.well-known/oauth-protected-resource";
    /// `POST`: revoke a token (RFC 7009), by services with a credential.
    REVOKE = "/auth/revoke";
    /// `POST`: introspect a token (RFC 7662), by services with a credential.
    INTROSPECT = "/auth/introspect";
    /// `GET`: whether the Worker is up.
    HEALTH = "/healthz";
}

/// The public documents, which are not under one of the [`ROOTS`].
pub const DOCUMENTS: [&str; 4] = [HEALTH, JWKS, METADATA, RESOURCE_METADATA];

/// Everything at and under these paths belongs to the service, in any spelling, so that no route of the gate
/// can serve it.
pub const ROOTS: [&str; 3] = ["/auth", "/admin/users", "/admin/keys"];

/// Whether the path belongs to the service, which answers it, and not to the gate.
#[must_use]
pub fn is_of_service(path: &str) -> bool {
    DOCUMENTS.contains(&path) || ROOTS.into_iter().any(|root| is_under(root, path))
}

/// A server might ignore letter case, or end a segment at any character that is not unreserved (RFC 3986
/// section 2.3).
fn is_under(root: &str, path: &str) -> bool {
    path.get(..root.len()).is_some_and(|start| start.eq_ignore_ascii_case(root))
        && path.as_bytes().get(root.len()).is_none_or(|b| !b.is_ascii_alphanumeric() && !b"-_.~".contains(b))
}
