//! The gate: which route a request takes, who may take it, and handing it to the upstream.
//!
//! - [`handle`]: all of it, in order; [`at_once`]: the same for what needs no waiting.
//! - [`admission`]: whether a verified caller may take a route.
//! - `carried_token`: one that a proxy put elsewhere; [`verify`]: the token, verified; [`token_cache`]: tokens that were.
//! - [`issuer_keys`]: the keys of our own and of other issuers; `foreign_keys`: this isolate's copies of those by URL, `key_cache`: the
//!   platform's, `jwks_fetch`: how they are fetched.
//! - [`revocations`]: this isolate's copy of what was revoked; [`present_state`]: what `strict` routes ask instead.
//! - [`cookie_access`]: our cookie, for server-rendered pages; [`ticket_access`]: one-time tickets, for WebSockets and event streams.
//! - [`forward`]: what goes to the upstream and what comes back.

pub mod admission;
pub mod at_once;
mod carried_token;
pub mod cookie_access;
pub(crate) mod foreign_keys;
pub mod forward;
pub mod handle;
pub mod issuer_keys;
mod jwks_fetch;
mod key_cache;
pub mod present_state;
pub mod revocations;
pub mod ticket_access;
pub mod timing;
pub mod token_cache;
pub mod verify;

pub use handle::Outcome;
