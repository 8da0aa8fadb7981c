//! `/admin/users/{id}` and the paths below it.

use auth_core::id::AccountId;
use auth_core::secret::SecretText;
use auth_core::time::UnixTime;
use auth_core::wire::{ErrorCode, Metadata, MetadataTooLarge};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::one_time::OneTimeSecret;
use crate::audit::{Actor, Asker, Event, Kind};
use crate::http::{Answered, Refusal, empty, json};
use crate::objects::call::{Call, Done};
use crate::objects::client;
use crate::objects::protocol::account::{
    AccountCalls, Delete, Disable, Enable, EndSessions, Events as ListEvents, NoPassword, Overview,
    ResetPassword, ResetSecondFactor, SetMetadata, SetRoles, View,
};
use crate::service::body::Empty;
use crate::service::{Context, body, credential, session};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RolesBody {
    roles: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MetadataBody {
    metadata: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PasswordBody {
    /// If absent, the service generates a random password and returns it in the response.
    #[serde(default)]
    password: Option<SecretText>,
}

#[derive(Serialize)]
struct Reset<'s> {
    #[serde(skip_serializing_if = "Option::is_none")]
    one_time_password: Option<&'s str>,
    one_time_password_until: UnixTime,
}

#[derive(Serialize)]
struct Events {
    events: Vec<Event>,
}

/// Returns the account.
pub(in crate::service) async fn view(context: &Context, id: &AccountId) -> Answered {
    let asker = credential::require(context, Actor::Admin).await?;
    match overview(context, id, &asker).await? {
        Some(overview) => json(200, &overview),
        None => Err(Refusal::new(ErrorCode::NotFound)),
    }
}

/// Returns the account's events, the newest first.
pub(in crate::service) async fn events(context: &Context, id: &AccountId) -> Answered {
    let asker = credential::require(context, Actor::Admin).await?;
    asker.event(Kind::AccountRead, session::now()).account(id).log();
    json(200, &Events { events: ask(context, id, &ListEvents {}).await? })
}

/// Deletes the account. The address becomes available for sign-up; a new account with it shares nothing with
/// this one.
pub(in crate::service) async fn delete(context: &Context, id: &AccountId) -> Answered {
    let asker = credential::require(context, Actor::Admin).await?;
    let Done {} = ask(context, id, &Delete { asker }).await?;
    empty(204)
}

/// Removes the user's second factor and ends every session.
pub(in crate::service) async fn reset_second_factor(context: &Context, id: &AccountId) -> Answered {
    let asker = credential::require(context, Actor::Admin).await?;
    json(200, &ask(context, id, &ResetSecondFactor { asker }).await?)
}

/// Replaces the user's roles with these.
pub(in crate::service) async fn set_roles(context: &mut Context, id: &AccountId) -> Answered {
    let RolesBody { roles } = body::read(&mut context.incoming).await?;
    let roles = body::roles(roles)?;
    let asker = credential::require(context, Actor::Admin).await?;
    json(200, &ask(context, id, &SetRoles { roles, asker }).await?)
}

/// Replaces the account's metadata with this object.
pub(in crate::service) async fn set_metadata(context: &mut Context, id: &AccountId) -> Answered {
    let MetadataBody { metadata } = body::read(&mut context.incoming).await?;
    let metadata = Metadata::new(metadata).map_err(|MetadataTooLarge| {
        Refusal::invalid(Some("metadata"), "The metadata must be at most 1,024 bytes of JSON.")
    })?;
    let asker = credential::require(context, Actor::Admin).await?;
    json(200, &ask(context, id, &SetMetadata { metadata, asker }).await?)
}

/// Disables the account: the user can't sign in, and all sessions end.
pub(in crate::service) async fn disable(context: &mut Context, id: &AccountId) -> Answered {
    let Empty {} = body::read_optional(&mut context.incoming).await?;
    let asker = credential::require(context, Actor::Admin).await?;
    json(200, &ask(context, id, &Disable { asker }).await?)
}

/// Enables the account, so that the user can sign in again.
pub(in crate::service) async fn enable(context: &mut Context, id: &AccountId) -> Answered {
    let Empty {} = body::read_optional(&mut context.incoming).await?;
    let asker = credential::require(context, Actor::Admin).await?;
    json(200, &ask(context, id, &Enable { asker }).await?)
}

/// Ends all sessions of the account.
pub(in crate::service) async fn sign_out(context: &mut Context, id: &AccountId) -> Answered {
    let Empty {} = body::read_optional(&mut context.incoming).await?;
    let asker = credential::require(context, Actor::Admin).await?;
    ask(context, id, &EndSessions { asker }).await?;
    empty(204)
}

/// Replaces the password with a one-time password, which opens a single session. All sessions end.
pub(in crate::service) async fn reset_password(context: &mut Context, id: &AccountId) -> Answered {
    let PasswordBody { password } = body::read_optional(&mut context.incoming).await?;
    if password.as_ref().is_some_and(|text| auth_core::wire::Password::new(text.clone()).is_err()) {
        return Err(Refusal::invalid(Some("password"), "The password must have 8 to 128 characters."));
    }
    let asker = credential::require(context, Actor::Admin).await?;
    let one_time = OneTimeSecret::new(context, password).await?;
    let call = ResetPassword { password_hash: one_time.hash.clone(), until: one_time.until, asker };
    match ask(context, id, &call).await? {
        Ok(_) => {
            json(200, &Reset { one_time_password: one_time.made(), one_time_password_until: one_time.until })
        }
        Err(NoPassword {}) => {
            Err(Refusal::invalid(None, "This account has no password that can be replaced."))
        }
    }
}

/// Reads the account; `None` if it does not exist. The audit trail records the administrator.
pub(super) async fn overview(
    context: &Context,
    id: &AccountId,
    asker: &Asker,
) -> Result<Option<Box<Overview>>, Refusal> {
    asker.event(Kind::AccountRead, session::now()).account(id).log();
    Ok(client::account(&context.env, id, &View {}).await?)
}

pub(super) async fn ask<T, C>(context: &Context, id: &AccountId, call: &C) -> Result<T, Refusal>
where
    C: Call<Object = AccountCalls, Reply = Option<T>>,
{
    client::account(&context.env, id, call).await?.ok_or_else(|| Refusal::new(ErrorCode::NotFound))
}
