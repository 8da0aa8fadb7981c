//! `POST /auth/passkey/options` and `POST /auth/passkey/sign-in`: the use of a passkey.

use auth_core::credential::Proof;
use auth_core::webauthn::{AssertionResponse, PasskeyPurpose, RequestOptions};
use auth_core::wire::{ErrorCode, clear_challenge_cookie};
use serde::Deserialize;

use super::limits::{self, FromAddress};
use super::owner::Owner;
use super::passkeys::{relying_party, with_cookie};
use super::session::Opening;
use super::{Context, body, session};
use crate::audit::{Actor, Kind};
use crate::http::{Answered, Refusal, json};
use crate::objects::client;
use crate::objects::protocol::account::{Credentials, Record, StoredCredentials};
use crate::objects::protocol::limiter::AttemptEnd;
use crate::ways_in::{Disproved, passkey};

/// `POST /auth/passkey/sign-in`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignIn {
    credential: AssertionResponse,
}

/// Begins the use of a passkey. To a user without a session, for a sign-in: the response names no passkey, so that it
/// says nothing about accounts; the browser offers those that it has. To the user of a session, to prove a credential
/// again with one of the account's passkeys.
pub(super) async fn options(context: &mut Context) -> Answered {
    let body::Empty {} = body::read_optional(&mut context.incoming).await?;
    let passkeys = relying_party(context)?;
    let rp_id = passkeys.relying_party.id();
    if context.incoming.header("authorization").is_none() {
        let issued = passkey::issue(context, PasskeyPurpose::SignIn, None, None).await?;
        let options = RequestOptions::new(rp_id, issued.challenge, core::iter::empty());
        return with_cookie(json(200, &options)?, issued.cookie);
    }
    let owner = Owner::of(context).await?;
    let StoredCredentials { credentials, .. } = owner.ask(context, &Credentials {}).await?;
    let account = Some(owner.caller().account());
    let issued = passkey::issue(context, PasskeyPurpose::Reauthentication, account, None).await?;
    let allowed = credentials.passkeys().map(|(_, passkey)| passkey);
    let options = RequestOptions::new(rp_id, issued.challenge, allowed);
    with_cookie(json(200, &options)?, issued.cookie)
}

/// Signs in.
pub(super) async fn sign_in(context: &mut Context) -> Answered {
    let SignIn { credential } = body::read(&mut context.incoming).await?;
    let proof = prove(context, &credential).await?;
    // A signature can't be guessed, so the limiter need not recognise the browser for the next attempt.
    let typed = limits::subject(&proof.account, "");
    let opening = Opening { proof, typed: &typed, signed_up: false };
    let response = session::open_session(context, opening, None).await?;
    session::with_cookie(response, Some(&clear_challenge_cookie()))
}

/// Verifies the use of a passkey by a user without a session. A refused one counts against the client's address, and
/// is recorded in the account that it names.
pub(super) async fn prove(context: &Context, credential: &AssertionResponse) -> Result<Proof, Refusal> {
    let passkeys = relying_party(context)?;
    let counted = FromAddress::begin(context).await?;
    let purposes = [PasskeyPurpose::SignIn];
    let proved = passkey::prove(context, &passkeys, credential, &purposes, None).await;
    let end = match &proved {
        Ok(Ok(_)) => AttemptEnd::Succeeded,
        Ok(Err(_)) => AttemptEnd::Failed,
        Err(_) => AttemptEnd::Open,
    };
    counted.end(context, end).await?;
    let Disproved { account, reason } = match proved? {
        Ok(proof) => return Ok(proof),
        Err(disproved) => disproved,
    };
    let event = context.asker(Actor::Anybody).event(Kind::SignInFailed, session::now()).reason(reason);
    match account {
        Some(account) => {
            client::account(&context.env, &account, &Record { event: Box::new(event) }).await?;
        }
        None => event.log(),
    }
    Err(Refusal::new(ErrorCode::InvalidCredentials))
}

/// Verifies that the user of a session uses one of the account's passkeys.
pub(super) async fn confirm(
    context: &Context,
    owner: &Owner,
    credential: &AssertionResponse,
) -> Result<Proof, Refusal> {
    let passkeys = relying_party(context)?;
    let (account, purposes) = (owner.caller().account(), [PasskeyPurpose::Reauthentication]);
    match passkey::prove(context, &passkeys, credential, &purposes, Some(&account)).await? {
        Ok(proof) => Ok(proof),
        Err(Disproved { reason, .. }) => {
            let event = context.asker(Actor::User).event(Kind::PasswordWrong, session::now()).reason(reason);
            let event = event.session(&owner.bearing().session);
            owner.ask(context, &Record { event: Box::new(event) }).await?;
            Err(Refusal::new(ErrorCode::InvalidCredentials))
        }
    }
}
