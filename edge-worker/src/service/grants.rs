//! `/auth/grants`: what the user has granted to OAuth clients. `/admin/users/{id}/grants` is the same for administrators.

use auth_core::id::{ClientId, GrantId};
use auth_core::oauth::ClientSource;
use auth_core::time::UnixTime;
use auth_core::wire::ErrorCode;
use serde::Serialize;

use super::Context;
use super::owner::{Owner, ask_present_state};
use crate::audit::Actor;
use crate::http::{Answered, Refusal, empty, json};
use crate::oauth::clients;
use crate::objects::call::Done;
use crate::objects::protocol::oauth::{GrantRow, ListGrants, NoGrant, WithdrawGrant};
use crate::objects::protocol::session::Authority;

/// Lists what the user has granted, the newest first.
pub(super) async fn list(context: &Context) -> Answered {
    let call = |bearing| ListGrants { by: Authority::User(bearing) };
    let (_, grants) = ask_present_state(context, call).await?;
    listed(context, grants).await
}

/// Withdraws a grant. One of another account counts as not found.
pub(super) async fn withdraw(context: &Context, grant: &str) -> Answered {
    let owner = Owner::of(context).await?;
    let by = Authority::User(owner.bearing());
    let call = WithdrawGrant { by, grant: grant.into(), asker: context.asker(Actor::User) };
    withdrawn(owner.ask(context, &call).await?)
}

#[derive(Serialize)]
struct GrantList {
    grants: Vec<Grant>,
}

#[derive(Serialize)]
struct Grant {
    id: GrantId,
    client: GrantedClient,
    scopes: Vec<String>,
    /// `null`: the service's own API.
    resource: Option<String>,
    created_at: UnixTime,
    /// `null`: never.
    last_used_at: Option<UnixTime>,
}

#[derive(Serialize)]
struct GrantedClient {
    id: ClientId,
    name: String,
    /// Where the user's answers may go, by which users recognise the client: all hosts, separated by commas, because a
    /// client that has registered itself may name some that are not its own. `null`: the client does not exist any more.
    host: Option<String>,
}

pub(super) async fn listed(context: &Context, rows: Vec<GrantRow>) -> Answered {
    let mut grants = Vec::with_capacity(rows.len());
    for GrantRow { id, client_id, scope, resource, created_at, last_used_at } in rows {
        let client = shown(context, client_id).await?;
        let scopes = scope.iter().map(ToOwned::to_owned).collect();
        grants.push(Grant { id, client, scopes, resource, created_at, last_used_at });
    }
    json(200, &GrantList { grants })
}

/// A document is not fetched for the list: its host says whose it is.
async fn shown(context: &Context, id: ClientId) -> Result<GrantedClient, Refusal> {
    let (name, host) = match ClientSource::of(&id) {
        Some(ClientSource::MetadataDocument) => {
            let host = id.as_str().split('/').nth(2).unwrap_or_default().to_owned();
            (host.clone(), Some(host))
        }
        Some(ClientSource::Configuration | ClientSource::Registered) => {
            match clients::find(context, &id).await? {
                Some(client) => {
                    let mut hosts: Vec<&str> = Vec::new();
                    for uri in &client.redirect_uris {
                        if !hosts.contains(&uri.host()) {
                            hosts.push(uri.host());
                        }
                    }
                    (client.name.clone(), (!hosts.is_empty()).then(|| hosts.join(", ")))
                }
                None => (id.as_str().to_owned(), None),
            }
        }
        None => (id.as_str().to_owned(), None),
    };
    Ok(GrantedClient { id, name, host })
}

pub(super) fn withdrawn(reply: Result<Done, NoGrant>) -> Answered {
    match reply {
        Ok(Done {}) => empty(204),
        Err(NoGrant {}) => Err(Refusal::new(ErrorCode::NotFound)),
    }
}
