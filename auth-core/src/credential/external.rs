//! The ids of users in an external system that verifies passwords.

use serde::{Deserialize, Serialize};

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
