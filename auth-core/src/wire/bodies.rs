//! The JSON bodies of the contract. All times are whole seconds since the Unix epoch.
//!
//! What comes in denies unknown fields: a field that is ignored is a promise somebody will think was kept.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::secret::SecretText;
use crate::time::UnixTime;

/// `POST /auth/sign-up`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    /// As typed; normalised by [`super::Email::parse`].
    pub email: String,
    /// As typed; checked by [`super::Password::new`].
    pub password: SecretText,
}

/// `POST /auth/sign-in`.
pub type SignIn = SignUp;

/// `POST /auth/password`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The password so far.
    pub current_password: SecretText,
    /// The password from now on.
    pub new_password: SecretText,
}

/// `DELETE /auth/account`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountDeletion {
    /// Whoever has only found an unlocked screen can't delete anything.
    pub current_password: SecretText,
}

/// `POST /auth/reauthenticate`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reauthentication {
    /// The current password.
    pub password: SecretText,
}

/// `POST /auth/sign-out`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
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
    /// This one.
    #[default]
    Local,
    /// All but this one.
    Others,
    /// All.
    Global,
}

/// `POST /auth/ticket`, which is answered with the same `url` with a ticket in it, and `expires_in` (seconds).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TicketRequest {
    /// What is to be opened: an absolute URL, read by [`super::TicketTarget::parse`].
    pub url: String,
}

/// The answer to sign-up, sign-in, refresh, reauthentication and password change.
#[derive(Clone, Serialize, Deserialize)]
pub struct TokenResponse {
    /// The access token (RFC 9068).
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// The access token's remaining life, in seconds.
    pub expires_in: u64,
    /// Whose session it is and how long it lasts.
    pub session: SessionView,
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("access_token", &"[redacted]")
            .field("expires_in", &self.expires_in)
            .field("session", &self.session)
            .finish()
    }
}

/// The session as its user may see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// The family's id.
    pub id: String,
    /// Whose it is.
    pub user: UserView,
    /// When it was opened.
    pub created_at: UnixTime,
    /// When the user last proved a credential in it. A refresh leaves it unchanged.
    pub auth_time: UnixTime,
    /// The absolute expiry: it never moves.
    pub expires_at: UnixTime,
    /// The idle expiry: it moves when the refresh token rotates.
    pub idle_expires_at: UnixTime,
}

/// The user as he may see himself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserView {
    /// The account's id, the token's `sub`.
    pub id: String,
    /// Normalised.
    pub email: String,
    /// False until a flow exists that proves it.
    pub email_verified: bool,
    /// What the deployer gave him.
    pub roles: Vec<String>,
}

/// `GET /auth/sessions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionList {
    /// The living ones: the one that asks first, then the newest.
    pub sessions: Vec<SessionRow>,
}

/// One living session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// The family's id.
    pub id: String,
    /// Whether it is the one that asks.
    pub current: bool,
    /// When it was opened.
    pub created_at: UnixTime,
    /// When it last rotated.
    pub last_used_at: UnixTime,
    /// The absolute expiry.
    pub expires_at: UnixTime,
    /// The `User-Agent` with which it was opened, or last rotated; cut to 256 bytes.
    pub user_agent: String,
}

#[cfg(test)]
mod tests {
    use super::{SignIn, SignOut, SignOutScope};
    use crate::wire::{JsonError, parse_body};

    #[test]
    fn bodies_are_taken_as_a_whole_or_not_at_all() {
        let good = parse_body::<SignIn>(br#"{"password":"p","email":"e"}"#).unwrap();
        assert_eq!((good.email.as_str(), good.password.expose()), ("e", "p"));
        assert!(!format!("{good:?}").contains("\"p\""));
        for text in [
            r"{}",
            r#"{"email":"e"}"#,
            r#"{"email":"e","password":"p","admin":true}"#,
            r#"{"email":"e","password":null}"#,
            r#"{"email":["e"],"password":"p"}"#,
            r#"{"email":1,"password":"p"}"#,
        ] {
            assert_eq!(parse_body::<SignIn>(text.as_bytes()).unwrap_err(), JsonError::WrongShape, "{text}");
        }
    }

    #[test]
    fn a_sign_out_without_a_scope_is_local() {
        let scope = |text: &str| parse_body::<SignOut>(text.as_bytes()).map(|body| body.scope);
        assert_eq!(scope("{}"), Ok(SignOutScope::Local));
        assert_eq!(scope(r#"{"scope":"global"}"#), Ok(SignOutScope::Global));
        assert_eq!(scope(r#"{"scope":"others"}"#), Ok(SignOutScope::Others));
        assert_eq!(scope(r#"{"scope":"Local"}"#), Err(JsonError::WrongShape));
    }
}
