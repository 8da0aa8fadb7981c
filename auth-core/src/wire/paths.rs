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
    /// `GET`: the ways to sign in.
    METHODS = "/auth/methods";
    /// `POST`: send a code to an address; `POST /auth/email/code/verify` signs in with it.
    EMAIL_CODE = "/auth/email/code";
    /// `POST`: sign in or up with the code.
    EMAIL_CODE_VERIFY = "/auth/email/code/verify";
    /// `POST`: send a code for a new password; `POST /auth/password/reset` sets the password with it.
    PASSWORD_FORGOT = "/auth/password/forgot";
    /// `POST`: replace a forgotten password with a code.
    PASSWORD_RESET = "/auth/password/reset";
    /// `POST`: send a code to the account's address; `POST /auth/email/verify` verifies the address with it.
    EMAIL_VERIFICATION = "/auth/email/verification";
    /// `POST`: verify the account's address with a code.
    EMAIL_VERIFY = "/auth/email/verify";
    /// `POST`: send a code to a new address; `POST /auth/email/change/verify` changes the address with it.
    EMAIL_CHANGE = "/auth/email/change";
    /// `POST`: replace the account's address with a code.
    EMAIL_CHANGE_VERIFY = "/auth/email/change/verify";
    /// `POST`: undo a change of the account's address with the code that was sent to the former address.
    EMAIL_CHANGE_UNDO = "/auth/email/change/undo";
    /// `POST`: change the password.
    PASSWORD = "/auth/password";
    /// `POST`: prove the password again, in the same session.
    REAUTHENTICATE = "/auth/reauthenticate";
    /// `POST`: prove a second factor, to complete a sign-in or in a session.
    SECOND_FACTOR = "/auth/second-factor";
    /// `POST`: begin to add an authenticator app; `DELETE`: remove it.
    TOTP = "/auth/second-factor/totp";
    /// `POST`: add the authenticator app, by a code that it shows.
    TOTP_CONFIRM = "/auth/second-factor/totp/confirm";
    /// `POST`: replace the recovery codes.
    RECOVERY_CODES = "/auth/second-factor/recovery-codes";
    /// `DELETE`: delete the user's own account.
    ACCOUNT = "/auth/account";
    /// `PATCH`: change the user's own profile.
    PROFILE = "/auth/profile";
    /// `GET`: the user's passkeys; `POST`: end a registration, for the user of a session or as a sign-up;
    /// `PATCH` and `DELETE /auth/passkeys/{id}` rename and remove one.
    PASSKEYS = "/auth/passkeys";
    /// `POST`: begin the registration of a passkey.
    PASSKEYS_OPTIONS = "/auth/passkeys/options";
    /// `POST`: begin the use of a passkey.
    PASSKEY_OPTIONS = "/auth/passkey/options";
    /// `POST`: sign in with a passkey.
    PASSKEY_SIGN_IN = "/auth/passkey/sign-in";
    /// `POST`: issue a URL that works once, for connections that can't send a header.
    TICKET = "/auth/ticket";
    /// `POST`: create an API key; `GET`: list them; `DELETE`: revoke all. `PATCH` and `DELETE
    /// /auth/api-keys/{id}` rename and revoke one.
    API_KEYS = "/auth/api-keys";
    /// `POST`: exchange an API key for an access token.
    TOKEN = "/auth/token";
    /// `GET`: forward-auth for other proxies.
    VERIFY = "/auth/verify";
    /// `GET`: the public keys (RFC 7517).
    JWKS = "/.well-known/jwks.json";
    /// `GET`: authorization server metadata (RFC 8414).
    METADATA = "/.well-known/oauth-authorization-server";
    /// `GET`: the same metadata, where clients of OpenID Connect find it (OpenID Connect Discovery section 4).
    OPENID_CONFIGURATION = "/.well-known/openid-configuration";
    /// `GET`: protected resource metadata (RFC 9728). Followed by the path of a resource: that resource's.
    RESOURCE_METADATA = "/.well-known/oauth-protected-resource";
    /// `GET`: the origins at which passkeys may be used (WebAuthn Level 3 section 5.11).
    RELATED_ORIGINS = "/.well-known/webauthn";
    /// `POST`: revoke a token (RFC 7009), by services with a credential.
    REVOKE = "/auth/revoke";
    /// `POST`: introspect a token (RFC 7662), by services with a credential.
    INTROSPECT = "/auth/introspect";
    /// `GET` or `POST`: a client's page sends the browser here (RFC 6749 section 3.1).
    OAUTH_AUTHORIZE = "/oauth/authorize";
    /// `GET`: the user decides about a request; `POST`: the user's decision.
    OAUTH_CONSENT = "/oauth/consent";
    /// `GET`: the user enters the code of a device (RFC 8628 section 3.3); `POST`: the code, and the user's decision.
    OAUTH_DEVICE = "/oauth/device";
    /// `POST`: a device requests access (RFC 8628 section 3.1).
    OAUTH_DEVICE_AUTHORIZATION = "/oauth/device_authorization";
    /// `POST`: push a request for authorization (RFC 9126).
    OAUTH_PAR = "/oauth/par";
    /// `POST`: get tokens (RFC 6749 section 3.2).
    OAUTH_TOKEN = "/oauth/token";
    /// `POST`: revoke a token, by the client to which it was issued (RFC 7009).
    OAUTH_REVOKE = "/oauth/revoke";
    /// `POST`: introspect a token (RFC 7662), by the client to which it was issued, or by services with a credential.
    OAUTH_INTROSPECT = "/oauth/introspect";
    /// `GET`, `POST`: claims about the user who has granted access (OpenID Connect Core section 5.3).
    OAUTH_USERINFO = "/oauth/userinfo";
    /// `GET`: list what the user has granted to clients; `DELETE /auth/grants/{id}` withdraws it.
    GRANTS = "/auth/grants";
    /// `POST`: a client registers itself (RFC 7591).
    OAUTH_REGISTER = "/oauth/register";
    /// `GET`: whether the Worker is up.
    HEALTH = "/healthz";
}

/// The public documents, which are not under one of the [`ROOTS`].
pub const DOCUMENTS: [&str; 5] = [HEALTH, JWKS, METADATA, OPENID_CONFIGURATION, RELATED_ORIGINS];

/// Everything at and under these paths belongs to the service, in any spelling, so that no route of the gate
/// can serve it.
pub const ROOTS: [&str; 6] =
    ["/auth", "/oauth", "/admin/users", "/admin/keys", "/admin/clients", RESOURCE_METADATA];

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
