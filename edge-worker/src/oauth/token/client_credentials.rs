//! The grant `client_credentials` (RFC 6749 section 4.4): a client gets a token for itself.

use auth_core::id::{AccountId, SessionId};
use auth_core::oauth::{Client, ClientGrant};
use auth_core::token::{AccessClaims, Confirmation};
use auth_core::wire::Form;

use super::access_token::{respond, use_up};
use crate::context::Context;
use crate::oauth::{OAuthAnswer, policy, whole_service};
use crate::objects::protocol::oauth::ProvenKey;
use crate::random;
use crate::service::session::now;

/// Answers a request for a token. The client has been authenticated.
pub(super) async fn grant(
    context: &Context,
    client: &Client,
    form: &Form,
    key: Option<ProvenKey>,
) -> OAuthAnswer {
    let config = &context.config;
    let ClientGrant { scope, resource } =
        ClientGrant::read(form, client, policy(context)?, whole_service(context))?;
    use_up(context, client, key.as_ref()).await?;
    let now = now();
    let ttl = config.lifetimes.access_token_by_chance(u16::from_be_bytes(random::bytes::<2>()?));
    let claims = AccessClaims {
        iss: config.issuer.as_str().to_owned(),
        // RFC 9068 section 2.2. No account has an id of this form.
        sub: AccountId::from(client.id.as_str()),
        aud: resource.unwrap_or_else(|| config.audience.clone()),
        client_id: client.id.as_str().to_owned(),
        iat: now,
        exp: now.plus(ttl),
        auth_time: None,
        acr: None,
        amr: vec![],
        jti: random::id()?.into(),
        sid: SessionId::of_client(&client.id),
        // A change of the client raises it, which revokes its tokens.
        epoch: client.epoch,
        // Roles are those of users.
        roles: vec![],
        scope: scope.to_string(),
        email: None,
        email_verified: None,
        cnf: key.map(|key| Confirmation { jkt: key.jkt }),
        metadata: None,
    };
    respond(context, claims, None).await
}
