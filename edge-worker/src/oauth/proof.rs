//! DPoP proofs in requests of clients to this server (RFC 9449 section 5).

use std::borrow::Cow;

use auth_core::dpop::{ProofError, ProofFor, verify_proof};
use auth_core::oauth::{Client, OAuthError};

use super::OAuthRefusal;
use crate::context::Context;
use crate::objects::Unavailable;
use crate::objects::protocol::oauth::ProvenKey;
use crate::service::session::now;
use crate::signatures::ClientKeys;

/// The key that has signed this request, which is for the URL of this path; `None` if the client has sent no proof and
/// needs none. The object that decides on the request has to use up [`ProvenKey::once`] in the same transaction.
///
/// # Errors
/// `invalid_dpop_proof`.
pub(crate) async fn presented(
    context: &Context,
    client: &Client,
    path: &str,
) -> Result<Option<ProvenKey>, OAuthRefusal> {
    let key = read(context, path).await?;
    if client.dpop && key.is_none() {
        let description = "The client's tokens must be bound to a key: the request needs a DPoP proof.";
        return Err(OAuthRefusal::new(OAuthError::InvalidDpopProof, description));
    }
    Ok(key)
}

/// As [`presented`], for a request from which no token follows directly.
///
/// # Errors
/// `invalid_dpop_proof`.
pub(crate) async fn read(context: &Context, path: &str) -> Result<Option<ProvenKey>, OAuthRefusal> {
    let Some(header) = context.incoming.header("dpop") else { return Ok(None) };
    let url = [context.config.issuer.as_str(), path].concat();
    let request = ProofFor { method: "POST", urls: &[&url], access_token: None };
    match verify_proof(header, &request, &ClientKeys, now()).await {
        Ok(proof) => Ok(Some(ProvenKey { jkt: proof.thumbprint().as_str().to_owned(), once: proof.once() })),
        // Everything in a proof comes from the client, so that it may know what is wrong.
        Err(ProofError::Refused(refusal)) => {
            let mut failure = OAuthRefusal::new(OAuthError::InvalidDpopProof, "");
            failure.description =
                Cow::Owned(format!("The DPoP proof is invalid (failed check: {}).", refusal.as_str()));
            Err(failure)
        }
        Err(ProofError::Fault(fault)) => Err(Unavailable::because("signature", fault.0).into()),
    }
}
