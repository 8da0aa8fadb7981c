//! `POST /auth/sign-in`

use std::time::Duration;

use auth_core::credential::{self, CredentialVersion, Proof};
use auth_core::id::AccountId;
use auth_core::secret::SecretText;
use auth_core::wire::{Email, ErrorCode, Password, SignIn};
use serde_json::json;
use worker::{Delay, Env};

use super::limits::{self, Attempt};
use super::{Context, body, elsewhere, session};
use crate::audit::{Actor, Event, Kind};
use crate::http::{Answered, Refusal};
use crate::objects::call::Done;
use crate::objects::protocol::account::{Conflict, Credentials, Record, Rehash, StoredCredentials};
use crate::objects::protocol::limiter::AttemptEnd;
use crate::objects::{Unavailable, client};
use crate::passwords::queue::Place;
use crate::{log, passwords};

/// A wrong password, an unknown address and a disabled account take the same steps and get the same response.
pub(super) async fn handle(context: &mut Context) -> Answered {
    let SignIn { email, password } = body::read(&mut context.incoming).await?;
    let email = body::email(&email)?;
    let (counted, proved) = match &context.config.elsewhere {
        Some(there) => {
            let counted = Attempt::begin(context, &email).await?;
            // Some directories treat an empty password as an anonymous request and accept it.
            let proved = if password.expose().is_empty() {
                Ok(Err(Disproved { account: None, reason: PASSWORD_LENGTH }))
            } else {
                elsewhere::prove(context, there, &email, &password).await
            };
            (counted, proved)
        }
        None => {
            // First, so that an overloaded isolate rejects the request before it asks an object.
            let place = limits::place(context)?;
            let counted = Attempt::begin(context, &email).await?;
            // A password that no account can have counts, and takes as long, as any other wrong one.
            (counted, prove(context, &place, &email, Password::new(password).ok().as_ref()).await)
        }
    };
    match proved {
        Ok(Ok(proof)) => {
            let device = counted.signed_in(context).await;
            let opening = session::Opening { proof, typed: &email, signed_up: false };
            session::open(context, opening, device).await
        }
        Err(refusal) => {
            counted.end(context, AttemptEnd::Open).await?;
            Err(refusal)
        }
        Ok(Err(Disproved { account, reason })) => {
            counted.end(context, AttemptEnd::Failed).await?;
            pad_response_time(context).await;
            failed(context, account, email, reason);
            Err(Refusal::new(ErrorCode::InvalidCredentials))
        }
    }
}

/// The reason recorded for a password of a length that no account's password can have.
const PASSWORD_LENGTH: &str = "password_length";

/// Why a sign-in failed.
pub(super) struct Disproved {
    /// `None` if no account has the address, or if the account is not known.
    pub(super) account: Option<AccountId>,
    pub(super) reason: &'static str,
}

/// Delays the response to a failure until the configured time after the request's arrival. Otherwise the response time
/// would show how far away the account's object is and whether it had to be started; an unknown address has no such object.
async fn pad_response_time(context: &Context) {
    let least = context.config.passwords.failure_ms;
    let passed = worker::Date::now().as_millis().saturating_sub(context.incoming.now_ms);
    Delay::from(Duration::from_millis(least.saturating_sub(passed))).await;
}

/// Returns the user's account if the password is correct.
async fn prove(
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
        None => (None, client::nobody(env, email, &Credentials {}).await?),
    };
    let (credentials, barred) = match reply {
        Some(StoredCredentials { disabled: true, credentials, .. }) => (credentials, Some("disabled")),
        Some(StoredCredentials { spent: true, credentials, .. }) => (credentials, Some("one_time_password")),
        Some(StoredCredentials { credentials, .. }) => (credentials, None),
        None => (credential::Credentials::default(), Some("no_account")),
    };
    let (version, hash) = credentials.password().unzip();
    let rules = &context.config.passwords;
    let verified = passwords::verify(env, place, rules, password, hash.map(SecretText::expose)).await?;
    match (account, version, password) {
        (Some(account), Some(version), Some(password)) if verified.right && barred.is_none() => {
            if verified.outdated {
                rehash(context, place, &account, version, password).await;
            }
            Ok(Ok(Proof::of_password(account, version, session::now())))
        }
        (account, _, password) => {
            let wrong = if password.is_some() { "password" } else { PASSWORD_LENGTH };
            Ok(Err(Disproved { account, reason: barred.unwrap_or(wrong) }))
        }
    }
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

/// Records a failed sign-in after the response has left. For an unknown address the record is sent to an
/// empty account, so that the response takes the same time in both cases.
fn failed(context: &Context, account: Option<AccountId>, email: Email, reason: &'static str) {
    let event = attempt(context, reason);
    let env = context.env.clone();
    context.platform.wait_until(async move {
        record(&env, account.as_ref(), &email, event).await;
    });
}

/// Records an event in the account's audit trail, or in the log if there is no account.
pub(super) async fn record(env: &Env, account: Option<&AccountId>, email: &Email, event: Event) {
    let record = Record { event: Box::new(event.clone()) };
    let recorded = match account {
        None => client::nobody(env, email, &record).await,
        Some(account) => client::account(env, account, &record).await,
    };
    if !matches!(recorded, Ok(Some(Done {}))) {
        Event { account: account.cloned(), ..event }.log();
    }
}

fn attempt(context: &Context, reason: &'static str) -> Event {
    context.asker(Actor::Anybody).event(Kind::SignInFailed, session::now()).reason(reason)
}
