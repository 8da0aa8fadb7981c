//! The calls to a shard of the Limiter. `account` and `address` are hashes.

use auth_core::limits::Recognised;
use serde::{Deserialize, Serialize};

use crate::objects::call::{Done, calls};

/// The client of an attempt, as the account's shard knows it. All members are hashes: the Limiter stores
/// neither addresses nor cookies.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Hash of the normalised e-mail address.
    pub account: String,
    /// Hash of the client address.
    pub address: String,
    /// Hash of the device cookie that the client presents, if any.
    pub device: Option<String>,
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

/// The account's shard allows the attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// How the account recognises the client.
    pub recognised: Recognised,
    /// Whether the client is exempt from the limits of its address.
    pub exempt: bool,
}

/// A limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limited {
    /// The client may retry after this many milliseconds.
    pub retry_after_ms: u64,
    /// Whether to record this; false if it was recorded a short while ago.
    pub is_news: bool,
}

calls! {
    /// The calls to a shard of the Limiter.
    LimiterCalls {
        /// To the account's shard: may this client try to sign in? If so, the attempt counts as in progress.
        Begin {
            /// The client.
            client: Client,
        } -> Result<Allowed, Limited>;
        /// To the address's shard: the same question. If so, the attempt also counts towards the address's
        /// rate.
        BeginFrom {
            /// Hash of the client address.
            address: String,
            /// Whether the platform reported it. Otherwise all clients share one address, and the rate of all
            /// attempts does not apply.
            reported: bool,
        } -> Result<Done, Limited>;
        /// To the account's shard: the attempt's end.
        End {
            /// The client.
            client: Client,
            /// The value from [`Allowed`].
            recognised: Recognised,
            /// How the attempt ended.
            end: AttemptEnd,
            /// After a successful sign-in: the hash of the device cookie that replaces the presented one.
            new_device: Option<String>,
        } -> Done;
        /// To the address's shard: the attempt's end.
        EndFrom {
            /// Hash of the client address.
            address: String,
            /// Whether this shard allowed the attempt and counts it as in progress.
            under_way: bool,
            /// How the attempt ended.
            end: AttemptEnd,
        } -> Done;
        /// To the account's shard: the user signed up at this address; `device` is the browser's new cookie.
        Remember {
            /// The client.
            client: Client,
        } -> Done;
        /// To the account's shard: the account was deleted. Deletes the client addresses and browsers stored
        /// for it.
        Forget {
            /// Hash of the normalised e-mail address.
            account: String,
        } -> Done;
        /// To the address's shard: may a client sign up? If so, the sign-up counts.
        SignUp {
            /// Hash of the client address.
            address: String,
            /// Whether the platform reported it.
            reported: bool,
        } -> Result<Done, Limited>;
        /// To either shard: may a mail with a code be sent? If so, it counts.
        CountMail {
            /// Hash of the e-mail address, of the account, or of the client address.
            subject: String,
            /// Whether it is a client address.
            is_client: bool,
        } -> Result<Done, Limited>;
        /// To either shard: the mail was not sent, so it does not count.
        ReturnMail {
            /// As in `CountMail`.
            subject: String,
            /// As in `CountMail`.
            is_client: bool,
        } -> Done;
        /// To the address's shard: a program presented no credential or a wrong one. Counts it, unless the
        /// limit is already reached.
        WrongCredential {
            /// Hash of the client address.
            address: String,
        } -> Result<Done, Limited>;
    }
}
