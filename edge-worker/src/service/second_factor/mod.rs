//! `POST /auth/second-factor`: a user proves a second factor, to complete a sign-in or in a session.

pub(super) mod enrolment;
mod secret;

use auth_core::id::AccountId;
use auth_core::second_factor::{RecoveryCode, SecondFactorAnswer};
use auth_core::webauthn::{AssertionResponse, PasskeyPurpose};
use auth_core::wire::{ChallengeCookie, ErrorCode, clear_challenge_cookie, find_challenge_cookie};
use serde::Deserialize;

use super::limits::{self, Attempt};
use super::owner::Owner;
use super::passkeys::relying_party;
use super::{Context, body, session};
use crate::audit::Actor;
use crate::http::{Answered, Refusal};
use crate::objects::client::{self, Keys};
use crate::objects::protocol::account::{FindFactors, ProveFactor};
use crate::objects::protocol::limiter::AttemptEnd;
use crate::objects::protocol::second_factor::{FactorRefused, FoundFactors, PresentedFactor, ProvedBefore};
use crate::objects::protocol::session::LivingSession;
use crate::platform::Unavailable;
use crate::ways_in::passkey;
use secret::OpenedTotp;

/// What a user presents.
enum Presented {
    Code(String),
    RecoveryCode(String),
    Passkey(AssertionResponse),
}

/// One of its members.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    /// A code of the authenticator app, as the user typed it.
    #[serde(default)]
    code: Option<String>,
    /// A recovery code, as the user typed it.
    #[serde(default)]
    recovery_code: Option<String>,
    /// The response to the options of `POST /auth/passkey/options`.
    #[serde(default)]
    credential: Option<AssertionResponse>,
}

/// What the user has proved before, and in which account.
struct Before {
    account: AccountId,
    before: ProvedBefore,
    found: FoundFactors,
}

/// With the cookie of a sign-in that waits for the second factor, opens its session. Otherwise, with an access
/// token, the session of the token has the factor from now on.
pub(super) async fn verify(context: &mut Context) -> Answered {
    let presented = read(body::read(&mut context.incoming).await?)?;
    let Before { account, before, found } = before(context).await?;
    let counted = Attempt::begin_second_factor(context, &account).await?;
    let proved = prove(context, &account, &before, found, presented).await;
    let (session, keys) = match proved {
        Ok(Ok(proved)) => {
            counted.end(context, AttemptEnd::Succeeded).await?;
            proved
        }
        Ok(Err(refused)) => {
            let end = if refused == FactorRefused::Wrong { AttemptEnd::Failed } else { AttemptEnd::Open };
            counted.end(context, end).await?;
            if refused == FactorRefused::Gone && matches!(before, ProvedBefore::Challenge { .. }) {
                // The limiter has recorded the attempt since the account was deleted.
                limits::forget_second_factor(context, &account).await?;
            }
            return Err(refusal(refused));
        }
        Err(refusal) => {
            counted.end(context, AttemptEnd::Open).await?;
            return Err(refusal);
        }
    };
    let opened = matches!(before, ProvedBefore::Challenge { .. });
    if opened {
        session::end_presented(context, &keys).await?;
    }
    let response = session::respond(context, &keys, &session, 200).await?;
    session::with_cookie(response, opened.then(clear_challenge_cookie).as_deref())
}

fn read(Body { code, recovery_code, credential }: Body) -> Result<Presented, Refusal> {
    match (code, recovery_code, credential) {
        (Some(code), None, None) => Ok(Presented::Code(code)),
        (None, Some(code), None) => Ok(Presented::RecoveryCode(code)),
        (None, None, Some(credential)) => Ok(Presented::Passkey(credential)),
        _ => {
            let detail = "The body must have exactly one of `code`, `recovery_code` and `credential`.";
            Err(Refusal::invalid(None, detail))
        }
    }
}

