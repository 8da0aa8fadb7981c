//! What both ends of Latchkey decide, and nothing they do.
//!
//! No JavaScript, no clock, no randomness, no IO: time and random bytes are arguments, effects are values.
//!
//! - [`wire`]: what browser and service say to each other: paths, bodies, the cookie, error codes.
//! - [`token`]: strict JWS parsing and policy; the only way from [`token::Unverified`] to [`token::Verified`].
//! - [`revocation`]: the list of what was revoked, and how old a copy of it may be.
//! - [`keyring`]: the life of the service's keys, as the Keyring object runs it.
//! - [`rotation`]: the refresh family's state machine, as the Account object runs it.
//! - [`one_time`]: a password that an administrator has set.
//! - [`limits`]: how often somebody may try to sign in, sign up, refresh.
//! - [`session`]: the client's state machine, as the vault runs it.
//! - [`ticket`]: one-time tickets, for what can't carry a header.
//! - [`secret`], [`time`]: the two types everything else is written in.

//!
//! The feature `service` (default) is what only the Worker needs. Without it the crate needs no standard library: the vault
//! is built that way, because every visitor downloads it, and what `std` says when it panics would be a seventh of it.
#![cfg_attr(not(feature = "service"), no_std)]

#[macro_use]
extern crate alloc;

#[cfg(feature = "service")]
pub mod keyring;
#[cfg(feature = "service")]
pub mod limits;
#[cfg(feature = "service")]
pub mod one_time;
#[cfg(feature = "service")]
pub mod revocation;
#[cfg(feature = "service")]
pub mod rotation;
pub mod secret;
pub mod session;
#[cfg(feature = "service")]
pub mod ticket;
pub mod time;
#[cfg(feature = "service")]
pub mod token;
pub mod wire;
