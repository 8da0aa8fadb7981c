//! The life of the service's keys: published, active, retiring, gone.
//!
//! The Keyring object stores [`Key`]s and hands them in as a [`Ring`]; what has to happen to them at some moment is decided
//! here, in one synchronous call. There are two rings, one of keys that sign access tokens and one of keys that refresh
//! secrets are derived from; the same rules hold for both:
//!
//! - A key is *published* before it is used, for long enough that nobody who goes by a copy meets it unprepared
//!   ([`LEAST_PUBLISHED`] says how long that is). There is always one in waiting, so that also a key that has to go at once
//!   has a successor everybody knows.
//! - One key is *active*: it makes what is new.
//! - A key that was active is *retiring* for as long as anything made with it could still be good.
//! - Then it is *gone*. Only an emergency removes a key earlier, and it takes with it what was made with it.
//!
//! `model.rs` holds this against signers and verifiers that go by copies as old as they may be.

mod ring;
mod schedule;

pub use ring::{Change, Key, Ring, State, Turn};
pub use schedule::{COPY_FRESH, DOCUMENT_FRESH, LEAST_PUBLISHED, LEAST_RETIRING, Schedule};

#[cfg(test)]
mod model;
