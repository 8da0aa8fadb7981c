//! Passkeys: the ceremonies of WebAuthn Level 3, verified without a clock, randomness or IO.
//!
//! ```text
//! JSON --Registration::parse--> Registration --verify(relying party, challenge)--> NewPasskey
//! JSON --Assertion::parse-----> Assertion    --verify(…, passkey, backend)-------> PasskeyUse
//! ```
//!
//! A browser's `PublicKeyCredential.toJSON()` gives the JSON. Sections 7.1 and 7.2 of the specification list the
//! steps; each is done here, except those about attestation and extensions. Attestation is `none`, so nothing is
//! signed at a registration, and no extension is requested.
//!
//! - [`RelyingParty`]: the RP ID and the origins of its pages.
//! - [`RegistrationResponse`], [`AssertionResponse`]: the JSON.
//! - [`Registration`], [`Assertion`]: well-formed, and nothing more.
//! - [`Refusal`]: which step failed. For the log, never for the client.
//! - [`Passkey`](crate::credential::Passkey): what an account stores, and who decides about the counter.
//! - [`PasskeyChallenge`]: what a ceremony answers. Nothing is stored before it succeeds.
//! - [`CreationOptions`], [`RequestOptions`]: what a page passes to the browser.
//!
//! Signatures are verified by a [`SignatureVerifier`](crate::token::SignatureVerifier), as those of tokens are.
//!
//! **The public key is the one in the authenticator data**, a COSE key, as section 7.1 requires. The members
//! `publicKey` (SPKI) and `publicKeyAlgorithm` of the JSON repeat it, and are not read. Without attestation a client
//! may register any key, so a comparison of the two would prevent nothing, and a value that is not read
//! cannot contradict the one that is stored.

mod assertion;
mod authenticator_data;
mod cbor;
mod challenge;
mod client_data;
mod cose;
mod der;
mod options;
mod refusal;
mod registration;
mod relying_party;
mod response;

#[cfg(test)]
mod tests;

pub use assertion::{Assertion, AssertionError};
pub use challenge::{PasskeyChallenge, PasskeyPurpose, account_of, user_handle};
pub use options::{CreationOptions, RequestOptions};
pub use refusal::Refusal;
pub use registration::{NewPasskey, Registration};
pub use relying_party::RelyingParty;
pub use response::{AssertionResponse, RegistrationResponse};
