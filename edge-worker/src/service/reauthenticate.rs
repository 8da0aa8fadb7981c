//! `POST /auth/reauthenticate`

use auth_core::wire::{ErrorCode, Reauthentication};

use super::owner::Owner;
use super::password::{self, Keeper};
use super::{Context, body, limits, session};
use crate::audit::Actor;
use crate::http::{Answered, Refusal};
use crate::objects::client;
use crate::objects::protocol::account::{Conflict, Reauthenticate};

/// A user with a valid access token proves the password again. The session and its cookie stay the same; the
/// new access token has a new `auth_time`.
pub(super) async fn handle(context: &mut Context) -> Answered {
    let Reauthentication { password } = body::read(&mut context.incoming).await?;
    let owner = Owner::of(context).await?;
    let proof = match &context.config.elsewhere {
        Some(there) => password::prove(context, &owner, &Keeper::External(there), password).await?,
        None => {
            let place = limits::place(context)?;
            password::prove(context, &owner, &Keeper::Here(&place), password).await?
        }
    };
    let call = Reauthenticate { bearing: owner.bearing(), proof, asker: context.asker(Actor::User) };
    match owner.ask(context, &call).await? {
        Ok(living) => {
            let keys = client::keys(&context.env).await?;
            session::respond(context, &keys, &living, 200).await
        }
        // The password was changed in the meantime, so the one that was proved is wrong.
        Err(Conflict {}) => Err(Refusal::new(ErrorCode::InvalidCredentials)),
    }
}
