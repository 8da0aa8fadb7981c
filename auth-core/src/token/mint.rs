//! Minting: the one place where access tokens are made.

use ct_codecs::{Base64UrlSafeNoPadding, Encoder};
use serde::Serialize;

use super::backend::{BackendFault, Signer};
use super::claims::AccessClaims;
use super::key::Algorithm;
use super::policy::TYP_ACCESS_TOKEN;
use crate::id::KeyId;
use crate::secret::SecretText;

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    kid: &'a KeyId,
}

/// Signs `claims` as a compact JWS with the signer's key. Only the address is optional in [`AccessClaims`],
/// so there is no way to mint a token without session, audience, expiry or id.
///
/// # Errors
/// [`BackendFault`] when the signer fails.
pub async fn mint<S: Signer>(claims: &AccessClaims, signer: &S) -> Result<SecretText, BackendFault> {
    let header = Header { alg: Algorithm::Es256.as_str(), typ: TYP_ACCESS_TOKEN, kid: signer.key_id() };
    let mut token = encode(&header)?;
    token.push('.');
    token.push_str(&encode(claims)?);
    let signature = signer.sign(token.as_bytes()).await?;
    token.push('.');
    token.push_str(&Base64UrlSafeNoPadding::encode_to_string(signature).map_err(fault)?);
    Ok(SecretText::new(token))
}

fn encode(part: &impl Serialize) -> Result<String, BackendFault> {
    let json = serde_json::to_vec(part).map_err(fault)?;
    Base64UrlSafeNoPadding::encode_to_string(json).map_err(fault)
}

fn fault(error: impl core::fmt::Display) -> BackendFault {
    BackendFault(error.to_string())
}
