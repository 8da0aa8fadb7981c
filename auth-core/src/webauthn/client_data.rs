//! The client data (WebAuthn section 5.8.1): what the browser states about the page and the ceremony.

use ct_codecs::{Base64UrlSafeNoPadding, Decoder as _};
use serde::Deserialize;

use super::refusal::Refusal;
use super::relying_party::RelyingParty;
use crate::wire::{parse_object, read_value};

/// The members that are read. Browsers may add others (section 5.8.1.2).
#[derive(Debug, Deserialize)]
#[serde(rename(deserialize = "open"))]
struct Members {
    #[serde(rename = "type")]
    ceremony: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
    #[serde(rename = "topOrigin", default)]
    top_origin: Option<String>,
}

/// Client data that are well-formed.
#[derive(Debug)]
pub(super) struct ClientData {
    members: Members,
    pub(super) challenge: Vec<u8>,
}

impl ClientData {
    pub(super) fn parse(json: &[u8]) -> Result<Self, Refusal> {
        let members = parse_object(json).map_err(|_| Refusal::ClientData)?;
        let members: Members = read_value(members.into()).map_err(|_| Refusal::ClientData)?;
        let challenge = Base64UrlSafeNoPadding::decode_to_vec(&members.challenge, None);
        Ok(Self { challenge: challenge.map_err(|_| Refusal::ClientData)?, members })
    }

    /// Steps 7 to 11 of section 7.1, 11 to 15 of section 7.2.
    ///
    /// A page in a frame of another origin is refused (`crossOrigin`; `topOrigin` is stated for such pages only): a
    /// sign-in page must not be framed, because the page around it could cover it.
    pub(super) fn verify(
        &self,
        ceremony: &str,
        relying_party: &RelyingParty,
        challenge: &[u8],
    ) -> Result<(), Refusal> {
        let Members { ceremony: stated, origin, cross_origin, top_origin, .. } = &self.members;
        if stated != ceremony {
            Err(Refusal::Ceremony)
        } else if self.challenge != challenge {
            Err(Refusal::Challenge)
        } else if !relying_party.has_origin(origin) {
            Err(Refusal::Origin)
        } else if *cross_origin || top_origin.is_some() {
            Err(Refusal::CrossOrigin)
        } else {
            Ok(())
        }
    }
}
