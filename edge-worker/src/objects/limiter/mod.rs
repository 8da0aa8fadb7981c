//! Counts attempts to sign in and to sign up: one class, with shards by account and shards by client address.
//!
//! The Limiter is separate from Account and Directory. Unknown addresses are counted like known ones but have
//! no account; and counts are deleted within days, while the Directory never deletes anything by age. The
//! number of shards is small and fixed, so that made-up addresses start no further objects.
//!
//! A failure costs one small write in each of two shards. A successful sign-in costs one in the account's
//! shard: the browser's new device cookie, once a day the client address, and the deletion of the failures,
//! if there were any.

pub mod client;
#[cfg(feature = "entry")]
#[allow(missing_docs, reason = "the object's macro writes undocumented glue for JavaScript")]
mod object;
#[cfg(feature = "entry")]
mod store;

#[cfg(feature = "entry")]
pub use object::Limiter;

use auth_core::limits::Recognised;
use serde::{Deserialize, Serialize};

/// The client of an attempt, as the account's shard knows it. All members are hashes: the Limiter stores
/// neither addresses nor cookies.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Client {
    /// Hash of the normalised e-mail address.
    pub account: String,
    /// Hash of the client address.
    pub address: String,
    /// Hash of the device cookie that the client presents, if any.
    pub device: Option<String>,
}

/// Calls to a shard. `account` and `address` are hashes.
#[derive(Serialize, Deserialize)]
pub enum LimiterCall {
    /// To the account's shard: may this client try to sign in? If so, the attempt counts as in progress.
    Begin(Client),
    /// To the address's shard: the same question. If so, the attempt also counts towards the address's rate.
    BeginFrom {
        /// Hash of the client address.
        address: String,
        /// Whether the platform reported it. Otherwise all clients share one address, and the rate of all
        /// attempts does not apply.
        reported: bool,
    },
    /// To the account's shard: the attempt's end.
    End {
        /// The client.
        client: Client,
        /// The value from [`LimiterReply::Go`].
        recognised: Recognised,
        /// How the attempt ended.
        end: AttemptEnd,
        /// After a successful sign-in: the hash of the device cookie that replaces the presented one.
        new_device: Option<String>,
    },
    /// To the address's shard: the attempt's end.
    EndFrom {
        /// Hash of the client address.
        address: String,
        /// Whether this shard allowed the attempt and counts it as in progress.
        under_way: bool,
        /// How the attempt ended.
        end: AttemptEnd,
    },
    /// To the account's shard: the user signed up at this address; `device` is the browser's new cookie.
    Remember(Client),
    /// To the account's shard: the account was deleted. Deletes the client addresses and browsers stored for
    /// it.
    Forget {
        /// Hash of the normalised e-mail address.
        account: String,
    },
    /// To the address's shard: may a client sign up? If so, the sign-up counts.
    SignUp {
        /// Hash of the client address.
        address: String,
        /// Whether the platform reported it.
        reported: bool,
    },
    /// To the address's shard: a program presented no credential or a wrong one. Counts it, unless the limit
    /// is already reached.
    WrongCredential {
        /// Hash of the client address.
        address: String,
    },
}

/// How an attempt to sign in ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttemptEnd {
    /// The password was wrong, or the account can't be used.
    Failed,
    /// The password was correct.
    Succeeded,
    /// The attempt was interrupted without a verdict.
    Open,
    /// The other shard rejected the attempt, so it does not count.
    Refused,
}

/// Replies of a shard.
#[derive(Serialize, Deserialize)]
pub enum LimiterReply {
    /// The attempt is allowed.
    Go {
        /// How the account recognises the client; always `No` in replies of an address's shard.
        recognised: Recognised,
        /// Whether the client is exempt from the limits of its address.
        exempt: bool,
    },
    /// The attempt is rejected; the client may retry after this many milliseconds.
    Wait(u64),
    /// Like `Wait`, but the limit was already recorded a short while ago, so it is not recorded again.
    StillWait(u64),
    /// The call was stored.
    Done,
}
