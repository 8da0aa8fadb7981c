//! `/admin/users/{id}/grants`: what a user has granted to OAuth clients.

use auth_core::id::AccountId;

use super::one_account::ask;
use crate::audit::{Actor, Kind};
use crate::http::Answered;
use crate::objects::protocol::oauth::{ListGrants, WithdrawGrant};
use crate::objects::protocol::session::Authority;
use crate::service::grants::{listed, withdrawn};
use crate::service::{Context, credential, session};

/// Lists what the user has granted, the newest first.
pub(in crate::service) async fn list(context: &Context, id: &AccountId) -> Answered {
    let asker = credential::require(context, Actor::Admin).await?;
    asker.event(Kind::AccountRead, session::now()).account(id).log();
    listed(context, ask(context, id, &ListGrants { by: Authority::Administrator }).await?).await
}

/// Withdraws a grant.
pub(in crate::service) async fn withdraw(context: &Context, id: &AccountId, grant: &str) -> Answered {
    let asker = credential::require(context, Actor::Admin).await?;
    let call = WithdrawGrant { by: Authority::Administrator, grant: grant.into(), asker };
    withdrawn(ask(context, id, &call).await?)
}
