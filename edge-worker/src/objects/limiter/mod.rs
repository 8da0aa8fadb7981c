//! How often somebody tried to sign in or up: one class, in shards by account and shards by address.
//!
//! It is an object of its own, not a part of Account or Directory. Unknown addresses are counted like known ones, and have no
//! account; and what is counted here is thrown away within days, which nothing in the Directory ever is. Shards are few and
//! fixed, so that made-up addresses start no objects.
//!
//! A failure is one small write in each of two shards. A sign-in that succeeds is one in the account's shard: the browser's new
//! device cookie, once a day the address, and that failures are forgotten if there were any.

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

/// Who makes an attempt, as the account's shard knows it. All hashes: the Limiter stores neither addresses nor cookies.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Client {
    /// Of the normalised e-mail address.
    pub account: String,
    /// Of the client's address.
    pub address: String,
    /// Of the device cookie that the client presents, if there is one.
    pub device: Option<String>,
}

/// What the Worker asks of a shard. `account` and `address` are hashes.
#[derive(Serialize, Deserialize)]
pub enum LimiterCall {
    /// Asked of the account's shard: may this client try to sign in? If so, it is counted as under way.
    Begin(Client),
    /// Asked of the address's shard: the same. If so, it also counts as one of the address's attempts.
    BeginFrom {
        /// Of the client's address.
        address: String,
        /// Whether the platform reported it. Otherwise all clients share one address, and the rate of all attempts does not hold.
        reported: bool,
    },
    /// Told to the account's shard: how it ended.
    End {
        /// Who.
        client: Client,
        /// What [`LimiterReply::Go`] said.
        recognised: Recognised,
        /// How it ended.
        end: AttemptEnd,
        /// Where it is a sign-in that succeeded: the hash of the device cookie that the browser gets instead of the one it presented.
        new_device: Option<String>,
    },
    /// Told to the address's shard: the same.
    EndFrom {
        /// Of the client's address.
        address: String,
        /// Whether it was let through here, and is counted as under way.
        under_way: bool,
        /// How it ended.
        end: AttemptEnd,
    },
    /// Told to the account's shard: the user signed up at this address; `device` is what the browser gets.
    Remember(Client),
    /// Told to the account's shard: the account has been deleted. The client addresses and browsers stored for it are deleted too.
    Forget {
        /// Of the normalised e-mail address.
        account: String,
    },
    /// Asked of the address's shard: may a client sign up? If so, it counts.
    SignUp {
        /// Of the client's address.
        address: String,
        /// Whether the platform reported it.
        reported: bool,
    },
    /// Told to the address's shard: a program presented no credential or a wrong one. Counted, unless too many have been.
    WrongCredential {
        /// Of the client's address.
        address: String,
    },
}

/// How an attempt to sign in ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttemptEnd {
    /// The password was wrong, or is of no use.
    Failed,
    /// The password was right.
    Succeeded,
    /// It broke off without a verdict.
    Open,
    /// It was not made, because the other shard refused it: it counts for nothing.
    Refused,
}

/// What a shard answers.
#[derive(Serialize, Deserialize)]
pub enum LimiterReply {
    /// Go on.
    Go {
        /// By what the client is recognised; by nothing where an address's shard answers.
        recognised: Recognised,
        /// Whether it is exempt from the limits of its address.
        exempt: bool,
    },
    /// Not before so many milliseconds have passed.
    Wait(u64),
    /// The same, as somebody was told a short while ago already: nobody needs to hear of it again.
    StillWait(u64),
    /// It is remembered.
    Done,
}
