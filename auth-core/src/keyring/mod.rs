//! The life cycle of the service's keys: published, active, retiring, gone.
//!
//! The Keyring object stores [`Key`]s and passes them in as a [`Ring`]. This module decides what happens to
//! them at a given time, in one synchronous call. There are two rings, one of keys that sign access tokens
//! and one of keys from which refresh secrets are derived. The same rules apply to both:
//!
//! - A key is *published* before it is used, for long enough that every copy of the key set contains it
//!   ([`LEAST_PUBLISHED`] states how long that is). There is always a published key in waiting, so that a key
//!   which has to be removed immediately has a successor that all copies contain.
//! - One key is *active*: new tokens or sessions are made with it.
//! - A key that was active is *retiring* for as long as anything made with it can still be valid.
//! - Then it is *gone*. Only an emergency removes a key earlier, and what was made with it becomes invalid.
//!
//! `model.rs` tests this with signers and verifiers whose copies are as old as they may be.

mod ring;
mod schedule;

pub use ring::{Change, Key, Ring, State, Turn};
pub use schedule::{COPY_FRESH, DOCUMENT_FRESH, LEAST_PUBLISHED, LEAST_RETIRING, Schedule};

#[cfg(test)]
mod model;
