//! `GET /auth/sessions`, `DELETE /auth/sessions/{id}`

use auth_core::wire::{ErrorCode, SessionList};

use super::Context;
use super::owner::{Owner, ask_present_state};
use crate::audit::Actor;
use crate::http::{Answered, Refusal, empty, json};
use crate::objects::protocol::{AccountCall, AccountReply};

/// Lists the user's active sessions.
pub(super) async fn list(context: &Context) -> Answered {
    match ask_present_state(context, AccountCall::ListSessions).await?.1 {
        AccountReply::Sessions(sessions) => json(200, &SessionList { sessions }),
        _ => Err(Refusal::unavailable()),
    }
}

/// Ends one of the user's sessions. A session of another account counts as not found.
pub(super) async fn revoke(context: &Context, session: &str) -> Answered {
    let owner = Owner::of(context).await?;
    let call = AccountCall::RevokeSession {
        bearing: owner.bearing(),
        session: session.into(),
        access_token: context.config.lifetimes.access_token,
        asker: context.asker(Actor::User),
    };
    match owner.ask(context, call).await? {
        AccountReply::Done => empty(204),
        AccountReply::NoSession => Err(Refusal::new(ErrorCode::NotFound)),
        _ => Err(Refusal::unavailable()),
    }
}
