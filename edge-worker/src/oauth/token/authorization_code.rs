//! The grant `authorization_code` (RFC 6749 section 4.1.3): a client gets tokens for a code.

use auth_core::oauth::{
    AuthorizationCode, Client, ClientAuthentication, GrantType, OAuthError, named_resource,
};
use auth_core::wire::Form;

use super::response;
use crate::audit::Actor;
use crate::context::Context;
use crate::oauth::{OAuthAnswer, OAuthRefusal, policy, whole_service};
use crate::objects::protocol::oauth::{CodeRequest, NotRedeemed, ProvenKey, RedeemCode};
use crate::objects::{Unavailable, client};

/// What a client presents to get tokens for a code.
pub(super) struct Redemption<'a> {
    /// The code.
    pub(super) code: &'a str,
    /// The redirect URI, if the request has one.
    pub(super) redirect_uri: Option<&'a str>,
    /// The PKCE verifier.
    pub(super) code_verifier: &'a str,
    /// The resource, if the request names one, as [`named_resource`] returns it.
    pub(super) resource: Option<String>,
    /// The key that has signed the request.
    pub(super) key: Option<ProvenKey>,
}

/// Answers a request for tokens. The client has been authenticated.
pub(super) async fn grant(
    context: &Context,
    client: &Client,
    form: &Form,
    key: Option<ProvenKey>,
) -> OAuthAnswer {
    let required = |name, description| {
        form.get(name).ok_or_else(|| OAuthRefusal::new(OAuthError::InvalidRequest, description))
    };
    let redemption = Redemption {
        code: required("code", "The code is missing.")?,
        redirect_uri: form.get("redirect_uri"),
        code_verifier: required("code_verifier", "The code_verifier is missing (RFC 7636).")?,
        resource: named_resource(form, policy(context)?, whole_service(context)),
        key,
    };
    redeem(context, client, redemption).await
}

/// Redeems a code. A request that is rejected spends nothing.
pub(super) async fn redeem(context: &Context, of: &Client, redemption: Redemption<'_>) -> OAuthAnswer {
    let Redemption { code, redirect_uri, code_verifier, resource, key } = redemption;
    let Some(code) = AuthorizationCode::parse(code) else { return Err(refusal(NotRedeemed::Invalid)) };
    let keys = client::keys(&context.env).await?;
    let jkt = key.as_ref().map(|key| key.jkt.clone());
    let is_public = match of.authentication {
        ClientAuthentication::None => true,
        ClientAuthentication::Secret { .. } | ClientAuthentication::PrivateKeyJwt { .. } => false,
    };
    let call = RedeemCode {
        request: CodeRequest {
            hash: code.hash(),
            client_id: of.id.clone(),
            redirect_uri: redirect_uri.map(ToOwned::to_owned),
            code_verifier: code_verifier.to_owned(),
            resource,
            key,
            refreshes: of.grants.contains(GrantType::RefreshToken),
            binds_refresh: is_public,
        },
        keys: keys.refresh.clone(),
        asker: context.asker(Actor::Client),
    };
    match client::account(&context.env, code.account(), &call).await? {
        Some(Ok(session)) => response::respond(context, of, &keys, *session, jkt).await,
        Some(Err(NotRedeemed::UnknownKey)) => {
            Err(Unavailable::because("account", "the active refresh key is missing").into())
        }
        Some(Err(not_redeemed)) => Err(refusal(not_redeemed)),
        None => Err(refusal(NotRedeemed::Invalid)),
    }
}

fn refusal(not_redeemed: NotRedeemed) -> OAuthRefusal {
    match not_redeemed {
        NotRedeemed::Invalid => OAuthRefusal::new(
            OAuthError::InvalidGrant,
            "The code is invalid, has expired, was used, or was issued to another client or for another request.",
        ),
        NotRedeemed::Resource => {
            OAuthRefusal::new(OAuthError::InvalidTarget, "The code was not issued for this resource.")
        }
        NotRedeemed::ProofUsed => proof_used(),
        NotRedeemed::UnknownKey => {
            OAuthRefusal::new(OAuthError::TemporarilyUnavailable, "The service can't issue tokens now.")
        }
    }
}

/// The request's DPoP proof was presented before, or is too old (RFC 9449 section 11.1).
pub(super) const fn proof_used() -> OAuthRefusal {
    OAuthRefusal::new(OAuthError::InvalidDpopProof, "The DPoP proof was used before, or is too old.")
}
