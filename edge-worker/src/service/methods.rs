//! `GET /auth/methods`: the ways to sign in, for the form that offers them.

use serde::Serialize;

use super::Context;
use crate::config::SignUpPolicy;
use crate::http::{Answered, json};

/// The ways to sign in that the configuration allows.
#[derive(Serialize)]
struct Methods<'a> {
    /// Whether users can sign in with a password.
    password: bool,
    /// Whether a user who has forgotten the password can set another one.
    password_reset: bool,
    /// Whether they can with a code sent to their address.
    email_code: bool,
    /// Whether they can with a passkey.
    passkey: bool,
    /// The other providers with which they can.
    providers: Vec<Provider<'a>>,
    /// Whether they can create accounts.
    sign_up: bool,
}

#[derive(Serialize)]
struct Provider<'a> {
    name: &'a str,
    label: &'a str,
}

/// The same for every user. `mail`: whether mails can be sent; `email_code`: whether codes in them sign users in.
pub(super) fn list(context: &Context, mail: bool, email_code: bool) -> Answered {
    let config = &context.config;
    let providers = config.providers.iter();
    let providers = providers.map(|provider| Provider { name: &provider.name, label: &provider.label });
    let methods = Methods {
        password: true,
        password_reset: mail,
        email_code,
        passkey: config.passkeys.is_some(),
        providers: providers.collect(),
        sign_up: config.sign_up == SignUpPolicy::Open,
    };
    json(200, &methods)
}
