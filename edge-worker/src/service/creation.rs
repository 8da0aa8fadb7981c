//! Creating an account, whoever asks for it.

use auth_core::time::UnixTime;
use auth_core::wire::{Email, ErrorCode};

use super::Context;
use crate::http::Refusal;
use crate::objects::protocol::{AccountCall, AccountReply, Creation, DirectoryReply};
use crate::objects::{client, external};

/// Whether the address is somebody's, asked before anything is spent on it.
pub(super) async fn is_taken(context: &Context, email: &Email) -> Result<bool, Refusal> {
    Ok(client::find_account(&context.env, email.as_str()).await? != DirectoryReply::Nobody)
}

/// Writes the account unconfirmed, then claims its address (or its name, where its credentials are elsewhere): the claim is the commit, and of two at once one makes it. What breaks off in
/// between is tidied up by the account's alarm. Gives the account's id.
pub(super) async fn create(
    context: &Context,
    email: &Email,
    password_hash: String,
    roles: Vec<String>,
    one_time_until: Option<UnixTime>,
    creation: Option<Creation>,
) -> Result<String, Refusal> {
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
