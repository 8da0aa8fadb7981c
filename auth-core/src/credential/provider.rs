//! The user of another provider, as a credential.

use core::fmt;

use ct_codecs::{Encoder, Hex};
use serde::{Deserialize, Serialize};

/// The longest identifier of an issuer, in bytes.
const MAX_ISSUER: usize = 255;

/// The longest `sub` (OpenID Connect Core section 2), in bytes.
const MAX_SUBJECT: usize = 255;

/// A user of another provider: the issuer and the issuer's own identifier of the user. Both together identify
/// the user; the address or a login never do, because they are given to other users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderUser {
    issuer: String,
    subject: String,
}

impl ProviderUser {
    /// `None` unless the issuer is 1 to 255 visible ASCII characters and the subject 1 to 255 printable ones.
    #[must_use]
    pub fn new(issuer: &str, subject: &str) -> Option<Self> {
        let is_issuer =
            (1..=MAX_ISSUER).contains(&issuer.len()) && issuer.bytes().all(|b| b.is_ascii_graphic());
        let is_printable = |b: u8| b.is_ascii_graphic() || b == b' ';
        let is_subject = (1..=MAX_SUBJECT).contains(&subject.len()) && subject.bytes().all(is_printable);
        (is_issuer && is_subject).then(|| Self { issuer: issuer.to_owned(), subject: subject.to_owned() })
    }

    /// The issuer, as in `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The user, as in `sub`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// What the Directory stores in place of an e-mail address. It contains a space, so it is never an
    /// address.
    #[must_use]
    pub fn directory_key(&self) -> String {
        let hash = hmac_sha256::Hash::hash([&*self.issuer, " ", &self.subject].concat().as_bytes());
        // 32 bytes always encode.
        ["provider ", &Hex::encode_to_string(hash).unwrap_or_default()].concat()
    }
}

/// A user of another provider who is linked to an account: `<name> <issuer> <subject>`. The name of the
/// provider in the configuration is for the user's list only; it identifies nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedUser {
    text: String,
    name: usize,
    user: ProviderUser,
}

impl LinkedUser {
    /// `None` if the name contains a space.
    #[must_use]
    pub fn new(name: &str, user: ProviderUser) -> Option<Self> {
        let text = [name, " ", user.issuer(), " ", user.subject()].concat();
        (!name.contains(' ')).then_some(Self { text, name: name.len(), user })
    }

    /// Reads a stored credential; `None` if it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.split_once(' ')?;
        let (issuer, subject) = rest.split_once(' ')?;
        Self::new(name, ProviderUser::new(issuer, subject)?)
    }

    /// The credential as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The provider's name in the configuration when the user was linked.
    #[must_use]
    pub fn provider(&self) -> &str {
        self.text.get(..self.name).unwrap_or_default()
    }

    /// The user.
    #[must_use]
    pub const fn user(&self) -> &ProviderUser {
        &self.user
    }
}

impl fmt::Display for LinkedUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for LinkedUser {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for LinkedUser {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a user of a provider"))
    }
}

#[cfg(test)]
mod tests {
    use super::{LinkedUser, ProviderUser};

    #[test]
    fn a_user_is_the_issuer_and_the_subject() {
        let user = |issuer: &str, subject: &str| ProviderUser::new(issuer, subject);
        let ada = user("https://i.example", "auth0|7 a").unwrap();
        assert_eq!((ada.issuer(), ada.subject()), ("https://i.example", "auth0|7 a"));
        for (issuer, subject) in [
            ("", "u"),
            ("https://i.example", ""),
            ("https://i .example", "u"),
            ("https://i.example", "a\nb"),
            ("https://i.example", "\u{e4}"),
            (&"i".repeat(256), "u"),
            ("https://i.example", &"u".repeat(256)),
        ] {
            assert_eq!(user(issuer, subject), None, "{issuer:?} {subject:?}");
        }
    }

    #[test]
    fn the_directory_distinguishes_issuers_and_subjects() {
        let key = |issuer, subject| ProviderUser::new(issuer, subject).unwrap().directory_key();
        let ada = key("https://i.example", "u");
        assert!(ada.starts_with("provider ") && ada.len() == 9 + 64, "{ada}");
        for other in
            [key("https://j.example", "u"), key("https://i.example", "v"), key("https://i.example/", "u")]
        {
            assert_ne!(other, ada);
        }
    }

    #[test]
    fn a_linked_user_survives_storage() {
        let user = ProviderUser::new("https://i.example", "a b").unwrap();
        let linked = LinkedUser::new("google", user.clone()).unwrap();
        assert_eq!(linked.as_str(), "google https://i.example a b");
        let stored = LinkedUser::parse(linked.as_str()).unwrap();
        assert_eq!((stored.provider(), stored.user()), ("google", &user));
        assert_eq!(stored, linked);
        assert_eq!(LinkedUser::new("a b", user), None);
        for text in ["", "google", "google https://i.example", "google https://i.example "] {
            assert_eq!(LinkedUser::parse(text), None, "{text}");
        }
    }
}
