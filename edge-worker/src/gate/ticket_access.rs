//! One-time tickets at the gate: a WebSocket or an event stream, opened by a page that can't send the token along.
//!
//! The account is asked every time, and what it says is spent is spent: nothing here is remembered.

use auth_core::token::Caller;
use auth_core::wire::Ticket;

use super::cookie_access::caller_of;
use super::verify::{OWN_ISSUER, refused};
use crate::audit::Actor;
use crate::config::{Access, Route};
use crate::http::Refusal;
use crate::objects::client;
use crate::objects::protocol::{AccountCall, AccountReply};
use crate::service::Context;

/// Whether tickets are for this route: wherever a session of ours is let in.
#[must_use]
pub fn takes_tickets(route: &Route) -> bool {
    route.access != Access::Public && route.requires.issuers.contains(&OWN_ISSUER)
}

/// Who the ticket speaks for. `query` is the request's without the ticket.
///
/// # Errors
/// `invalid_token` with the challenge, the same for whatever is wrong with the ticket; `unavailable`.
pub async fn caller(
    context: &Context,
    route: &Route,
    ticket: &Ticket,
    query: &str,
) -> Result<Caller, Refusal> {
    if !takes_tickets(route) || !cannot_carry_a_header(context) {
        return Err(refused(context, "ticket_elsewhere", ""));
    }
    let target = format!("{}{query}", context.incoming.path());
    let name = ticket.name(asking_origin(context), &target);
    let token_id = ticket.token_id.clone();
    let call = AccountCall::SpendTicket { name, token_id, asker: context.asker(Actor::User) };
    match client::account(&context.env, &ticket.account, &call).await? {
        // The account has checked the session, its epoch and the token that asked for the ticket, whatever the route's bound is.
        AccountReply::Session(session) => {
            Ok(Caller { token_id: Some(ticket.token_id.clone()), ..caller_of(context, *session) })
        }
        AccountReply::TokenDead | AccountReply::NoAccount => Err(refused(context, "ticket", "")),
        _ => Err(Refusal::unavailable()),
    }
}

/// The origin of the page that asks. WebSockets always say it, event streams from another origin too; to its own origin a page's GET
/// doesn't, and there the browser's word counts that it is the same one. Empty where nothing is said, as by a program: a page's ticket
/// is never good there.
#[must_use]
pub fn asking_origin(context: &Context) -> &str {
    let incoming = &context.incoming;
    match incoming.header("origin") {
        Some(origin) => origin,
        None if incoming.header("sec-fetch-site") == Some("same-origin") => {
            let here = incoming.head.origin();
            // Behind a proxy the Worker may not know under which name it is reached.
            if context.config.lists_origin(here) { here } else { context.config.issuer.as_str() }
        }
        None => "",
    }
}

/// Whether it is one of the two kinds of request for which there are tickets: everything else can send the token.
fn cannot_carry_a_header(context: &Context) -> bool {
    let is = |name, value| {
        context.incoming.header(name).is_some_and(|header| header.trim().eq_ignore_ascii_case(value))
    };
    context.incoming.method() == "GET" && (is("upgrade", "websocket") || is("accept", "text/event-stream"))
}
