//! A password for somebody else: it opens one session.

use auth_core::secret::SecretText;
use auth_core::time::UnixTime;
use auth_core::wire::Password;

use crate::http::Refusal;
use crate::objects::Unavailable;
use crate::passwords::{self, queue};
use crate::random;
use crate::service::{Context, common, session};

/// A one-time password, made or given.
pub(super) struct OneTimeSecret {
    /// A PHC string.
    pub(super) hash: String,
    /// From this second on it opens nothing.
    pub(super) until: UnixTime,
    /// The password itself, if it was made here: the answer is the only place where it is ever told.
    made: Option<SecretText>,
}

impl OneTimeSecret {
    /// The given one, or one of 128 random bits.
    pub(super) async fn new(context: &Context, given: Option<SecretText>) -> Result<Self, Refusal> {
        let made = if given.is_some() { None } else { Some(SecretText::new(random::id()?)) };
        let text =
            given.or_else(|| made.clone()).ok_or_else(|| Unavailable::because("randomness", "none"))?;
        let password = Password::new(text)
            .map_err(|_| Refusal::invalid("The password must have 8 to 128 characters."))?;
        if made.is_none() {
            common::refuse(context, &password).await?;
        }
        let rules = &context.config.passwords;
        let place = queue::enter(rules.queue)?;
        Ok(Self {
            hash: passwords::hash(&place, rules, &password).await?,
            until: session::now().plus(context.config.one_time_password_ttl),
            made,
        })
    }

    /// The password itself, if it was made here.
    pub(super) fn made(&self) -> Option<&str> {
        self.made.as_ref().map(SecretText::expose)
    }
}
