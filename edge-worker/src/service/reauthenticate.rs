//! `POST /auth/reauthenticate`

use auth_core::credential::{ChallengePurpose, Proof};
use auth_core::secret::SecretText;
use auth_core::webauthn::AssertionResponse;
use auth_core::wire::ErrorCode;
use serde::Deserialize;

use super::owner::Owner;
use super::password::{self, Keeper};
use super::{Context, body, limits, passkey, session};
use crate::audit::{Actor, Kind};
use crate::http::{Answered, Refusal};
use crate::objects::client;
use crate::objects::protocol::account::{Conflict, Credentials, Reauthenticate, Record, StoredCredentials};
use crate::ways_in::email_code;

/// One of its members.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    /// The current password.
    #[serde(default)]
    password: Option<SecretText>,
    /// The code that `POST /auth/email/code` has sent, as the user typed it.
    #[serde(default)]
    code: Option<SecretText>,
    /// The response to the options of `POST /auth/passkey/options`.
    #[serde(default)]
    credential: Option<AssertionResponse>,
}

/// A user with a valid access token proves a credential again. The session and its cookie stay the same; the new
/// access token has a new `auth_time`.
pub(super) async fn handle(context: &mut Context) -> Answered {
    let Body { password, code, credential } = body::read(&mut context.incoming).await?;
    let proof = match (password, code, credential) {
        (Some(password), None, None) => {
            let owner = Owner::of(context).await?;
            let proof = by_password(context, &owner, password).await?;
            (owner, proof)
        }
        (None, Some(code), None) => {
            let owner = Owner::of(context).await?;
            let proof = by_code(context, &owner, &code).await?;
            (owner, proof)
        }
        (None, None, Some(credential)) => {
            let owner = Owner::of(context).await?;
            let proof = passkey::confirm(context, &owner, &credential).await?;
            (owner, proof)
        }
        _ => {
            return Err(Refusal::invalid(
                None,
                "The body must have one of `password`, `code` and `credential`.",
            ));
        }
    };
    let (owner, proof) = proof;
    let call = Reauthenticate { bearing: owner.bearing(), proof, asker: context.asker(Actor::User) };
    match owner.ask(context, &call).await? {
        Ok(living) => {
            let keys = client::keys(&context.env).await?;
            session::respond(context, &keys, &living, 200).await
        }
        // The credential was changed in the meantime, or the code was used by another request.
        Err(Conflict {}) => Err(Refusal::new(ErrorCode::InvalidCredentials)),
    }
}

async fn by_password(context: &Context, owner: &Owner, password: SecretText) -> Result<Proof, Refusal> {
    if let Some(there) = &context.config.elsewhere {
        return password::prove(context, owner, &Keeper::External(there), password).await;
    }
    let place = limits::place(context)?;
    password::prove(context, owner, &Keeper::Here(&place), password).await
}

/// The code was sent to the account's own address, so the account stores its challenge.
async fn by_code(context: &Context, owner: &Owner, typed: &SecretText) -> Result<Proof, Refusal> {
    let living = owner.session(context).await?;
    let purpose = ChallengePurpose::Reauthentication;
    let refusal = match email_code::answer(context, purpose, None, typed.expose()).await? {
        Ok(answered) if answered.holder == living.account => {
            let StoredCredentials { credentials, .. } = owner.ask(context, &Credentials {}).await?;
            let version = credentials.email(&answered.code.email);
            let version = version.ok_or_else(|| Refusal::new(ErrorCode::ChallengeExpired))?;
            return Ok(Proof::of_email(living.account, version, session::now(), answered.once));
        }
        // It is another account's.
        Ok(_) => Refusal::new(ErrorCode::ChallengeExpired),
        Err(wrong) => wrong.refusal,
    };
    let event = context.asker(Actor::User).event(Kind::PasswordWrong, session::now()).reason("email_code");
    let event = event.session(&owner.bearing().session);
    owner.ask(context, &Record { event: Box::new(event) }).await?;
    Err(refusal)
}
