//! Creates accounts, for sign-up, for administrators and for external credentials. An account exists once it is
//! confirmed, and [`confirm`] requires that the deployer's hook has admitted the user.

use auth_core::credential::{Credential, CredentialVersion};
use auth_core::id::AccountId;
use auth_core::time::UnixTime;
use auth_core::wire::{Email, ErrorCode, Metadata};
use futures_util::future::join;

use crate::audit::{Actor, Kind};
use crate::context::Context;
use crate::hooks::before_sign_up::{self, Newcomer, Verdict};
use crate::http::Refusal;
use crate::objects::call::Done;
use crate::objects::client;
use crate::objects::protocol::account::{AcceptSignUp, Confirm, Confirmed, Create, Creation, Discard};
use crate::objects::protocol::directory::Taken;
use crate::platform::{Unavailable, now};

/// Returns whether an account has the address. Asked first, so that a taken address costs no password hash.
///
/// # Errors
/// `unavailable`.
pub async fn is_taken(context: &Context, email: &Email) -> Result<bool, Refusal> {
    Ok(client::find_address(&context.env, email).await?.is_some())
}

/// Who assigns an account its address.
#[derive(Clone, Debug)]
pub enum By {
    /// The user, who may not own it.
    User,
    /// The external system that verifies the user's password.
    Elsewhere,
    /// An administrator, by a request that may be repeated (`creation`). The password is a one-time password
    /// until `one_time_until`.
    Admin {
        /// When the one-time password expires.
        one_time_until: Option<UnixTime>,
        /// The request.
        creation: Option<Creation>,
    },
}

/// A user who may have an account, with what the deployer's hook sets for it. Only this module makes one, so that no
/// way to sign up can pass by the hook.
#[derive(Debug)]
pub struct Admitted {
    roles: Option<Vec<String>>,
    metadata: Option<Metadata>,
}

impl Admitted {
    /// The hook has nothing to say about the account: there is none, or an administrator creates the account.
    const UNCHANGED: Self = Self { roles: None, metadata: None };
}

/// Asks the deployer's hook whether the user may sign up. To be called after everything else that can reject the
/// sign-up, so that the hook is asked about no user who gets no account.
///
/// # Errors
/// `sign_up_refused`, `unavailable`.
pub async fn admit(context: &Context, newcomer: Newcomer<'_>) -> Result<Admitted, Refusal> {
    let Some(hooks) = &context.config.hooks else { return Ok(Admitted::UNCHANGED) };
    match before_sign_up::ask(context, hooks, newcomer).await? {
        Verdict::Accepted { roles, metadata } => Ok(Admitted { roles, metadata }),
        Verdict::Refused => {
            context.asker(Actor::Anybody).event(Kind::SignUpRefused, now()).reason("hook").log();
            Err(Refusal::new(ErrorCode::SignUpRefused))
        }
    }
}

/// Writes the account as unconfirmed, then claims its address (or its external id) in the Directory. Returns
/// the account's id and the version of its credential.
///
/// # Errors
/// `email_taken`, `sign_up_refused`, `unavailable`.
pub async fn create(
    context: &Context,
    email: &Email,
    credential: Credential,
    roles: Vec<String>,
    by: By,
) -> Result<(AccountId, CredentialVersion), Refusal> {
    let env = &context.env;
    let account = client::new_account_id(env)?;
    let key = credential.directory_key().unwrap_or_else(|| email.as_str().to_owned());
    let admitted = match by {
        By::Admin { .. } => Admitted::UNCHANGED,
        By::User => {
            admit(context, Newcomer { email: Some(email.as_str()), credential: credential.kind() }).await?
        }
        By::Elsewhere => {
            let newcomer = Newcomer { email: Some(email.as_str()), credential: credential.kind() };
            // The roles are those of the external system, at each sign-in.
            Admitted { roles: None, ..admit(context, newcomer).await? }
        }
    };
    let vouched = matches!(by, By::Admin { .. });
    let (one_time_until, creation) = match by {
        By::Admin { one_time_until, creation } => (one_time_until, creation),
        By::User | By::Elsewhere => (None, None),
    };
    let email = email.as_str().to_owned();
    let create = Create { email, credential, roles, one_time_until, creation, vouched };
    let version = client::new_account(env, &account, &create).await?;
    confirm(context, &account, &key, admitted).await?;
    Ok((account, version))
}

/// Claims the Directory key of an unconfirmed account. The claim is the commit: if two requests run at the
/// same time, one of them succeeds. If this stops in between, the account's alarm deletes the account.
///
/// # Errors
/// `email_taken`, `unavailable`.
pub async fn confirm(
    context: &Context,
    account: &AccountId,
    key: &str,
    admitted: Admitted,
) -> Result<(), Refusal> {
    let env = &context.env;
    // Before the claim, so that an account that its alarm confirms has what the hook sets too.
    accept(context, account, admitted).await?;
    // Every confirmed account is on the list of accounts. If this account is not confirmed in the end, the list loses
    // it when it is next read.
    let (claimed, listed) =
        join(client::claim_address(env, key, account), client::list::enlist(env, account)).await;
    if let Err(Taken {}) = claimed? {
        return Err(match client::account(env, account, &Discard {}).await? {
            Some(Ok(Done {})) => Refusal::new(ErrorCode::EmailTaken),
            Some(Err(Confirmed {})) => failed("confirmed, although its address is taken"),
            None => failed("deleted before it was discarded"),
        });
    }
    listed?;
    finish(context, account).await
}

/// Confirms an account that is found by nothing but its own id, so that there is nothing to claim. If this stops
/// in between, the account's alarm deletes the account.
///
/// # Errors
/// `unavailable`.
pub async fn confirm_without_key(
    context: &Context,
    account: &AccountId,
    admitted: Admitted,
) -> Result<(), Refusal> {
    accept(context, account, admitted).await?;
    client::list::enlist(&context.env, account).await?;
    finish(context, account).await
}

/// The account may exist: it is in the jurisdiction of all others. Stores what the hook sets for it.
async fn accept(
    context: &Context,
    account: &AccountId,
    Admitted { roles, metadata }: Admitted,
) -> Result<(), Refusal> {
    client::require_jurisdiction(&context.env, &context.config).await?;
    if roles.is_none() && metadata.is_none() {
        return Ok(());
    }
    match client::account(&context.env, account, &AcceptSignUp { roles, metadata }).await? {
        Some(Done {}) => Ok(()),
        None => Err(failed("deleted before it was admitted")),
    }
}

async fn finish(context: &Context, account: &AccountId) -> Result<(), Refusal> {
    match client::account(&context.env, account, &Confirm {}).await? {
        Some(Done {}) => Ok(()),
        None => Err(failed("deleted before it was confirmed")),
    }
}

fn failed(cause: &str) -> Refusal {
    Unavailable::because("account", cause).into()
}
