//! The calls to a shard of the Directory. Addresses are sent as hashes, because the Directory stores none in
//! clear.

use auth_core::id::AccountId;
use serde::{Deserialize, Serialize};

use crate::objects::call::{Done, calls};

/// The address belongs to another account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taken {}

calls! {
    /// The calls to a shard of the Directory.
    DirectoryCalls {
        /// Find the account with this address.
        Find {
            /// SHA-256 of the normalised address, in hex.
            address: String,
        } -> Option<AccountId>;
        /// Assign the address to this account, unless it is taken.
        Claim {
            /// SHA-256 of the normalised address, in hex.
            address: String,
            /// The account's id.
            account: AccountId,
        } -> Result<Done, Taken>;
        /// Release the address if it belongs to this account.
        Release {
            /// SHA-256 of the normalised address, in hex.
            address: String,
            /// The account's id.
            account: AccountId,
        } -> Done;
    }
}
