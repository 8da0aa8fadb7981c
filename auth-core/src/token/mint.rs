//! Minting: the one place where tokens are signed.

use ct_codecs::{Base64UrlSafeNoPadding, Encoder};
use serde::Serialize;
use serde_json::{Map, Value};

use super::backend::{BackendFault, Signer};
use super::claims::{AccessClaims, MetadataClaim};
use super::key::Algorithm;
use super::typ_rule::TYP_ACCESS_TOKEN;
use crate::id::KeyId;
use crate::secret::SecretText;

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    kid: &'a KeyId,
}

/// Signs `claims` as a compact JWS with the signer's key. No other field is optional in [`AccessClaims`] than
/// the address, the metadata, the key to which the token is bound and how the user authenticated, so there is no way to
/// mint a token without session, audience, expiry or id.
///
/// # Errors
/// [`BackendFault`] when the signer fails.
pub async fn mint<S: Signer>(claims: &AccessClaims, signer: &S) -> Result<SecretText, BackendFault> {
    sign(TYP_ACCESS_TOKEN, &payload(claims)?, signer).await
}

/// Signs claims of another type than an access token's, with a `typ` that says so.
///
/// # Errors
/// [`BackendFault`] when the signer fails.
pub(crate) async fn mint_other<C: Serialize, S: Signer>(
    typ: &'static str,
    claims: &C,
    signer: &S,
) -> Result<SecretText, BackendFault> {
    sign(typ, &encode(claims)?, signer).await
}

/// Signs a payload, which is encoded already.
async fn sign<S: Signer>(typ: &'static str, payload: &str, signer: &S) -> Result<SecretText, BackendFault> {
    let header = Header { alg: Algorithm::Es256.as_str(), typ, kid: signer.key_id() };
    let mut token = encode(&header)?;
    token.push('.');
    token.push_str(payload);
    let signature = signer.sign(token.as_bytes()).await?;
    token.push('.');
    token.push_str(&Base64UrlSafeNoPadding::encode_to_string(signature).map_err(fault)?);
    Ok(SecretText::new(token))
}

/// The claims, encoded. The metadata never replaces a claim.
fn payload(claims: &AccessClaims) -> Result<String, BackendFault> {
    let Some(MetadataClaim { name, metadata }) = &claims.metadata else { return encode(claims) };
    let text = serde_json::to_vec(claims).map_err(fault)?;
    let mut payload: Map<String, Value> = serde_json::from_slice(&text).map_err(fault)?;
    payload.entry(name).or_insert_with(|| Value::Object(metadata.object().clone()));
    encode(&payload)
}

fn encode(part: &impl Serialize) -> Result<String, BackendFault> {
    let json = serde_json::to_vec(part).map_err(fault)?;
    Base64UrlSafeNoPadding::encode_to_string(json).map_err(fault)
}

fn fault(error: impl core::fmt::Display) -> BackendFault {
    BackendFault(error.to_string())
}
