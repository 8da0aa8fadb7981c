//! `POST /auth/refresh`

use auth_core::limits::Wait;
use auth_core::wire::{CookieLookup, SessionEndReason};

use super::body::Empty;
use super::{Context, body, limits, session};
use crate::audit::Actor;
use crate::http::{Answered, Refusal, empty};
use crate::objects::protocol::account::{Refresh, Refreshed};
use crate::objects::{client, presented};

/// Issues a new access token for the cookie. An error response never clears the cookie: the request may have
/// lost a race, and the browser may already hold a newer cookie.
pub(super) async fn handle(context: &mut Context) -> Answered {
    let Empty {} = body::read_optional(&mut context.incoming).await?;
    let cookie = match session::cookie(context) {
        CookieLookup::Absent => return empty(204),
        CookieLookup::Malformed => return Err(Refusal::session_ended(SessionEndReason::None)),
        CookieLookup::Found(cookie) => cookie,
    };
    let call = |presented| Refresh { presented, asker: context.asker(Actor::User) };
    match presented::ask(&context.env, &cookie, call).await? {
        Ok(Refreshed::Session(living)) => {
            let keys = client::keys(&context.env).await?;
            session::respond(context, &keys, &living, 200).await
        }
        Ok(Refreshed::Wait(ms)) => Err(limits::limited(Wait(ms))),
        Err(reason) => Err(Refusal::session_ended(reason)),
    }
}
