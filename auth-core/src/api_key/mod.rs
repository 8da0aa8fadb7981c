//! API keys: long-lived credentials of programs that act for a user.
//!
//! - [`ApiKey`]: a key's text, which names its account, so that no table is needed to find it.
//! - [`KeyTerms`], [`StoredKey`]: what a key permits. It is never more than its owner has.
//! - [`Network`]: the addresses from which a key may be used.

mod base62;
mod format;
mod network;
mod terms;

pub use format::{ApiKey, MalformedKey, PREFIX, RANDOM_BYTES, contains_key, is_environment, is_meant_as_key};
pub use network::{InvalidNetwork, Network, admit};
pub use terms::{
    DEFAULT_LIFETIME, Holdings, InvalidTerms, KeyRequest, KeyTerms, LIFETIMES, LISTED_AFTER_EXPIRY, MAX_KEYS,
    Permitted, StoredKey, USE_RECORDED_EVERY, checked_name, usable_until,
};
