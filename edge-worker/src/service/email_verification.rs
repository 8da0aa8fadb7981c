//! `POST /auth/email/verification` and `POST /auth/email/verify`: the user of a session shows that the account's
//! address is theirs.

use auth_core::credential::ChallengePurpose;
use auth_core::wire::{Email, ErrorCode, TypedCode, UserResponse, clear_challenge_cookie};

use super::limits::CountedMail;
use super::owner::Owner;
use super::{Context, body, email_code, session};
use crate::audit::{Actor, Kind};
use crate::http::{Answered, Refusal, json};
use crate::mail;
use crate::objects::client;
use crate::objects::protocol::account::{CodeRefused, IssueMailCode, Record, VerifyByCode};
use crate::ways_in::email_code::{Issued, presented};

/// Sends a code to the account's address.
pub(super) async fn request(context: &mut Context) -> Answered {
    let body::Empty {} = body::read_optional(&mut context.incoming).await?;
    let owner = Owner::of(context).await?;
    let living = owner.session(context).await?;
    if living.email.is_empty() {
        return Err(Refusal::invalid(None, "The account has no address."));
    }
    let email = Email::stored(&living.email);
    // Another user may have proved the address. That user does not get this account's mail.
    if client::find_address(&context.env, &email).await? != Some(living.account.clone()) {
        return Err(Refusal::new(ErrorCode::EmailTaken));
    }
    let counted = CountedMail::count(context, &email, Some(&living.account)).await?;
    let locale = living.profile.locale.clone();
    let issued = Issued::new(living.account.clone())?;
    let call = IssueMailCode {
        bearing: owner.bearing(),
        code: issued.expected(&email, Some(living.account)),
        purpose: ChallengePurpose::EmailVerification,
        browser: issued.cookie.browser(),
    };
    owner.ask(context, &call).await?;
    email_code::send(context, counted, &email, mail::Kind::EmailVerification, locale.as_deref(), &issued)
        .await
}

/// Verifies the address.
pub(super) async fn verify(context: &mut Context) -> Answered {
    let TypedCode { code } = body::read(&mut context.incoming).await?;
    let owner = Owner::of(context).await?;
    let (browser, mac) = presented(context, &owner.caller().account(), code.expose())
        .ok_or_else(|| Refusal::new(ErrorCode::ChallengeExpired))?;
    let call = VerifyByCode { bearing: owner.bearing(), browser, mac, asker: context.asker(Actor::User) };
    match owner.ask(context, &call).await? {
        Ok(living) => {
            let response = json(200, &UserResponse { user: session::user(&living) })?;
            session::with_cookie(response, Some(&clear_challenge_cookie()))
        }
        Err(refused) => Err(wrong(context, &owner, refused).await?),
    }
}

/// The answer to a code that is rejected. A wrong one is recorded.
pub(super) async fn wrong(
    context: &Context,
    owner: &Owner,
    refused: CodeRefused,
) -> Result<Refusal, Refusal> {
    let code = match refused {
        CodeRefused::Wrong => {
            let event = context.asker(Actor::User).event(Kind::PasswordWrong, session::now());
            let event = event.reason("email_code").session(&owner.bearing().session);
            owner.ask(context, &Record { event: Box::new(event) }).await?;
            ErrorCode::CodeInvalid
        }
        CodeRefused::Expired => ErrorCode::ChallengeExpired,
        CodeRefused::Taken => ErrorCode::EmailTaken,
    };
    Ok(Refusal::new(code))
}
