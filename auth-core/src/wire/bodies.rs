//! The JSON bodies of the contract. All times are whole seconds since the Unix epoch.
//!
//! Request bodies with unknown fields are rejected, because a caller would assume that an ignored field took
//! effect.

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, SessionId};
use crate::secret::{SecretText, expose};
use crate::time::UnixTime;

/// `POST /auth/sign-up`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    /// As the user typed it; normalised by [`super::Email::parse`].
    pub email: String,
    /// As the user typed it; checked by [`super::Password::new`].
    #[serde(serialize_with = "expose")]
    pub password: SecretText,
}

/// `POST /auth/sign-in`.
pub type SignIn = SignUp;

/// `POST /auth/password`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The current password.
    #[serde(serialize_with = "expose")]
    pub current_password: SecretText,
    /// The new password.
    #[serde(serialize_with = "expose")]
    pub new_password: SecretText,
}

/// `DELETE /auth/account`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountDeletion {
    /// The current password, so that an unattended open session is not enough to delete the account.
    #[serde(serialize_with = "expose")]
    pub current_password: SecretText,
}

/// `POST /auth/reauthenticate`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reauthentication {
    /// The current password.
    #[serde(serialize_with = "expose")]
    pub password: SecretText,
}

/// `POST /auth/sign-out`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignOut {
    /// Which sessions end.
    #[serde(default)]
    pub scope: SignOutScope,
}

/// Which sessions a sign-out ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignOutScope {
    /// This session.
    #[default]
    Local,
    /// All sessions except this one.
    Others,
    /// All sessions.
    Global,
}

/// `POST /auth/ticket`. The response contains the same `url` with a ticket in it, and `expires_in` (seconds).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TicketRequest {
    /// The URL to open: absolute, parsed by [`super::TicketTarget::parse`].
    pub url: String,
}

/// The response to sign-up, sign-in, refresh, reauthentication and password change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TokenResponse {
    /// The access token (RFC 9068).
    #[serde(serialize_with = "expose")]
    pub access_token: SecretText,
    /// Always `Bearer`.
    pub token_type: String,
    /// The access token's remaining lifetime, in seconds.
    pub expires_in: u64,
    /// The session.
    pub session: SessionView,
}

/// The response to `POST /auth/ticket`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TicketResponse {
    /// The requested URL, with a ticket in it.
    pub url: String,
    /// The ticket's lifetime, in seconds.
    pub expires_in: u64,
}

/// The session, as shown to its user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// The session's id.
    pub id: SessionId,
    /// The session's user.
    pub user: UserView,
    /// When the session was opened.
    pub created_at: UnixTime,
    /// When the user last proved a credential in this session. A refresh does not change it.
    pub auth_time: UnixTime,
    /// The absolute expiry, which never changes.
    pub expires_at: UnixTime,
    /// The idle expiry, which changes when the refresh token rotates.
    pub idle_expires_at: UnixTime,
}

/// The user, as shown to themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserView {
    /// The account's id, the token's `sub`.
    pub id: AccountId,
    /// The e-mail address, normalised.
    pub email: String,
    /// Always false, until a flow exists that verifies the address.
    pub email_verified: bool,
    /// The user's roles, as set by the deployer.
    pub roles: Vec<String>,
}

/// `GET /auth/sessions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionList {
    /// The active sessions: the caller's first, then the newest first.
    pub sessions: Vec<SessionRow>,
}

/// One active session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// The session's id.
    pub id: SessionId,
    /// Whether it is the caller's.
    pub current: bool,
    /// When it was opened.
    pub created_at: UnixTime,
    /// When it last rotated.
    pub last_used_at: UnixTime,
    /// The absolute expiry.
    pub expires_at: UnixTime,
    /// The `User-Agent` that opened it or last rotated it, cut to 256 bytes.
    pub user_agent: String,
}

#[cfg(test)]
mod tests {
    use super::{SignIn, SignOut, SignOutScope};
    use crate::wire::{JsonError, parse_body};

    #[test]
    fn rejects_bodies_with_missing_or_unknown_fields() {
        let good = parse_body::<SignIn>(br#"{"password":"p","email":"e"}"#).unwrap();
        assert_eq!((good.email.as_str(), good.password.expose()), ("e", "p"));
        assert!(!format!("{good:?}").contains("\"p\""));
        for (text, field) in [
            (r"{}", "email"),
            (r#"{"email":"e"}"#, "password"),
            (r#"{"email":"e","password":"p","admin":true}"#, "admin"),
            (r#"{"email":"e","password":null}"#, "password"),
            (r#"{"email":["e"],"password":"p"}"#, "email"),
            (r#"{"email":1,"password":"p"}"#, "email"),
        ] {
            let error = parse_body::<SignIn>(text.as_bytes()).unwrap_err();
            let JsonError::WrongShape(shape) = error else { panic!("{text}: {error:?}") };
            assert_eq!(shape.field(), Some(field), "{text}");
        }
    }

    #[test]
    fn a_sign_out_without_a_scope_is_local() {
        let scope = |text: &str| parse_body::<SignOut>(text.as_bytes()).map(|body| body.scope);
        assert_eq!(scope("{}"), Ok(SignOutScope::Local));
        assert_eq!(scope(r#"{"scope":"global"}"#), Ok(SignOutScope::Global));
        assert_eq!(scope(r#"{"scope":"others"}"#), Ok(SignOutScope::Others));
        assert!(matches!(scope(r#"{"scope":"Local"}"#), Err(JsonError::WrongShape(_))));
    }
}
