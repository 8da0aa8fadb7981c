//! The token service: the routes under `/auth` and the documents beside them.
//!
//! Every request is checked in this order: path (404), method (405), forgery guard (403), size (413), type
//! (415), content (400), and then by the route itself.

mod account;
mod admin;
mod attempt_record;
mod body;
mod common;
mod credential;
mod documents;
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

use std::rc::Rc;

use crate::config::Config;
use crate::http::{Answered, Refusal, forged, preflight};
use auth_core::gate::browser::is_preflight;
use auth_core::gate::forgery_guard;
use auth_core::gate::forwarded::is_stated;
use auth_core::wire::{ErrorCode, Forgery, NONCE_HEADER, is_nonce, paths};
use routes::Guard;
use verify::Approval;

pub use crate::context::Context;
pub use routes::{Found, find};

/// Handles a request to the service. Every response names the request that it answers, so that a client can
/// distinguish it from one that a proxy or a service worker created or repeated.
///
/// # Errors
/// [`Refusal`].
pub async fn handle(context: &mut Context, found: Found) -> Answered {
    let nonce = context.incoming.header("latchkey-nonce").filter(|nonce| is_nonce(nonce));
    let nonce = nonce.map(ToOwned::to_owned);
    let Some(nonce) = nonce else { return judge(context, found).await };
    let response =
        judge(context, found).await.map_err(|refusal| refusal.with(NONCE_HEADER, nonce.clone()))?;
    response.headers().set(NONCE_HEADER, &nonce)?;
    Ok(response)
}

async fn judge(context: &mut Context, found: Found) -> Answered {
    let (path, id) = match found {
        Found::Path { path, id } => (path, id),
        Found::Verify => return verify::handle(context, Approval::Ok).await,
        Found::Nothing => return Err(Refusal::new(ErrorCode::NotFound)),
    };
    // A proxy may keep the method of the request about which it asks. Without its headers, only GET exists.
    if path == paths::VERIFY && is_stated(context.incoming.whole()) {
        return verify::handle(context, Approval::NoContent).await;
    }
    let config = Rc::clone(&context.config);
    if is_preflight(&context.incoming.head) {
        let methods = routes::allow(path, &config).ok_or_else(|| switched_off(path, &config))?;
        return preflight(&config, &context.incoming, &methods);
    }
    let Some(route) = routes::route(path, context.incoming.method(), &config) else {
        return Err(match routes::allow(path, &config) {
            Some(methods) => Refusal::method_not_allowed(methods),
            None => switched_off(path, &config),
        });
    };
    match route.guard {
        Guard::Open => {}
        Guard::Pages => refuse_forged(context)?,
        Guard::Programs => credential::refuse_pages(context)?,
    }
    routes::carry_out(route.operation, context, &id).await
}

/// The path is in the table of routes, but the configuration has switched it off.
fn switched_off(path: &str, config: &Config) -> Refusal {
    let key = if path.starts_with("/admin/") && config.admin_credentials.is_empty() {
        "admin_credentials: found none, expected the SHA-256 of the secret with which programs call /admin"
    } else if path == paths::INTROSPECT || path == paths::REVOKE {
        "service_credentials: found none, expected the SHA-256 of the secret with which services call this path"
    } else {
        "sign_in.elsewhere: found a system with the users' passwords, so they can't be changed here"
    };
    Refusal { mistake: Some(key.to_owned()), ..Refusal::new(ErrorCode::NotFound) }
}

fn refuse_forged(context: &Context) -> Result<(), Refusal> {
    let evidence = forgery_guard::evidence(&context.config.gate(), context.incoming.whole());
    forgery_guard::judge(evidence).map_err(|check| {
        let refusal = forged(&context.config, &context.incoming, check);
        if check == Forgery::NoClient && forgery_guard::is_probe(evidence) {
            // The SDK's own question, about which the log has nothing to tell.
            return Refusal { mistake: None, ..refusal };
        }
        refusal
    })
}
