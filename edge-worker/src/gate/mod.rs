//! The gate: carries out what the machine of [`auth_core::gate`] decides.
//!
//! - [`handle`]: a request, from its head to what becomes of it; [`at_once`]: the same for a request that needs no waiting.
//! - [`fulfil`]: finds out what the machine needs; [`isolate`]: what it can see at once; [`denial`]: the response to a
//!   rejected request; `token_denial`: the part about tokens; `challenge`: the challenges.
//! - [`token_cache`]: tokens that were verified.
//! - [`issuer_keys`]: the keys of the service's own and of other issuers; `foreign_keys`: this isolate's copies of those
//!   by URL; `key_cache`: the platform's copies; `jwks_fetch`: how they are fetched.
//! - [`revocations`]: this isolate's copy of the list; [`present_state`]: what `strict` routes ask instead.
//! - [`provable`]: how a user can meet a route's requirements for the authentication.
//! - `client_state`: whether a token's OAuth client still exists.
//! - `proofs`: the proofs of tokens' keys that were used in this isolate.
//! - [`forward`]: what goes to the upstream and what comes back.

pub mod at_once;
pub(crate) mod challenge;
pub(crate) mod client_state;
pub mod denial;
pub(crate) mod foreign_keys;
pub mod forward;
pub mod fulfil;
pub mod handle;
pub mod isolate;
pub mod issuer_keys;
mod jwks_fetch;
mod key_cache;
pub mod present_state;
pub(crate) mod proofs;
pub mod provable;
pub mod revocations;
pub mod token_cache;
pub(crate) mod token_denial;

pub use handle::Outcome;
