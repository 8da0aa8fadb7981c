//! The messages between the Worker and its objects: JSON, closed sets, sent inside the platform only.
//!
//! Objects can't be reached from outside. Messages contain values that must not be logged (password hashes,
//! refresh keys, cookies), so no part of a message is ever printed. They carry keys and the caller; what is
//! configured, an object reads from its own bindings.
//!
//! One module per kind of object declares its calls; [`session`] and [`keys`] contain what several calls
//! share.

pub mod account;
pub mod api_key;
pub mod clients;
pub mod devices;
pub mod directory;
pub mod hasher;
pub mod keyring;
pub mod keys;
pub mod limiter;
pub mod oauth;
pub mod revocations;
pub mod second_factor;
pub mod session;
