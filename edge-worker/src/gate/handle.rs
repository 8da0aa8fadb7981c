//! A request at the gate: what the machine says, carried out.

use auth_core::gate::{Answer, Forward, Identified, identity, route};
use worker::{Response, ResponseBuilder};

use super::fulfil::{self, Ending, Findings};
use super::token_cache::Token;
use super::{denial, revocations};
use crate::context::Context;
use crate::http::{Refusal, preflight};

/// What becomes of a request.
pub enum Outcome {
    /// The Worker answers it.
    Answer(Response),
    /// It goes to its route's upstream.
    Forward(Forward<Token>),
}

/// Judges a request that is not the service's own.
///
/// # Errors
/// [`Refusal`].
pub async fn handle(context: &Context, findings: &mut Findings) -> Result<Outcome, Refusal> {
    match fulfil::judge(context, findings, |judge| judge.gate()).await {
        Ok(forward) => {
            if forward.findings.renew_revocations {
                revocations::renew_aside(context);
            }
            Ok(Outcome::Forward(forward))
        }
        Err(Ending::Denied(denial)) => {
            let route = route::requested(&context.config.routes, &context.incoming.head);
            Err(denial::refusal_on(context, route, &denial).await)
        }
        Err(Ending::Unavailable(refusal)) => Err(refusal),
        Err(Ending::Answer(Answer::ComeAgain)) => come_again().map(Outcome::Answer),
        Err(Ending::Answer(Answer::Preflight { methods })) => {
            preflight(&context.config, &context.incoming, &methods).map(Outcome::Answer)
        }
    }
}

/// The identity headers for a caller, as lines; empty if the caller is anonymous.
pub fn identity_of(caller: &Identified<Token>) -> String {
    match caller {
        Identified::Anonymous => String::new(),
        Identified::Token(token) => token.as_ref().identity.clone(),
        Identified::Session(caller) => identity::lines(caller),
    }
}

/// A page that requests itself again. The second request comes from the service's own site, so it has the
/// cookie if there is one, and it is not `cross-site`, so it can't cause a third.
fn come_again() -> Result<Response, Refusal> {
    const PAGE: &str =
        "<!doctype html><meta charset=utf-8><meta http-equiv=refresh content=0><title>One moment…</title>";
    let builder = ResponseBuilder::new().with_status(200);
    let builder = builder.with_header("Content-Type", "text/html; charset=utf-8")?;
    let builder = builder.with_header("Cache-Control", "private, no-store")?;
    let builder =
        builder.with_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")?;
    Ok(builder.with_header("Referrer-Policy", "no-referrer")?.fixed(PAGE.as_bytes().to_vec()))
}
