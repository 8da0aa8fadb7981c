//! What a mail is made of.

use auth_core::secret::SecretText;
use auth_core::time::UnixTime;
use auth_core::wire::Email;
use serde::{Deserialize, Serialize};

use super::kind::Kind;

/// The part, in the log.
pub(super) const PART: &str = "mail";

/// An OAuth client, as a mail names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantedClient {
    /// Its name, which it may have chosen itself: one line without invisible characters.
    pub name: String,
    /// The host to which the user's answer went, or that of the client's own document; `None`: neither is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

/// A mail to be sent.
pub struct Mail<'a> {
    /// The recipient.
    pub to: &'a Email,
    /// What it says.
    pub kind: Kind,
    /// The reader's language: a result of [`locale`].
    pub locale: &'a str,
    /// The code as it is shown, for the kinds that have one.
    pub code: Option<&'a SecretText>,
    /// The browser that signed in, for [`Kind::NewBrowser`]: its `User-Agent`.
    pub user_agent: Option<&'a str>,
    /// The client that was given access, for [`Kind::AccessGranted`].
    pub client: Option<&'a GrantedClient>,
    /// When it happened.
    pub at: UnixTime,
    /// 128 random bits in base64url. A mail that is sent again has the same id, by which some providers
    /// recognise it.
    pub id: &'a str,
}
