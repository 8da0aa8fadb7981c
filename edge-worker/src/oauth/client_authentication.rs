//! Which client sends a request, and whether it is that client (RFC 6749 section 2.3).

use std::rc::Rc;

use auth_core::oauth::{Client, OAuthError, OAuthFailure, PresentedClient};
use auth_core::wire::Form;

use super::{OAuthRefusal, client_assertion, clients};
use crate::audit::{Actor, Asker, Kind};
use crate::context::Context;
use crate::service::limits::{self, WrongCredential};
use crate::service::session::now;

/// The text for every client that was not authenticated, so that it does not tell whether the id exists.
const REJECTED: OAuthFailure =
    OAuthFailure::new(OAuthError::InvalidClient, "The client is unknown, or its credential is wrong.");

/// Authenticates the client of a request with this form, which gets no token. A public client states only its id. A
/// registered client may be as it was 10 seconds ago, but a secret that was added since counts.
///
/// # Errors
/// As [`authenticate_present`].
pub(crate) async fn authenticate(context: &Context, form: &Form) -> Result<Rc<Client>, OAuthRefusal> {
    let presented = read(context, form)?;
    let copy = match &presented {
        PresentedClient::Id(id) | PresentedClient::Secret { id, .. } => clients::copy(context, id),
        PresentedClient::Assertion { .. } => None,
    };
    match copy.filter(|client| presented.is(client)) {
        Some(client) => Ok(client),
        None => authenticate_as(context, &presented).await,
    }
}

/// Authenticates the client of a request with this form, as it is registered now.
///
/// A correct credential is never limited: secrets have at least 128 random bits.
///
/// # Errors
/// `invalid_client`, whichever check failed; `invalid_request` if the request uses two methods; too many failures from
/// one address.
pub(super) async fn authenticate_present(context: &Context, form: &Form) -> Result<Rc<Client>, OAuthRefusal> {
    authenticate_as(context, &read(context, form)?).await
}

fn read(context: &Context, form: &Form) -> Result<PresentedClient, OAuthRefusal> {
    let authorization = context.incoming.header("authorization");
    PresentedClient::read(authorization, form).map_err(|failure| challenged(context, failure))
}

async fn authenticate_as(context: &Context, presented: &PresentedClient) -> Result<Rc<Client>, OAuthRefusal> {
    let client = match presented {
        PresentedClient::Id(id) | PresentedClient::Secret { id, .. } => {
            clients::find_present(context, id).await?
        }
        PresentedClient::Assertion { id, assertion } => {
            return match client_assertion::client(context, id.as_ref(), assertion.expose()).await? {
                Some(client) => Ok(client),
                None => Err(reject(context).await?),
            };
        }
    };
    match client.filter(|client| presented.is(client)) {
        Some(client) => Ok(client),
        None => Err(reject(context).await?),
    }
}

/// Counts and records a request whose client was not authenticated.
///
/// # Errors
/// The service can't count it.
pub(crate) async fn reject(context: &Context) -> Result<OAuthRefusal, OAuthRefusal> {
    let asker = Asker { actor: Actor::Anybody, ..context.asker(Actor::Anybody) };
    let event = asker.event(Kind::ClientRefused, now());
    match limits::wrong_credential(context).await? {
        WrongCredential::Counted => event.log(),
        WrongCredential::Limited(refusal, is_news) => {
            if is_news {
                event.reason("limited").log();
            }
            return Ok(refusal.into());
        }
    }
    Ok(challenged(context, REJECTED))
}

/// A client that used HTTP Basic gets its challenge (RFC 6749 section 5.2). No other request does, because a browser
/// would ask its user for a password.
fn challenged(context: &Context, failure: OAuthFailure) -> OAuthRefusal {
    let refusal = OAuthRefusal::from(failure);
    let used_basic = context.incoming.header("authorization").is_some();
    if failure.error == OAuthError::InvalidClient && used_basic {
        refusal.with("WWW-Authenticate", format!(r#"Basic realm="{}""#, context.config.issuer))
    } else {
        refusal
    }
}
