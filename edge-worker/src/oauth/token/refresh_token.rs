//! The grant `refresh_token` (RFC 6749 section 6): a client gets another access token, on the same rotation machine as
//! browsers do.

use auth_core::limits::Wait;
use auth_core::oauth::{
    Client, OAuthError, RefreshRejection, RefreshRequest, RefreshToken, Scope, named_resource,
};
use auth_core::wire::Form;

use super::authorization_code::proof_used;
use super::response;
use crate::audit::Actor;
use crate::context::Context;
use crate::oauth::{OAuthAnswer, OAuthRefusal, policy, whole_service};
use crate::objects::protocol::oauth::{ProvenKey, RefreshDelegated, RefreshedDelegation};
use crate::objects::{client, presented};
use crate::service::limits;

/// Answers a request for tokens. The client has been authenticated.
pub(super) async fn grant(
    context: &Context,
    of: &Client,
    form: &Form,
    key: Option<ProvenKey>,
) -> OAuthAnswer {
    let token = form
        .get("refresh_token")
        .ok_or_else(|| OAuthRefusal::new(OAuthError::InvalidRequest, "The refresh_token is missing."))?;
    let scope = form
        .get("scope")
        .map(Scope::parse)
        .transpose()
        .map_err(|_| OAuthRefusal::new(OAuthError::InvalidScope, "The scope is malformed."))?;
    let Some(parsed) = RefreshToken::parse(token) else { return Err(invalid()) };
    let resource = named_resource(form, policy(context)?, whole_service(context));
    let request = RefreshRequest { client_id: of.id.clone(), scope, resource };
    let call = |presented| RefreshDelegated {
        presented,
        request: request.clone(),
        key: key.clone(),
        asker: context.asker(Actor::Client),
    };
    let reply = presented::ask_as(&context.env, parsed.account(), token, call).await?;
    match reply {
        Ok(RefreshedDelegation::Session(session)) => {
            let keys = client::keys(&context.env).await?;
            response::respond(context, of, &keys, *session, key.map(|key| key.jkt)).await
        }
        Ok(RefreshedDelegation::Wait(ms)) => Err(limits::limited(Wait(ms)).into()),
        Ok(RefreshedDelegation::Rejected(rejection)) => Err(rejected(rejection)),
        Ok(RefreshedDelegation::ProofUsed) => Err(proof_used()),
        Err(_) => Err(invalid()),
    }
}

const fn invalid() -> OAuthRefusal {
    OAuthRefusal::new(
        OAuthError::InvalidGrant,
        "The refresh token is invalid, or its session has ended: the user has to grant access again.",
    )
}

const fn rejected(rejection: RefreshRejection) -> OAuthRefusal {
    match rejection {
        // The client learns nothing about tokens of others.
        RefreshRejection::OtherClient => invalid(),
        RefreshRejection::Key => OAuthRefusal::new(
            OAuthError::InvalidGrant,
            "The refresh token is bound to a key: the request needs a DPoP proof by it.",
        ),
        RefreshRejection::Scope => {
            OAuthRefusal::new(OAuthError::InvalidScope, "The scope is more than the user has granted.")
        }
        RefreshRejection::Resource => {
            OAuthRefusal::new(OAuthError::InvalidTarget, "Access to this resource was not granted.")
        }
    }
}
