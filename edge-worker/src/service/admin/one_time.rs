//! One-time passwords, which an administrator sets for a user: each opens a single session.

use auth_core::secret::SecretText;
use auth_core::time::UnixTime;
use auth_core::wire::Password;

use crate::http::Refusal;
use crate::objects::Unavailable;
use crate::passwords::{self, queue};
use crate::random;
use crate::service::{Context, common, session};

/// A one-time password, generated here or given by the administrator.
pub(super) struct OneTimeSecret {
    /// A PHC string.
    pub(super) hash: SecretText,
    /// The password expires at this second.
    pub(super) until: UnixTime,
    /// The password itself if it was generated here. Only the response contains it.
    made: Option<SecretText>,
}

impl OneTimeSecret {
    /// Uses the given password, or generates one with 128 random bits.
    pub(super) async fn new(context: &Context, given: Option<SecretText>) -> Result<Self, Refusal> {
        match given {
            None => Self::made_here(context, SecretText::new(random::id()?)).await,
            Some(text) => {
                let password = checked(text)?;
                common::refuse(context, "password", &password).await?;
                Self::hashed(context, &password, None).await
            }
        }
    }

    /// Uses a password with 128 bits of entropy that was generated here.
    pub(super) async fn made_here(context: &Context, text: SecretText) -> Result<Self, Refusal> {
        Self::hashed(context, &checked(text.clone())?, Some(text)).await
    }

    async fn hashed(
        context: &Context,
        password: &Password,
        made: Option<SecretText>,
    ) -> Result<Self, Refusal> {
        let rules = &context.config.passwords;
        // The administrator has proved a credential, so the limit on queued hashes per client address does
        // not apply.
        let place =
            queue::enter(rules.queue, None).map_err(|_| Unavailable::because("password queue", "full"))?;
        Ok(Self {
            hash: passwords::hash(&context.env, &place, rules, password).await?,
            until: session::now().plus(context.config.one_time_password_ttl),
            made,
        })
    }

    /// The password itself if it was generated here.
    pub(super) fn made(&self) -> Option<&str> {
        self.made.as_ref().map(SecretText::expose)
    }
}

fn checked(text: SecretText) -> Result<Password, Refusal> {
    Password::new(text)
        .map_err(|_| Refusal::invalid(Some("password"), "The password must have 8 to 128 characters."))
}
