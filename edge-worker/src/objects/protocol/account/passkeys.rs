//! The calls about passkeys.

use auth_core::credential::{CredentialVersion, Once, Passkey};
use serde::{Deserialize, Serialize};

use super::super::session::Bearing;
use super::creation::AccountCalls;
use crate::audit::Asker;
use crate::objects::call::{Done, calls};

/// The account exists already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountExists {}

/// Why a passkey is not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotAdded {
    /// The challenge counts once, and was answered before or too late.
    Used,
    /// The account has another passkey with this id.
    Exists,
    /// The account has the most passkeys that it can have.
    TooMany,
}

/// The account has no such passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoPasskey {}

/// Why a passkey is not removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NotRemoved {
    /// The account has no such passkey.
    NoPasskey,
    /// The user could not sign in any more.
    LastCredential,
}

calls! {
    /// The calls about passkeys.
    PasskeyCalls of AccountCalls {
        /// Create the account by its first passkey, unconfirmed.
        SignUpByPasskey {
            /// The e-mail address, normalised; empty: none.
            email: String,
            /// The passkey.
            passkey: Box<Passkey>,
        } -> Result<CredentialVersion, AccountExists>;
        /// Add a passkey that was registered. Returns the stored one.
        AddPasskey {
            /// The token.
            bearing: Bearing,
            /// The passkey.
            passkey: Box<Passkey>,
            /// What makes the registration count once.
            once: Once,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Box<Passkey>, NotAdded>>;
        /// List the passkeys, the newest first.
        ListPasskeys {
            /// The token.
            bearing: Bearing,
        } -> Option<Vec<Passkey>>;
        /// Rename a passkey. Returns it.
        RenamePasskey {
            /// The token.
            bearing: Bearing,
            /// The credential id, base64url.
            id: String,
            /// The new name, which has been checked.
            name: String,
        } -> Option<Result<Box<Passkey>, NoPasskey>>;
        /// Remove a passkey, unless it is the last credential with which the user can sign in.
        RemovePasskey {
            /// The token.
            bearing: Bearing,
            /// The credential id, base64url.
            id: String,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Done, NotRemoved>>;
    }
}
