//! A credential and its kind.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{ExternalId, LinkedUser, Passkey};
use crate::named_enum;
use crate::secret::{SecretText, expose};
use crate::wire::read_json;

/// One credential of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Credential {
    /// A password that this service verifies, by its hash: a PHC string, or an imported hash.
    Password(#[serde(serialize_with = "expose")] SecretText),
    /// A user of the external system that verifies the password. The account is identified by this id, not by
    /// its e-mail address, because addresses change and are given to other users.
    External(ExternalId),
    /// An address that the user has proved to be theirs, normalised: codes are sent to it. The address of an
    /// account is verified if and only if the account has this credential.
    Email(String),
    /// A passkey. An account may have several.
    Passkey(Box<Passkey>),
    /// A user of another provider.
    Provider(LinkedUser),
}

named_enum! {
    /// The kind of a [`Credential`], by its name in storage.
    pub enum CredentialKind;

    /// [`Credential::Password`].
    Password = "password";
    /// [`Credential::External`].
    External = "external";
    /// [`Credential::Email`].
    Email = "email";
    /// [`Credential::Passkey`].
    Passkey = "passkey";
    /// [`Credential::Provider`].
    Provider = "provider";
}

impl Credential {
    /// The credential's kind.
    #[must_use]
    pub const fn kind(&self) -> CredentialKind {
        match self {
            Self::Password(_) => CredentialKind::Password,
            Self::External(_) => CredentialKind::External,
            Self::Email(_) => CredentialKind::Email,
            Self::Passkey(_) => CredentialKind::Passkey,
            Self::Provider(_) => CredentialKind::Provider,
        }
    }

    /// The credential's stored value. Every use is a place to review: for a password it is the hash.
    #[must_use]
    pub fn expose(&self) -> Cow<'_, str> {
        match self {
            Self::Password(hash) => hash.expose().into(),
            Self::External(id) => id.as_str().into(),
            Self::Email(email) => email.into(),
            // Texts, numbers and lists of texts always serialise; an empty value would not be read back.
            Self::Passkey(passkey) => serde_json::to_string(passkey).unwrap_or_default().into(),
            Self::Provider(user) => user.as_str().into(),
        }
    }

    /// Reads a stored credential; `None` if its kind or its value is invalid.
    #[must_use]
    pub fn from_stored(kind: &str, value: String) -> Option<Self> {
        let kind = CredentialKind::ALL.iter().find(|known| known.as_str() == kind)?;
        match kind {
            CredentialKind::Password => Some(Self::Password(SecretText::new(value))),
            CredentialKind::External => ExternalId::parse(&value).map(Self::External),
            CredentialKind::Email => Some(Self::Email(value)),
            CredentialKind::Passkey => read_json(value.as_bytes()).ok().map(Self::Passkey),
            CredentialKind::Provider => LinkedUser::parse(&value).map(Self::Provider),
        }
    }

    /// The key under which the Directory finds the account by this credential; `None` if the account is found
    /// by its e-mail address.
    #[must_use]
    pub fn directory_key(&self) -> Option<String> {
        match self {
            Self::Password(_) | Self::Email(_) | Self::Passkey(_) => None,
            Self::External(id) => Some(id.directory_key()),
            Self::Provider(linked) => Some(linked.user().directory_key()),
        }
    }
}
