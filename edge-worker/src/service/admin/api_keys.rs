//! `/admin/users/{id}/api-keys`: the API keys of a user.

use auth_core::id::AccountId;

use super::one_account::ask;
use crate::audit::{Actor, Asker, Kind};
use crate::http::{Answered, Refusal};
use crate::objects::protocol::account::ManageApiKeys;
use crate::objects::protocol::api_key::KeyChange;
use crate::objects::protocol::session::Authority;
use crate::service::api_keys::{Changed, MadeKey, created, listed, read_name, read_terms, renamed, revoked};
use crate::service::{Context, credential, session};

/// Creates a key for the user, who has everything that it permits.
pub(in crate::service) async fn create(context: &mut Context, id: &AccountId) -> Answered {
    let terms = read_terms(context).await?;
    let asker = credential::require(context, Actor::Admin).await?;
    let MadeKey { text, key } = MadeKey::new(context, id, terms)?;
    created(&text, changed(context, id, KeyChange::Create(key), asker).await?)
}

/// Lists the user's keys, the newest first.
pub(in crate::service) async fn list(context: &Context, id: &AccountId) -> Answered {
    let asker = credential::require(context, Actor::Admin).await?;
    asker.event(Kind::AccountRead, session::now()).account(id).log();
    listed(changed(context, id, KeyChange::List, asker).await?)
}

/// Renames a key.
pub(in crate::service) async fn rename(context: &mut Context, id: &AccountId, key: &str) -> Answered {
    let name = read_name(context).await?;
    let asker = credential::require(context, Actor::Admin).await?;
    renamed(changed(context, id, KeyChange::Rename(key.into(), name), asker).await?)
}

/// Revokes a key, or all of them.
pub(in crate::service) async fn revoke(context: &Context, id: &AccountId, change: KeyChange) -> Answered {
    let asker = credential::require(context, Actor::Admin).await?;
    revoked(changed(context, id, change, asker).await?)
}

async fn changed(
    context: &Context,
    id: &AccountId,
    change: KeyChange,
    asker: Asker,
) -> Result<Changed, Refusal> {
    ask(context, id, &ManageApiKeys { by: Authority::Administrator, change, asker }).await
}
