//! The calls of administrators.

use auth_core::credential::ExternalId;
use auth_core::id::AccountId;
use auth_core::secret::{SecretText, expose};
use auth_core::time::UnixTime;
use auth_core::wire::{Metadata, UserProfile};
use serde::{Deserialize, Serialize};

use super::creation::AccountCalls;
use crate::audit::{Asker, Event};
use crate::objects::call::{Done, calls};

/// An account, as an administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overview {
    /// The account's id, the token's `sub`.
    pub id: AccountId,
    /// The user's id in the external system, if the credentials are external.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<ExternalId>,
    /// The e-mail address, normalised.
    pub email: String,
    /// Whether the user has proved that the address is theirs.
    pub email_verified: bool,
    /// The user's roles, as set by the deployer.
    pub roles: Vec<String>,
    /// Whether the user has added a second factor.
    pub second_factor: bool,
    /// What the user says about themselves.
    pub profile: UserProfile,
    /// What the deployer says about the user.
    pub metadata: Metadata,
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

/// The account does not exist yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotConfirmed {}

/// The account's credentials are external, so it has no password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoPassword {}

calls! {
    /// The calls of administrators.
    AdministrationCalls of AccountCalls {
        /// For an administrator: return the account.
        View {} -> Option<Box<Overview>>;
        /// For the list of accounts: return the account.
        ViewListed {} -> Option<Result<Box<Overview>, NotConfirmed>>;
        /// For an administrator: return the account's events, the newest first.
        Events {} -> Option<Vec<Event>>;
        /// For an administrator: replace the roles.
        SetRoles {
            /// The roles, which have been checked.
            roles: Vec<String>,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Box<Overview>>;
        /// For an administrator: replace the metadata.
        SetMetadata {
            /// The metadata, which has been checked.
            metadata: Metadata,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Box<Overview>>;
        /// For an administrator: disable the account and end every session.
        Disable {
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Box<Overview>>;
        /// For an administrator: enable the account.
        Enable {
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Box<Overview>>;
        /// For an administrator: end every session.
        EndSessions {
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Box<Overview>>;
        /// For an administrator: replace the password with a one-time password and end every session.
        ResetPassword {
            /// A PHC string.
            #[serde(serialize_with = "expose")]
            password_hash: SecretText,
            /// The password expires at this second.
            until: UnixTime,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Box<Overview>, NoPassword>>;
        /// For an administrator: remove the second factor and end every session.
        ResetSecondFactor {
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Box<Overview>>;
        /// For an administrator: delete the account.
        Delete {
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Done>;
    }
}
