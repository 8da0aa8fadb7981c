//! Mails of the service: codes and notifications.
//!
//! [`send`] writes a mail ([`letter`]) in the reader's language ([`crate::locale`], [`texts`]) and hands it to the
//! configured adapter ([`adapters`]). The adapters take either a complete message ([`mime`]) or its parts.

mod adapters;
mod kind;
mod letter;
mod message;
mod mime;
mod sigv4;
mod texts;

pub use kind::Kind;
pub use message::{GrantedClient, Mail};

use auth_core::wire::ErrorCode;
use message::PART;
use worker::Env;

use crate::config::{Config, Mail as Settings};
use crate::http::Refusal;
use crate::locale::choose;
use crate::platform::Unavailable;

/// Whether the deployer wants this kind of mail to be sent. Only notifications can be turned off.
#[must_use]
pub fn is_wanted(kind: Kind, settings: &Settings) -> bool {
    kind.notification().is_none_or(|notification| settings.notify.contains(&notification))
}

/// The language of a mail: the first of the user's languages in which there are texts, or else the deployer's.
/// `of_user` is the language in the user's profile, `accepted` the request's `Accept-Language`.
#[must_use]
pub fn locale(config: &Config, of_user: Option<&str>, accepted: Option<&str>) -> String {
    let settings = config.mail.as_ref();
    let is_known = |tag: &str| settings.is_some_and(|settings| texts::is_known(settings, tag));
    choose(of_user, accepted, settings.map_or("en", |settings| &settings.locale), is_known)
}

/// Sends a mail: returns when the adapter has accepted it.
///
/// # Errors
/// No mail is configured, or the adapter did not accept it. The cause contains neither the code nor the
/// address.
pub async fn send(env: &Env, config: &Config, mail: &Mail<'_>) -> Result<(), Unavailable> {
    let failed = |cause: String| Unavailable::because(PART, cause);
    let settings =
        config.mail.as_ref().ok_or_else(|| failed("LATCHKEY.mail is not configured".to_owned()))?;
    let letter = letter::write(mail, settings, config.issuer.as_str());
    adapters::deliver(env, settings, &letter).await
}

/// `mail_unavailable`: the client may try again.
#[must_use]
pub fn unavailable(cause: Unavailable) -> Refusal {
    let refusal = Refusal::new(ErrorCode::MailUnavailable).with("Retry-After", "5".to_owned());
    Refusal { detail: cause.detail.clone(), cause: Some(Box::new(cause)), ..refusal }
}
