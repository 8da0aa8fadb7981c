//! `POST /auth/sign-in`

use auth_core::wire::{Email, ErrorCode, Password, SignIn};

use super::{Context, body, session};
use crate::audit::{Actor, Event, Kind};
use crate::http::{Answered, Refusal};
use crate::objects::client;
use crate::objects::protocol::{AccountCall, AccountReply, DirectoryReply};
use crate::passwords;

/// Wrong password, unknown address and disabled account take the same steps and get the same answer.
pub(super) async fn handle(context: &mut Context) -> Answered {
    let SignIn { email, password } = body::read(&mut context.incoming).await?;
    let email = Email::parse(&email).map_err(|_| Refusal::invalid("The e-mail address is not valid."))?;
    // A password that can't be anybody's is wrong like any other, and nothing about an account is learned from it.
    let Ok(password) = Password::new(password) else {
        attempt(context, "password_length").log();
        return Err(Refusal::new(ErrorCode::InvalidCredentials));
    };
    let env = &context.env;
    let (account, reply) = match client::find_account(env, email.as_str()).await? {
        DirectoryReply::Account(account) => {
            let reply = client::account(env, &account, &AccountCall::Credentials).await?;
            (account, reply)
        }
        _ => (String::new(), client::nobody(env, &email, &AccountCall::Credentials).await?),
    };
    let (stored, barred) = match reply {
        AccountReply::Credentials { disabled: true, password_hash, .. } => {
            (Some(password_hash), Some("disabled"))
        }
        AccountReply::Credentials { spent: true, password_hash, .. } => {
            (Some(password_hash), Some("one_time_password"))
        }
        AccountReply::Credentials { password_hash, .. } => (Some(password_hash), None),
        _ => (None, Some("no_account")),
    };
    let right = passwords::verify(&password, stored.as_deref())?;
    match stored {
        Some(proved_hash) if right && barred.is_none() => {
            session::open(context, &account, proved_hash, false).await
        }
        Some(_) | None => {
            failed(context, account, email, barred.unwrap_or("password"));
            Err(Refusal::new(ErrorCode::InvalidCredentials))
        }
    }
}

/// Told to the account after the answer has left, and to an account that holds nothing where there is none, so that the answer takes as
/// long for both.
fn failed(context: &Context, account: String, email: Email, reason: &'static str) {
    let event = attempt(context, reason);
    let env = context.env.clone();
    context.platform.wait_until(async move {
        let record = AccountCall::Record(Box::new(event.clone()));
        let recorded = if account.is_empty() {
            client::nobody(&env, &email, &record).await
        } else {
            client::account(&env, &account, &record).await
        };
        if !matches!(recorded, Ok(AccountReply::Done)) {
            event.account(&account).log();
        }
    });
}

fn attempt(context: &Context, reason: &'static str) -> Event {
    context.asker(Actor::Anybody).event(Kind::SignInFailed, session::now()).reason(reason)
}
