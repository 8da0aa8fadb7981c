//! The calls to a shard of the Directory. Addresses are sent as hashes, because the Directory stores none in
//! clear.

use auth_core::id::AccountId;
use auth_core::time::UnixTime;
use serde::{Deserialize, Serialize};

use crate::objects::call::{Done, calls};

/// The address belongs to another account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taken {}

/// A key of an account that was claimed by code without the list of accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnlistedKey {
    /// SHA-256 of the key, in hex.
    pub hash: String,
    /// The account that has it.
    pub account: AccountId,
}

calls! {
    /// The calls to a shard of the Directory.
    DirectoryCalls {
        /// Find the account with this address. An address that is held for an account is not found.
        Find {
            /// SHA-256 of the normalised address, in hex.
            address: String,
        } -> Option<AccountId>;
        /// Find the account for which this address is held.
        FindHeld {
            /// SHA-256 of the normalised address, in hex.
            address: String,
        } -> Option<AccountId>;
        /// The account has another address now. Hold this one for it: until then no account is found by it, and no
        /// other account can claim it.
        Hold {
            /// SHA-256 of the normalised address, in hex.
            address: String,
            /// The account's id.
            account: AccountId,
            /// When the address is free, exclusive.
            until: UnixTime,
        } -> Done;
        /// Assign the address to this account, unless it is taken. An address that is held for the account is not
        /// held any more.
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
        /// Put an account on the list of accounts. The shard is that of its id.
        Enlist {
            /// The account's id.
            account: AccountId,
        } -> Done;
        /// Remove an account that was deleted from the list of accounts.
        Delist {
            /// The account's id.
            account: AccountId,
        } -> Done;
        /// Return the next accounts on this shard's list, in the order of their ids.
        NextAccounts {
            /// The account after which to begin; `None`: with the first one.
            after: Option<AccountId>,
            /// How many to return at most.
            limit: u64,
        } -> Vec<AccountId>;
        /// Return some of the keys that were claimed by code of version 2 of this storage, which has no list of
        /// accounts.
        UnlistedKeys {
            /// How many to return at most.
            limit: u64,
        } -> Vec<UnlistedKey>;
        /// The accounts of these keys are on the list of accounts.
        KeysListed {
            /// SHA-256 of each key, in hex.
            hashes: Vec<String>,
        } -> Done;
    }
}
