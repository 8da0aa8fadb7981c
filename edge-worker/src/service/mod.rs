//! The token service: the routes under `/auth` and the documents beside them.
//!
//! Every request is checked in this order: path (404), method (405), forgery guard (403), size (413), type
//! (415), content (400), and then by the route itself.

mod account;
mod admin;
mod api_keys;
mod attempt_record;
pub(crate) mod body;
mod common;
pub(crate) mod credential;
mod documents;
mod email_change;
mod email_code;
mod email_verification;
mod grants;
pub(crate) mod introspect;
pub(crate) mod limits;
mod methods;
mod owner;
mod passkey;
mod passkeys;
mod password;
mod password_reset;
mod profile;
mod providers;
mod reauthenticate;
mod refresh;
mod revoke;
mod routes;
mod second_factor;
pub(crate) mod session;
mod sessions;
mod sign_in;
mod sign_out;
mod sign_up;
mod ticket;
mod token;
mod verify;

use std::rc::Rc;

use crate::config::Config;
use crate::gate::denial;
use crate::http::{Answered, Refusal, forged, preflight, preflight_for_any, readable_by_any};
use crate::objects::client;
use auth_core::api_key::contains_key;
use auth_core::gate::Denial;
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
    let mut answered = judge(context, found).await;
    if context.any_origin.get() {
        answered = readable_by_any(answered);
    }
    let Some(nonce) = nonce else { return answered };
    let response = answered.map_err(|refusal| refusal.with(NONCE_HEADER, nonce.clone()))?;
    response.headers().set(NONCE_HEADER, &nonce)?;
    Ok(response)
}

async fn judge(context: &mut Context, found: Found) -> Answered {
    if contains_key(context.incoming.path()) || contains_key(context.incoming.head.query()) {
        return Err(denial::refusal(context, None, &Denial::ApiKeyInUrl));
    }
    let (path, id, key) = match found {
        Found::Path { path, id, key } => (path, id, key),
        Found::Verify => return verify::handle(context, Approval::Ok).await,
        Found::Nothing => return Err(Refusal::new(ErrorCode::NotFound)),
    };
    // A proxy may keep the method of the request about which it asks. Without its headers, only GET exists.
    if path == paths::VERIFY && is_stated(context.incoming.whole()) {
        return verify::handle(context, Approval::NoContent).await;
    }
    let config = Rc::clone(&context.config);
    context.any_origin.set(routes::is_for_any_origin(path, &config));
    if is_preflight(&context.incoming.head) {
        let methods = routes::allow(path, &config).ok_or_else(|| switched_off(path, &config))?;
        return match context.any_origin.get() {
            true => preflight_for_any(&context.incoming, &methods),
            false => preflight(&config, &context.incoming, &methods),
        };
    }
    let Some(route) = routes::route(path, context.incoming.method(), &config) else {
        return Err(match routes::allow(path, &config) {
            Some(methods) => Refusal::method_not_allowed(methods),
            None => switched_off(path, &config),
        });
    };
    match route.guard {
        Guard::Open | Guard::Public | Guard::Flow | Guard::Navigation | Guard::Clients => {}
        Guard::Pages => refuse_forged(context)?,
        Guard::Form => refuse_forged_form(context)?,
        Guard::Programs => credential::refuse_pages(context)?,
    }
    if !matches!(route.guard, Guard::Open | Guard::Public | Guard::Flow | Guard::Navigation) {
        // Without keys nothing is found out about an account: the objects may be those of another jurisdiction, in
        // which no address and no session exists.
        client::keys(&context.env).await?;
    }
    routes::carry_out(route.operation, context, (&id, &key)).await
}

/// The path is in the table of routes, but the configuration has switched it off.
fn switched_off(path: &str, config: &Config) -> Refusal {
    let is_of_oauth = path.starts_with("/oauth")
        || path.contains("/grants")
        || path == paths::OPENID_CONFIGURATION
        || path.starts_with("/admin/clients");
    let key = if is_of_oauth && config.oauth.is_none() {
        "oauth: found none, expected the table [LATCHKEY.oauth], which switches on the authorization server"
    } else if path == paths::OAUTH_REGISTER {
        "oauth.registration: found \"off\", expected \"open\", so that clients can register themselves"
    } else if (path.contains("api-keys") || path == paths::TOKEN) && config.api_keys.is_none() {
        "api_keys: found none, expected the table [LATCHKEY.api_keys], so that users can create API keys"
    } else if path.starts_with("/admin/") && config.admin_credentials.is_empty() {
        "admin_credentials: found none, expected the SHA-256 of the secret with which programs call /admin"
    } else if path == paths::INTROSPECT || path == paths::REVOKE {
        "service_credentials: found none, expected the SHA-256 of the secret with which services call this path"
    } else if path.starts_with(paths::EMAIL_CODE) && config.elsewhere.is_none() {
        "sign_in.email_code and mail: found a code switched off or no mail, expected email_code = true and [LATCHKEY.mail] \
         with an adapter, so that codes can be sent"
    } else {
        "sign_in.elsewhere: found a system with the users' passwords, so they can't be changed here"
    };
    Refusal { mistake: Some(key.into()), ..Refusal::new(ErrorCode::NotFound) }
}

fn refuse_forged_form(context: &Context) -> Result<(), Refusal> {
    let (config, incoming) = (&context.config, &context.incoming);
    let evidence = forgery_guard::evidence(&config.gate(), incoming.whole());
    forgery_guard::judge_form(evidence, incoming.header("origin"), config.issuer.as_str())
        .map_err(|check| forged(config, incoming, check))
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
