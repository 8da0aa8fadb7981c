//! The decisions of both ends of Latchkey, without any IO.
//!
//! No JavaScript, no clock, no randomness, no IO: time and random bytes are arguments, effects are values.
//!
//! - [`wire`]: the contract between browser and service: paths, bodies, the cookie, error codes.
//! - [`token`]: strict JWS parsing and policy; the only way from [`token::Unverified`] to
//!   [`token::Verified`].
//! - [`revocation`]: the list of revocations, and how old a copy of it may be.
//! - [`gate`]: the routes, and who may take them; used by the Worker for every request.
//! - [`api_key`]: API keys: their form, and what they permit.
//! - [`cached`]: copies of what another party has: fresh, stale, expired, and when to renew them.
//! - [`keyring`]: the life cycle of the service's keys, used by the Keyring object.
//! - [`rotation`]: the refresh family's state machine, used by the Account object.
//! - [`credential`]: kinds of credentials, what proving one establishes, and challenges.
//! - [`delivery`]: when messages to other systems are sent again.
//! - [`oauth`]: the OAuth authorization server: clients, scopes, requests for authorization.
//! - [`dpop`]: proofs of possession (RFC 9449).
//! - [`provider`]: sign-in with another provider (OpenID Connect, GitHub).
//! - [`one_time`]: one-time passwords set by an administrator.
//! - [`limits`]: limits on attempts to sign in, sign up and refresh.
//! - [`second_factor`]: codes of authenticator apps, recovery codes, and when a second factor is required.
//! - [`session`]: the client's state machine, used by the vault.
//! - [`sealed`]: texts that browsers and clients bring back to the service.
//! - [`ticket`]: one-time tickets, for connections that can't send a header.
//! - [`webauthn`]: passkeys: the verification of their ceremonies.
//! - [`id`], [`secret`], [`time`]: basic types.
//!
//! The feature `service` (default) contains what only the Worker needs. The vault is built without it.

#[cfg(feature = "service")]
pub mod api_key;
#[cfg(feature = "service")]
pub mod cached;
#[cfg(feature = "service")]
pub mod credential;
#[cfg(feature = "service")]
pub mod delivery;
#[cfg(feature = "service")]
pub mod dpop;
#[cfg(feature = "service")]
pub mod gate;
pub mod id;
#[cfg(feature = "service")]
pub mod keyring;
#[cfg(feature = "service")]
pub mod limits;
mod named_enum;
#[cfg(feature = "service")]
pub mod oauth;
#[cfg(feature = "service")]
pub mod one_time;
#[cfg(feature = "service")]
pub mod provider;
#[cfg(feature = "service")]
pub mod revocation;
#[cfg(feature = "service")]
pub mod rotation;
#[cfg(feature = "service")]
pub mod sealed;
#[cfg(feature = "service")]
pub mod second_factor;
pub mod secret;
pub mod session;
#[cfg(feature = "service")]
pub mod ticket;
pub mod time;
#[cfg(feature = "service")]
pub mod token;
#[cfg(feature = "service")]
pub mod webauthn;
pub mod wire;
