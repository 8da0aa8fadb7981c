//! What a mail says.

use auth_core::named_enum;

use crate::config::Notification;

named_enum! {
    /// What a mail says, by its name in the JSON that a Worker of the deployer's own receives, in links, and at the beginning of
    /// the names of texts.
    pub enum Kind;

    /// The code for a sign-in.
    SignIn = "sign_in";
    /// The code for a sign-up.
    SignUp = "sign_up";
    /// The code with which a signed-in user proves a credential again.
    Reauthentication = "reauthentication";
    /// The code for a new password.
    PasswordReset = "password_reset";
    /// In place of a code: the address has no account.
    NoAccount = "no_account";
    /// The code that verifies the address of an account.
    EmailVerification = "email_verification";
    /// The code that verifies a new address.
    EmailChange = "email_change";
    /// In place of the code for a new address: it belongs to another account.
    EmailInUse = "email_in_use";
    /// To the old address: it was replaced. With the code that undoes the change.
    EmailChanged = "email_changed";
    /// A sign-in from a new browser.
    NewBrowser = "new_browser";
    /// The password was changed or reset.
    PasswordChanged = "password_changed";
    /// A passkey was added.
    PasskeyAdded = "passkey_added";
    /// An API key was created.
    ApiKeyCreated = "api_key_created";
    /// An OAuth client was given access, or more access than before.
    AccessGranted = "access_granted";
    /// An administrator removed the second factor.
    SecondFactorReset = "second_factor_reset";
}

impl Kind {
    /// Reads a kind's name; `None` if there is no such kind.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == name)
    }

    /// Whether the mail contains a code.
    #[must_use]
    pub const fn has_code(self) -> bool {
        match self {
            Self::SignIn
            | Self::SignUp
            | Self::Reauthentication
            | Self::PasswordReset
            | Self::EmailVerification
            | Self::EmailChange
            | Self::EmailChanged => true,
            Self::NoAccount
            | Self::EmailInUse
            | Self::NewBrowser
            | Self::PasswordChanged
            | Self::PasskeyAdded
            | Self::ApiKeyCreated
            | Self::AccessGranted
            | Self::SecondFactorReset => false,
        }
    }

    /// What the deployer can turn off, if it tells the user what happened in their account instead of answering
    /// their own request.
    #[must_use]
    pub const fn notification(self) -> Option<Notification> {
        match self {
            Self::EmailChanged => Some(Notification::EmailChanged),
            Self::NewBrowser => Some(Notification::NewBrowser),
            Self::PasswordChanged => Some(Notification::PasswordChanged),
            Self::PasskeyAdded => Some(Notification::PasskeyAdded),
            Self::ApiKeyCreated => Some(Notification::ApiKeyCreated),
            Self::AccessGranted => Some(Notification::AccessGranted),
            Self::SecondFactorReset => Some(Notification::SecondFactorReset),
            Self::SignIn
            | Self::SignUp
            | Self::Reauthentication
            | Self::PasswordReset
            | Self::NoAccount
            | Self::EmailVerification
            | Self::EmailChange
            | Self::EmailInUse => None,
        }
    }
}
