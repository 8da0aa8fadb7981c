//! `/admin/clients`: the OAuth clients that administrators register. Those of the configuration are not among them.

use auth_core::id::ClientId;
use auth_core::oauth::{
    AuthenticationMethod, ClientMetadata, MetadataOrigin, OAuthError, REGISTERED_CLIENT_ID, has_unknown_scope,
};
use auth_core::secret::{SecretText, expose_option};
use auth_core::time::UnixTime;
use auth_core::wire::{ErrorCode, Form};
use serde::Serialize;
use serde_json::{Map, Value};
use worker_config::is_valid_key;

use super::idempotency::IdempotencyKey;
use crate::audit::{Actor, Asker, Kind};
use crate::http::{Answered, Refusal, empty, json};
use crate::oauth::{clients, policy, secret};
use crate::objects::call::Call;
use crate::objects::protocol::account::Creation;
use crate::objects::protocol::clients::{
    AddSecret, ChangeClient, ClientsCalls, DeleteClient, EndEarlierSecrets, NextClients, NotRegistered,
    RegisterClient, Registered, StoredClient, ViewClient,
};
use crate::objects::{Unavailable, client};
use crate::random;
use crate::service::body::Empty;
use crate::service::session::now;
use crate::service::{Context, body, credential};

/// For how long a request with an `Idempotency-Key` can be repeated, in seconds.
const REPEATABLE: u64 = 86_400;

/// The number of clients on a page: the default and the maximum.
const PAGE: (u64, u64) = (50, 100);

/// A client as administrators see it.
#[derive(Serialize)]
struct View {
    client_id: ClientId,
    /// Only in the response to the request that has created the secret.
    #[serde(serialize_with = "expose_option", skip_serializing_if = "Option::is_none")]
    client_secret: Option<SecretText>,
    client_id_issued_at: UnixTime,
    /// The number of valid secrets.
    secrets: usize,
    /// Whether the client has registered itself.
    dynamic: bool,
    #[serde(flatten)]
    metadata: Map<String, Value>,
}

impl View {
    fn of(client: StoredClient, client_secret: Option<SecretText>) -> Self {
        Self {
            client_id: client.id,
            client_secret,
            client_id_issued_at: client.created_at,
            secrets: client.secrets.len(),
            dynamic: client.dynamic,
            metadata: client.metadata,
        }
    }
}

#[derive(Serialize)]
struct Views {
    clients: Vec<View>,
    /// The `cursor` of the next page; null after the last one.
    next_cursor: Option<ClientId>,
}

/// Registers a client, and returns its secret if it has one. With an `Idempotency-Key` the same request can be repeated for
/// 24 hours.
pub(in crate::service) async fn create(context: &mut Context) -> Answered {
    let metadata = read(context).await?;
    let asker = credential::require(context, Actor::Admin).await?;
    let key = IdempotencyKey::of(context, &asker)?;
    let (nonce, now) = (random::id()?, now());
    let secret = match (metadata.method(), &key) {
        (AuthenticationMethod::Secret, Some(key)) => Some(key.client_secret(&nonce)?),
        (AuthenticationMethod::Secret, None) => Some(secret::new()?),
        (AuthenticationMethod::None | AuthenticationMethod::PrivateKeyJwt, _) => None,
    };
    let client = StoredClient {
        id: [REGISTERED_CLIENT_ID, &random::id()?].concat().into(),
        metadata: metadata.members(),
        secrets: secret.iter().map(secret::hash).collect::<Result<_, _>>()?,
        dynamic: false,
        epoch: 0,
        created_at: now,
    };
    let text = serde_json::to_string(&client.metadata).map_err(|_| Refusal::unavailable())?;
    let fingerprint = secret::hash(&SecretText::new(text))?;
    let creation = key.as_ref().map(|key| Creation {
        key_hash: key.hash.clone(),
        fingerprint,
        nonce: nonce.clone(),
        expires_at: now.plus(REPEATABLE),
    });
    let Registered { client, nonce: used } =
        match client::clients(&context.env, &RegisterClient { client, creation }).await? {
            Ok(registered) => registered,
            Err(NotRegistered::OtherRequest) => {
                let detail = "The Idempotency-Key belongs to a request with other metadata.";
                return Err(Refusal::invalid(Some("Idempotency-Key"), detail));
            }
            Err(NotRegistered::Full) => return Err(Refusal::unavailable()),
        };
    let secret = match (&key, used) {
        // An earlier request has registered the client. Its secret is derived again, unless it was replaced since.
        (Some(key), Some(used)) if used != nonce && !client.secrets.is_empty() => {
            let secret = key.client_secret(&used)?;
            let hash = secret::hash(&secret)?;
            client.secrets.contains(&hash).then_some(secret)
        }
        (_, _) => secret,
    };
    record(&asker, Kind::ClientRegistered, &client.id);
    json(201, &View::of(client, secret))
}

/// Lists the registered clients, a page at a time.
pub(in crate::service) async fn list(context: &Context) -> Answered {
    let invalid = |field| {
        let detail = "The query may have a `cursor`, the `next_cursor` of an earlier response, and a `limit` from 1 to 100.";
        Refusal::invalid(field, detail)
    };
    let query = context.incoming.head.query().trim_start_matches('?');
    let form = Form::parse(query.as_bytes()).map_err(|_| invalid(None))?;
    if !form.has_only(&["cursor", "limit"]) {
        return Err(invalid(None));
    }
    let limit = match form.get("limit").map(str::parse) {
        None => PAGE.0,
        Some(Ok(limit)) if (1..=PAGE.1).contains(&limit) => limit,
        Some(_) => return Err(invalid(Some("limit"))),
    };
    let after = form.get("cursor").map(ClientId::from);
    let asker = credential::require(context, Actor::Admin).await?;
    asker.event(Kind::ClientsRead, now()).log();
    let clients = client::clients(&context.env, &NextClients { after, limit }).await?;
    let is_last = u64::try_from(clients.len()).is_ok_and(|found| found < limit);
    let next_cursor = clients.last().filter(|_| !is_last).map(|client| client.id.clone());
    let clients = clients.into_iter().map(|client| View::of(client, None)).collect();
    json(200, &Views { clients, next_cursor })
}

