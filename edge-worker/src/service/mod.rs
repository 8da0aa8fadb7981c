//! The token service: the routes under `/auth` and the documents beside them.
//!
//! Every request is checked in this order: path (404), method (405), forgery guard (403), size (413), type
//! (415), content (400), and then by the route itself.

mod account;
mod admin;
mod body;
mod common;
mod context;
mod creation;
mod credential;
mod documents;
mod elsewhere;
mod introspect;
mod limits;
mod owner;
mod password;
mod reauthenticate;
mod refresh;
mod revoke;
mod routes;
pub(crate) mod session;
mod sessions;
mod sign_in;
mod sign_out;
mod sign_up;
mod ticket;
mod verify;

use auth_core::gate::browser::is_preflight;
use auth_core::gate::forgery_guard;
use auth_core::wire::{ErrorCode, NONCE_HEADER, is_nonce};
use serde_json::json;

use crate::http::{Answered, Refusal, preflight};
use crate::log;
use routes::Operation;

pub use context::Context;
pub use routes::{Found, find};

/// Handles a request to the service. Every response except a problem, whose body shows that it is the service's,
/// names the request that it answers.
///
/// # Errors
/// [`Refusal`].
pub async fn handle(context: &mut Context, found: Found) -> Answered {
    let nonce = context.incoming.header("latchkey-nonce").filter(|nonce| is_nonce(nonce));
    let nonce = nonce.map(ToOwned::to_owned);
    let response = judge(context, found).await?;
    if let Some(nonce) = nonce {
        response.headers().set(NONCE_HEADER, &nonce)?;
    }
    Ok(response)
}

async fn judge(context: &mut Context, found: Found) -> Answered {
    let (operations, rest) = match found {
        Found::Nothing => return Err(Refusal::new(ErrorCode::NotFound)),
        Found::Path { operations, rest } => (operations, rest),
    };
    if !operations.iter().any(|(_, operation)| operation.is_configured(&context.config)) {
        return Err(Refusal::new(ErrorCode::NotFound));
    }
    if is_preflight(&context.incoming.head) {
        return preflight(&context.config, &context.incoming, &routes::allow(operations, &context.config));
    }
    let method = context.incoming.method();
    let there = |(allowed, operation): &&(&str, Operation)| {
        *allowed == method && operation.is_configured(&context.config)
    };
    let Some((_, operation)) = operations.iter().find(there) else {
        return Err(Refusal::method_not_allowed(routes::allow(operations, &context.config)));
    };
    let operation = *operation;
    if operation.changes_something() {
        refuse_forged(context)?;
    }
    match operation {
        Operation::Health => documents::health(),
        Operation::Jwks => documents::jwks(context).await,
        Operation::Metadata => documents::metadata(context),
        Operation::ResourceMetadata => documents::resource_metadata(context),
        Operation::Revoke => revoke::handle(context).await,
        Operation::Introspect => introspect::handle(context).await,
        Operation::Admin(operation) => admin::handle(context, operation, &rest).await,
        Operation::SignUp => sign_up::handle(context).await,
        Operation::SignIn => sign_in::handle(context).await,
        Operation::Refresh => refresh::handle(context).await,
        Operation::SignOut => sign_out::handle(context).await,
        Operation::Password => password::handle(context).await,
        Operation::Reauthenticate => reauthenticate::handle(context).await,
        Operation::DeleteAccount => account::delete(context).await,
        Operation::ListSessions => sessions::list(context).await,
        Operation::RevokeSession => sessions::revoke(context, &rest).await,
        Operation::Ticket => ticket::handle(context).await,
        Operation::Verify => verify::handle(context).await,
    }
}

fn refuse_forged(context: &Context) -> Result<(), Refusal> {
    forgery_guard::check(&context.config.gate(), context.incoming.whole()).map_err(|forgery| {
        log::line("request_forgery", &context.incoming.id, json!({"check": forgery.as_str()}));
        Refusal::new(ErrorCode::RequestForgery)
    })
}
