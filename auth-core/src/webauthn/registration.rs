//! The registration of a passkey (WebAuthn section 7.1).

use ct_codecs::{Base64UrlSafeNoPadding, Encoder as _};

use super::authenticator_data::AuthenticatorData;
use super::client_data::ClientData;
use super::refusal::Refusal;
use super::relying_party::RelyingParty;
use super::response::{RegistrationResponse, credential_id, decode};
use crate::credential::Passkey;
use crate::time::UnixTime;
use crate::token::VerificationKey;

/// How many transports are kept, and the most letters of one. Those that are defined have at most ten.
const MAX_TRANSPORTS: usize = 8;
const MAX_TRANSPORT: usize = 16;

/// A response to a registration that is well-formed, and nothing more.
#[derive(Debug)]
pub struct Registration {
    id: String,
    client_data: ClientData,
    authenticator_data: Vec<u8>,
    transports: Vec<String>,
}

impl Registration {
    /// Reads the response.
    ///
    /// # Errors
    /// [`Refusal::Encoding`], [`Refusal::CredentialType`], [`Refusal::CredentialId`], [`Refusal::ClientData`].
    pub fn parse(sent: RegistrationResponse) -> Result<Self, Refusal> {
        let mut transports = sent.response.transports;
        transports.retain(|name| {
            (1..=MAX_TRANSPORT).contains(&name.len())
                && name.bytes().all(|b| b == b'-' || b.is_ascii_lowercase())
        });
        transports.truncate(MAX_TRANSPORTS);
        Ok(Self {
            id: credential_id(&sent.kind, &sent.id, &sent.raw_id)?,
            client_data: ClientData::parse(&decode(&sent.response.client_data_json)?)?,
            authenticator_data: decode(&sent.response.authenticator_data)?,
            transports,
        })
    }

    /// The challenge that the response states. It must have been issued for this registration, which the caller
    /// checks before [`Registration::verify`].
    #[must_use]
    pub fn challenge(&self) -> &[u8] {
        &self.client_data.challenge
    }

    /// Verifies the response. `challenge` is the one that was issued.
    ///
    /// Not here: whether the key is valid ([`NewPasskey::key`]), and whether the account already has a passkey
    /// with this id. Another account may have one: a sign-in finds the account by the user handle, which the
    /// authenticator gives, never by the credential id.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn verify(&self, relying_party: &RelyingParty, challenge: &[u8]) -> Result<NewPasskey, Refusal> {
        self.client_data.verify("webauthn.create", relying_party, challenge)?;
        let data = AuthenticatorData::parse(&self.authenticator_data)?;
        relying_party.verify(&data)?;
        let credential = data.credential.ok_or(Refusal::AuthenticatorData)?;
        if decode(&self.id)? != credential.id {
            return Err(Refusal::CredentialId);
        }
        let public_key = Base64UrlSafeNoPadding::encode_to_string(credential.cose_key);
        let passkey = Passkey {
            id: self.id.clone(),
            public_key: public_key.map_err(|_| Refusal::PublicKey)?,
            counter: data.counter,
            backup_eligible: data.flags.backup_eligible(),
            backed_up: data.flags.backed_up(),
            transports: self.transports.clone(),
            name: String::new(),
            created_at: UnixTime(0),
            last_used_at: None,
        };
        Ok(NewPasskey { passkey, key: credential.key })
    }
}

/// A passkey that was registered correctly. Only [`Registration::verify`] gives it.
#[derive(Clone, Debug)]
pub struct NewPasskey {
    passkey: Passkey,
    key: VerificationKey,
}

impl NewPasskey {
    /// Its public key. The caller checks that it is valid (that a point is on its curve), which has to be
    /// calculated, before it stores the passkey.
    #[must_use]
    pub const fn key(&self) -> &VerificationKey {
        &self.key
    }

    /// The passkey as the account stores it.
    #[must_use]
    pub fn named(self, name: String, created_at: UnixTime) -> Passkey {
        Passkey { name, created_at, ..self.passkey }
    }
}
