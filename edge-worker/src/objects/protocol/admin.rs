//! The operations of administrators on an account.

use auth_core::id::AccountId;
use auth_core::time::UnixTime;
use serde::{Deserialize, Serialize};

/// An administrator's call to an account.
#[derive(Serialize, Deserialize)]
pub enum AdminCall {
    /// Return the account.
    View,
    /// Return the account's events.
    Events,
    /// Replace the roles with these, which have been checked.
    SetRoles(Vec<String>),
    /// Disable the account and end every session.
    Disable,
    /// Enable the account.
    Enable,
    /// End every session.
    SignOut,
    /// Replace the password with a one-time password and end every session.
    ResetPassword {
        /// A PHC string.
        password_hash: String,
        /// The password expires at this second.
        until: UnixTime,
    },
    /// Delete the account.
    Delete,
}

/// An account, as an administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// The account's id, the token's `sub`.
    pub id: AccountId,
    /// The user's id in the external system, if the credentials are external.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The e-mail address, normalised.
    pub email: String,
    /// Always false, until a flow exists that verifies the address.
    pub email_verified: bool,
    /// The user's roles, as set by the deployer.
    pub roles: Vec<String>,
    /// Whether the account is disabled.
    pub disabled: bool,
    /// When it was created.
    pub created_at: UnixTime,
    /// The number of active sessions.
    pub sessions: usize,
    /// When the account's unused one-time password expires, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub one_time_password_until: Option<UnixTime>,
}
