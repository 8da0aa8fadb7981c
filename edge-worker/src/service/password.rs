//! `POST /auth/password`

use auth_core::credential::Proof;
use auth_core::secret::SecretText;
use auth_core::wire::{ErrorCode, Password, PasswordChange};

use super::limits::{self, Attempt};
use super::owner::Owner;
use super::{Context, body, common, session};
use crate::audit::{Actor, Kind};
use crate::config::Elsewhere;
use crate::http::{Answered, Refusal};
use crate::objects::client;
use crate::objects::protocol::account::{Conflict, Credentials, Record, ReplacePassword, StoredCredentials};
use crate::objects::protocol::limiter::AttemptEnd;
use crate::passwords;
use crate::passwords::queue::Place;
use crate::ways_in::{self, external};

/// Changes the password of a user who proves the current one and presents a valid access token, or sets the
/// first one. Every session ends, including the caller's, and the caller gets a new one.
pub(super) async fn handle(context: &mut Context) -> Answered {
    let PasswordChange { current_password, new_password } = body::read(&mut context.incoming).await?;
    let new_password = Password::new(new_password).map_err(|_| {
        Refusal::invalid(Some("new_password"), "The new password must have 8 to 128 characters.")
    })?;
    common::refuse(context, "new_password", &new_password).await?;
    let owner = Owner::of(context).await?;
    owner.require_fresh(context).await?;
    let place = limits::place(context)?;
    let proof = prove_if_any(context, &owner, &place, current_password).await?;
    let password_hash =
        passwords::hash(&context.env, &place, &context.config.passwords, &new_password).await?;
    drop(place);
    let keys = client::keys(&context.env).await?;
    let call = ReplacePassword {
        bearing: owner.bearing(),
        proof,
        password_hash,
        keys: keys.refresh.clone(),
        asker: context.asker(Actor::User),
    };
    match owner.ask(context, &call).await? {
        Ok(living) => session::respond(context, &keys, &living, 200).await,
        // The password was changed by another request in the meantime, so the old one is wrong.
        Err(Conflict {}) => Err(Refusal::new(ErrorCode::InvalidCredentials)),
    }
}

/// The system that verifies the password.
pub(super) enum Keeper<'a> {
    /// This service, which hashes the password once it has a place in the queue.
    Here(&'a Place),
    /// An external system, which is asked.
    External(&'a Elsewhere),
}

/// Requires the current password, if the account has one. Otherwise the session's recent authentication is
/// enough; the account makes sure that it still has none.
pub(super) async fn prove_if_any(
    context: &Context,
    owner: &Owner,
    place: &Place,
    password: Option<SecretText>,
) -> Result<Option<Proof>, Refusal> {
    if let Some(password) = password {
        return prove(context, owner, &Keeper::Here(place), password).await.map(Some);
    }
    let StoredCredentials { credentials, .. } = owner.ask(context, &Credentials {}).await?;
    if credentials.password().is_some() {
        return Err(Refusal::invalid(Some("current_password"), "The field current_password is missing."));
    }
    Ok(None)
}

/// Requires the current password in addition to a valid access token. A wrong password counts as a failed
/// sign-in. Returns what was proved.
pub(super) async fn prove(
    context: &Context,
    owner: &Owner,
    keeper: &Keeper<'_>,
    password: SecretText,
) -> Result<Proof, Refusal> {
    let wrong = || Refusal::new(ErrorCode::InvalidCredentials);
    let living = owner.session(context).await?;
    let email = limits::subject(&living.account, &living.email);
    let credentials = match owner.ask(context, &Credentials {}).await? {
        StoredCredentials { credentials, disabled: false, .. } => credentials,
        StoredCredentials { disabled: true, .. } => return Err(wrong()),
    };
    let counted = Attempt::begin(context, &email).await?;
    let proved = match keeper {
        Keeper::External(there) => {
            external::confirm(context, there, living.account, &credentials, &email, &password).await
        }
        Keeper::Here(place) => {
            ways_in::password::confirm(context, place, living.account, &credentials, password).await
        }
    };
    let end = match &proved {
        Ok(Some(_)) => AttemptEnd::Succeeded,
        Ok(None) => AttemptEnd::Failed,
        Err(_) => AttemptEnd::Open,
    };
    counted.end(context, end).await?;
    if let Some(proof) = proved? {
        return Ok(proof);
    }
    let event = context.asker(Actor::User).event(Kind::PasswordWrong, session::now());
    let event = event.session(&owner.bearing().session);
    owner.ask(context, &Record { event: Box::new(event) }).await?;
    Err(wrong())
}
