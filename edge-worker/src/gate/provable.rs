//! How a user can prove a credential again, or a second factor: what the account has and the configuration offers.

use auth_core::credential::Credential;
use auth_core::id::AccountId;
use auth_core::wire::Method;

use crate::config::Config;
use crate::context::Context;
use crate::objects::protocol::account::{FindProvable, Provable};
use crate::objects::{Unavailable, client};

/// The methods by which this account's user can meet a requirement. `acr`: the accepted values; empty: any. Empty if
/// the account has none, or does not exist any more.
///
/// # Errors
/// The account can't be asked.
pub async fn methods(
    context: &Context,
    account: &AccountId,
    acr: &[String],
) -> Result<Vec<Method>, Unavailable> {
    let found = client::account(&context.env, account, &FindProvable {}).await?;
    Ok(found.map_or_else(Vec::new, |Provable { credentials, email, second_factors }| {
        credentials.step_up_methods(acr, &second_factors, &email, |credential| {
            is_offered(&context.config, credential)
        })
    }))
}

fn is_offered(config: &Config, credential: &Credential) -> bool {
    let is_here = config.elsewhere.is_none();
    match credential {
        Credential::Password(_) => is_here,
        Credential::External(_) => !is_here,
        Credential::Email(_) => is_here && config.email_code && config.mail.is_some(),
        Credential::Passkey(_) => config.passkeys.is_some(),
        Credential::Provider(linked) => {
            config.providers.iter().any(|provider| provider.name == linked.provider())
        }
    }
}
