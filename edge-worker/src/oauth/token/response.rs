//! The response that carries a client's tokens (RFC 6749 section 5.1).

use auth_core::oauth::{Client, Delegation, IdTokenClaims, OAuthError, at_hash, still_permitted};
use auth_core::secret::{SecretText, expose, expose_option};
use auth_core::token::{AccessClaims, Confirmation, mint};
use serde::Serialize;

use crate::context::Context;
use crate::http::json;
use crate::oauth::{OAuthAnswer, OAuthRefusal, policy};
use crate::objects::Unavailable;
use crate::objects::client::Keys;
use crate::objects::protocol::oauth::DelegatedSession;
use crate::random;
use crate::service::session::now;
use crate::signatures::KeySigner;

/// The body of the response.
#[derive(Serialize)]
struct Tokens {
    #[serde(serialize_with = "expose")]
    access_token: SecretText,
    /// `Bearer`, or `DPoP` for a bound token (RFC 9449 section 5).
    token_type: &'static str,
    expires_in: u64,
    scope: String,
    #[serde(serialize_with = "expose_option", skip_serializing_if = "Option::is_none")]
    refresh_token: Option<SecretText>,
    #[serde(serialize_with = "expose_option", skip_serializing_if = "Option::is_none")]
    id_token: Option<SecretText>,
}

/// `of`: the client, as it is now. `jkt`: the thumbprint of the key that has signed the request, to which the access token is bound.
pub(super) async fn respond(
    context: &Context,
    of: &Client,
    keys: &Keys,
    delegated: DelegatedSession,
    jkt: Option<String>,
) -> OAuthAnswer {
    let DelegatedSession { session, delegation, scope, nonce, refresh_token } = delegated;
    let Delegation { client_id, resource, .. } = delegation;
    let (config, policy, now) = (&context.config, policy(context)?, now());
    let scope = still_permitted(&scope, of, policy, resource.as_deref()).ok_or_else(|| {
        OAuthRefusal::new(OAuthError::InvalidTarget, "The service does not have this resource any more.")
    })?;
    let chance = u16::from_be_bytes(random::bytes::<2>()?);
    let ttl = session.token_lifetime(&config.lifetimes, chance, now);
    let address = session.address().filter(|_| config.email_headers && scope.contains("email"));
    let claims = AccessClaims {
        iss: config.issuer.as_str().to_owned(),
        sub: session.account.clone(),
        aud: resource.unwrap_or_else(|| config.audience.clone()),
        client_id: client_id.as_str().to_owned(),
        iat: now,
        exp: now.plus(ttl),
        auth_time: Some(session.authenticated_at),
        acr: Some(session.assurance()),
        amr: session.methods.clone(),
        jti: random::id()?.into(),
        sid: session.id.clone(),
        epoch: session.epoch,
        roles: policy.roles(&scope, &session.roles),
        scope: scope.to_string(),
        email: address.map(ToOwned::to_owned),
        email_verified: address.map(|_| session.email_verified),
        cnf: jkt.map(|jkt| Confirmation { jkt }),
        // Clients read their tokens, and the metadata is the deployer's.
        metadata: None,
    };
    let signer = KeySigner { backend: config.signatures, key: &keys.signing };
    let failed = |fault: auth_core::token::BackendFault| Unavailable::because("signer", fault.0);
    let access_token = mint(&claims, &signer).await.map_err(failed)?;
    let id_token = if scope.contains("openid") {
        let id_claims = IdTokenClaims {
            iss: claims.iss,
            sub: claims.sub,
            aud: client_id,
            iat: now,
            exp: claims.exp,
            auth_time: session.authenticated_at,
            acr: session.assurance(),
            amr: claims.amr,
            nonce,
            sid: claims.sid,
            at_hash: at_hash(&access_token),
        };
        Some(id_claims.mint(&signer).await.map_err(failed)?)
    } else {
        None
    };
    let tokens = Tokens {
        access_token,
        token_type: if claims.cnf.is_some() { "DPoP" } else { "Bearer" },
        expires_in: ttl,
        scope: claims.scope,
        refresh_token,
        id_token,
    };
    Ok(json(200, &tokens)?)
}
