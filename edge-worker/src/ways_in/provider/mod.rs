//! Sign-in with another provider. `auth_core::provider` decides; here the provider is asked, and the account is
//! found or created.
//!
//! Every failure of the provider (no answer, an answer that is not valid, a token that fails a check) is a
//! [`Failed`], which the log explains and the user learns as `provider_failed`.

mod account;
mod apple;
mod exchange;
mod github;
mod metadata;
mod openid;

pub use account::{Found, account_of};
pub use exchange::{Failed, Identified};

use auth_core::provider::{Asked, Client, Flow, FlowSecrets, authorization_url};
use auth_core::wire::Form;
use exchange::redirect_uri;

use crate::config::{Provider, ProviderKind};
use crate::context::Context;

/// The provider of this name.
#[must_use]
pub fn find<'c>(context: &'c Context, name: &str) -> Option<&'c Provider> {
    context.config.providers.iter().find(|provider| provider.name == name)
}

/// The URL of the provider's page for this flow.
///
/// # Errors
/// [`Failed`].
pub async fn page(
    context: &Context,
    provider: &Provider,
    flow: &Flow,
    secrets: &FlowSecrets,
) -> Result<String, Failed> {
    let (endpoint, with_nonce, by_form) = match &provider.kind {
        ProviderKind::OpenId(openid) => {
            let metadata = metadata::of(openid, context.incoming.now_ms).await?;
            (metadata.authorization_endpoint.clone(), true, openid.apple_key.is_some())
        }
        ProviderKind::GitHub { origin } => (github::authorization_endpoint(origin), false, false),
    };
    let redirect_uri = redirect_uri(context, provider);
    let client = Client { id: &provider.client_id, redirect_uri: &redirect_uri };
    let asked = Asked { scopes: &provider.scopes, state: &flow.state, with_nonce, by_form };
    Ok(authorization_url(&endpoint, client, asked, secrets))
}

/// Exchanges the code of an answer, and finds out who the user is.
///
/// # Errors
/// [`Failed`].
pub async fn identify(
    context: &Context,
    provider: &Provider,
    answer: &Form,
    secrets: &FlowSecrets,
) -> Result<Identified, Failed> {
    match &provider.kind {
        ProviderKind::OpenId(openid) => openid::identify(context, provider, openid, answer, secrets).await,
        ProviderKind::GitHub { origin } => github::identify(context, provider, origin, answer, secrets).await,
    }
}
