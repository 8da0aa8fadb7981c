//! What administrators ask of an account.

use auth_core::time::UnixTime;
use serde::{Deserialize, Serialize};

/// What an administrator asks of an account.
#[derive(Serialize, Deserialize)]
pub enum AdminCall {
    /// What it is.
    View,
    /// What happened to it.
    Events,
    /// Give it these roles and no others. They have been checked.
    SetRoles(Vec<String>),
    /// It may not sign in any more, and every session ends.
    Disable,
    /// It may sign in again.
    Enable,
    /// Every session ends.
    SignOut,
    /// Replace the password by one that can be used once; every session ends.
    ResetPassword {
        /// A PHC string.
        password_hash: String,
        /// From this second on it opens nothing.
        until: UnixTime,
    },
    /// Delete it.
    Delete,
}

/// An account, as an administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// The account's id, the token's `sub`.
    pub id: String,
    /// Who it is where his credentials are, if they are elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Normalised.
    pub email: String,
    /// False until a flow exists that proves it.
    pub email_verified: bool,
    /// What the deployer gave the user.
    pub roles: Vec<String>,
    /// Whether it may not sign in.
    pub disabled: bool,
    /// When it was created.
    pub created_at: UnixTime,
    /// How many sessions live.
    pub sessions: usize,
    /// Until when its one-time password opens a session, if it has one that nobody has used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_time_password_until: Option<UnixTime>,
}
