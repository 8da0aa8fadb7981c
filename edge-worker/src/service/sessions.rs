//! `GET /auth/sessions`, `DELETE /auth/sessions/{id}`

use auth_core::wire::{ErrorCode, SessionList};

use super::Context;
use super::owner::{Owner, ask_present_state};
use crate::audit::Actor;
use crate::http::{Answered, Refusal, empty, json};
use crate::objects::call::Done;
use crate::objects::protocol::account::{ListSessions, NoSession, RevokeSession};

/// Lists the user's active sessions.
pub(super) async fn list(context: &Context) -> Answered {
    let (_, sessions) = ask_present_state(context, |bearing| ListSessions { bearing }).await?;
    json(200, &SessionList { sessions })
}

/// Ends one of the user's sessions. A session of another account counts as not found.
pub(super) async fn revoke(context: &Context, session: &str) -> Answered {
    let owner = Owner::of(context).await?;
    let call = RevokeSession {
        bearing: owner.bearing(),
        session: session.into(),
        asker: context.asker(Actor::User),
    };
    match owner.ask(context, &call).await? {
        Ok(Done {}) => empty(204),
        Err(NoSession {}) => Err(Refusal::new(ErrorCode::NotFound)),
    }
}
