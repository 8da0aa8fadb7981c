//! Creates accounts, for sign-up, for administrators and for external credentials.

use auth_core::id::AccountId;
use auth_core::time::UnixTime;
use auth_core::wire::{Email, ErrorCode};

use super::Context;
use crate::http::Refusal;
use crate::objects::protocol::{AccountCall, AccountReply, Creation, DirectoryReply};
use crate::objects::{client, external};

/// Returns whether an account has the address. Asked first, so that a taken address costs no password hash.
pub(super) async fn is_taken(context: &Context, email: &Email) -> Result<bool, Refusal> {
    Ok(client::find_address(&context.env, email).await? != DirectoryReply::Nobody)
}

/// Writes the account as unconfirmed, then claims its address (or its name, if its credentials are external)
/// in the Directory. The claim is the commit: if two requests run at the same time, one of them succeeds. If
/// the creation stops in between, the account's alarm deletes the account. Returns the account's id.
pub(super) async fn create(
    context: &Context,
    email: &Email,
    password_hash: String,
    roles: Vec<String>,
    one_time_until: Option<UnixTime>,
    creation: Option<Creation>,
) -> Result<AccountId, Refusal> {
    let env = &context.env;
    let account = client::new_account_id(env)?;
    let key = external::directory_key(&password_hash, email.as_str()).to_owned();
    let create = AccountCall::Create {
        email: email.as_str().to_owned(),
        password_hash,
        roles,
        one_time_until,
        creation,
    };
    expect_done(client::account(env, &account, &create).await?)?;
    match client::claim_address(env, &key, &account).await? {
        DirectoryReply::Claimed => {}
        _ => {
            expect_done(client::account(env, &account, &AccountCall::Discard).await?)?;
            return Err(Refusal::new(ErrorCode::EmailTaken));
        }
    }
    expect_done(client::account(env, &account, &AccountCall::Confirm).await?)?;
    Ok(account)
}

fn expect_done(reply: AccountReply) -> Result<(), Refusal> {
    if matches!(reply, AccountReply::Done) { Ok(()) } else { Err(Refusal::unavailable()) }
}
