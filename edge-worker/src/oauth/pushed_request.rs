//! `POST /oauth/par` (RFC 9126): a client sends its request for authorization directly, and gets a URI that stands for
//! it. The URI contains the request, sealed; nothing is stored until the user has answered.

use auth_core::oauth::{AuthorizationRequest, OAuthError, REQUEST_URI, RequestPurpose, SealedRequest};
use auth_core::wire::paths;
use serde_json::json as value;

use super::{OAuthAnswer, OAuthRefusal, client_authentication, finish, policy, proof, whole_service};
use crate::context::Context;
use crate::http::{Answered, json};
use crate::objects::client;
use crate::random;
use crate::service::body;
use crate::service::session::now;

/// Answers the request.
pub(crate) async fn handle(context: &mut Context) -> Answered {
    let answer = push(context).await;
    finish(context, answer)
}

async fn push(context: &mut Context) -> OAuthAnswer {
    let form = body::read_form(&mut context.incoming).await?;
    if form.get("request_uri").is_some() {
        let description = "A pushed request must not have a request_uri.";
        return Err(OAuthRefusal::new(OAuthError::InvalidRequest, description));
    }
    let client = client_authentication::authenticate(context, &form).await?;
    // The client learns of every error directly (RFC 9126 section 2.3).
    let mut request = AuthorizationRequest::read(&form, &client, policy(context)?, whole_service(context))
        .map_err(|rejected| rejected.failure())?;
    // A proof announces its key as `dpop_jkt` does (RFC 9449 section 10.1). It is not counted: a request that repeats it announces
    // the same key again, for which only its owner gets tokens.
    if let Some(key) = proof::read(context, paths::OAUTH_PAR).await? {
        if request.dpop_jkt.as_ref().is_some_and(|announced| *announced != key.jkt) {
            let description = "The dpop_jkt is not the thumbprint of the key of the DPoP proof.";
            return Err(OAuthRefusal::new(OAuthError::InvalidDpopProof, description));
        }
        request.dpop_jkt = Some(key.jkt);
    }
    let keys = client::keys(&context.env).await?;
    let purpose = RequestPurpose::Pushed;
    let sealed = SealedRequest::new(random::id()?, request, purpose, now()).seal(purpose, &keys.refresh_keys);
    let request_uri = [REQUEST_URI, &sealed].concat();
    Ok(json(201, &value!({"request_uri": request_uri, "expires_in": purpose.lifetime()}))?)
}
