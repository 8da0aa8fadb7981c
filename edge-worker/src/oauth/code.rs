//! Issues authorization codes.

use auth_core::credential::Once;
use auth_core::oauth::{AuthorizationCode, Client, CodeTerms};
use auth_core::secret::SecretText;
use auth_core::wire::{RefreshCookie, SessionEndReason};

use super::pages::shown_name;
use crate::audit::Actor;
use crate::context::Context;
use crate::mail::GrantedClient;
use crate::objects::protocol::oauth::{CodeIssue, IssueCode};
use crate::objects::{Unavailable, presented};
use crate::random;

/// Stores what the user of a session has granted, and a code for it that is valid for `lifetime` seconds. Returns the
/// code; `None` if the request counts once and was answered before. The error says why the session is not active. A mail
/// tells the user if this grants a client of a third party more than it had. `host`: where the user's answer goes, if the
/// client has told.
///
/// # Errors
/// [`Unavailable`].
pub async fn issue(
    context: &Context,
    cookie: &RefreshCookie,
    (client, host): (&Client, Option<&str>),
    terms: &CodeTerms,
    lifetime: u64,
    once: Option<&Once>,
) -> Result<Result<Option<SecretText>, SessionEndReason>, Unavailable> {
    let named = || GrantedClient { name: shown_name(&client.name), host: host.map(ToOwned::to_owned) };
    let code = AuthorizationCode::new(&cookie.account, random::bytes()?);
    let call = |presented| IssueCode {
        presented,
        terms: terms.clone(),
        hash: code.hash(),
        lifetime,
        once: once.cloned(),
        client: (!client.first_party).then(named),
        asker: context.asker(Actor::User),
    };
    let reply = presented::ask(&context.env, cookie, call).await?;
    Ok(reply.map(|issued| match issued {
        CodeIssue::Issued => Some(code.text().clone()),
        CodeIssue::Used => None,
    }))
}
