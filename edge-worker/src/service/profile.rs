//! `PATCH /auth/profile`

use auth_core::wire::{InvalidProfile, ProfileChange, UserResponse};

use super::owner::Owner;
use super::{Context, body, session};
use crate::audit::Actor;
use crate::http::{Answered, Refusal, json};
use crate::objects::protocol::account::ChangeProfile;

/// Changes the profile of a user who presents a valid access token. The user's other tabs and devices see the
/// change at their next refresh.
pub(super) async fn change(context: &mut Context) -> Answered {
    let change: ProfileChange = body::read(&mut context.incoming).await?;
    let change = change
        .checked()
        .map_err(|InvalidProfile { field, expected }| Refusal::invalid(Some(field), expected))?;
    let owner = Owner::of(context).await?;
    let call = ChangeProfile { bearing: owner.bearing(), change, asker: context.asker(Actor::User) };
    let changed = owner.ask(context, &call).await?;
    json(200, &UserResponse { user: session::user(&changed) })
}
