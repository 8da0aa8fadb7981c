//! Creates accounts, for sign-up, for administrators and for external credentials.

use auth_core::credential::{Credential, CredentialVersion};
use auth_core::id::AccountId;
use auth_core::time::UnixTime;
use auth_core::wire::{Email, ErrorCode};

use crate::context::Context;
use crate::http::Refusal;
use crate::objects::call::Done;
use crate::objects::client;
use crate::objects::protocol::account::{Confirm, Confirmed, Create, Creation, Discard};
use crate::objects::protocol::directory::Taken;
use crate::platform::Unavailable;

/// Returns whether an account has the address. Asked first, so that a taken address costs no password hash.
///
/// # Errors
/// `unavailable`.
pub async fn is_taken(context: &Context, email: &Email) -> Result<bool, Refusal> {
    Ok(client::find_address(&context.env, email).await?.is_some())
}

/// Writes the account as unconfirmed, then claims its address (or its external id)
/// in the Directory. The claim is the commit: if two requests run at the same time, one of them succeeds. If
/// the creation stops in between, the account's alarm deletes the account. Returns the account's id and
/// the version of its credential.
///
/// # Errors
/// `email_taken`, `unavailable`.
pub async fn create(
    context: &Context,
    email: &Email,
    credential: Credential,
    roles: Vec<String>,
    one_time_until: Option<UnixTime>,
    creation: Option<Creation>,
) -> Result<(AccountId, CredentialVersion), Refusal> {
    let env = &context.env;
    let account = client::new_account_id(env)?;
    let key = credential.directory_key().unwrap_or_else(|| email.as_str().to_owned());
    let create = Create { email: email.as_str().to_owned(), credential, roles, one_time_until, creation };
    let version = client::create_account(env, &account, &create).await?;
    let failed = |cause| Refusal::from(Unavailable::because("account", cause));
    if let Err(Taken {}) = client::claim_address(env, &key, &account).await? {
        return Err(match client::account(env, &account, &Discard {}).await? {
            Some(Ok(Done {})) => Refusal::new(ErrorCode::EmailTaken),
            Some(Err(Confirmed {})) => failed("confirmed, although its address is taken"),
            None => failed("deleted before it was discarded"),
        });
    }
    match client::account(env, &account, &Confirm {}).await? {
        Some(Done {}) => Ok((account, version)),
        None => Err(failed("deleted before it was confirmed")),
    }
}
