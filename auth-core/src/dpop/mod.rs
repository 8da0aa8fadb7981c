//! Proofs of possession (RFC 9449, DPoP): a client signs each request with a key of its own, and a token that is
//! bound to this key is of no use to anyone else.
//!
//! ```text
//! DPoP header --Proof::parse--> Proof --examine(ProofFor, now)--> ExaminedProof --confirm(genuine)--> VerifiedProof
//! ```
//!
//! - [`Proof`]: a strict JWS of the type `dpop+jwt` that contains a public key. Nothing has been verified.
//! - [`ProofFor`]: the request that the proof must have been made for.
//! - [`ExaminedProof`]: passes every check but that of the signature. The key to check it with is its own.
//! - [`VerifiedProof`]: the client has the private key with this [`Thumbprint`]. The object that decides on the request has to
//!   store [`VerifiedProof::name`] until [`VerifiedProof::until`], so that the proof counts once.
//! - [`SeenProofs`]: remembers them for one isolate.
//!
//! There are no nonces of the server (RFC 9449 section 8). They would protect against proofs that were made in advance
//! by code that ran beside the key for a while, at the cost of an additional request and of state or of a sealed time.
//! Here such a proof is of use only during the 60 seconds around its `iat`, and once.

mod htu;
mod proof;
mod seen;
mod thumbprint;

pub use proof::{
    ALGORITHMS, ExaminedProof, MAX_PROOF_BYTES, Proof, ProofError, ProofFor, ProofRefusal, VerifiedProof,
    WINDOW, verify_proof,
};
pub use seen::{MAX_SEEN, ProofUse, SeenProofs};
pub use thumbprint::{InvalidThumbprint, Thumbprint};

#[cfg(test)]
pub(crate) mod tests;
