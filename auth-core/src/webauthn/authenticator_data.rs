//! Authenticator data (WebAuthn section 6.1).

use super::cbor::Reader;
use super::cose::read_key;
use super::refusal::Refusal;
use crate::token::VerificationKey;

/// The most bytes of a credential id (WebAuthn section 7.1, step 25).
pub(super) const MAX_CREDENTIAL_ID: usize = 1023;

/// The flags of authenticator data. Reserved bits are ignored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flags(u8);

impl Flags {
    /// UP: a user was present.
    pub(super) const fn user_present(self) -> bool {
        self.0 & 0x01 != 0
    }

    /// UV: the authenticator verified the user.
    pub(super) const fn user_verified(self) -> bool {
        self.0 & 0x04 != 0
    }

    /// BE: the passkey can be backed up.
    pub(super) const fn backup_eligible(self) -> bool {
        self.0 & 0x08 != 0
    }

    /// BS: the passkey is backed up.
    pub(super) const fn backed_up(self) -> bool {
        self.0 & 0x10 != 0
    }

    const fn has_credential(self) -> bool {
        self.0 & 0x40 != 0
    }

    const fn has_extensions(self) -> bool {
        self.0 & 0x80 != 0
    }
}

/// What an authenticator states about a ceremony.
#[derive(Debug)]
pub(super) struct AuthenticatorData<'a> {
    /// SHA-256 of the RP ID.
    pub(super) rp_id_hash: &'a [u8],
    pub(super) flags: Flags,
    pub(super) counter: u32,
    /// Only of registrations.
    pub(super) credential: Option<AttestedCredential<'a>>,
}

/// The passkey that was created.
#[derive(Debug)]
pub(super) struct AttestedCredential<'a> {
    pub(super) id: &'a [u8],
    /// Its COSE key as it was sent. It is known to be well-formed.
    pub(super) cose_key: &'a [u8],
    /// The same key. Its point may still be off its curve.
    pub(super) key: VerificationKey,
}

impl<'a> AuthenticatorData<'a> {
    /// Reads them whole: nothing may follow. Extension outputs are skipped, because none were requested and an
    /// authenticator may add some anyway.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Refusal> {
        const MALFORMED: Refusal = Refusal::AuthenticatorData;
        let mut reader = Reader::new(bytes);
        let rp_id_hash = reader.take(32).ok_or(MALFORMED)?;
        let [flags, counter @ ..] = *reader.take(5).and_then(<[u8]>::first_chunk::<5>).ok_or(MALFORMED)?;
        let flags = Flags(flags);
        let credential =
            if flags.has_credential() { Some(AttestedCredential::read(&mut reader)?) } else { None };
        if flags.has_extensions() {
            reader.clone().map().ok_or(MALFORMED)?;
            reader.skip().ok_or(MALFORMED)?;
        }
        if !reader.rest().is_empty() {
            return Err(MALFORMED);
        }
        Ok(Self { rp_id_hash, flags, counter: u32::from_be_bytes(counter), credential })
    }
}

impl<'a> AttestedCredential<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, Refusal> {
        const MALFORMED: Refusal = Refusal::AuthenticatorData;
        // The AAGUID names the authenticator's model. Without attestation any client may state any.
        reader.take(16).ok_or(MALFORMED)?;
        let length = reader.take(2).and_then(<[u8]>::first_chunk::<2>).ok_or(MALFORMED)?;
        let id = reader.take(u16::from_be_bytes(*length).into()).ok_or(MALFORMED)?;
        if !(1..=MAX_CREDENTIAL_ID).contains(&id.len()) {
            return Err(Refusal::CredentialId);
        }
        let before = reader.rest();
        let key = read_key(reader)?;
        let cose_key = before.len().checked_sub(reader.rest().len()).and_then(|length| before.get(..length));
        Ok(Self { id, cose_key: cose_key.ok_or(MALFORMED)?, key })
    }
}
