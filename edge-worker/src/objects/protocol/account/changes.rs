//! The calls by which users change their own accounts: password, profile, deletion.

use auth_core::credential::Proof;
use auth_core::secret::{SecretText, expose};
use auth_core::wire::ProfileChange;

use super::super::keys::KeysMessage;
use super::super::session::{Bearing, LivingSession};
use super::creation::AccountCalls;
use super::creation::Conflict;
use crate::audit::Asker;
use crate::objects::call::{Done, calls};

calls! {
    /// The calls by which users change their own accounts: password, profile, deletion.
    ChangeCalls of AccountCalls {
        /// The current password was proved and the new one hashed: store it, end every session, raise the
        /// epoch, open a session for the caller.
        ReplacePassword {
            /// The token.
            bearing: Bearing,
            /// What was proved. Only one of two concurrent changes succeeds. `None` if the account has no password
            /// yet; a conflict if it has one.
            proof: Option<Proof>,
            /// The new hash, a PHC string.
            #[serde(serialize_with = "expose")]
            password_hash: SecretText,
            /// The keys for the new session's cookie.
            keys: KeysMessage,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Box<LivingSession>, Conflict>>;
        /// Change the user's profile.
        ChangeProfile {
            /// The token.
            bearing: Bearing,
            /// The change, which has been checked.
            change: ProfileChange,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Box<LivingSession>>;
        /// A credential was proved: delete the account.
        Leave {
            /// The token.
            bearing: Bearing,
            /// What was proved. `None` if the account has no password; a conflict if it has one.
            proof: Option<Proof>,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Done, Conflict>>;
    }
}
