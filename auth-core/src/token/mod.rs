//! Access tokens: strict parsing, policy, and the only way from [`Unverified`] to [`Verified`].
//!
//! ```text
//! text --Unverified::parse--> Unverified --Unverified::verify(Policy, KeySet, backend, now)--> Verified<Claims>
//! ```
//!
//! - [`Unverified`]: a compact JWS (RFC 7515) that is well-formed and nothing more.
//! - [`Policy`]: what a token must be. It can't be built without issuer, audience, algorithms and `typ`.
//! - [`KeySet`], [`PublicKey`]: the issuer's keys. The key fixes the algorithm, the header only has to agree.
//! - [`SignatureVerifier`], [`Signer`]: what computes signatures. Not here: nothing in this crate does.
//! - [`AccessClaims`]: our own access token (RFC 9068), read and written.
//! - [`Refusal`]: which check a token failed. For the log, never for the client.

mod backend;
mod claims;
mod jws;
mod key;
mod mint;
mod policy;
mod refusal;
mod verify;

pub use backend::{BackendFault, SignatureVerifier, Signer};
pub use claims::{AccessClaims, ClaimSet};
pub use jws::{MAX_TOKEN_BYTES, Unverified};
pub use key::{Algorithm, DuplicateKeyId, KeySet, PublicKey};
pub use mint::mint;
pub use policy::{InvalidPolicy, Policy, TYP_ACCESS_TOKEN};
pub use refusal::{Refusal, mask};
pub use verify::{Verified, VerifyError};
