//! Proofs of tokens' keys (RFC 9449): their signatures, and that each is used once in this isolate.
//!
//! A proof that was seen in another isolate is not known here. To use it there, an attacker must have read a request in
//! transit, and repeats exactly that request within a minute.

use std::cell::RefCell;

use auth_core::dpop::{ExaminedProof, ProofRefusal, ProofUse, SeenProofs};
use auth_core::time::UnixTime;
use auth_core::token::SignatureVerifier;

use crate::objects::Unavailable;
use crate::signatures::ClientKeys;

const PART: &str = "proofs";

thread_local! {
    static SEEN: RefCell<SeenProofs> = RefCell::default();
}

/// Checks the signature of a proof, and uses the proof.
///
/// # Errors
/// [`Unavailable`] if the signature can't be checked, or too many proofs were used within the last minute.
pub(crate) async fn check(
    proof: ExaminedProof,
    now: UnixTime,
) -> Result<Result<(), ProofRefusal>, Unavailable> {
    let (key, signed, signature) = proof.signed();
    let genuine = ClientKeys.verify(key, signed.as_bytes(), signature).await;
    let genuine = genuine.map_err(|fault| Unavailable::because(PART, fault.0))?;
    let verified = match proof.confirm(genuine) {
        Ok(verified) => verified,
        Err(refusal) => return Ok(Err(refusal)),
    };
    match SEEN.with_borrow_mut(|seen| seen.first_use(&verified, now)) {
        ProofUse::First => Ok(Ok(())),
        ProofUse::Again => Ok(Err(ProofRefusal::Replayed)),
        ProofUse::Full => Err(Unavailable::because(PART, "more proofs are in use than can be remembered")),
    }
}
