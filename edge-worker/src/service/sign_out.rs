//! `POST /auth/sign-out`

use auth_core::wire::{CookieLookup, SessionEndReason, SignOut, SignOutScope, clear_cookie};

use super::{Context, body, session};
use crate::audit::{Actor, Kind};
use crate::http::{Answered, Refusal, empty};
use crate::objects::call::Done;
use crate::objects::presented;
use crate::objects::protocol::account::SignOut as EndSession;

/// Ends the session before the response leaves. Scope `local` always succeeds, also without a cookie or with
/// an invalid one; the other scopes require a valid cookie. Only this response ever clears the cookie, and
/// not for scope `others`, which keeps this session.
pub(super) async fn handle(context: &mut Context) -> Answered {
    let SignOut { scope } = body::read_optional(&mut context.incoming).await?;
    let reply = match session::cookie(context) {
        CookieLookup::Absent | CookieLookup::Malformed => Err(SessionEndReason::None),
        CookieLookup::Found(cookie) => {
            let call = |presented| EndSession {
                presented,
                scope,
                asker: context.asker(Actor::User),
                why: Kind::SignedOut,
            };
            presented::ask(&context.env, &cookie, call).await?
        }
    };
    match (reply, scope) {
        (Ok(Done {}), SignOutScope::Others) => empty(204),
        (Ok(Done {}), SignOutScope::Local | SignOutScope::Global) | (Err(_), SignOutScope::Local) => {
            session::with_cookie(empty(204)?, Some(&clear_cookie()))
        }
        (Err(reason), SignOutScope::Others | SignOutScope::Global) => Err(Refusal::session_ended(reason)),
    }
}
