//! `POST /auth/revoke` (RFC 7009): a service with a credential revokes a token.

use auth_core::wire::{RefreshCookie, SignOutScope};

use super::{Context, body, credential};
use crate::audit::{self, Actor, Asker};
use crate::gate::fulfil::{self, Findings};
use crate::http::{Answered, Refusal, empty};
use crate::objects::protocol::account::{RevokeToken, SignOut};
use crate::objects::protocol::session::Bearing;
use crate::objects::{client, presented};

/// Revokes the given token. An access token of this service is revoked alone; a cookie's value, which is the
/// refresh token, is revoked with its session and all its tokens. An invalid token is not an error (RFC 7009
/// section 2.2).
pub(super) async fn handle(context: &mut Context) -> Answered {
    let asker = credential::require(context, Actor::Service).await?;
    let form = body::read_form(&mut context.incoming).await?;
    let token =
        form.get("token").ok_or_else(|| Refusal::invalid(Some("token"), "The form must have a `token`."))?;
    match RefreshCookie::parse(token) {
        Ok(cookie) => revoke_session(context, &cookie, &asker).await?,
        Err(_) => revoke_access_token(context, token, &asker).await?,
    }
    empty(200)
}

/// Accepts any generation of the session's cookie: ending a session with an old one harms no user.
async fn revoke_session(context: &Context, cookie: &RefreshCookie, asker: &Asker) -> Result<(), Refusal> {
    let call = |presented| SignOut {
        presented,
        scope: SignOutScope::Local,
        asker: asker.clone(),
        why: audit::Kind::RefreshTokenRevoked,
    };
    // A session that has ended already need not be ended.
    presented::ask(&context.env, cookie, call).await?.ok();
    Ok(())
}

/// The token's account stores the revocation and delivers it to the list before the response is sent. If the
/// account has been deleted, the token is already revoked.
async fn revoke_access_token(context: &Context, token: &str, asker: &Asker) -> Result<(), Refusal> {
    let Some(known) = fulfil::own_token(context, &mut Findings::default(), token).await? else {
        return Ok(());
    };
    let caller = known.caller();
    let Some(token) = Bearing::of(caller) else { return Ok(()) };
    let expires_at = known.as_ref().verified.expires_at().ceil();
    let call = RevokeToken { token, expires_at, asker: asker.clone() };
    client::account(&context.env, &caller.account(), &call).await?;
    Ok(())
}
