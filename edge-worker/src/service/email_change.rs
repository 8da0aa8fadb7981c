//! `POST /auth/email/change`, `…/verify` and `…/undo`: another address for the account.

use auth_core::credential::{ChallengePurpose, UndoCode};
use auth_core::secret::SecretText;
use auth_core::wire::{Email, EmailChangeUndo, EmailRequest, ErrorCode, TypedCode, clear_challenge_cookie};

use super::email_verification::wrong;
use super::limits::{Attempt, CountedMail};
use super::owner::Owner;
use super::{Context, body, email_code, session};
use crate::audit::Actor;
use crate::http::{Answered, Refusal, empty};
use crate::mail;
use crate::objects::call::Done;
use crate::objects::client;
use crate::objects::protocol::account::{
    BeginEmailChange, CodeRefused, Credentials, FinishEmailChange, IssueMailCode, StoredCredentials, Undo,
    UndoEmailChange,
};
use crate::objects::protocol::directory::Taken;
use crate::objects::protocol::limiter::AttemptEnd;
use crate::platform::Unavailable;
use crate::random;
use crate::ways_in::email_code::{Issued, is_proved, presented, release};

/// Sends a code to the new address. The answer and the steps are the same whether another account has the address
/// or not; only the mail differs.
pub(super) async fn request(context: &mut Context) -> Answered {
    let EmailRequest { email } = body::read(&mut context.incoming).await?;
    let email = body::email(&email)?;
    let owner = Owner::of(context).await?;
    owner.require_fresh(context).await?;
    let living = owner.session(context).await?;
    if living.email == email.as_str() {
        return Err(Refusal::invalid(Some("email"), "This is the address of the account already."));
    }
    let counted = CountedMail::count(context, &email, Some(&living.account)).await?;
    let is_taken = is_of_another(context, &email).await?;
    let kind = if is_taken { mail::Kind::EmailInUse } else { mail::Kind::EmailChange };
    let locale = living.profile.locale.clone();
    let issued = Issued::new(living.account.clone())?;
    let call = IssueMailCode {
        bearing: owner.bearing(),
        code: issued.expected(&email, Some(living.account)),
        purpose: ChallengePurpose::EmailChange,
        browser: issued.cookie.browser(),
    };
    owner.ask(context, &call).await?;
    email_code::send(context, counted, &email, kind, locale.as_deref(), &issued).await
}

/// Whether the user of another account has proved the address. Takes the same steps if no account has it.
async fn is_of_another(context: &Context, email: &Email) -> Result<bool, Unavailable> {
    let found = match client::find_address(&context.env, email).await? {
        Some(account) => client::account(&context.env, &account, &Credentials {}).await?,
        None => client::no_account(&context.env, email, &Credentials {}).await?,
    };
    Ok(found.is_some_and(|StoredCredentials { credentials, vouched, .. }| {
        vouched || credentials.email(email.as_str()).is_some()
    }))
}

/// Changes the address. The session continues, with a new token. If a step fails, the request can be repeated with
/// the same code, and the account either has the old address or the new one.
pub(super) async fn verify(context: &mut Context) -> Answered {
    let TypedCode { code } = body::read(&mut context.incoming).await?;
    let owner = Owner::of(context).await?;
    owner.require_fresh(context).await?;
    let account = owner.caller().account();
    let (browser, mac) = presented(context, &account, code.expose())
        .ok_or_else(|| Refusal::new(ErrorCode::ChallengeExpired))?;
    let call = BeginEmailChange { bearing: owner.bearing(), browser: browser.clone(), mac: mac.clone() };
    let email = match owner.ask(context, &call).await? {
        Ok(email) => email,
        Err(refused) => return Err(wrong(context, &owner, refused).await?),
    };
    let proved = Email::stored(&email);
    if let Some(other) = client::find_address(&context.env, &proved).await?.filter(|other| *other != account)
    {
        if is_proved(context, &other, &proved).await? {
            return Err(Refusal::new(ErrorCode::EmailTaken));
        }
        release(context, &other, &proved).await?;
    }
    if let Err(Taken {}) = client::claim_address(&context.env, &email, &account).await? {
        return Err(Refusal::new(ErrorCode::EmailTaken));
    }
    let undo = UndoCode::new(random::bytes()?);
    let undo = Undo { code: SecretText::new(undo.for_display()), hash: undo.hash(&account) };
    let asker = context.asker(Actor::User);
    let call = FinishEmailChange { bearing: owner.bearing(), browser, mac, undo, asker };
    match owner.ask(context, &call).await? {
        Ok(living) => {
            let keys = client::keys(&context.env).await?;
            let response = session::respond(context, &keys, &living, 200).await?;
            session::with_cookie(response, Some(&clear_challenge_cookie()))
        }
        Err(refused) => Err(wrong(context, &owner, refused).await?),
    }
}

/// Undoes a change. A wrong code counts as a failed sign-in of the address.
pub(super) async fn undo(context: &mut Context) -> Answered {
    let EmailChangeUndo { email, code } = body::read(&mut context.incoming).await?;
    let email = body::email(&email)?;
    let counted = Attempt::begin(context, &email).await?;
    let undone = undo_by_code(context, &email, &code).await;
    let end = match &undone {
        Ok(true) => AttemptEnd::Succeeded,
        Ok(false) => AttemptEnd::Failed,
        Err(_) => AttemptEnd::Open,
    };
    counted.end(context, end).await?;
    if undone? { empty(204) } else { Err(Refusal::new(ErrorCode::CodeInvalid)) }
}

async fn undo_by_code(context: &Context, email: &Email, code: &SecretText) -> Result<bool, Refusal> {
    for form in email.earlier_form().into_iter().chain([email.as_str()]) {
        let held_for = client::find_held_address(&context.env, form).await?;
        let undo_hash = match (&held_for, UndoCode::parse(code.expose())) {
            (Some(account), Some(code)) => code.hash(account),
            (Some(_) | None, None) | (None, Some(_)) => String::new(),
        };
        let call =
            UndoEmailChange { email: form.to_owned(), undo_hash, asker: context.asker(Actor::Anybody) };
        let reply = match &held_for {
            Some(account) => client::account(&context.env, account, &call).await?,
            None => client::no_account(&context.env, email, &call).await?,
        };
        match reply {
            Some(Ok(Done {})) => return Ok(true),
            Some(Err(CodeRefused::Wrong | CodeRefused::Expired | CodeRefused::Taken)) | None => {}
        }
    }
    Ok(false)
}
