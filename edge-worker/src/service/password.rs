//! `POST /auth/password`

use auth_core::wire::{ErrorCode, Password, PasswordChange};
use serde_json::json;

use super::owner::Owner;
use super::{Context, body, session};
use crate::http::{Answered, Refusal};
use crate::objects::client;
use crate::objects::protocol::{AccountCall, AccountReply};
use crate::{log, passwords};

/// Changes the password of whoever knows the old one and holds a living token. Every other session ends.
pub(super) async fn handle(context: &mut Context) -> Answered {
    let PasswordChange { current_password, new_password } = body::read(&mut context.incoming).await?;
    let new_password = Password::new(new_password)
        .map_err(|_| Refusal::invalid("The new password must have 8 to 128 characters."))?;
    let wrong = || Refusal::new(ErrorCode::InvalidCredentials);
    let owner = Owner::of(context).await?;
    owner.ask(context, AccountCall::Check(owner.bearing())).await?;
    let stored = match owner.ask(context, AccountCall::Credentials).await? {
        AccountReply::Credentials { password_hash, disabled: false } => password_hash,
        _ => return Err(wrong()),
    };
    let current_password = Password::new(current_password).map_err(|_| wrong())?;
    if !passwords::verify(&current_password, Some(&stored))? {
        log::line("password_change_failed", &context.incoming.id, json!({"account": owner.caller().subject}));
        return Err(wrong());
    }
    let keys = client::keys(&context.env).await?;
    let call = AccountCall::ReplacePassword {
        bearing: owner.bearing(),
        proved_hash: stored,
        password_hash: passwords::hash(&new_password)?,
        keys: keys.refresh.clone(),
        lifetimes: context.config.lifetimes,
    };
    match owner.ask(context, call).await? {
        AccountReply::Session(living) => {
            log::line("password_changed", &context.incoming.id, json!({"account": owner.caller().subject}));
            session::respond(context, &keys, &living, 200).await
        }
        // Somebody changed it a moment ago, so the old one is wrong by now.
        AccountReply::Conflict => Err(wrong()),
        _ => Err(Refusal::unavailable()),
    }
}
