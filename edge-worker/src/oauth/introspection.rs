//! `POST /oauth/introspect` (RFC 7662): a confidential client asks about a token that was issued to it, the server of a
//! resource about a token for this resource, and a service with a credential about any.

use auth_core::oauth::{Introspector, OAuthError};
use serde_json::json as value;

use super::{OAuthAnswer, OAuthRefusal, client_authentication, finish, policy};
use crate::audit::Actor;
use crate::context::Context;
use crate::http::{Answered, json};
use crate::service::{body, credential, introspect};

/// Answers the request.
pub(crate) async fn handle(context: &mut Context) -> Answered {
    let answer = introspect(context).await;
    finish(context, answer)
}

/// For every token that is not active, and for one about which the client may not ask, the response is only `{"active":
/// false}` (RFC 7662 section 2.2). So it is for refresh tokens: only this service accepts them.
async fn introspect(context: &mut Context) -> OAuthAnswer {
    let is_of_service = context.incoming.header("authorization").is_some_and(|header| {
        header.split_once(' ').is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
    });
    let form = body::read_form(&mut context.incoming).await?;
    let client = if is_of_service {
        credential::require(context, Actor::Service).await?;
        None
    } else {
        let client = client_authentication::authenticate(context, &form).await?;
        if !client.is_confidential() {
            let description = "Only clients that authenticate themselves may introspect tokens.";
            return Err(OAuthRefusal::new(OAuthError::InvalidClient, description));
        }
        Some(client)
    };
    let by = match &client {
        Some(client) => Introspector::Client { client, policy: policy(context)? },
        None => Introspector::Service,
    };
    let token = form
        .get("token")
        .ok_or_else(|| OAuthRefusal::new(OAuthError::InvalidRequest, "The token is missing."))?;
    let claims = introspect::active(context, token, by).await?;
    Ok(json(200, &claims.unwrap_or_else(|| value!({"active": false})))?)
}
