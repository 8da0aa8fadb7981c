//! Access tokens: strict parsing, policy, and the only way from [`Unverified`] to [`Verified`].
//!
//! ```text
//! text --Unverified::parse--> Unverified --Unverified::verify(Policy, KeySet, backend, now)--> Verified<Claims>
//! ```
//!
//! - [`Unverified`]: a compact JWS (RFC 7515) that is well-formed and nothing more.
//! - [`Policy`]: what a token must be. It can't be built without issuer, audience, algorithms and `typ`.
//! - [`KeySet`], [`VerificationKey`]: the issuer's keys; [`parse_jwks`] reads foreign ones, [`public_jwk`] writes one. The key fixes the algorithm, the header only has to agree.
//! - [`FOREIGN_KEYS`]: how long a copy of them may be used.
//! - [`SignatureVerifier`], [`Signer`]: what computes signatures. Not here: nothing in this crate does.
//! - [`AccessClaims`]: our own access token (RFC 9068), as it is written.
//! - [`Caller`]: who a verified token says is calling, whichever issuer it comes from.
//! - [`Refusal`]: which check a token failed. For the log, never for the client.

mod backend;
mod caller;
mod claim_names;
mod claim_path;
mod claims;
mod foreign_keys;
mod jwks;
mod jws;
mod key;
mod mint;
mod numeric_date;
mod policy;
mod public_jwk;
mod read_caller;
mod refusal;
mod tenants;
mod typ_rule;
mod verify;

pub use backend::{BackendFault, SignatureVerifier, Signer};
pub use caller::{Caller, CallerEmail};
pub use claim_names::{ClaimNames, LeftOutClaim, LeftOutReason, Unreadable};
pub use claim_path::ClaimPath;
pub use claims::{AccessClaims, ClaimSet, Confirmation, MetadataClaim};
pub use foreign_keys::{FOREIGN_KEYS, FRESH};
pub(crate) use jwks::parse_key;
pub use jwks::{InvalidJwks, Jwks, LeftOutKey, MAX_JWKS_BYTES, MAX_KEYS, UnusableKey, parse_jwks};
pub(crate) use jws::JwsParts;
pub use jws::{DEFAULT_TOKEN_BYTES, MAX_TOKEN_BYTES, Unverified};
pub use key::{Algorithm, DuplicateKeyId, KeyMaterial, KeySet, VerificationKey};
pub use mint::mint;
pub(crate) use mint::mint_other;
pub(crate) use numeric_date::{Dates, date};
pub use policy::{InvalidPolicy, MAX_LEEWAY, Policy};
pub use public_jwk::public_jwk;
pub use refusal::{Refusal, mask};
pub use tenants::{TENANT_PLACEHOLDER, Tenants};
pub use typ_rule::{TYP_ACCESS_TOKEN, TypRule};
pub use verify::{Examined, Verified, VerifyError, choose_policy};
