//! Presents cookies and refresh tokens to their accounts.

use auth_core::id::AccountId;
use auth_core::wire::{RefreshCookie, SessionEndReason};
use worker::Env;

use super::Unavailable;
use super::call::Call;
use super::client;
use super::keys::{Keys, keys, keys_again};
use super::protocol::account::AccountCalls;
use super::protocol::session::{CookieRejected, Presented};

/// Asks the cookie's account, as [`ask_as`] does.
///
/// # Errors
/// [`Unavailable`].
pub async fn ask<T, C>(
    env: &Env,
    cookie: &RefreshCookie,
    call: impl Fn(Presented) -> C,
) -> Result<Result<T, SessionEndReason>, Unavailable>
where
    C: Call<Object = AccountCalls, Reply = Option<Result<T, CookieRejected>>>,
{
    ask_as(env, &cookie.account, &cookie.value(), call).await
}

/// Asks an account about a cookie's value or a refresh token, and again with newer keys if it names a key that this
/// isolate's copy does not contain. If that key was removed, the account ends the session; if the Keyring does not know the
/// key at all, that is a fault of the service and ends no session. The error of the reply says why the
/// session is not active.
///
/// # Errors
/// [`Unavailable`].
pub async fn ask_as<T, C>(
    env: &Env,
    account: &AccountId,
    text: &str,
    call: impl Fn(Presented) -> C,
) -> Result<Result<T, SessionEndReason>, Unavailable>
where
    C: Call<Object = AccountCalls, Reply = Option<Result<T, CookieRejected>>>,
{
    let mut keys = keys(env).await?;
    for _ in 0..2 {
        match client::account(env, account, &call(present_as(text, &keys))).await? {
            Some(Ok(reply)) => return Ok(Ok(reply)),
            Some(Err(CookieRejected::Ended(reason))) => return Ok(Err(reason)),
            Some(Err(CookieRejected::UnknownKey)) => keys = keys_again(env).await?,
            None => return Ok(Err(SessionEndReason::None)),
        }
    }
    Err(Unavailable::because("keyring", "unknown refresh key"))
}

/// The cookie with this copy's keys.
#[must_use]
pub fn present(cookie: &RefreshCookie, keys: &Keys) -> Presented {
    present_as(&cookie.value(), keys)
}

fn present_as(text: &str, keys: &Keys) -> Presented {
    Presented { cookie: text.to_owned(), keys: keys.refresh.clone(), removed: keys.removed.clone() }
}
