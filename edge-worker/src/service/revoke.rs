//! `POST /auth/revoke` (RFC 7009): a service with a credential takes a token back.

use auth_core::wire::{RefreshCookie, SignOutScope};

use super::{Context, body, credential, session};
use crate::audit::{self, Actor, Asker};
use crate::gate::verify;
use crate::http::{Answered, Refusal, empty};
use crate::objects::client;
use crate::objects::protocol::{AccountCall, AccountReply, Bearing};

/// Revokes what it is given: an access token of ours alone, or, by the value of a cookie (which is the refresh token), its session with all
/// its tokens. What is neither is no error: it is as good as revoked (RFC 7009 section 2.2).
pub(super) async fn handle(context: &mut Context) -> Answered {
    credential::refuse_pages(context)?;
    let asker = credential::require(context, Actor::Service).await?;
    let form = body::read_form(&mut context.incoming).await?;
    let token = form.get("token").ok_or_else(|| Refusal::invalid("The form must have a `token`."))?;
    match RefreshCookie::parse(token) {
        Ok(cookie) => revoke_session(context, &cookie, &asker).await?,
        Err(_) => revoke_access_token(context, token, &asker).await?,
    }
    empty(200)
}

/// Any generation that was ever real will do: nobody is harmed when the holder of an old one ends the session.
async fn revoke_session(context: &Context, cookie: &RefreshCookie, asker: &Asker) -> Result<(), Refusal> {
    let call = |presented| AccountCall::SignOut {
        presented,
        scope: SignOutScope::Local,
        asker: asker.clone(),
        why: audit::Kind::RefreshTokenRevoked,
    };
    match session::ask(context, cookie, call).await? {
        AccountReply::Done | AccountReply::Ended(_) => Ok(()),
        _ => Err(Refusal::unavailable()),
    }
}

/// The token's account stores it and delivers it to the list of revocations before it answers. A token whose account has been
/// deleted is revoked already.
async fn revoke_access_token(context: &Context, token: &str, asker: &Asker) -> Result<(), Refusal> {
    let Some(known) = verify::own_token(context, token).await? else { return Ok(()) };
    let caller = known.verified.claims();
    let Some(token) = Bearing::of(caller) else { return Ok(()) };
    let expires_at = known.verified.expires_at();
    let call = AccountCall::RevokeToken { token, expires_at, asker: asker.clone() };
    match client::account(&context.env, &caller.subject, &call).await? {
        AccountReply::Done | AccountReply::NoAccount => Ok(()),
        _ => Err(Refusal::unavailable()),
    }
}
