//! `DELETE /auth/account`

use auth_core::wire::{AccountDeletion, ErrorCode};

use super::owner::Owner;
use super::password;
use super::{Context, body, limits};
use crate::audit::Actor;
use crate::http::{Answered, Refusal, empty};
use crate::objects::call::Done;
use crate::objects::protocol::account::{Conflict, Leave};

/// Deletes the account of a user who presents a valid access token and proves the password, if the account has
/// one. The response does
/// not clear the cookie: like the cookies of the account's other sessions, it leads to `session_ended` from
/// then on.
pub(super) async fn delete(context: &mut Context) -> Answered {
    let AccountDeletion { current_password } = body::read(&mut context.incoming).await?;
    let owner = Owner::of(context).await?;
    owner.require_fresh(context).await?;
    let place = limits::place(context)?;
    let proof = password::prove_if_any(context, &owner, &place, current_password).await?;
    drop(place);
    let call = Leave { bearing: owner.bearing(), proof, asker: context.asker(Actor::User) };
    match owner.ask(context, &call).await? {
        Ok(Done {}) => empty(204),
        Err(Conflict {}) => Err(Refusal::new(ErrorCode::InvalidCredentials)),
    }
}
