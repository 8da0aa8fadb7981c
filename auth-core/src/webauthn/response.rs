//! The JSON of the two ceremonies (WebAuthn section 5.1, `RegistrationResponseJSON` and
//! `AuthenticationResponseJSON`), as `PublicKeyCredential.toJSON()` gives it. Binary values are base64url without
//! padding. Members that are not read are ignored, because browsers add new ones.

use ct_codecs::{Base64UrlSafeNoPadding, Decoder as _};
use serde::Deserialize;

use super::authenticator_data::MAX_CREDENTIAL_ID;
use super::refusal::Refusal;

/// `RegistrationResponseJSON`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename(deserialize = "open"))]
pub struct RegistrationResponse {
    pub(super) id: String,
    #[serde(rename = "rawId")]
    pub(super) raw_id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) response: AttestationJson,
}

/// `AuthenticatorAttestationResponseJSON`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename(deserialize = "open"))]
pub(super) struct AttestationJson {
    #[serde(rename = "clientDataJSON")]
    pub(super) client_data_json: String,
    #[serde(rename = "authenticatorData")]
    pub(super) authenticator_data: String,
    #[serde(default)]
    pub(super) transports: Vec<String>,
}

/// `AuthenticationResponseJSON`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename(deserialize = "open"))]
pub struct AssertionResponse {
    pub(super) id: String,
    #[serde(rename = "rawId")]
    pub(super) raw_id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) response: AssertionJson,
}

/// `AuthenticatorAssertionResponseJSON`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename(deserialize = "open"))]
pub(super) struct AssertionJson {
    #[serde(rename = "clientDataJSON")]
    pub(super) client_data_json: String,
    #[serde(rename = "authenticatorData")]
    pub(super) authenticator_data: String,
    pub(super) signature: String,
    #[serde(rename = "userHandle", default)]
    pub(super) user_handle: Option<String>,
}

pub(super) fn decode(text: &str) -> Result<Vec<u8>, Refusal> {
    Base64UrlSafeNoPadding::decode_to_vec(text, None).map_err(|_| Refusal::Encoding)
}

/// The credential's id as text. `id` and `rawId` both state it (section 5.1).
pub(super) fn credential_id(kind: &str, id: &str, raw_id: &str) -> Result<String, Refusal> {
    if kind != "public-key" {
        return Err(Refusal::CredentialType);
    }
    let length = decode(id)?.len();
    if id == raw_id && (1..=MAX_CREDENTIAL_ID).contains(&length) {
        Ok(id.to_owned())
    } else {
        Err(Refusal::CredentialId)
    }
}
