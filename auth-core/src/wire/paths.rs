//! The service's paths. All other paths belong to the gate.

/// `POST`: create an account and sign in.
pub const SIGN_UP: &str = "/auth/sign-up";
/// `POST`: sign in; always opens a new session.
pub const SIGN_IN: &str = "/auth/sign-in";
/// `POST`: issue a new access token for the cookie.
pub const REFRESH: &str = "/auth/refresh";
/// `POST`: end this session, the others, or all.
pub const SIGN_OUT: &str = "/auth/sign-out";
/// `GET`: list the user's active sessions; `DELETE /auth/sessions/{id}` ends one.
pub const SESSIONS: &str = "/auth/sessions";
/// `POST`: change the password.
pub const PASSWORD: &str = "/auth/password";
/// `POST`: prove the password again, in the same session.
pub const REAUTHENTICATE: &str = "/auth/reauthenticate";
/// `DELETE`: delete the user's own account.
pub const ACCOUNT: &str = "/auth/account";
/// `POST`: issue a URL that works once, for connections that can't send a header.
pub const TICKET: &str = "/auth/ticket";
/// `GET`: forward-auth for other proxies.
pub const VERIFY: &str = "/auth/verify";
/// `GET`: the public keys (RFC 7517).
pub const JWKS: &str = "/.well-known/jwks.json";
/// `GET`: authorization server metadata (RFC 8414).
pub const METADATA: &str = "/.well-known/oauth-authorization-server";
/// `GET`: protected resource metadata (RFC 9728).
pub const RESOURCE_METADATA: &str = "/.well-known/oauth-protected-resource";
/// `POST`: revoke a token (RFC 7009), by services with a credential.
pub const REVOKE: &str = "/auth/revoke";
/// `POST`: introspect a token (RFC 7662), by services with a credential.
pub const INTROSPECT: &str = "/auth/introspect";
/// `POST`: create an account; `GET ?email=`: find one. Below it, by id: operations of administrators on one
/// account.
pub const ADMIN_USERS: &str = "/admin/users";
/// `GET`: list the service's own keys. `POST /admin/keys/{id}/retire` removes one.
pub const ADMIN_KEYS: &str = "/admin/keys";
/// `POST`: activate the next key now.
pub const ADMIN_KEYS_ROTATE: &str = "/admin/keys/rotate";
/// `GET`: whether the Worker is up.
pub const HEALTH: &str = "/healthz";
