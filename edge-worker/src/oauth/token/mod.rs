//! `POST /oauth/token` (RFC 6749 section 3.2): one module per grant.

mod access_token;
mod authorization_code;
mod client_credentials;
mod device_code;
mod refresh_token;
mod response;
mod token_exchange;

use auth_core::oauth::{GrantType, OAuthError};
use auth_core::wire::paths;

use super::{OAuthAnswer, OAuthRefusal, client_authentication, finish, proof};
use crate::context::Context;
use crate::http::Answered;
use crate::service::body;

/// Answers the request.
pub(crate) async fn handle(context: &mut Context) -> Answered {
    let answer = issue(context).await;
    finish(context, answer)
}

async fn issue(context: &mut Context) -> OAuthAnswer {
    let form = body::read_form(&mut context.incoming).await?;
    let stated = form
        .get("grant_type")
        .ok_or_else(|| OAuthRefusal::new(OAuthError::InvalidRequest, "The grant_type is missing."))?;
    let client = client_authentication::authenticate_present(context, &form).await?;
    let grant = GrantType::ALL.iter().copied().find(|grant| grant.value() == stated);
    let Some(grant) = grant else {
        return Err(OAuthRefusal::new(
            OAuthError::UnsupportedGrantType,
            "The service has no such grant_type.",
        ));
    };
    if !client.grants.contains(grant) {
        let description = "The client is not registered for this grant_type.";
        return Err(OAuthRefusal::new(OAuthError::UnauthorizedClient, description));
    }
    let key = proof::presented(context, &client, paths::OAUTH_TOKEN).await?;
    match grant {
        GrantType::AuthorizationCode => authorization_code::grant(context, &client, &form, key).await,
        GrantType::RefreshToken => refresh_token::grant(context, &client, &form, key).await,
        GrantType::DeviceCode => device_code::grant(context, &client, &form, key).await,
        GrantType::ClientCredentials => client_credentials::grant(context, &client, &form, key).await,
        GrantType::TokenExchange => token_exchange::grant(context, &client, &form, key).await,
    }
}
