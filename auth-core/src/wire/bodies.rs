//! The JSON bodies of the contract. All times are whole seconds since the Unix epoch.
//!
//! Request bodies with unknown fields are rejected, because a caller would assume that an ignored field took
//! effect.

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, SessionId};
use crate::secret::{SecretText, expose, expose_option};
use crate::time::UnixTime;
#[cfg(feature = "service")]
use crate::wire::Metadata;
use crate::wire::UserProfile;

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
    /// The current password; absent if the account has none.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "expose_option")]
    pub current_password: Option<SecretText>,
    /// The new password.
    #[serde(serialize_with = "expose")]
    pub new_password: SecretText,
}

/// `DELETE /auth/account`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountDeletion {
    /// The current password, so that an unattended open session is not enough to delete the account; absent if
    /// the account has none.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "expose_option")]
    pub current_password: Option<SecretText>,
}

/// `POST /auth/email/code`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailCodeRequest {
    /// As the user typed it; normalised by [`super::Email::parse`].
    pub email: String,
}

/// `POST /auth/email/code/verify`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailCode {
    /// The address for which the code was requested.
    pub email: String,
    /// As the user typed it.
    pub code: SecretText,
}

/// `POST /auth/password/forgot`, and `POST /auth/email/change`.
pub type EmailRequest = EmailCodeRequest;

/// `POST /auth/password/reset`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordReset {
    /// The address for which the code was requested.
    pub email: String,
    /// As the user typed it.
    pub code: SecretText,
    /// The new password.
    pub new_password: SecretText,
}

/// `POST /auth/email/verify`, and `POST /auth/email/change/verify`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypedCode {
    /// As the user typed it.
    pub code: SecretText,
}

/// `POST /auth/second-factor/totp/confirm`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TotpConfirmation {
    /// A code of the authenticator app, as the user typed it.
    pub code: String,
}

/// The response to `POST /auth/second-factor/totp`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename(deserialize = "open"))]
pub struct TotpEnrolment {
    /// The secret in base32, for apps into which the user types it.
    #[serde(serialize_with = "expose")]
    pub secret: SecretText,
    /// The same as an address (`otpauth:`), for a QR code.
    #[serde(serialize_with = "expose")]
    pub uri: SecretText,
}

/// The response to `POST /auth/second-factor/totp/confirm` and `POST /auth/second-factor/recovery-codes`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename(deserialize = "open"))]
pub struct RecoveryCodesResponse {
    /// The codes, which are shown only now. Each is valid once.
    pub recovery_codes: Vec<ShownCode>,
}

/// A code in a response.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ShownCode(#[serde(serialize_with = "expose")] pub SecretText);

/// `POST /auth/email/change/undo`.
pub type EmailChangeUndo = EmailCode;

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
#[serde(rename(deserialize = "open"))]
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
#[serde(rename(deserialize = "open"))]
pub struct TicketResponse {
    /// The requested URL, with a ticket in it.
    pub url: String,
    /// The ticket's lifetime, in seconds.
    pub expires_in: u64,
}

/// The session, as shown to its user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename(deserialize = "open"))]
pub struct SessionView {
    /// The session's id.
    pub id: SessionId,
    /// The session's user.
    pub user: UserView,
    /// When the session was opened.
    pub created_at: UnixTime,
    /// When the user last proved a credential in this session. A refresh does not change it.
    pub auth_time: UnixTime,
    /// How the user authenticated in this session: the `amr` of its tokens. Texts, so that a client accepts
    /// methods that it does not know. Services of the previous version do not send them.
    #[serde(default)]
    pub methods: Vec<String>,
    /// The absolute expiry, which never changes.
    pub expires_at: UnixTime,
    /// The idle expiry, which changes when the refresh token rotates.
    pub idle_expires_at: UnixTime,
}

/// The user, as shown to themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename(deserialize = "open"))]
pub struct UserView {
    /// The account's id, the token's `sub`.
    pub id: AccountId,
    /// The e-mail address, normalised; empty if the account has none.
    pub email: String,
    /// Whether the user has proved that the address is theirs.
    pub email_verified: bool,
    /// How many passkeys the account has.
    #[serde(default)]
    pub passkeys: usize,
    /// The user's roles, as set by the deployer; roles that require a second factor only in a session in which
    /// two factors were proved.
    pub roles: Vec<String>,
    /// Whether a sign-in requires a second factor, because the user has added one.
    #[serde(default)]
    pub second_factor: bool,
    /// What the user says about themselves.
    #[serde(default)]
    pub profile: UserProfile,
    /// What the deployer says about the user.
    #[cfg(feature = "service")]
    #[serde(default)]
    pub metadata: Metadata,
}

/// The response to `PATCH /auth/profile`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename(deserialize = "open"))]
pub struct UserResponse {
    /// The user.
    pub user: UserView,
}

/// `GET /auth/sessions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename(deserialize = "open"))]
pub struct SessionList {
    /// The active sessions: the caller's first, then the newest first.
    pub sessions: Vec<SessionRow>,
}

/// One active session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename(deserialize = "open"))]
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
