//! `POST /oauth/register` (RFC 7591): a client registers itself, if the deployer permits it.

use auth_core::oauth::{ClientMetadata, MetadataOrigin, OAuthError, REGISTERED_CLIENT_ID};
use serde_json::{Map, Value};
use worker_config::is_valid_key;

use super::{OAuthAnswer, OAuthRefusal, finish, policy};
use crate::audit::{Actor, Kind};
use crate::context::Context;
use crate::http::{Answered, json};
use crate::objects::client;
use crate::objects::protocol::clients::{NotRegistered, RegisterClient, Registered, StoredClient};
use crate::random;
use crate::service::session::now;
use crate::service::{body, limits};

/// Answers the request.
pub(crate) async fn handle(context: &mut Context) -> Answered {
    let answer = register(context).await;
    finish(context, answer)
}

/// Such a client gets tokens only by users, and has no secret. A client address can register as many clients as accounts.
async fn register(context: &mut Context) -> OAuthAnswer {
    let members: Map<String, Value> = body::read(&mut context.incoming).await?;
    let metadata =
        ClientMetadata::read(&members, policy(context)?, &MetadataOrigin::Registration, is_valid_key)?;
    limits::sign_up(context).await?;
    let client = StoredClient {
        id: [REGISTERED_CLIENT_ID, &random::id()?].concat().into(),
        metadata: metadata.members(),
        secrets: Vec::new(),
        dynamic: true,
        epoch: 0,
        created_at: now(),
    };
    let Registered { client, .. } =
        match client::clients(&context.env, &RegisterClient { client, creation: None }).await? {
            Ok(registered) => registered,
            Err(NotRegistered::Full | NotRegistered::OtherRequest) => {
                let description = "The service has no room for more clients that register themselves.";
                return Err(OAuthRefusal::new(OAuthError::TemporarilyUnavailable, description));
            }
        };
    context
        .asker(Actor::Anybody)
        .event(Kind::ClientRegistered, client.created_at)
        .id(client.id.as_str())
        .log();
    let mut members = client.metadata;
    members.insert("client_id".to_owned(), client.id.as_str().into());
    members.insert("client_id_issued_at".to_owned(), client.created_at.0.into());
    Ok(json(201, &members)?)
}
