//! OpenID Connect: the ID token says who the user is.

use auth_core::provider::{ClientProof, ExpectedIssuer, FlowSecrets, IdToken, read_answer, user_info_email};
use auth_core::secret::SecretText;
use auth_core::time::UnixMillis;
use auth_core::token::{Unverified, VerifyError};
use auth_core::wire::Form;

use super::exchange::{Failed, Identified, ask_api, exchange, secret_of};
use super::{apple, metadata};
use crate::config::{OpenIdProvider, Provider};
use crate::context::Context;
use crate::gate::foreign_keys;
use crate::signatures::Verifier;

pub(super) async fn identify(
    context: &Context,
    provider: &Provider,
    openid: &OpenIdProvider,
    answer: &Form,
    secrets: &FlowSecrets,
) -> Result<Identified, Failed> {
    let metadata = metadata::of(openid, context.incoming.now_ms).await?;
    // With several tenants, only the ID token says which of them the user belongs to.
    let issuer = Some(openid.issuer.policy.issuer()).filter(|issuer| !issuer.contains('{'));
    let expected = ExpectedIssuer { issuer, is_required: metadata.names_issuer };
    let code = read_answer(answer, expected).map_err(|why| Failed::at("answer", why.as_str()))?;
    let secret = match (&openid.apple_key, secret_of(context, provider)?) {
        (Some(ids), Some(key)) => Some(apple::client_secret(provider, openid, ids, &key).await?),
        (_, secret) => secret,
    };
    let proof = match &secret {
        None => ClientProof::None,
        Some(secret) if metadata.takes_secret_in_body => ClientProof::InBody(secret),
        Some(secret) => ClientProof::InHeader(secret),
    };
    let tokens = exchange(context, provider, &metadata.token_endpoint, &code, secrets, proof).await?;
    let id_token = tokens.id_token.as_ref().ok_or_else(|| Failed::at("id_token", "missing"))?;
    let id_token = verify(context, openid, id_token).await?;
    id_token
        .check(&secrets.nonce, &provider.client_id, answer.get("iss"))
        .map_err(|why| Failed::at("id_token", why.as_str()))?;
    let email = match &metadata.userinfo_endpoint {
        Some(url) if id_token.leaves_email_out() && provider.scopes.iter().any(|scope| scope == "email") => {
            let reply = ask_api("user", url, &tokens).await?;
            user_info_email(reply.status, reply.body.as_bytes(), id_token.user())
        }
        Some(_) | None => None,
    };
    Ok(Identified { identity: id_token.into_identity(email), tokens })
}

/// Verifies an ID token like any token of another issuer.
async fn verify(context: &Context, openid: &OpenIdProvider, token: &SecretText) -> Result<IdToken, Failed> {
    let failed = |cause: String| Failed::at("id_token", cause);
    let token = Unverified::parse(token.expose()).map_err(|refusal| failed(refusal.as_str().to_owned()))?;
    let now_ms = crate::platform::now_ms();
    let keys = foreign_keys::keys(&context.platform, &openid.issuer, token.claimed_key(), now_ms).await;
    let keys = keys.map_err(|unavailable| {
        failed(unavailable.detail.unwrap_or_else(|| "the provider's keys can't be fetched".to_owned()))
    })?;
    let backend = Verifier(context.config.signatures);
    let (policy, now) = (&openid.issuer.policy, UnixMillis(now_ms));
    match token.verify::<IdToken>(policy, &(), &keys.keys, &backend, now).await {
        Ok(verified) => Ok(verified.claims().clone()),
        Err(VerifyError::Refused(refusal)) => Err(failed(refusal.as_str().to_owned())),
        Err(VerifyError::Fault(fault)) => Err(failed(fault.0)),
    }
}
