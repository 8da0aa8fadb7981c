//! `POST /auth/revoke` (RFC 7009): a service with a credential takes a token back.

use auth_core::revocation::{Entry, Kind};
use auth_core::wire::{RefreshCookie, SignOutScope};

use super::{Context, body, credential, session};
use crate::audit::{self, Actor, Asker};
use crate::gate::verify;
use crate::http::{Answered, Refusal, empty};
use crate::objects::client;
use crate::objects::protocol::{AccountCall, AccountReply, RevocationsCall};

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

async fn revoke_access_token(context: &Context, token: &str, asker: &Asker) -> Result<(), Refusal> {
    let Some(known) = verify::own_token(context, token).await? else { return Ok(()) };
    let caller = known.verified.claims();
    let Some(id) = caller.token_id.clone() else { return Ok(()) };
    let entry = Entry {
        issuer: caller.issuer.clone(),
        kind: Kind::Token,
        id: id.clone(),
        least_epoch: 0,
        until: known.verified.expires_at(),
    };
    client::revocations(&context.env, &RevocationsCall::Add(vec![entry])).await?;
    let mut event = asker.event(audit::Kind::TokenRevoked, session::now()).id(&id);
    event.session.clone_from(&caller.session);
    // It is revoked, whatever becomes of the note about it.
    let record = AccountCall::Record(Box::new(event.clone()));
    if !matches!(client::account(&context.env, &caller.subject, &record).await, Ok(AccountReply::Done)) {
        event.account(&caller.subject).log();
    }
    Ok(())
}
