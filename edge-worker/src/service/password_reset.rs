//! `POST /auth/password/forgot` and `POST /auth/password/reset`: a code by mail replaces a forgotten password.

use auth_core::credential::ChallengePurpose;
use auth_core::wire::{EmailRequest, ErrorCode, Password, PasswordReset, clear_challenge_cookie};

use super::attempt_record::record;
use super::limits::{self, CountedMail};
use super::{Context, body, common, email_code, session};
use crate::audit::{Actor, Kind};
use crate::http::{Answered, Refusal};
use crate::mail;
use crate::objects::client;
use crate::objects::protocol::account::RecoverPassword;
use crate::passwords;
use crate::ways_in::email_code::{answer, hold};

/// Sends a code. The answer and the steps are the same whether the address has an account or not; only the mail
/// differs.
pub(super) async fn forgot(context: &mut Context) -> Answered {
    let EmailRequest { email } = body::read(&mut context.incoming).await?;
    let email = body::email(&email)?;
    let counted = CountedMail::count(context, &email, None).await?;
    let account = client::find_address(&context.env, &email).await?;
    let kind = if account.is_some() { mail::Kind::PasswordReset } else { mail::Kind::NoAccount };
    let issued = hold(context, ChallengePurpose::PasswordReset, &email, account).await?;
    email_code::send(context, counted, &email, kind, None, &issued).await
}

/// Replaces the password. Every session ends, and the caller gets a new one. The new password is checked before
/// the code is, so that a rejected password costs no code.
pub(super) async fn reset(context: &mut Context) -> Answered {
    let PasswordReset { email, code, new_password } = body::read(&mut context.incoming).await?;
    let email = body::email(&email)?;
    let new_password = Password::new(new_password).map_err(|_| {
        Refusal::invalid(Some("new_password"), "The new password must have 8 to 128 characters.")
    })?;
    common::refuse(context, "new_password", &new_password).await?;
    let purpose = ChallengePurpose::PasswordReset;
    let answered = match answer(context, purpose, Some(&email), code.expose()).await? {
        Ok(answered) => answered,
        Err(wrong) => {
            let event = context.asker(Actor::Anybody).event(Kind::PasswordWrong, session::now());
            record(&context.env, wrong.account.as_ref(), &email, event.reason("email_code")).await;
            return Err(wrong.refusal);
        }
    };
    // No code was sent to an address without an account.
    let account = answered.code.account.ok_or_else(|| Refusal::new(ErrorCode::CodeInvalid))?;
    let place = limits::place(context)?;
    let password_hash =
        passwords::hash(&context.env, &place, &context.config.passwords, &new_password).await?;
    drop(place);
    let keys = client::keys(&context.env).await?;
    let challenge = session::new_challenge(&account)?;
    let device = limits::signed_up(context, &email).await;
    let call = RecoverPassword {
        email: answered.code.email,
        once: answered.once,
        password_hash,
        keys: keys.refresh.clone(),
        challenge: challenge.browser(),
        asker: context.asker(Actor::User),
    };
    let reply = client::account(&context.env, &account, &call).await?;
    let reply = session::Reply { reply, challenge };
    let response = session::opened(context, &keys, reply, &email, 200, device).await?;
    session::with_cookie(response, Some(&clear_challenge_cookie()))
}
