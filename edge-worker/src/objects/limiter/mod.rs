//! How often somebody tried to sign in or up: one class, in shards by account and shards by address.
//!
//! It is an object of its own, not a part of Account or Directory. Unknown addresses are counted like known ones, and have no
//! account; and what is counted here is thrown away within days, which nothing in the Directory ever is. Shards are few and
//! fixed, so that made-up addresses start no objects.
//!
//! A failure is one small write in each of two shards. An attempt that succeeds writes nothing, but once a day that the user
//! signed in from this address, and that his failures are forgotten if there were any.

pub mod client;
#[cfg(feature = "entry")]
#[allow(missing_docs, reason = "the object's macro writes undocumented glue for JavaScript")]
mod object;
#[cfg(feature = "entry")]
mod store;

#[cfg(feature = "entry")]
pub use object::Limiter;

use serde::{Deserialize, Serialize};

/// What the Worker asks of a shard. `account` and `address` are hashes: the Limiter holds neither.
#[derive(Serialize, Deserialize)]
pub enum LimiterCall {
    /// Asked of the account's shard: may somebody at this address try to sign in? If so, it is counted as under way.
    Begin {
        /// Of the normalised e-mail address.
        account: String,
        /// Of the client's address.
        address: String,
    },
    /// Asked of the address's shard: the same.
    BeginFrom {
        /// Of the client's address.
        address: String,
    },
    /// Told to the account's shard: how it ended.
    End {
        /// Of the normalised e-mail address.
        account: String,
        /// Of the client's address.
        address: String,
        /// What [`LimiterReply::Go`] said.
        known: bool,
        /// How it ended.
        end: AttemptEnd,
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
    /// Told to the account's shard: the user signed up at this address.
    Remember {
        /// Of the normalised e-mail address.
        account: String,
        /// Of the client's address.
        address: String,
    },
    /// Told to the account's shard: the account has been deleted. The client addresses stored for it are deleted too.
    Forget {
        /// Of the normalised e-mail address.
        account: String,
    },
    /// Asked of the address's shard: may somebody sign up? If so, it counts.
    SignUp {
        /// Of the client's address.
        address: String,
    },
}

/// How an attempt to sign in ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttemptEnd {
    /// The password was wrong, or is of no use.
    Failed,
    /// The user is who he says.
    Succeeded,
    /// It was broken off, and nobody knows.
    Open,
}

/// What a shard answers.
#[derive(Serialize, Deserialize)]
pub enum LimiterReply {
    /// Go on.
    Go {
        /// Whether the user signed in from this address lately.
        known: bool,
    },
    /// Not before so many milliseconds have passed.
    Wait(u64),
    /// The same, as somebody was told a short while ago already: nobody needs to hear of it again.
    StillWait(u64),
    /// It is remembered.
    Done,
}
