//! `POST /auth/sign-out`

use auth_core::wire::{CookieLookup, SessionEndReason, SignOut, SignOutScope, clear_cookie};

use super::{Context, body, session};
use crate::audit::{Actor, Kind};
use crate::http::{Answered, Refusal, empty};
use crate::objects::protocol::{AccountCall, AccountReply};

/// Ends the session before the response leaves. Scope `local` always succeeds, also without a cookie or with
/// an invalid one; the other scopes require a valid cookie. Only this response ever clears the cookie, and
/// not for scope `others`, which keeps this session.
pub(super) async fn handle(context: &mut Context) -> Answered {
    let SignOut { scope } = body::read_optional(&mut context.incoming).await?;
    let reply = match session::cookie(context) {
        CookieLookup::Absent | CookieLookup::Malformed => AccountReply::Ended(SessionEndReason::None),
        CookieLookup::Found(cookie) => {
            let call = |presented| AccountCall::SignOut {
                presented,
                scope,
                asker: context.asker(Actor::User),
                why: Kind::SignedOut,
            };
            session::ask(context, &cookie, call).await?
        }
    };
    match (reply, scope) {
        (AccountReply::Done, SignOutScope::Others) => empty(204),
        (AccountReply::Done, SignOutScope::Local | SignOutScope::Global)
        | (AccountReply::Ended(_), SignOutScope::Local) => {
            session::with_cookie(empty(204)?, Some(&clear_cookie()))
        }
        (AccountReply::Ended(reason), SignOutScope::Others | SignOutScope::Global) => {
            Err(Refusal::session_ended(reason))
        }
        _ => Err(Refusal::unavailable()),
    }
}
