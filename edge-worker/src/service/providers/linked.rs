//! `GET /auth/providers/linked` and `DELETE /auth/providers/{name}`

use auth_core::wire::ErrorCode;
use serde::Serialize;

use crate::audit::Actor;
use crate::http::{Answered, Refusal, empty, json};
use crate::objects::call::Done;
use crate::objects::protocol::account::{ListLinked, NotUnlinked, Unlink};
use crate::service::Context;
use crate::service::owner::{Owner, ask_present_state};
use crate::ways_in::provider;

#[derive(Serialize)]
struct Linked<'l> {
    providers: Vec<LinkedProvider<'l>>,
}

#[derive(Serialize)]
struct LinkedProvider<'l> {
    name: &'l str,
    label: &'l str,
}

/// The providers whose users are linked to the account, in the order in which they were linked. One that the
/// configuration does not have any more is listed by its name.
pub(in crate::service) async fn list(context: &Context) -> Answered {
    let (_, names) = ask_present_state(context, |bearing| ListLinked { bearing }).await?;
    let label = |name: &str| provider::find(context, name).map(|known| &*known.label);
    let providers = names.iter().map(|name| LinkedProvider { name, label: label(name).unwrap_or(name) });
    json(200, &Linked { providers: providers.collect() })
}

/// Unlinks the provider's users from the account of a user who has proved a credential recently.
pub(in crate::service) async fn unlink(context: &Context, name: &str) -> Answered {
    let owner = Owner::of(context).await?;
    owner.require_fresh(context).await?;
    let (bearing, asker) = (owner.bearing(), context.asker(Actor::User));
    match owner.ask(context, &Unlink { bearing, provider: name.to_owned(), asker }).await? {
        Ok(Done {}) => empty(204),
        Err(NotUnlinked::NotLinked) => Err(Refusal::new(ErrorCode::NotFound)),
        Err(NotUnlinked::LastCredential) => Err(Refusal::new(ErrorCode::LastCredential)),
    }
}
