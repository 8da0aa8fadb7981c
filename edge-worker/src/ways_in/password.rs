//! Passwords that this service verifies.

use auth_core::credential::{self, Credential, CredentialVersion, Proof};
use auth_core::id::AccountId;
use auth_core::secret::SecretText;
use auth_core::wire::{Email, Password};
use serde_json::json;

use super::{Disproved, PASSWORD_LENGTH, creation};
use crate::context::Context;
use crate::http::Refusal;
use crate::objects::call::Done;
use crate::objects::client;
use crate::objects::protocol::account::{Conflict, Credentials, Rehash, StoredCredentials};
use crate::passwords::queue::Place;
use crate::platform::{Unavailable, now};
use crate::{log, passwords};

/// Creates an account with this password for a user who signs up.
///
/// # Errors
/// `email_taken`, `unavailable`.
pub async fn sign_up(
    context: &Context,
    place: Place,
    email: &Email,
    password: &Password,
) -> Result<Proof, Refusal> {
    let hash = passwords::hash(&context.env, &place, &context.config.passwords, password).await?;
    drop(place);
    let credential = Credential::Password(hash);
    let (account, version) = creation::create(context, email, credential, vec![], creation::By::User).await?;
    Ok(Proof::of_password(account, version, now()))
}

/// Verifies the password of the account with this address. An unknown address and an account that may not
/// sign in cost the same steps and the same time as a wrong password, and so does a password that no account
/// can have (`None`).
///
/// # Errors
/// `unavailable`.
pub async fn prove(
    context: &Context,
    place: &Place,
    email: &Email,
    password: Option<&Password>,
) -> Result<Result<Proof, Disproved>, Refusal> {
    let env = &context.env;
    let (account, reply) = match client::find_address(env, email).await? {
        Some(account) => {
            let reply = client::account(env, &account, &Credentials {}).await?;
            (Some(account), reply)
        }
        None => (None, client::no_account(env, email, &Credentials {}).await?),
    };
    let (credentials, barred) = match reply {
        Some(StoredCredentials { disabled: true, credentials, .. }) => (credentials, Some("disabled")),
        Some(StoredCredentials { spent: true, credentials, .. }) => (credentials, Some("one_time_password")),
        Some(StoredCredentials { credentials, .. }) => (credentials, None),
        None => (credential::Credentials::default(), Some("no_account")),
    };
    let (version, hash) = credentials.password().unzip();
    let rules = &context.config.passwords;
    let verified =
        passwords::verify(&context.env, place, rules, password, hash.map(SecretText::expose)).await?;
    match (account, version, password) {
        (Some(account), Some(version), Some(password)) if verified.right && barred.is_none() => {
            if verified.outdated {
                rehash(context, place, &account, version, password).await;
            }
            Ok(Ok(Proof::of_password(account, version, now())))
        }
        (account, _, password) => {
            let wrong = if password.is_some() { "password" } else { PASSWORD_LENGTH };
            Ok(Err(Disproved { account, reason: barred.unwrap_or(wrong) }))
        }
    }
}

/// Verifies the password of an account whose user has a session; `None` if it is wrong.
///
/// # Errors
/// `unavailable`.
pub async fn confirm(
    context: &Context,
    place: &Place,
    account: AccountId,
    credentials: &credential::Credentials,
    password: SecretText,
) -> Result<Option<Proof>, Refusal> {
    let password = Password::new(password).ok();
    let (version, hash) = credentials.password().unzip();
    let rules = &context.config.passwords;
    let verified =
        passwords::verify(&context.env, place, rules, password.as_ref(), hash.map(SecretText::expose))
            .await?;
    let version = version.filter(|_| verified.right);
    Ok(version.map(|version| Proof::of_password(account, version, now())))
}

/// Replaces the hash of a proved password with one of the configured kind and cost. If this fails, the next
/// sign-in tries again; the password is correct either way.
async fn rehash(
    context: &Context,
    place: &Place,
    account: &AccountId,
    version: CredentialVersion,
    password: &Password,
) {
    let done = async {
        let password_hash = passwords::hash(&context.env, place, &context.config.passwords, password).await?;
        let call = Rehash { version, password_hash };
        match client::account(&context.env, account, &call).await? {
            Some(Ok(Done {})) => Ok(()),
            Some(Err(Conflict {})) | None => {
                Err(Unavailable::because("password hash", "it was changed in the meantime"))
            }
        }
    };
    if let Err(Unavailable { part, cause, .. }) = done.await {
        let particulars = json!({"account": account, "part": part, "cause": cause});
        log::line("password_not_rehashed", &context.incoming.id, particulars);
    }
}
