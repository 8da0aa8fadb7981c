//! The relying party: whose passkeys they are.

use hmac_sha256::Hash;

use super::authenticator_data::AuthenticatorData;
use super::refusal::Refusal;
use crate::wire::Origin;

/// The RP ID and the origins at which its passkeys may be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    id: String,
    origins: Vec<Origin>,
    /// Whether pages of every origin of this machine count, besides those listed.
    is_on_this_machine: bool,
}

impl RelyingParty {
    /// `id` is a domain. Browsers decide at which origins it may be used: those of the domain and of those below it,
    /// and the related origins that the domain lists (section 5.11). `origins` are those that this service accepts.
    #[must_use]
    pub const fn new(id: String, origins: Vec<Origin>) -> Self {
        Self { id, origins, is_on_this_machine: false }
    }

    /// Accepts pages of every port of this machine, for development. Browsers let them use passkeys of `localhost`
    /// only.
    #[must_use]
    pub const fn on_this_machine(id: String) -> Self {
        Self { id, origins: vec![], is_on_this_machine: true }
    }

    /// The RP ID.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The origins of its pages.
    #[must_use]
    pub fn origins(&self) -> &[Origin] {
        &self.origins
    }

    pub(super) fn has_origin(&self, origin: &str) -> bool {
        self.origins.iter().any(|listed| listed.as_str() == origin)
            || self.is_on_this_machine && Origin::parse(origin).is_ok_and(|origin| origin.is_local())
    }

    /// The steps that are the same in both ceremonies: 14 to 19 of section 7.1, 16 to 21 of section 7.2. The user
    /// must always be verified, because a passkey is a sign-in method on its own.
    pub(super) fn verify(&self, data: &AuthenticatorData<'_>) -> Result<(), Refusal> {
        let flags = data.flags;
        if data.rp_id_hash != Hash::hash(self.id.as_bytes()) {
            Err(Refusal::RpId)
        } else if !flags.user_present() {
            Err(Refusal::UserPresence)
        } else if !flags.user_verified() {
            Err(Refusal::UserVerification)
        } else if flags.backed_up() && !flags.backup_eligible() {
            Err(Refusal::BackupFlags)
        } else {
            Ok(())
        }
    }
}
