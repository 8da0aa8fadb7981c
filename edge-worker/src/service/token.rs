//! `POST /auth/token`: exchanges an API key for an access token, for services that verify tokens by the
//! published keys and do not ask the gate.

use auth_core::id::SessionId;
use auth_core::secret::{SecretText, expose};
use auth_core::token::{AccessClaims, mint};
use serde::Serialize;

use super::body::Empty;
use super::session::now;
use super::{Context, body};
use crate::gate::denial::refused;
use crate::gate::fulfil::{self, Findings};
use crate::http::{Answered, json};
use crate::objects::{Unavailable, client};
use crate::random;
use crate::signatures::KeySigner;

#[derive(Serialize)]
struct Exchanged {
    #[serde(serialize_with = "expose")]
    access_token: SecretText,
    token_type: &'static str,
    expires_in: u64,
}

/// Issues a token that permits what the key permits now. It ends with the key: its `sid` is the key's id.
pub(super) async fn exchange(context: &mut Context) -> Answered {
    let Empty {} = body::read_optional(&mut context.incoming).await?;
    let known = fulfil::require(context, &mut Findings::default(), |judge| judge.own_api_key()).await?;
    let caller = known.caller();
    let (Some(sid), Some(epoch)) = (caller.session.clone().filter(SessionId::is_api_key), caller.epoch)
    else {
        return Err(refused(context, "no_api_key"));
    };
    let (config, now) = (&context.config, now());
    let ttl = known.as_ref().verified.expires_at().seconds().since(now).max(1);
    let claims = AccessClaims {
        iss: config.issuer.as_str().to_owned(),
        sub: caller.account(),
        aud: config.audience.clone(),
        client_id: config.client_id.clone(),
        iat: now,
        exp: now.plus(ttl),
        auth_time: None,
        acr: None,
        amr: vec![],
        jti: random::id()?.into(),
        sid,
        epoch,
        roles: caller.roles.clone(),
        scope: caller.scopes.join(" "),
        email: caller.email.as_ref().map(|email| email.address.clone()),
        email_verified: caller.email.as_ref().map(|email| email.is_verified),
        cnf: None,
        metadata: None,
    };
    let keys = client::keys(&context.env).await?;
    let signer = KeySigner { backend: config.signatures, key: &keys.signing };
    let token = mint(&claims, &signer).await.map_err(|fault| Unavailable::because("signer", fault.0))?;
    json(200, &Exchanged { access_token: token, token_type: "Bearer", expires_in: ttl })
}
