//! The decisions of both ends of Latchkey, without any IO.
//!
//! No JavaScript, no clock, no randomness, no IO: time and random bytes are arguments, effects are values.
//!
//! - [`wire`]: the contract between browser and service: paths, bodies, the cookie, error codes.
//! - [`token`]: strict JWS parsing and policy; the only way from [`token::Unverified`] to
//!   [`token::Verified`].
//! - [`revocation`]: the list of revocations, and how old a copy of it may be.
//! - [`gate`]: the routes, and who may take them; used by the Worker for every request.
//! - [`cached`]: copies of what another party has: fresh, stale, expired, and when to renew them.
//! - [`keyring`]: the life cycle of the service's keys, used by the Keyring object.
//! - [`rotation`]: the refresh family's state machine, used by the Account object.
//! - [`credential`]: kinds of credentials, what proving one establishes, and challenges.
//! - [`one_time`]: one-time passwords set by an administrator.
//! - [`limits`]: limits on attempts to sign in, sign up and refresh.
//! - [`session`]: the client's state machine, used by the vault.
//! - [`ticket`]: one-time tickets, for connections that can't send a header.
//! - [`id`], [`secret`], [`time`]: basic types.
//!
//! The feature `service` (default) contains what only the Worker needs. The vault is built without it.

#[cfg(feature = "service")]
pub mod cached;
#[cfg(feature = "service")]
pub mod credential;
#[cfg(feature = "service")]
pub mod gate;
pub mod id;
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
