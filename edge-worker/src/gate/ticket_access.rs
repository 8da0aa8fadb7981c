//! One-time tickets at the gate: a WebSocket or an event stream, opened by a page that can't send the token along.
//!
//! The account is asked every time, and what it says is spent is spent: nothing here is remembered.

use auth_core::gate::OWN_ISSUER;
use auth_core::gate::browser::{asking_origin, cannot_carry_a_header};
use auth_core::token::Caller;
use auth_core::wire::Ticket;

use super::cookie_access::caller_of;
use super::verify::refused;
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
    if !takes_tickets(route) || !cannot_carry_a_header(context.incoming.whole()) {
        return Err(refused(context, "ticket_elsewhere", ""));
    }
    let target = format!("{}{query}", context.incoming.path());
    let name = ticket.name(asking_origin(&context.config.gate(), context.incoming.whole()), &target);
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
