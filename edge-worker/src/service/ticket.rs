//! `POST /auth/ticket`

use auth_core::gate::browser::asking_origin;
use auth_core::gate::{CanonicalPath, Choice, Target, choose, takes_tickets};
use auth_core::limits::Wait;
use auth_core::secret::SecretBytes;
use auth_core::ticket::TICKET_LIFETIME;
use auth_core::wire::{Ticket, TicketRequest, TicketTarget, paths};
use serde_json::json as value;

use super::owner::Owner;
use super::{Context, body, limits};
use crate::http::{Answered, Refusal, json};
use crate::objects::call::Done;
use crate::objects::protocol::account::{MintTicket, TooManyTickets};
use crate::random;

/// Issues a URL that works once within 30 seconds. The ticket is valid only for that URL.
pub(super) async fn handle(context: &mut Context) -> Answered {
    let TicketRequest { url } = body::read(&mut context.incoming).await?;
    let target = target(context, &url).ok_or_else(|| {
        Refusal::invalid(
            Some("url"),
            "The URL must be one that the gate takes a token for, as browsers write it, without a fragment.",
        )
    })?;
    let owner = Owner::of(context).await?;
    let caller = owner.caller();
    let secret = SecretBytes::new(random::bytes()?);
    let bearing = owner.bearing();
    let ticket = Ticket { account: caller.account(), token_id: bearing.token_id.clone(), secret };
    let call = MintTicket {
        bearing,
        ticket: ticket.name(asking_origin(&context.config.gate(), context.incoming.whole()), &target),
    };
    match owner.ask(context, &call).await? {
        Ok(Done {}) => json(200, &value!({"url": ticket.on(&url), "expires_in": TICKET_LIFETIME})),
        Err(TooManyTickets { retry_after_ms }) => Err(limits::limited(Wait(retry_after_ms))),
    }
}

/// The path and query, if the route for them accepts tickets. The URL's origin must be the service's own or a
/// listed one.
fn target(context: &Context, url: &str) -> Option<String> {
    let target = TicketTarget::parse(url)?;
    let path = CanonicalPath::parse(target.path).ok()?;
    let is_ours = context.config.lists_origin(target.origin.as_str()) && !paths::is_of_service(target.path);
    let asked = Target { path, query: target.query, method: "GET" };
    match choose(&context.config.routes, asked) {
        Choice::Route { route, .. } if is_ours && takes_tickets(route) => {
            Some(format!("{}{}", target.path, target.query))
        }
        _ => None,
    }
}
