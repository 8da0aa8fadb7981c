//! The account of a provider's user.

use auth_core::credential::{Credential, CredentialVersion, LinkedUser};
use auth_core::id::AccountId;
use auth_core::provider::{Identity, SignInStep, sign_in_step};
use auth_core::wire::{Email, ErrorCode};

use crate::config::{Provider, SignUpPolicy};
use crate::context::Context;
use crate::hooks::before_sign_up::Newcomer;
use crate::http::Refusal;
use crate::objects::call::Done;
use crate::objects::client;
use crate::objects::protocol::account::{
    Create, Credentials, NotReserved, Reserve, StoredCredentials, TakeAddress,
};
use crate::objects::protocol::directory::Taken;
use crate::platform::Unavailable;
use crate::ways_in::{creation, email_code};

const PART: &str = "provider";

/// The account of a user.
pub struct Found {
    /// The account.
    pub account: AccountId,
    /// The version of the credential that names the user.
    pub version: CredentialVersion,
    /// Whether the account was created.
    pub is_new: bool,
}

/// Finds the account of this user, or creates it. If two requests create it at the same time, one succeeds and
/// the other finds the account. `count_sign_up` is asked before an account is created.
///
/// # Errors
/// `email_taken`, `sign_up_closed`, `sign_up_refused`, `rate_limited`, `unavailable`.
pub async fn account_of(
    context: &Context,
    provider: &Provider,
    identity: &Identity,
    count_sign_up: impl AsyncFn() -> Result<(), Refusal>,
) -> Result<Found, Refusal> {
    let key = identity.user.directory_key();
    for _ in 0..2 {
        let account = client::find_account(&context.env, &key).await?;
        let is_open = context.config.sign_up == SignUpPolicy::Open;
        let owner = match (&account, &identity.email) {
            (None, Some(email)) => address_owner(context, email).await?,
            (Some(_), _) | (None, None) => None,
        };
        // An address that its account's user has never proved becomes this user's, but only with an account.
        let (owner, unproved) = match owner {
            Some(Owner { account, is_proved: false }) if is_open => (None, Some(account)),
            owner => (owner.map(|owner| owner.account), None),
        };
        match sign_in_step(account, owner.as_ref(), is_open) {
            SignInStep::Open(account) => {
                let stored = client::account(&context.env, &account, &Credentials {}).await?;
                let version = stored.and_then(|StoredCredentials { credentials, .. }| {
                    credentials.provider_user(&identity.user)
                });
                // The user is being linked or unlinked at this moment, or the account is being deleted.
                let version =
                    version.ok_or_else(|| Unavailable::because(PART, "the user is being linked"))?;
                return Ok(Found { account, version, is_new: false });
            }
            SignInStep::Reject(code) => return Err(Refusal::new(code)),
            SignInStep::Create => {}
        }
        count_sign_up().await?;
        let linked = LinkedUser::new(&provider.name, identity.user.clone());
        let linked = linked.ok_or_else(|| Unavailable::because(PART, "the provider's name has a space"))?;
        let newcomer =
            NewUser { credential: Credential::Provider(linked), email: identity.email.as_ref(), unproved };
        match create(context, newcomer, &key).await {
            Ok((account, version)) => {
                if let Some(email) = &identity.email {
                    add_address(context, &account, email).await?;
                }
                return Ok(Found { account, version, is_new: true });
            }
            Err(Refusal { code: ErrorCode::EmailTaken, .. }) => {}
            Err(refusal) => return Err(refusal),
        }
    }
    Err(Unavailable::because(PART, "the account was deleted while the user signed in").into())
}

/// A user without an account.
struct NewUser<'a> {
    credential: Credential,
    /// The address that the provider has verified.
    email: Option<&'a Email>,
    /// The account that has this address although its user has never proved it.
    unproved: Option<AccountId>,
}

/// Creates the account of a user, without an address. `email_taken`: another request has created it, or the user of
/// the account that has the address has proved it in the meantime.
async fn create(
    context: &Context,
    NewUser { credential, email, unproved }: NewUser<'_>,
    key: &str,
) -> Result<(AccountId, CredentialVersion), Refusal> {
    // The hook may refuse the user, and then nothing has changed.
    let newcomer = Newcomer { email: email.map(Email::as_str), credential: credential.kind() };
    let admitted = creation::admit(context, newcomer).await?;
    if let (Some(owner), Some(email)) = (&unproved, email) {
        email_code::release(context, owner, email).await?;
    }
    let account = client::new_account_id(&context.env)?;
    let call = Create {
        email: String::new(),
        credential,
        roles: vec![],
        one_time_until: None,
        creation: None,
        vouched: false,
    };
    let version = client::new_account(&context.env, &account, &call).await?;
    creation::confirm(context, &account, key, admitted).await?;
    Ok((account, version))
}

/// The account that has an address.
struct Owner {
    account: AccountId,
    /// Whether its user has proved that the address is theirs, or an administrator has assigned it.
    is_proved: bool,
}

async fn address_owner(context: &Context, email: &Email) -> Result<Option<Owner>, Refusal> {
    let Some(account) = client::find_address(&context.env, email).await? else { return Ok(None) };
    let stored = client::account(&context.env, &account, &Credentials {}).await?;
    let is_proved = stored.is_some_and(|StoredCredentials { credentials, vouched, .. }| {
        vouched || credentials.email(email.as_str()).is_some()
    });
    Ok(Some(Owner { account, is_proved }))
}

/// Gives a new account its verified address. If another account claims the address at the same time, the
/// account has none.
async fn add_address(context: &Context, account: &AccountId, email: &Email) -> Result<(), Refusal> {
    let (env, email) = (&context.env, email.as_str());
    let failed = || Unavailable::because(PART, "the address could not be reserved");
    match client::account(env, account, &Reserve { key: email.to_owned() }).await? {
        Some(Ok(Done {})) => {}
        Some(Err(NotReserved {})) | None => return Err(failed().into()),
    }
    if let Err(Taken {}) = client::claim_address(env, email, account).await? {
        return Ok(());
    }
    match client::account(env, account, &TakeAddress { email: email.to_owned() }).await? {
        Some(Ok(_)) => Ok(()),
        Some(Err(NotReserved {})) | None => Err(failed().into()),
    }
}
