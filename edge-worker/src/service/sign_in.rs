//! `POST /auth/sign-in`

use auth_core::wire::{Email, ErrorCode, Password, SignIn};
use serde_json::json;

use super::{Context, body, session};
use crate::http::{Answered, Refusal};
use crate::objects::client;
use crate::objects::protocol::{AccountCall, AccountReply, DirectoryReply};
use crate::{log, passwords};

/// Wrong password, unknown address and disabled account take the same steps and get the same answer.
pub(super) async fn handle(context: &mut Context) -> Answered {
    let SignIn { email, password } = body::read(&mut context.incoming).await?;
    let email = Email::parse(&email).map_err(|_| Refusal::invalid("The e-mail address is not valid."))?;
    // A password that can't be anybody's is wrong like any other, and nothing about an account is learned from it.
    let password = Password::new(password).map_err(|_| Refusal::new(ErrorCode::InvalidCredentials))?;
    let env = &context.env;
    let (account, reply) = match client::find_account(env, email.as_str()).await? {
        DirectoryReply::Account(account) => {
            let reply = client::account(env, &account, &AccountCall::Credentials).await?;
            (account, reply)
        }
        DirectoryReply::Nobody | DirectoryReply::Claimed | DirectoryReply::Taken => {
            (String::new(), client::nobody(env, &email).await?)
        }
    };
    let (stored, disabled) = match reply {
        AccountReply::Credentials { password_hash, disabled } => (Some(password_hash), disabled),
        _ => (None, false),
    };
    let right = passwords::verify(&password, stored.as_deref())?;
    if !right || disabled {
        log::line("sign_in_failed", &context.incoming.id, json!({"account": account, "disabled": disabled}));
        return Err(Refusal::new(ErrorCode::InvalidCredentials));
    }
    log::line("signed_in", &context.incoming.id, json!({"account": account}));
    session::open(context, &account, 200).await
}