/// Returns a client.
pub(in crate::service) async fn view(context: &Context, id: &str) -> Answered {
    let asker = credential::require(context, Actor::Admin).await?;
    record(&asker, Kind::ClientsRead, &id.into());
    json(200, &View::of(found(client::clients(&context.env, &ViewClient { id: id.into() }).await?)?, None))
}

/// Replaces the metadata. The client's own tokens are revoked; those that users have granted to it keep their scopes until
/// they expire. Returns a secret if the client needs one now and had none.
pub(in crate::service) async fn change(context: &mut Context, id: &str) -> Answered {
    let members = body::read(&mut context.incoming).await?;
    let mut metadata = checked(context, &members, &MetadataOrigin::Administrator)?;
    let asker = credential::require(context, Actor::Admin).await?;
    let known = found(client::clients(&context.env, &ViewClient { id: id.into() }).await?)?;
    // A client that has registered itself stays what such a client may be.
    if known.dynamic {
        metadata = checked(context, &members, &MetadataOrigin::Registration)?;
    }
    let secret = match metadata.method() {
        AuthenticationMethod::Secret => Some(secret::new()?),
        AuthenticationMethod::None | AuthenticationMethod::PrivateKeyJwt => None,
    };
    let first_secret = secret.as_ref().map(secret::hash).transpose()?;
    let call =
        ChangeClient { id: id.into(), metadata: metadata.members(), first_secret: first_secret.clone() };
    let client = found(changed(context, &id.into(), &call).await?)?;
    record(&asker, Kind::ClientChanged, &client.id);
    let secret = secret.filter(|_| client.secrets.first() == first_secret.as_ref());
    json(200, &View::of(client, secret))
}

/// Deletes a client. All its tokens are revoked, those that users have granted to it included.
pub(in crate::service) async fn delete(context: &mut Context, id: &str) -> Answered {
    let Empty {} = body::read_optional(&mut context.incoming).await?;
    let asker = credential::require(context, Actor::Admin).await?;
    // The object delivers the revocation with the deletion, also one that an earlier call could not deliver.
    let id = ClientId::from(id);
    if !changed(context, &id, &DeleteClient { id: id.clone() }).await? {
        return Err(Refusal::new(ErrorCode::NotFound));
    }
    record(&asker, Kind::ClientDeleted, &id);
    empty(204)
}

/// Adds a secret. The newest of the earlier ones stays valid until [`end_earlier_secrets`].
pub(in crate::service) async fn add_secret(context: &mut Context, id: &str) -> Answered {
    let Empty {} = body::read_optional(&mut context.incoming).await?;
    let asker = credential::require(context, Actor::Admin).await?;
    let client = found(client::clients(&context.env, &ViewClient { id: id.into() }).await?)?;
    if client.secrets.is_empty() {
        let detail = "The client does not authenticate by a secret.";
        return Err(Refusal::invalid(None, detail));
    }
    let secret = secret::new()?;
    let call = AddSecret { id: client.id, sha256: secret::hash(&secret)? };
    let client = found(changed(context, &id.into(), &call).await?)?;
    record(&asker, Kind::ClientSecretAdded, &client.id);
    json(201, &View::of(client, Some(secret)))
}

/// Only the newest secret stays valid. The client's own tokens are revoked.
pub(in crate::service) async fn end_earlier_secrets(context: &mut Context, id: &str) -> Answered {
    let Empty {} = body::read_optional(&mut context.incoming).await?;
    let asker = credential::require(context, Actor::Admin).await?;
    let id = ClientId::from(id);
    let client = found(changed(context, &id, &EndEarlierSecrets { id: id.clone() }).await?)?;
    record(&asker, Kind::ClientSecretsEnded, &client.id);
    empty(204)
}

/// Reads the metadata of a request.
async fn read(context: &mut Context) -> Result<ClientMetadata, Refusal> {
    let members = body::read(&mut context.incoming).await?;
    checked(context, &members, &MetadataOrigin::Administrator)
}

fn checked(
    context: &Context,
    members: &Map<String, Value>,
    origin: &MetadataOrigin,
) -> Result<ClientMetadata, Refusal> {
    let policy = policy(context)?;
    if has_unknown_scope(members, policy) {
        return Err(Refusal::invalid(Some("scope"), "The scope has a token that is not in oauth.scopes."));
    }
    ClientMetadata::read(members, policy, origin, is_valid_key).map_err(|failure| {
        let field = (failure.error == OAuthError::InvalidRedirectUri).then_some("redirect_uris");
        Refusal::invalid(field, failure.description)
    })
}

/// Sends a call that changes or deletes a client. The isolate's copy is dropped also if the call fails, because it may have
/// had its effect.
async fn changed<C>(context: &Context, id: &ClientId, call: &C) -> Result<C::Reply, Unavailable>
where
    C: Call<Object = ClientsCalls>,
{
    let reply = client::clients(&context.env, call).await;
    clients::forget(id);
    reply
}

fn found(client: Option<StoredClient>) -> Result<StoredClient, Refusal> {
    client.ok_or_else(|| Refusal::new(ErrorCode::NotFound))
}

fn record(asker: &Asker, kind: Kind, id: &ClientId) {
    asker.event(kind, now()).id(id.as_str()).log();
}
