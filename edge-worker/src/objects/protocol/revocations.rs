//! The calls of the Worker, of accounts and of the Keyring to the list of revocations, and to the objects in
//! [`crate::objects::key_versions`].

use auth_core::revocation::{Entry, Position, Update};
use serde::{Deserialize, Serialize};

use crate::objects::call::{Done, calls};

/// The changes that bring a copy of the list up to date.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Changed {
    /// The entries.
    pub update: Update,
    /// The lowest version of the Keyring that may still be used.
    pub keys_version: u64,
}

calls! {
    /// The calls to the list of revocations.
    RevocationsCalls {
        /// Store these entries.
        Add {
            /// The entries.
            entries: Vec<Entry>,
        } -> Done;
        /// Return the changes of the list.
        Changes {
            /// The state of the caller's copy; `None` asks for the whole list.
            since: Option<Position>,
        } -> Changed;
        /// Store the Keyring's version, after a key was removed before its time.
        Keys {
            /// The Keyring's version.
            version: u64,
        } -> Done;
        /// Return the lowest version of the Keyring that may still be used; 0 if no key was ever removed
        /// before its time.
        LeastKeysVersion {} -> u64;
    }
}
