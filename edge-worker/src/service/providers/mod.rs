//! `/auth/providers`: sign-in with another provider, and the user's list of linked ones.

mod callback;
mod linked;
mod pages;
mod start;
mod tokens;

pub(super) use callback::{posted, returned};
pub(super) use linked::{list, unlink};
pub(super) use start::{link, start};
pub(in crate::service) use tokens::read as read_tokens;

use auth_core::provider::{Delivery, Flow};
use auth_core::wire::ErrorCode;
use worker::Response;

use super::Context;
use super::session::with_cookie;
use crate::http::{Answered, Refusal, empty};

/// Tells the app's page what became of a flow, in the way in which it has asked for it.
fn tell(flow: &Flow, error: Option<&Refusal>) -> Answered {
    match &flow.delivery {
        Delivery::Redirect => redirect(&match error {
            Some(refusal) => flow.return_to.with_error(refusal.code, &refusal.methods),
            None => flow.return_to.as_str().to_owned(),
        }),
        Delivery::Popup(id) => pages::result(flow.return_to.origin(), id, error),
    }
}

/// Sends the browser to an absolute URL.
fn redirect(url: &str) -> Answered {
    let response = empty(302)?;
    response.headers().set("Location", url)?;
    Ok(response)
}

/// The response with these cookies.
fn with_cookies(mut response: Response, cookies: &[Option<String>]) -> Answered {
    for cookie in cookies {
        response = with_cookie(response, cookie.as_deref())?;
    }
    Ok(response)
}

/// `not_found` for a provider that the configuration does not have.
const fn unknown() -> Refusal {
    Refusal::new(ErrorCode::NotFound)
}

/// The cookies of the request.
fn cookies(context: &Context) -> Option<&str> {
    context.incoming.header("cookie")
}
