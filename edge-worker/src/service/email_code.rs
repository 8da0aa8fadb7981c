//! `POST /auth/email/code` and `POST /auth/email/code/verify`: sign-in and sign-up without a password.

use auth_core::credential::ChallengePurpose;
use auth_core::secret::SecretText;
use auth_core::wire::{
    ChallengeCookie, Email, EmailCode, EmailCodeRequest, ErrorCode, clear_challenge_cookie,
};

use super::attempt_record::record;
use super::limits::{self, CountedMail};
use super::owner::Owner;
use super::session::Opening;
use super::{Context, body, session};
use crate::audit::{Actor, Kind};
use crate::config::SignUpPolicy;
use crate::http::{Answered, Refusal, empty};
use crate::mail::{self, Mail};
use crate::objects::client;
use crate::objects::protocol::account::IssueMailCode;
use crate::random;
use crate::ways_in::email_code::{self, Issued};

/// Sends a code. To a user without a session, for a sign-in or a sign-up; the answer and the steps are the same
/// whether the address has an account or not. To the user of a session, to prove a credential again.
pub(super) async fn request(context: &mut Context) -> Answered {
    let EmailCodeRequest { email } = body::read(&mut context.incoming).await?;
    let email = body::email(&email)?;
    if context.incoming.header("authorization").is_some() {
        return reauthentication(context, &email).await;
    }
    let counted = CountedMail::count(context, &email, None).await?;
    let account = client::find_address(&context.env, &email).await?;
    let kind = match (&account, context.config.sign_up) {
        (Some(_), _) => mail::Kind::SignIn,
        (None, SignUpPolicy::Open) => mail::Kind::SignUp,
        (None, SignUpPolicy::Closed) => mail::Kind::NoAccount,
    };
    let issued = email_code::hold(context, ChallengePurpose::SignIn, &email, account).await?;
    send(context, counted, &email, kind, None, &issued).await
}

/// A code for the address of the session's account, which its user has proved before.
async fn reauthentication(context: &Context, email: &Email) -> Answered {
    let owner = Owner::of(context).await?;
    let living = owner.session(context).await?;
    if living.email != email.as_str() || !living.email_verified {
        return Err(Refusal::invalid(Some("email"), "This is not the verified address of the account."));
    }
    let counted = CountedMail::count(context, email, Some(&living.account)).await?;
    let locale = living.profile.locale.clone();
    let issued = Issued::new(living.account.clone())?;
    let call = IssueMailCode {
        bearing: owner.bearing(),
        code: issued.expected(email, Some(living.account)),
        purpose: ChallengePurpose::Reauthentication,
        browser: issued.cookie.browser(),
    };
    owner.ask(context, &call).await?;
    send(context, counted, email, mail::Kind::Reauthentication, locale.as_deref(), &issued).await
}

/// Sends the mail with the code, and answers 202 with the challenge cookie. `of_user` is the language in the
/// user's profile, if the user has a session. A mail that can't be sent counts
/// against no limit.
pub(super) async fn send(
    context: &Context,
    counted: CountedMail,
    to: &Email,
    kind: mail::Kind,
    of_user: Option<&str>,
    issued: &Issued,
) -> Answered {
    let locale = mail::locale(&context.config, of_user, context.incoming.header("accept-language"));
    let id = random::id()?;
    let code = kind.has_code().then(|| SecretText::new(issued.code.for_display()));
    let code = code.as_ref();
    let mail =
        Mail { to, kind, locale: &locale, code, user_agent: None, client: None, at: session::now(), id: &id };
    if let Err(cause) = mail::send(&context.env, &context.config, &mail).await {
        counted.give_back(context).await;
        return Err(mail::unavailable(cause));
    }
    with_challenge(empty(202)?, &issued.cookie)
}

/// Sets the challenge cookie on a response.
pub(super) fn with_challenge(response: worker::Response, cookie: &ChallengeCookie) -> Answered {
    session::with_cookie(response, Some(&cookie.set()))
}

/// Signs in, or up, with the code.
pub(super) async fn verify(context: &mut Context) -> Answered {
    let EmailCode { email, code } = body::read(&mut context.incoming).await?;
    let email = body::email(&email)?;
    let purpose = ChallengePurpose::SignIn;
    let answered = match email_code::answer(context, purpose, Some(&email), code.expose()).await? {
        Ok(answered) => answered,
        Err(wrong) => {
            let event = context.asker(Actor::Anybody).event(Kind::SignInFailed, session::now());
            record(&context.env, wrong.account.as_ref(), &email, event.reason("email_code")).await;
            return Err(wrong.refusal);
        }
    };
    let (proof, signed_up) = email_code::prove(context, answered).await.inspect_err(|refusal| {
        if refusal.code == ErrorCode::SignUpClosed {
            let event = context.asker(Actor::Anybody).event(Kind::SignUpRefused, session::now());
            event.reason("closed").log();
        }
    })?;
    let device = limits::signed_up(context, &email).await;
    let response =
        session::open_session(context, Opening { proof, typed: &email, signed_up }, device).await?;
    session::with_cookie(response, Some(&clear_challenge_cookie()))
}
