//! `GET /admin/users/{id}/provider-tokens`: the tokens of other providers, for the deployer's API.

use auth_core::id::AccountId;
use auth_core::wire::{ErrorCode, parse_object};
use serde_json::{Value, json as value};

use crate::audit::Actor;
use crate::http::{Answered, Refusal, json};
use crate::objects::client;
use crate::objects::protocol::account::ProviderTokens;
use crate::platform::Unavailable;
use crate::sealing::Seals;
use crate::service::{Context, credential};

/// What the sealed tokens of an account and a provider are bound to.
pub(super) fn what(account: &AccountId, provider: &str) -> String {
    format!("provider tokens {account} {provider}")
}

/// Opens the tokens that the account keeps, and records who has read them.
pub(in crate::service) async fn read(context: &Context, id: &AccountId) -> Answered {
    let asker = credential::require(context, Actor::Admin).await?;
    let kept = client::account(&context.env, id, &ProviderTokens { asker }).await?;
    let kept = kept.ok_or_else(|| Refusal::new(ErrorCode::NotFound))?;
    let seals = Seals::of(&context.env, &context.config.keys.secret_bindings).await?;
    let mut tokens = Vec::new();
    for one in kept {
        let opened = seals.open(&what(id, &one.provider), &one.sealed).await?;
        let members = parse_object(opened.expose().as_bytes());
        let mut members = members.map_err(|_| Unavailable::because("seal", "malformed tokens"))?;
        members.insert("provider".to_owned(), one.provider.into());
        members.insert("stored_at".to_owned(), one.at.0.into());
        tokens.push(Value::Object(members));
    }
    json(200, &value!({ "tokens": tokens }))
}
