//! `/admin`: operations of administrators on accounts and on the service's keys, authorised by an
//! administrator's credential. Off unless the configuration has such a credential.
//!
//! Every call can be repeated: a call whose work is already done gets the same response as the first one.
//! Every call is recorded in the audit trail.

mod accounts;
mod idempotency;
mod keys;
mod one_account;
mod one_time;

use super::{Context, credential};
use crate::http::Answered;

/// The operations of the administrator's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `POST /admin/users`
    Create,
    /// `GET /admin/users?email=`
    Find,
    /// `GET /admin/users/{id}`
    View,
    /// `DELETE /admin/users/{id}`
    Delete,
    /// `PUT /admin/users/{id}/roles`
    SetRoles,
    /// `POST /admin/users/{id}/disable`
    Disable,
    /// `POST /admin/users/{id}/enable`
    Enable,
    /// `POST /admin/users/{id}/password`
    ResetPassword,
    /// `POST /admin/users/{id}/sign-out`
    SignOut,
    /// `GET /admin/users/{id}/events`
    Events,
    /// `GET /admin/keys`
    ListKeys,
    /// `POST /admin/keys/rotate`
    RotateKeys,
    /// `POST /admin/keys/{id}/retire`
    RetireKey,
}

/// Handles a request under `/admin`.
///
/// # Errors
/// [`crate::http::Refusal`].
pub(super) async fn handle(context: &mut Context, operation: Operation, id: &str) -> Answered {
    credential::refuse_pages(context)?;
    match operation {
        Operation::Create => accounts::create(context).await,
        Operation::Find => accounts::find(context).await,
        Operation::View => one_account::view(context, &id.into()).await,
        Operation::Delete => one_account::delete(context, &id.into()).await,
        Operation::SetRoles => one_account::set_roles(context, &id.into()).await,
        Operation::Disable => one_account::disable(context, &id.into()).await,
        Operation::Enable => one_account::enable(context, &id.into()).await,
        Operation::ResetPassword => one_account::reset_password(context, &id.into()).await,
        Operation::SignOut => one_account::sign_out(context, &id.into()).await,
        Operation::Events => one_account::events(context, &id.into()).await,
        Operation::ListKeys => keys::list(context).await,
        Operation::RotateKeys => keys::rotate(context).await,
        Operation::RetireKey => keys::retire(context, id).await,
    }
}
