//! English.

pub(super) const TEXTS: &[(&str, &str)] = &[
    ("sign_in_subject", "Your sign-in code for {product}"),
    ("sign_in_body", "Enter this code to sign in to {product}:"),
    ("sign_up_subject", "Your code for {product}"),
    ("sign_up_body", "Enter this code to create your account at {product}:"),
    ("reauthentication_subject", "Your code for {product}"),
    ("reauthentication_body", "Enter this code to confirm that it is you:"),
    ("password_reset_subject", "Your code for {product}"),
    ("password_reset_body", "Enter this code to choose a new password for {product}:"),
    ("no_account_subject", "Your request to {product}"),
    (
        "no_account_body",
        "{product} was asked for a code for this address, but there is no account with it. If it was you, your account may have another address.",
    ),
    ("email_verification_subject", "Your code for {product}"),
    ("email_verification_body", "Enter this code to confirm your address at {product}:"),
    ("email_change_subject", "Your code for {product}"),
    ("email_change_body", "Enter this code to use this address for your account at {product}:"),
    ("email_in_use_subject", "Your request to {product}"),
    (
        "email_in_use_body",
        "{product} was asked to use this address for an account, but it cannot be used for that account. Nothing was changed.",
    ),
    ("email_changed_subject", "Your account at {product}"),
    (
        "email_changed_body",
        "Your account at {product} now has another address. This address can no longer be used to sign in.",
    ),
    ("new_browser_subject", "New sign-in at {product}"),
    (
        "new_browser_body",
        "Someone signed in to your account at {product} from a new browser:\n{browser}, {time}",
    ),
    ("password_changed_subject", "Your account at {product}"),
    ("password_changed_body", "The password of your account at {product} was changed on {time}."),
    ("passkey_added_subject", "Your account at {product}"),
    ("passkey_added_body", "A passkey was added to your account at {product} on {time}."),
    ("api_key_created_subject", "Your account at {product}"),
    (
        "api_key_created_body",
        "An API key was created for your account at {product} on {time}. If you do not know the key, revoke it in the settings of your account.",
    ),
    ("access_granted_subject", "Your account at {product}"),
    (
        "access_granted_body",
        "{client} was given access to your account at {product} on {time}. If you did not allow this, withdraw the access in the settings of your account.",
    ),
    ("second_factor_reset_subject", "Your account at {product}"),
    (
        "second_factor_reset_body",
        "An administrator removed the second factor of your account at {product} on {time}.",
    ),
    ("code_note", "The code is valid for 10 minutes, once, in the browser in which it was requested."),
    (
        "undo_note",
        "If that was not you, undo the change within 7 days: open the page below and enter this code. All devices are then signed out. After that, choose a new password.",
    ),
    ("link", "Open the page for this code"),
    ("not_you", "If you did not request this mail, you can ignore it. Do not tell this code to anyone."),
    (
        "not_you_notice",
        "If that was you, you can ignore this mail. If not, change your password and sign out all devices.",
    ),
];
