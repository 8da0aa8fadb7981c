//! Counts attempts to sign in and to sign up: one class, with shards by account and shards by client address.
//!
//! The Limiter is separate from Account and Directory. Unknown addresses are counted like known ones but have
//! no account; and counts are deleted within days, while the Directory never deletes anything by age. The
//! number of shards is small and fixed, so that made-up addresses start no further objects.
//!
//! A failure costs one small write in each of two shards. A successful sign-in costs one in the account's
//! shard: the browser's new device cookie, once a day the client address, and the deletion of the failures,
//! if there were any.

mod client;
#[cfg(feature = "entry")]
#[allow(missing_docs, reason = "the object's macro writes undocumented glue for JavaScript")]
mod object;
#[cfg(feature = "entry")]
mod store;

pub use client::{By, Subject};
#[cfg(feature = "entry")]
pub use object::Limiter;
