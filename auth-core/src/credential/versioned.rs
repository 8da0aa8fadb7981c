//! The credentials of an account, each with the version of its state.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::{Credential, ExternalId, LinkedUser, Passkey, ProviderUser};
use crate::secret::SecretText;

/// The version of one state of one credential. Versions are numbered per account and never used again: no two
/// credentials of an account, and no two states of a credential, have the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CredentialVersion(pub u64);

impl fmt::Display for CredentialVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A credential with its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionedCredential {
    /// The version.
    pub version: CredentialVersion,
    /// The credential.
    pub credential: Credential,
}

/// The credentials of one account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Credentials(Vec<VersionedCredential>);

impl Credentials {
    /// Collects them.
    #[must_use]
    pub const fn new(credentials: Vec<VersionedCredential>) -> Self {
        Self(credentials)
    }

    /// The password's version and hash. An account has at most one password.
    #[must_use]
    pub fn password(&self) -> Option<(CredentialVersion, &SecretText)> {
        self.0.iter().find_map(|VersionedCredential { version, credential }| match credential {
            Credential::Password(hash) => Some((*version, hash)),
            Credential::External(_)
            | Credential::Email(_)
            | Credential::Passkey(_)
            | Credential::Provider(_) => None,
        })
    }

    /// The version and the id of the user in the external system. An account has at most one.
    #[must_use]
    pub fn external(&self) -> Option<(CredentialVersion, &ExternalId)> {
        self.0.iter().find_map(|VersionedCredential { version, credential }| match credential {
            Credential::External(id) => Some((*version, id)),
            Credential::Password(_)
            | Credential::Email(_)
            | Credential::Passkey(_)
            | Credential::Provider(_) => None,
        })
    }

    /// The version of this address, if the user has proved it.
    #[must_use]
    pub fn email(&self, email: &str) -> Option<CredentialVersion> {
        self.0.iter().find_map(|VersionedCredential { version, credential }| match credential {
            Credential::Email(proved) if proved == email => Some(*version),
            Credential::Email(_)
            | Credential::Password(_)
            | Credential::External(_)
            | Credential::Passkey(_)
            | Credential::Provider(_) => None,
        })
    }

    /// The version of this user of another provider, if they are linked to the account.
    #[must_use]
    pub fn provider_user(&self, user: &ProviderUser) -> Option<CredentialVersion> {
        self.0.iter().find_map(|VersionedCredential { version, credential }| match credential {
            Credential::Provider(linked) if linked.user() == user => Some(*version),
            Credential::Provider(_)
            | Credential::Password(_)
            | Credential::External(_)
            | Credential::Email(_)
            | Credential::Passkey(_) => None,
        })
    }

    /// The users of other providers, in the order in which they were linked.
    pub fn linked_users(&self) -> impl Iterator<Item = (CredentialVersion, &LinkedUser)> {
        self.0.iter().filter_map(|VersionedCredential { version, credential }| match credential {
            Credential::Provider(linked) => Some((*version, linked)),
            Credential::Password(_)
            | Credential::External(_)
            | Credential::Email(_)
            | Credential::Passkey(_) => None,
        })
    }

    /// The passkeys, in the order in which they were registered.
    pub fn passkeys(&self) -> impl Iterator<Item = (CredentialVersion, &Passkey)> {
        self.0.iter().filter_map(|VersionedCredential { version, credential }| match credential {
            Credential::Passkey(passkey) => Some((*version, &**passkey)),
            Credential::Password(_)
            | Credential::External(_)
            | Credential::Email(_)
            | Credential::Provider(_) => None,
        })
    }

    /// The passkey with this id, and its version.
    #[must_use]
    pub fn passkey(&self, id: &str) -> Option<(CredentialVersion, &Passkey)> {
        self.passkeys().find(|(_, passkey)| passkey.id == id)
    }

    /// Whether the account still has the credential in the state that was proved. If not, the proof is
    /// worthless.
    #[must_use]
    pub fn has(&self, version: CredentialVersion) -> bool {
        self.0.iter().any(|stored| stored.version == version)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Credential> {
        self.0.iter().map(|stored| &stored.credential)
    }
}
