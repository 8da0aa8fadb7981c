//! The service's mails.

use std::collections::BTreeMap;

use auth_core::wire::Email;

use crate::keys;

/// How the service's mails are sent, and what they contain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The way in which they are sent.
    pub adapter: MailAdapter,
    /// The sender.
    pub from: Mailbox,
    /// Where answers go. Default: to the sender.
    pub reply_to: Option<Mailbox>,
    /// What the mails call the product. Default: the issuer's host.
    pub product: String,
    /// The path, on the issuer's origin, of the page that links in mails open. Default: mails contain no links.
    pub page: Option<String>,
    /// The language of a mail if none of the user's languages is available. Default: `en`.
    pub locale: String,
    /// How long the service waits for the mail to be accepted, in milliseconds. Default: 5,000.
    pub timeout_ms: u64,
    /// What users are notified of. Default: a changed address, a second factor that was reset.
    pub notify: Vec<Notification>,
    /// Texts that replace the built-in ones: by language, in lower case, and then by the name of the text.
    pub texts: BTreeMap<String, BTreeMap<String, String>>,
}

/// The ways in which mails can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailAdapter {
    /// Cloudflare's binding `send_email`.
    Cloudflare {
        /// The binding's name. Default: `EMAIL`.
        binding: String,
    },
    /// The API of Resend.
    Resend {
        /// The name of the Worker secret with the API key.
        secret_binding: String,
    },
    /// The API of Postmark.
    Postmark {
        /// The name of the Worker secret with the server token.
        secret_binding: String,
    },
    /// The API of Amazon SES.
    Ses {
        /// The region.
        region: String,
        /// The id of the access key.
        access_key_id: String,
        /// The name of the Worker secret with the secret access key.
        secret_binding: String,
    },
    /// A Worker of the deployer's own.
    Worker {
        /// The name of the service binding.
        service: String,
        /// The path to call. Default: `/`.
        path: String,
    },
}

/// A sender or a recipient: an address, and possibly a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The name, without control characters.
    pub name: Option<String>,
    /// The address.
    pub address: Email,
}

/// A change of which the account's user can be notified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notification {
    /// A sign-in from a browser that had no session of this account.
    NewBrowser,
    /// The password was changed or reset.
    PasswordChanged,
    /// The address was changed. The old address is notified.
    EmailChanged,
    /// A passkey was added.
    PasskeyAdded,
    /// An API key was created.
    ApiKeyCreated,
    /// An OAuth client was given access, or more access than before.
    AccessGranted,
    /// An administrator removed the second factor.
    SecondFactorReset,
}

impl Notification {
    /// Reads its name in the configuration.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let all = [
            Self::NewBrowser,
            Self::PasswordChanged,
            Self::EmailChanged,
            Self::PasskeyAdded,
            Self::ApiKeyCreated,
            Self::AccessGranted,
            Self::SecondFactorReset,
        ];
        let names = keys::NOTIFICATIONS;
        names.iter().zip(all).find(|(known, _)| **known == name).map(|(_, notification)| notification)
    }
}
