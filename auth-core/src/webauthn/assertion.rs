//! The use of a passkey (WebAuthn section 7.2).

use hmac_sha256::Hash;

use super::authenticator_data::AuthenticatorData;
use super::cbor::Reader;
use super::client_data::ClientData;
use super::cose::read_key;
use super::der::es256_signature;
use super::refusal::Refusal;
use super::relying_party::RelyingParty;
use super::response::{AssertionResponse, credential_id, decode};
use crate::credential::{Passkey, PasskeyUse};
use crate::token::{Algorithm, BackendFault, SignatureVerifier, VerificationKey};

/// A use of a passkey that is well-formed, and nothing more.
#[derive(Debug)]
pub struct Assertion {
    id: String,
    client_data: ClientData,
    client_data_hash: [u8; 32],
    authenticator_data: Vec<u8>,
    signature: Vec<u8>,
    user_handle: Option<Vec<u8>>,
}

/// Why there is no verdict that the passkey was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssertionError {
    /// It was not used correctly.
    Refused(Refusal),
    /// The signature could not be verified.
    Fault(BackendFault),
}

impl From<Refusal> for AssertionError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Assertion {
    /// Reads the response.
    ///
    /// # Errors
    /// [`Refusal::Encoding`], [`Refusal::CredentialType`], [`Refusal::CredentialId`], [`Refusal::ClientData`].
    pub fn parse(sent: &AssertionResponse) -> Result<Self, Refusal> {
        let client_data = decode(&sent.response.client_data_json)?;
        Ok(Self {
            id: credential_id(&sent.kind, &sent.id, &sent.raw_id)?,
            client_data: ClientData::parse(&client_data)?,
            client_data_hash: Hash::hash(&client_data),
            authenticator_data: decode(&sent.response.authenticator_data)?,
            signature: decode(&sent.response.signature)?,
            user_handle: sent.response.user_handle.as_deref().map(decode).transpose()?,
        })
    }

    /// The challenge that the response states. It must have been issued for this ceremony, which the caller checks
    /// before [`Assertion::verify`].
    #[must_use]
    pub fn challenge(&self) -> &[u8] {
        &self.client_data.challenge
    }

    /// The credential id, base64url. The account finds the passkey by it.
    #[must_use]
    pub fn credential_id(&self) -> &str {
        &self.id
    }

    /// The user handle, if the authenticator states one. It names the account if the account was not known before.
    #[must_use]
    pub fn user_handle(&self) -> Option<&[u8]> {
        self.user_handle.as_deref()
    }

    /// Verifies the response. `challenge` is the one that was issued, `account` the user handle of the account that
    /// has the passkey.
    ///
    /// Not here: the counter ([`Passkey::accept`]).
    ///
    /// # Errors
    /// [`AssertionError`].
    pub async fn verify(
        &self,
        relying_party: &RelyingParty,
        challenge: &[u8],
        account: &[u8],
        passkey: &Passkey,
        backend: &impl SignatureVerifier,
    ) -> Result<PasskeyUse, AssertionError> {
        if self.id != passkey.id {
            return Err(Refusal::CredentialId.into());
        }
        if self.user_handle.as_ref().is_some_and(|stated| stated != account) {
            return Err(Refusal::UserHandle.into());
        }
        self.client_data.verify("webauthn.get", relying_party, challenge)?;
        let data = AuthenticatorData::parse(&self.authenticator_data)?;
        relying_party.verify(&data)?;
        if data.flags.backup_eligible() != passkey.backup_eligible {
            return Err(Refusal::BackupFlags.into());
        }
        let key = read_key(&mut Reader::new(&decode(&passkey.public_key)?))?;
        let signature = raw_signature(&key, &self.signature).ok_or(Refusal::Signature)?;
        let signed = [&self.authenticator_data[..], &self.client_data_hash].concat();
        match backend.verify(&key, &signed, &signature).await {
            Ok(true) => Ok(PasskeyUse {
                id: self.id.clone(),
                counter: data.counter,
                backed_up: data.flags.backed_up(),
            }),
            Ok(false) => Err(Refusal::Signature.into()),
            Err(fault) => Err(AssertionError::Fault(fault)),
        }
    }
}

/// The signature in the encoding of JWS. WebAuthn uses the same one for all algorithms but ECDSA (section 6.5.5).
fn raw_signature(key: &VerificationKey, sent: &[u8]) -> Option<Vec<u8>> {
    match key.algorithm {
        Algorithm::Es256 => es256_signature(sent).map(Vec::from),
        Algorithm::EdDsa | Algorithm::Rs256 => (sent.len() == key.signature_bytes()).then(|| sent.to_vec()),
        Algorithm::Es384 | Algorithm::Ps256 | Algorithm::Hs256 => None,
    }
}
