//! Passkeys. Nothing is stored before a ceremony succeeds; `auth_core::webauthn` verifies it.

use auth_core::credential::Proof;
use auth_core::id::AccountId;
use auth_core::webauthn::{
    Assertion, AssertionError, AssertionResponse, NewPasskey, PasskeyChallenge, PasskeyPurpose,
    Refusal as Step, Registration, RegistrationResponse, account_of, user_handle,
};
use auth_core::wire::{ChallengeCookie, ErrorCode, find_challenge_cookie};
use serde_json::json;

use super::Disproved;
use crate::config::Passkeys;
use crate::context::Context;
use crate::http::Refusal;
use crate::log;
use crate::objects::client;
use crate::objects::protocol::account::{Credentials, StoredCredentials};
use crate::platform::{Unavailable, now};
use crate::random;
use crate::signatures::{Verifier, can_import};

/// A challenge that was issued, and the cookie of the browser for which it was.
pub struct Issued {
    /// As the browser gets it, base64url.
    pub challenge: String,
    /// To be set in the browser; `None` if the browser keeps the one that it has.
    pub cookie: Option<ChallengeCookie>,
}

/// Issues a challenge. A browser that has a challenge cookie keeps its secret, so that several tabs, and a code that
/// was sent by mail, do not end each other's ceremonies.
///
/// # Errors
/// `unavailable`.
pub async fn issue(
    context: &Context,
    purpose: PasskeyPurpose,
    account: Option<AccountId>,
    email: Option<String>,
) -> Result<Issued, Unavailable> {
    let keys = client::keys(&context.env).await?;
    let cookie = match find_challenge_cookie(context.incoming.header("cookie")) {
        Some(cookie) => cookie,
        None => ChallengeCookie::new(None, random::bytes()?),
    };
    let challenge = PasskeyChallenge::issue(purpose, account, email, random::bytes()?, now());
    let challenge = challenge.encode(&keys.refresh_keys, &cookie);
    // One that names an account belongs to another ceremony, which it must not outlive.
    let cookie = cookie.account.is_none().then_some(cookie);
    Ok(Issued { challenge, cookie })
}

/// Reads the challenge of a response.
///
/// # Errors
/// `challenge_expired`, `unavailable`.
async fn open(
    context: &Context,
    challenge: &[u8],
    purposes: &[PasskeyPurpose],
) -> Result<PasskeyChallenge, Refusal> {
    let expired = || Refusal::new(ErrorCode::ChallengeExpired);
    let cookie = find_challenge_cookie(context.incoming.header("cookie")).ok_or_else(expired)?;
    let keys = client::keys(&context.env).await?;
    let opened = PasskeyChallenge::open(challenge, &keys.refresh_keys, &cookie, now());
    opened.ok().filter(|challenge| purposes.contains(&challenge.purpose)).ok_or_else(expired)
}

/// Verifies a registration. Returns the passkey, and the challenge that it answers.
///
/// # Errors
/// `invalid_request`, `challenge_expired`, `unavailable`.
pub async fn register(
    context: &Context,
    passkeys: &Passkeys,
    response: RegistrationResponse,
    purpose: PasskeyPurpose,
) -> Result<(NewPasskey, PasskeyChallenge), Refusal> {
    let refuse = |step| refused(context, step);
    let registration = Registration::parse(response).map_err(refuse)?;
    let challenge = open(context, registration.challenge(), &[purpose]).await?;
    let new = registration.verify(&passkeys.relying_party, registration.challenge()).map_err(refuse)?;
    if can_import(new.key()).await { Ok((new, challenge)) } else { Err(refuse(Step::PublicKey)) }
}

/// The client learns that the passkey was refused. The log says why: an origin that is not listed is a mistake of the
/// deployer.
fn refused(context: &Context, step: Step) -> Refusal {
    log::line("passkey_refused", &context.incoming.id, json!({"reason": step.as_str()}));
    let local = context.config.issuer.is_local();
    let why = if local { step.as_str() } else { "see passkey_refused in the log of the Worker" };
    Refusal::invalid(Some("credential"), &["The passkey was refused: ", why, "."].concat())
}

/// Verifies the use of a passkey, for one of these purposes. `account` is the account whose user it must be; `None` if
/// the response says which one it is.
///
/// # Errors
/// `challenge_expired`, `unavailable`.
pub async fn prove(
    context: &Context,
    passkeys: &Passkeys,
    response: &AssertionResponse,
    purposes: &[PasskeyPurpose],
    account: Option<&AccountId>,
) -> Result<Result<Proof, Disproved>, Refusal> {
    let no = |account: Option<&AccountId>, reason| Ok(Err(Disproved { account: account.cloned(), reason }));
    let assertion = match Assertion::parse(response) {
        Ok(assertion) => assertion,
        Err(step) => return no(None, step.as_str()),
    };
    let challenge = open(context, assertion.challenge(), purposes).await?;
    let stated = assertion.user_handle().and_then(account_of);
    let Some(account) = account.or(stated.as_ref()) else { return no(None, Step::UserHandle.as_str()) };
    if challenge.account.as_ref().is_some_and(|begun| begun != account) {
        return Err(Refusal::new(ErrorCode::ChallengeExpired));
    }
    let Some(handle) = user_handle(account) else { return no(None, Step::UserHandle.as_str()) };
    let credentials = match client::account(&context.env, account, &Credentials {}).await? {
        Some(StoredCredentials { disabled: false, credentials, .. }) => credentials,
        Some(StoredCredentials { disabled: true, .. }) => return no(Some(account), "disabled"),
        None => return no(None, "no_account"),
    };
    let Some(stored) = credentials.passkey(assertion.credential_id()) else {
        return no(Some(account), "unknown_passkey");
    };
    let backend = Verifier(context.config.signatures);
    let rp = &passkeys.relying_party;
    match assertion.verify(rp, assertion.challenge(), &handle, stored.1, &backend).await {
        Ok(used) => Ok(Ok(Proof::of_passkey(account.clone(), stored, used, now(), challenge.once()))),
        Err(AssertionError::Refused(step)) => no(Some(account), step.as_str()),
        Err(AssertionError::Fault(fault)) => Err(Unavailable::because("passkey", fault.0).into()),
    }
}
