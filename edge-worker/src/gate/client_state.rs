//! Whether an OAuth client is what it was when a token was issued to it: what `strict` routes, introspection and the
//! exchange of tokens ask, besides the account of a token that a user has granted.
//!
//! No account knows the tokens that a client got for itself. That one of them was revoked alone is in the list of
//! revocations, which is renewed for this question.

use auth_core::id::{ClientId, SessionKind};
use auth_core::oauth::ClientSource;
use auth_core::token::Caller;

use super::revocations;
use crate::context::Context;
use crate::objects::protocol::clients::FindClient;
use crate::objects::{Unavailable, client};

/// Whether the token's client still exists and, for a token that the client got for itself, has not been changed since.
/// Asks an object only about registered clients: others are in the configuration, or in a document of their own that says
/// nothing about tokens.
///
/// # Errors
/// [`Unavailable`].
pub(crate) async fn is_current(context: &Context, caller: &Caller) -> Result<bool, Unavailable> {
    let (Some(id), Some(policy)) = (&caller.client_id, &context.config.oauth) else { return Ok(false) };
    let is_own = caller.kind() == SessionKind::Client;
    if is_own && is_revoked(context, caller).await? {
        return Ok(false);
    }
    match ClientSource::of(id) {
        Some(ClientSource::Configuration) => {
            let epoch = policy.client(id).map(|client| client.epoch);
            Ok(epoch.is_some() && (!is_own || epoch == caller.epoch))
        }
        Some(ClientSource::Registered) => {
            let epoch = registered_epoch(context, id).await?;
            Ok(epoch.is_some() && (!is_own || epoch == caller.epoch))
        }
        // Such a client gets no tokens for itself.
        Some(ClientSource::MetadataDocument) => Ok(!is_own),
        None => Ok(false),
    }
}

/// Whether the list of revocations, as it is now, contains this token. The version of the Keyring comes with the list.
async fn is_revoked(context: &Context, caller: &Caller) -> Result<bool, Unavailable> {
    revocations::renew(context).await?;
    Ok(revocations::in_copy(caller, context.incoming.now_ms).is_none_or(|checked| checked.revoked))
}

async fn registered_epoch(context: &Context, id: &ClientId) -> Result<Option<u64>, Unavailable> {
    let stored = client::clients(&context.env, &FindClient { id: id.clone() }).await?;
    Ok(stored.map(|stored| stored.epoch))
}
