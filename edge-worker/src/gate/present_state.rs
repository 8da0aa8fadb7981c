//! Whether a token of ours is good at this moment: what `strict` routes, introspection and the paths under `/auth` ask.
//!
//! The token's account knows its sessions, its epoch and the tokens that were revoked by themselves. That the token's key was taken
//! out, it can't know; one of a few objects does ([`key_versions`]). Both are asked at the same time, and neither answer costs more
//! when more has been revoked.

use auth_core::token::Caller;
use futures_util::future::join;

use crate::http::Refusal;
use crate::objects::protocol::{AccountCall, AccountReply, Bearing};
use crate::objects::{client, key_versions, keys};
use crate::service::Context;

/// Asks the account of a verified token of ours something that changes nothing; `None`: the token isn't good any more. After that,
/// [`super::verify::by_present_keys`] says whether the token's key is still good.
///
/// # Errors
/// `unavailable` when that can't be found out.
pub async fn ask(
    context: &Context,
    caller: &Caller,
    call: fn(Bearing) -> AccountCall,
) -> Result<Option<AccountReply>, Refusal> {
    let Some(bearing) = Bearing::of(caller) else { return Ok(None) };
    let call = call(bearing);
    let account = caller.account();
    let asked = client::account(&context.env, &account, &call);
    let (reply, version) = join(asked, key_versions::least_version(&context.env, &account)).await;
    keys::heed(version?);
    Ok(match reply? {
        AccountReply::TokenDead | AccountReply::NoAccount => None,
        reply => Some(reply),
    })
}

/// Learns which version of the Keyring this caller's requests have to know, for calls that change something: their key is judged before
/// the account is asked.
///
/// # Errors
/// `unavailable`.
pub async fn learn_keys_version(context: &Context, caller: &Caller) -> Result<(), Refusal> {
    keys::heed(key_versions::least_version(&context.env, &caller.account()).await?);
    Ok(())
}
