//! The names of the texts.

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        /// The texts of a language.
        #[derive(Debug)]
        pub(crate) struct Texts { $($(#[$doc])* pub(crate) $name: &'static str,)* }

        #[cfg(test)]
        impl Texts {
            pub(super) fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name)),*]
            }
        }
    };
}

texts! {
    /// The link of a page that leads on by itself.
    proceed;
    /// The title of the consent page.
    consent_title;
    /// `{client}`.
    consent_heading;
    /// `{client}`. If nothing else is requested than who the user is.
    identity_heading;
    /// Before the user's address.
    account;
    /// The button that ends the session and leads to the sign-in page.
    other_account;
    /// Before the list of what is requested.
    requested;
    /// The scope `openid`.
    scope_openid;
    /// The scope `profile`.
    scope_profile;
    /// The scope `email`.
    scope_email;
    /// The scope `offline_access`.
    scope_offline;
    /// `{scope}`: a scope without a description.
    scope_other;
    /// `{resource}`: its URL.
    resource;
    /// Before the host to which the user returns.
    returns_to;
    /// In place of the host: a loopback address.
    returns_to_device;
    /// `{scheme}`. In place of the host: a private-use scheme.
    returns_to_scheme;
    /// For loopback addresses and private-use schemes.
    device_caution;
    /// For a client that has registered itself.
    unverified;
    /// For a client whose name comes from its own document. `{host}`: the host of the document.
    unverified_document;
    allow;
    deny;
    /// Below the buttons.
    withdraw;

    /// The title of the page for a new sign-in.
    again_title;
    /// `{client}`.
    again_body;
    again_button;

    /// The title of the page on which the user enters a code.
    device_title;
    device_body;
    code_label;
    code_hint;
    device_continue;
    code_wrong;
    /// The title of the page on which the user decides.
    confirm_title;
    /// `{client}`.
    confirm_heading;
    /// Before the code.
    confirm_code;
    /// After the code.
    confirm_code_hint;
    /// Before the time.
    confirm_when;
    /// After the time. `{minutes}`.
    minutes_ago;
    just_now;
    /// Before the address.
    confirm_where;
    /// Before what the device says about itself.
    confirm_device;
    unknown;
    /// The warning.
    confirm_warning;
    allowed_title;
    allowed_body;
    denied_title;
    denied_body;

    /// The titles and texts of errors.
    error_title;
    error_client;
    error_redirect;
    error_request;
    /// The same, on the page that leads back to the app.
    error_back;
    error_expired;
    /// `{minutes}`.
    error_limited;
    error_unavailable;
}
