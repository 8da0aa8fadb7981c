//! A request at the gate, from its path to what becomes of it.

use std::rc::Rc;

use auth_core::gate::browser::is_preflight;
use auth_core::gate::{CanonicalPath, Choice, Head, Target, choose, identity};
use auth_core::wire::{ErrorCode, TicketLookup, find_ticket};
use worker::Response;

use super::cookie_access::{self, CookieAccess};
use super::timing::Timing;
use super::{admission, forward, ticket_access, verify};
use crate::config::{Access, Config, Route};
use crate::http::{Refusal, preflight};
use crate::objects::Unavailable;
use crate::service::Context;

/// What a request's path and method lead to.
pub(super) enum Decision<'c> {
    /// A route, and its index in the configuration.
    Route { index: usize, route: &'c Rc<Route> },
    /// A browser asks what it may send to this route.
    Preflight(&'c Rc<Route>),
}

/// What becomes of a request.
pub enum Outcome {
    /// The Worker answers it.
    Answer(Response),
    /// It goes to its route's upstream.
    Forward {
        /// The route's index in the configuration.
        route: usize,
        /// The headers that tell the upstream who calls, as lines; empty on public routes.
        identity: String,
        /// How long the URL is that the upstream sees, in bytes, all of them ASCII; 0: it is the request's.
        url_ends: usize,
    },
}

/// Finds the route that decides.
///
/// # Errors
/// [`Refusal`] for a request with two readings, without a route, or without one for the method.
pub(super) fn decide<'c>(config: &'c Config, head: &Head) -> Result<Decision<'c>, Refusal> {
    if forward::came_back(config, head) {
        let cause = "a request for an upstream with preserve_host came back: its host and the issuer's are not in \
                     one Cloudflare zone, or the platform does not know resolveOverride";
        let cause = Some(Unavailable::because("upstream", cause));
        return Err(Refusal { cause, ..Refusal::new(ErrorCode::BadGateway) });
    }
    let path = CanonicalPath::parse(head.path())
        .map_err(|_| Refusal::invalid("The path can be read in more than one way."))?;
    let asks_first = is_preflight(head);
    let method = if asks_first {
        head.header("access-control-request-method").unwrap_or_default()
    } else {
        head.method()
    };
    match choose(&config.routes, Target { path, query: head.query(), method }) {
        Choice::Route { route, .. } if asks_first => Ok(Decision::Preflight(route)),
        Choice::Route { route, .. } if !route.service_worker && fetches_service_worker(head) => {
            Err(Refusal::new(ErrorCode::RequestForgery))
        }
        Choice::Route { index, route } => Ok(Decision::Route { index, route }),
        Choice::MethodNotAllowed { allow } => Err(Refusal::method_not_allowed(allow)),
        Choice::Ambiguous => {
            Err(Refusal::invalid("A server could read the request as one for another route."))
        }
        Choice::None => Err(Refusal::new(ErrorCode::NotFound)),
    }
}

/// Whether a browser asks for the script of a service worker (Service Workers, section "Update"). A service worker of the page's
/// origin sees every request of its pages and their workers, with the access token.
fn fetches_service_worker(head: &Head) -> bool {
    head.header("service-worker").is_some()
}

/// Decides about a request that isn't the service's: by its route's policy, or not at all.
///
/// # Errors
/// [`Refusal`].
pub async fn handle(context: &Context) -> Result<Outcome, Refusal> {
    let incoming = &context.incoming;
    let (index, route) = match decide(&context.config, &incoming.head)? {
        Decision::Route { index, route } => (index, Rc::clone(route)),
        Decision::Preflight(route) => {
            let methods = route.methods.join(", ");
            return preflight(&context.config, incoming, &methods).map(Outcome::Answer);
        }
    };
    let forward = |identity: String| Ok(Outcome::Forward { route: index, identity, url_ends: 0 });
    let by_token = match route.access {
        Access::Public => return forward(String::new()),
        Access::Token => true,
        Access::Session => false,
        // A token that is no good is never made up for by a cookie.
        Access::TokenOrSession => incoming.header("authorization").is_some(),
    };
    match find_ticket(incoming.head.query()) {
        TicketLookup::Absent => {}
        // One way to show a token is allowed (RFC 6750 section 2), and neither a token nor a cookie makes up for a bad ticket.
        TicketLookup::Found { ticket, rest } if incoming.header("authorization").is_none() => {
            let caller = ticket_access::caller(context, &route, &ticket, rest).await?;
            admission::require(context, &caller, &route.requires)?;
            let identity = identity::lines(&caller);
            let url_ends = incoming.head.origin().len() + incoming.path().len() + rest.len();
            return Ok(Outcome::Forward { route: index, identity, url_ends });
        }
        TicketLookup::Found { .. } | TicketLookup::Malformed => {
            return Err(verify::malformed(context, "ticket_form"));
        }
    }
    if by_token {
        let token = verify::presented_token(context, &route.requires.issuers).await?;
        let revocations_age_ms =
            admission::refuse_revoked(context, &route, token.known.verified.claims()).await?;
        let token = verify::by_present_keys(context, &route.requires.issuers, token).await?;
        let (hit, keys_age_ms) = (token.hit, token.keys_age_ms);
        context.timing.set(Some(Timing { hit, keys_age_ms, revocations_age_ms }));
        admission::require(context, token.known.verified.claims(), &route.requires)?;
        return forward(token.known.identity.clone());
    }
    match cookie_access::caller(context).await? {
        CookieAccess::ComeAgain(page) => Ok(Outcome::Answer(page)),
        CookieAccess::Caller(caller) => {
            admission::require(context, &caller, &route.requires)?;
            forward(identity::lines(&caller))
        }
    }
}
