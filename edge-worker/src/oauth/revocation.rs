//! `POST /oauth/revoke` (RFC 7009): a client revokes one of its tokens.

use auth_core::id::SessionKind;
use auth_core::oauth::{Client, OAuthError, RefreshToken};
use auth_core::revocation::{Entry, Kind as RevocationKind};

use super::{OAuthRefusal, client_authentication, finish};
use crate::audit::Actor;
use crate::context::Context;
use crate::gate::fulfil::{self, Findings};
use crate::http::{Answered, empty};
use crate::objects::protocol::account::RevokeToken;
use crate::objects::protocol::oauth::EndDelegated;
use crate::objects::protocol::revocations::Add;
use crate::objects::protocol::session::Bearing;
use crate::objects::{client, presented};
use crate::service::body;

/// Answers the request. A refresh token ends its session with all its tokens; an access token is revoked alone. What is
/// not a token of this client is not an error (RFC 7009 section 2.2).
pub(crate) async fn handle(context: &mut Context) -> Answered {
    let answer = match revoke(context).await {
        Ok(()) => empty(200).map_err(OAuthRefusal::from),
        Err(refusal) => Err(refusal),
    };
    finish(context, answer)
}

async fn revoke(context: &mut Context) -> Result<(), OAuthRefusal> {
    let form = body::read_form(&mut context.incoming).await?;
    let of = client_authentication::authenticate(context, &form).await?;
    let token = form
        .get("token")
        .ok_or_else(|| OAuthRefusal::new(OAuthError::InvalidRequest, "The token is missing."))?;
    match RefreshToken::parse(token) {
        Some(parsed) => {
            let call = |presented| EndDelegated {
                presented,
                client_id: Some(of.id.clone()),
                asker: context.asker(Actor::Client),
            };
            // A session that has ended already need not be ended.
            presented::ask_as(&context.env, parsed.account(), token, call).await?.ok();
            Ok(())
        }
        None => revoke_access_token(context, &of, token).await,
    }
}

async fn revoke_access_token(context: &Context, of: &Client, token: &str) -> Result<(), OAuthRefusal> {
    let Some(known) = fulfil::own_token(context, &mut Findings::default(), token).await? else {
        return Ok(());
    };
    let caller = known.caller();
    if caller.client_id.as_ref() != Some(&of.id) {
        return Ok(());
    }
    let Some(bearing) = Bearing::of(caller) else { return Ok(()) };
    let expires_at = known.as_ref().verified.expires_at().ceil();
    match caller.kind() {
        SessionKind::Browser | SessionKind::ApiKey => {}
        SessionKind::Grant => {
            let asker = context.asker(Actor::Client);
            let call = RevokeToken { token: bearing, expires_at, asker };
            client::account(&context.env, &caller.account(), &call).await?;
        }
        // No account knows the tokens that a client got for itself.
        SessionKind::Client => {
            let entry = Entry {
                issuer: context.config.issuer.to_string(),
                kind: RevocationKind::Token,
                id: bearing.token_id.into_string(),
                least_epoch: 0,
                until: expires_at,
            };
            client::revocations(&context.env, &Add { entries: vec![entry] }).await?;
        }
    }
    Ok(())
}
