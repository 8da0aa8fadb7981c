//! Credentials: what a user can prove, and what a sign-in method hands on once it is proved.
//!
//! An account has any number of credentials. Each state of each of them has a [`CredentialVersion`], so that
//! a decision made outside the account (a password hash takes time) can be checked when it takes effect: if
//! the credential has changed in the meantime, the account no longer has that version.
//!
//! To add a kind of credential, add a variant to [`Credential`]; the compiler then finds every place that has
//! to know the kind. To add a sign-in method, write a module that returns a [`Proof`]. [`Challenge`] is the
//! state of a method that needs two requests.

mod challenge;
mod proof;

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::secret::{SecretText, expose};

pub use challenge::{
    CHALLENGE_LIFETIME, Challenge, ChallengePurpose, ChallengeRejection, ChallengeVerdict, MAX_WRONG_ANSWERS,
};
pub use proof::{PROOF_IS_NOW, Profile, Proof};

/// One credential of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Credential {
    /// A password that this service verifies, by its hash: a PHC string, or an imported hash.
    Password(#[serde(serialize_with = "expose")] SecretText),
    /// A user of the external system that verifies the password. The account is identified by this id, not by
    /// its e-mail address, because addresses change and are given to other users.
    External(ExternalId),
}

/// Declares the kinds together with their names in storage.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal;)*) => {
        /// The kind of a [`Credential`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum CredentialKind { $($(#[$doc])* $kind,)* }

        impl CredentialKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The kind's name in storage.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }
        }
    };
}

kinds! {
    /// [`Credential::Password`].
    Password = "password";
    /// [`Credential::External`].
    External = "external";
}

impl Credential {
    /// The credential's kind.
    #[must_use]
    pub const fn kind(&self) -> CredentialKind {
        match self {
            Self::Password(_) => CredentialKind::Password,
            Self::External(_) => CredentialKind::External,
        }
    }

    /// The credential's stored value. Every use is a place to review: for a password it is the hash.
    #[must_use]
    pub fn expose(&self) -> &str {
        match self {
            Self::Password(hash) => hash.expose(),
            Self::External(id) => id.as_str(),
        }
    }

    /// Reads a stored credential; `None` if its kind or its value is invalid.
    #[must_use]
    pub fn from_stored(kind: &str, value: String) -> Option<Self> {
        let kind = CredentialKind::ALL.iter().find(|known| known.as_str() == kind)?;
        match kind {
            CredentialKind::Password => Some(Self::Password(SecretText::new(value))),
            CredentialKind::External => ExternalId::parse(&value).map(Self::External),
        }
    }

    /// The key under which the Directory finds the account by this credential; `None` if the account is found
    /// by its e-mail address.
    #[must_use]
    pub fn directory_key(&self) -> Option<String> {
        match self {
            Self::Password(_) => None,
            Self::External(id) => Some(id.directory_key()),
        }
    }
}

/// The methods of authentication, by their names in RFC 8176 (the values of the claim `amr`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthenticationMethod {
    /// A password.
    #[serde(rename = "pwd")]
    Password,
}

/// The longest external id, in bytes.
const MAX_EXTERNAL_ID: usize = 128;

/// A user's id in the external system: 1 to 128 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExternalId(String);

impl ExternalId {
    /// `None` if the text is not an external id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=MAX_EXTERNAL_ID).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the Directory stores in place of an e-mail address. It contains a space, so it is never an
    /// address.
    #[must_use]
    pub fn directory_key(&self) -> String {
        ["elsewhere ", &self.0].concat()
    }
}

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
            Credential::External(_) => None,
        })
    }

    /// The version and the id of the user in the external system. An account has at most one.
    #[must_use]
    pub fn external(&self) -> Option<(CredentialVersion, &ExternalId)> {
        self.0.iter().find_map(|VersionedCredential { version, credential }| match credential {
            Credential::External(id) => Some((*version, id)),
            Credential::Password(_) => None,
        })
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

#[cfg(test)]
mod tests {
    use super::{
        Credential, CredentialKind, CredentialVersion, Credentials, ExternalId, VersionedCredential,
    };
    use crate::secret::SecretText;
    use crate::wire::{Email, read_json};

    fn password(hash: &str) -> Credential {
        Credential::Password(SecretText::new(hash.into()))
    }

    fn external(id: &str) -> Credential {
        Credential::External(ExternalId::parse(id).unwrap())
    }

    fn stored(version: u64, credential: Credential) -> VersionedCredential {
        VersionedCredential { version: CredentialVersion(version), credential }
    }

    #[test]
    fn a_proof_counts_for_exactly_the_state_that_was_proved() {
        let credentials =
            Credentials::new(vec![stored(3, password("$argon2id$")), stored(7, external("u-1"))]);
        for (version, has) in [(0, false), (2, false), (3, true), (4, false), (7, true), (8, false)] {
            assert_eq!(credentials.has(CredentialVersion(version)), has, "{version}");
        }
        assert!(!Credentials::default().has(CredentialVersion(0)));
    }

    #[test]
    fn each_kind_is_found_among_others() {
        let both = Credentials::new(vec![stored(7, external("u-1")), stored(3, password("$argon2id$"))]);
        let (version, hash) = both.password().unwrap();
        assert_eq!((version, hash.expose()), (CredentialVersion(3), "$argon2id$"));
        let (version, id) = both.external().unwrap();
        assert_eq!((version, id.as_str()), (CredentialVersion(7), "u-1"));
        assert!(Credentials::new(vec![stored(7, external("u-1"))]).password().is_none());
        assert!(Credentials::new(vec![stored(3, password("x"))]).external().is_none());
    }

    #[test]
    fn a_stored_credential_is_read_back_and_an_invalid_one_is_rejected() {
        for credential in [password("$argon2id$v=19$m=19456,t=2,p=1$AA$AA"), external("u-1")] {
            let (kind, value) = (credential.kind().as_str(), credential.expose().to_owned());
            assert_eq!(Credential::from_stored(kind, value), Some(credential));
        }
        for (kind, value) in
            [("external", ""), ("external", "a b"), ("passkey", "x"), ("", "x"), ("Password", "x")]
        {
            assert_eq!(Credential::from_stored(kind, value.to_owned()), None, "{kind} {value}");
        }
        assert_eq!(CredentialKind::ALL.len(), 2);
    }

    #[test]
    fn a_message_carries_credentials_and_a_log_does_not() {
        let credentials = Credentials::new(vec![stored(3, password("$2b$06$x")), stored(4, external("u-1"))]);
        let text = serde_json::to_string(&credentials).unwrap();
        assert_eq!(
            text,
            r#"[{"version":3,"credential":{"Password":"$2b$06$x"}},{"version":4,"credential":{"External":"u-1"}}]"#
        );
        assert_eq!(read_json::<Credentials>(text.as_bytes()).unwrap(), credentials);
        assert!(!format!("{credentials:?}").contains("$2b$"));
    }

    #[test]
    fn an_external_id_is_no_address_in_the_directory() {
        for id in ["7", "ada@example.com", "$argon2id$v=19", "elsewhere", &"x".repeat(128)] {
            let key = external(id).directory_key().unwrap();
            assert_eq!(key.strip_prefix("elsewhere "), Some(id));
            assert!(Email::parse(&key).is_err(), "{key}");
        }
        assert_eq!(password("$2b$06$x").directory_key(), None);
        for id in ["", "a b", "\u{e4}", "a\n", &"x".repeat(129)] {
            assert_eq!(ExternalId::parse(id), None, "{id:?}");
        }
    }
}
