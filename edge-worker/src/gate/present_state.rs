//! Whether a token of the service's own is valid at this moment: what `strict` routes, introspection and the
//! paths under `/auth` ask.
//!
//! The token's account knows its sessions, its epoch and the tokens that were revoked alone. It can't know
//! that the token's key was removed; one of a few objects does ([`key_versions`]). Both are asked at the same
//! time, and neither answer costs more when more has been revoked.

use auth_core::token::Caller;
use futures_util::future::join;

use crate::context::Context;
use crate::objects::call::Call;
use crate::objects::protocol::account::AccountCalls;
use crate::objects::protocol::session::Bearing;
use crate::objects::{Unavailable, client, key_versions, keys};

/// Asks the account of a verified token something that changes nothing; `None`: the token is no longer valid.
/// The token must be judged again afterwards, because its key may have been removed.
///
/// # Errors
/// [`Unavailable`].
pub async fn ask<T, C>(
    context: &Context,
    caller: &Caller,
    call: fn(Bearing) -> C,
) -> Result<Option<T>, Unavailable>
where
    C: Call<Object = AccountCalls, Reply = Option<T>>,
{
    let Some(bearing) = Bearing::of(caller) else { return Ok(None) };
    let call = call(bearing);
    let account = caller.account();
    let reply = client::account(&context.env, &account, &call);
    let (reply, version) = join(reply, key_versions::least_version(&context.env, &account)).await;
    keys::require_version(version?);
    reply
}

/// Learns which version of the Keyring this caller's requests must know, for calls that change something:
/// their key is judged before the account is asked.
///
/// # Errors
/// [`Unavailable`].
pub async fn learn_keys_version(context: &Context, caller: &Caller) -> Result<(), Unavailable> {
    keys::require_version(key_versions::least_version(&context.env, &caller.account()).await?);
    Ok(())
}