/// Verifies the use of a passkey of the account. The page may have begun with the token of its session or without one.
async fn by_passkey(
    context: &Context,
    account: &AccountId,
    credential: &AssertionResponse,
) -> Result<PresentedFactor, Refusal> {
    let passkeys = relying_party(context)?;
    let purposes = [PasskeyPurpose::SignIn, PasskeyPurpose::Reauthentication];
    let proved = passkey::prove(context, &passkeys, credential, &purposes, Some(account)).await?;
    Ok(PresentedFactor::Passkey(proved.ok().map(Box::new)))
}

/// Finds out what the user has proved before. Without that, no attempt counts, so that a client which knows
/// only the id of an account can't use up its user's attempts.
async fn before(context: &Context) -> Result<Before, Refusal> {
    let cookie = find_challenge_cookie(context.incoming.header("cookie"));
    if let Some((account, cookie)) =
        cookie.as_ref().and_then(|cookie| Some((cookie.account.clone()?, cookie)))
    {
        let before = ProvedBefore::Challenge { browser: ChallengeCookie::browser(cookie) };
        let call = FindFactors { before: before.clone() };
        if let Some(Ok(found)) = client::account(&context.env, &account, &call).await? {
            return Ok(Before { account, before, found });
        }
    }
    if context.incoming.header("authorization").is_none() {
        return Err(Refusal::new(ErrorCode::ChallengeExpired));
    }
    let owner = Owner::of(context).await?;
    let before = ProvedBefore::Session(owner.bearing());
    let found = owner.ask(context, &FindFactors { before: before.clone() }).await?.map_err(refusal)?;
    Ok(Before { account: owner.caller().account(), before, found })
}

async fn prove(
    context: &Context,
    account: &AccountId,
    before: &ProvedBefore,
    found: FoundFactors,
    presented: Presented,
) -> Result<Result<(Box<LivingSession>, std::rc::Rc<Keys>), FactorRefused>, Refusal> {
    let (answer, resealed) = match (presented, found.totp) {
        (Presented::Code(code), Some(sealed)) => {
            let totp = OpenedTotp::open(context, account, sealed).await?;
            let step = totp.secret.step_of(&code, session::now());
            (PresentedFactor::Code(SecondFactorAnswer::Totp { version: totp.version, step }), totp.resealed)
        }
        // Without an app, no code is correct.
        (Presented::Code(_), None) => {
            (PresentedFactor::Code(SecondFactorAnswer::RecoveryCode { hash: None }), None)
        }
        (Presented::Passkey(credential), _) => (by_passkey(context, account, &credential).await?, None),
        (Presented::RecoveryCode(typed), _) => {
            let hash = RecoveryCode::parse(&typed).map(|code| code.hash(account.as_str()));
            (PresentedFactor::Code(SecondFactorAnswer::RecoveryCode { hash }), None)
        }
    };
    let keys = client::keys(&context.env).await?;
    let call = ProveFactor {
        before: before.clone(),
        answer,
        resealed,
        keys: keys.refresh.clone(),
        asker: context.asker(Actor::User),
    };
    let reply = client::account(&context.env, account, &call).await?;
    // The account was deleted, or the session ended, after the first call.
    let reply = reply.unwrap_or(Err(FactorRefused::Gone));
    Ok(reply.map(|session| (session, keys)))
}

fn refusal(refused: FactorRefused) -> Refusal {
    match refused {
        FactorRefused::Wrong => Refusal::new(ErrorCode::CodeInvalid),
        FactorRefused::Challenge(_) => Refusal::new(ErrorCode::ChallengeExpired),
        FactorRefused::Changed | FactorRefused::Gone => Refusal::new(ErrorCode::InvalidCredentials),
        FactorRefused::NotEnrolled => Refusal {
            detail: Some("The user has no second factor.".to_owned()),
            ..Refusal::new(ErrorCode::NotFound)
        },
        FactorRefused::UnknownKey => {
            Unavailable::because("account", "the active refresh key is missing").into()
        }
    }
}
