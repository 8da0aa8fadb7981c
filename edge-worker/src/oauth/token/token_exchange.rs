//! The grant `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693): a client exchanges an access token for one that
//! permits less.

use auth_core::oauth::{ACCESS_TOKEN_TYPE, Client, ExchangeRequest, ExchangeTerms, OAuthError};
use auth_core::wire::Form;

use super::access_token::{respond, use_up};
use crate::context::Context;
use crate::oauth::{OAuthAnswer, OAuthRefusal, policy, whole_service};
use crate::objects::protocol::oauth::ProvenKey;
use crate::random;
use crate::service::introspect;
use crate::service::session::now;

/// Answers a request for a token. The client has been authenticated. The subject token is judged as on a `strict` route.
pub(super) async fn grant(
    context: &Context,
    client: &Client,
    form: &Form,
    key: Option<ProvenKey>,
) -> OAuthAnswer {
    let request = ExchangeRequest::read(form, client)?;
    let subject = introspect::verified(context, request.subject_token, |_| true).await?;
    let Some((subject, _)) = subject else {
        let description = "The subject_token is invalid, has expired or was revoked.";
        return Err(OAuthRefusal::new(OAuthError::InvalidRequest, description));
    };
    let (config, now) = (&context.config, now());
    let terms = ExchangeTerms {
        policy: policy(context)?,
        whole: whole_service(context),
        lifetime: config.lifetimes.access_token,
        now,
    };
    let jkt = key.as_ref().map(|key| &*key.jkt);
    let claims = request.decide(client, &subject, jkt, terms, random::id()?.into())?;
    use_up(context, client, key.as_ref()).await?;
    respond(context, claims, Some(ACCESS_TOKEN_TYPE)).await
}
