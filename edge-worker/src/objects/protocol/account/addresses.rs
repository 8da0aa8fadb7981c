//! The calls about an account's addresses.

use auth_core::credential::CredentialVersion;
use auth_core::secret::{SecretText, expose};
use serde::{Deserialize, Serialize};

use super::super::session::{Bearing, LivingSession};
use super::creation::AccountCalls;
use super::mail_codes::CodeRefused;
use crate::audit::Asker;
use crate::objects::call::{Done, calls};

/// The account does not have the address (any more).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotItsAddress {}

/// The account's user has proved the address in the meantime, so the account keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IsProved {}

/// The code that undoes a change of address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undo {
    /// The code, as the mail to the former address shows it.
    #[serde(serialize_with = "expose")]
    pub code: SecretText,
    /// What is stored of it.
    pub hash: String,
}

calls! {
    /// The calls about an account's addresses.
    AddressCalls of AccountCalls {
        /// The user has proved this address: it is verified from now on. Changes nothing if it was verified
        /// before.
        VerifyAddress {
            /// The address, normalised.
            email: String,
        } -> Option<Result<CredentialVersion, NotItsAddress>>;
        /// The user of a session presents the code that was sent to a new address: return the address, which is
        /// pending from now on. The code is not used up. A wrong one counts.
        BeginEmailChange {
            /// The token.
            bearing: Bearing,
            /// SHA-256 of the secret in the cookie of the browser that presents it, in hex.
            browser: String,
            /// The MAC of the code under that secret.
            mac: String,
        } -> Option<Result<String, CodeRefused>>;
        /// The Directory has assigned the pending address to the account: it is the account's address from now on.
        FinishEmailChange {
            /// The token.
            bearing: Bearing,
            /// As in the call before.
            browser: String,
            /// As in the call before.
            mac: String,
            /// The code that undoes the change.
            undo: Undo,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Box<LivingSession>, CodeRefused>>;
        /// A code that was sent to a former address undoes the change, and ends every session.
        UndoEmailChange {
            /// The former address, as it is stored.
            email: String,
            /// The hash of the code.
            undo_hash: String,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Done, CodeRefused>>;
        /// Another user has proved this address, which this account's user has not: release it.
        ReleaseAddress {
            /// The address, normalised.
            email: String,
            /// The caller, for the audit trail.
            asker: Asker,
        } -> Option<Result<Done, IsProved>>;
    }
}
