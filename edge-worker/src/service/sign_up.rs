//! `POST /auth/sign-up`

use auth_core::wire::{Email, ErrorCode, Password, SignUp};
use serde_json::json;

use super::{Context, body, session};
use crate::config::SignUpPolicy;
use crate::http::{Answered, Refusal};
use crate::objects::client;
use crate::objects::protocol::{AccountCall, AccountReply, DirectoryReply};
use crate::{log, passwords};

/// Writes the account unconfirmed, then claims the address: the claim is the commit, and of two sign-ups at once one
/// makes it. What breaks off in between is tidied up by the account's alarm.
pub(super) async fn handle(context: &mut Context) -> Answered {
    let SignUp { email, password } = body::read(&mut context.incoming).await?;
    let email = Email::parse(&email).map_err(|_| Refusal::invalid("The e-mail address is not valid."))?;
    let password = Password::new(password)
        .map_err(|_| Refusal::invalid("The password must have 8 to 128 characters."))?;
    if context.config.sign_up == SignUpPolicy::Closed {
        return Err(Refusal::new(ErrorCode::SignUpClosed));
    }
    let env = &context.env;
    if client::find_account(env, email.as_str()).await? != DirectoryReply::Nobody {
        return Err(Refusal::new(ErrorCode::EmailTaken));
    }
    let account = client::new_account_id(env)?;
    let create =
        AccountCall::Create { email: email.as_str().to_owned(), password_hash: passwords::hash(&password)? };
    expect_done(client::account(env, &account, &create).await?)?;
    match client::claim_address(env, &email, &account).await? {
        DirectoryReply::Claimed => {}
        DirectoryReply::Taken | DirectoryReply::Nobody | DirectoryReply::Account(_) => {
            expect_done(client::account(env, &account, &AccountCall::Discard).await?)?;
            return Err(Refusal::new(ErrorCode::EmailTaken));
        }
    }
    expect_done(client::account(env, &account, &AccountCall::Confirm).await?)?;
    log::line("signed_up", &context.incoming.id, json!({"account": account}));
    session::open(context, &account, 201).await
}

fn expect_done(reply: AccountReply) -> Result<(), Refusal> {
    if matches!(reply, AccountReply::Done) { Ok(()) } else { Err(Refusal::unavailable()) }
}
