//! `/auth/api-keys`: the user's own API keys. `/admin/users/{id}/api-keys` is the same for administrators.

use auth_core::api_key::{ApiKey, InvalidTerms, KeyRequest, KeyTerms, MAX_KEYS, RANDOM_BYTES, checked_name};
use auth_core::id::{API_KEY_ID, AccountId, ApiKeyId};
use auth_core::secret::{SecretText, expose};
use auth_core::wire::ErrorCode;
use serde::{Deserialize, Serialize};

use super::owner::Owner;
use super::session::now;
use super::{Context, body};
use crate::audit::Actor;
use crate::http::{Answered, Refusal, empty, json};
use crate::objects::Unavailable;
use crate::objects::protocol::account::ManageApiKeys;
use crate::objects::protocol::api_key::{ApiKeyRow, KeyChange, KeyRefused, NewApiKey};
use crate::objects::protocol::session::Authority;
use crate::random;

/// Creates a key. Requires that the user has proved a credential recently, because a key outlives the session.
pub(super) async fn create(context: &mut Context) -> Answered {
    let terms = read_terms(context).await?;
    let owner = Owner::of(context).await?;
    owner.require_fresh(context).await?;
    let MadeKey { text, key } = MadeKey::new(context, &owner.caller().account(), terms)?;
    created(&text, changed(context, &owner, KeyChange::Create(key)).await?)
}

/// Lists the user's keys, the newest first.
pub(super) async fn list(context: &Context) -> Answered {
    let owner = Owner::of(context).await?;
    listed(changed(context, &owner, KeyChange::List).await?)
}

/// Renames one of the user's keys.
pub(super) async fn rename(context: &mut Context, id: &str) -> Answered {
    let name = read_name(context).await?;
    let owner = Owner::of(context).await?;
    renamed(changed(context, &owner, KeyChange::Rename(id.into(), name)).await?)
}

/// Revokes one of the user's keys, or all of them.
pub(super) async fn revoke(context: &Context, change: KeyChange) -> Answered {
    let owner = Owner::of(context).await?;
    revoked(changed(context, &owner, change).await?)
}

async fn changed(context: &Context, owner: &Owner, change: KeyChange) -> Result<Changed, Refusal> {
    let by = Authority::User(owner.bearing());
    owner.ask(context, &ManageApiKeys { by, change, asker: context.asker(Actor::User) }).await
}

/// The account's reply.
pub(super) type Changed = Result<Vec<ApiKeyRow>, KeyRefused>;

/// A new key, before its account has stored it.
pub(super) struct MadeKey {
    /// What the response shows, once.
    pub(super) text: SecretText,
    /// What the account stores.
    pub(super) key: NewApiKey,
}

impl MadeKey {
    /// Makes a key for an account.
    ///
    /// # Errors
    /// `not_found` if there can be no such account; `unavailable` without randomness.
    pub(super) fn new(context: &Context, owner: &AccountId, terms: KeyTerms) -> Result<Self, Refusal> {
        let policy = context.config.api_keys.as_ref();
        let policy = policy.ok_or_else(|| Unavailable::because("api keys", "the configuration has none"))?;
        let random = random::bytes::<RANDOM_BYTES>()?;
        let key = ApiKey::new(&policy.environment, owner, random)
            .ok_or_else(|| Refusal::new(ErrorCode::NotFound))?;
        let id = ApiKeyId::from([API_KEY_ID, &random::id()?].concat());
        Ok(Self { text: key.text(), key: NewApiKey { id, mac: key.mac(), terms } })
    }
}

#[derive(Serialize)]
struct Created<'k> {
    #[serde(serialize_with = "expose")]
    key: &'k SecretText,
    api_key: ApiKeyRow,
}

#[derive(Serialize)]
struct ApiKeyList {
    api_keys: Vec<ApiKeyRow>,
}

#[derive(Serialize)]
struct Renamed {
    api_key: ApiKeyRow,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewName {
    name: String,
}

pub(super) async fn read_terms(context: &mut Context) -> Result<KeyTerms, Refusal> {
    let request: KeyRequest = body::read(&mut context.incoming).await?;
    KeyTerms::of(request, now()).map_err(invalid)
}

pub(super) async fn read_name(context: &mut Context) -> Result<String, Refusal> {
    let NewName { name } = body::read(&mut context.incoming).await?;
    checked_name(&name).map_err(invalid)
}

fn invalid(InvalidTerms { field, expected }: InvalidTerms) -> Refusal {
    Refusal::invalid(Some(&field), &expected)
}

/// The keys that the change is about.
fn keys_of(reply: Changed) -> Result<Vec<ApiKeyRow>, Refusal> {
    reply.map_err(|refused| match refused {
        KeyRefused::Unknown => Refusal::new(ErrorCode::NotFound),
        KeyRefused::NotHeld(terms) => invalid(terms),
        KeyRefused::TooMany => {
            let detail =
                format!("The account has {MAX_KEYS} API keys, which is the maximum. Revoke one first.");
            Refusal::invalid(None, &detail)
        }
    })
}

/// The single key that the change is about.
fn key_of(reply: Changed) -> Result<ApiKeyRow, Refusal> {
    keys_of(reply)?.pop().ok_or_else(Refusal::unavailable)
}

pub(super) fn created(text: &SecretText, reply: Changed) -> Answered {
    json(201, &Created { key: text, api_key: key_of(reply)? })
}

pub(super) fn listed(reply: Changed) -> Answered {
    json(200, &ApiKeyList { api_keys: keys_of(reply)? })
}

pub(super) fn renamed(reply: Changed) -> Answered {
    json(200, &Renamed { api_key: key_of(reply)? })
}

pub(super) fn revoked(reply: Changed) -> Answered {
    keys_of(reply)?;
    empty(204)
}
