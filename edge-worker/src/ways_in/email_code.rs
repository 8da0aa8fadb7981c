//! Codes that are sent by mail. A code is bound to the browser that requested it, by the challenge cookie, so a
//! mail scanner or another reader of the mail can't use it, and a link in the mail does nothing but fill it in.
//!
//! For a user without a session, everything is the same whether the address has an account or not: the same
//! steps, the same response, and one mail ([`hold`]). Only the mail differs.

use auth_core::credential::{
    ChallengePurpose, ChallengeVerdict, Code, CredentialKind, CredentialVersion, ExpectedCode, Once, Proof,
};
use auth_core::id::AccountId;
use auth_core::wire::{ChallengeCookie, Email, ErrorCode, find_challenge_cookie};

use super::creation;
use crate::audit::Actor;
use crate::config::SignUpPolicy;
use crate::context::Context;
use crate::hooks::before_sign_up::Newcomer;
use crate::http::Refusal;
use crate::objects::call::Done;
use crate::objects::client;
use crate::objects::protocol::account::{
    AnswerCode, AnsweredCode, Credentials, HoldCode, IsProved, NotItsAddress, ReleaseAddress,
    StoredCredentials, VerifyAddress,
};
use crate::platform::{Unavailable, now};
use crate::random;

/// The use of the cookie's secret for codes.
const MAC: &str = "code";

/// A code that was issued, and the cookie of the browser for which it was.
pub struct Issued {
    /// To be sent to the address.
    pub code: Code,
    /// To be set in the browser.
    pub cookie: ChallengeCookie,
}

impl Issued {
    /// A new code. `stored_by` is the object that will store its challenge.
    ///
    /// # Errors
    /// `unavailable`.
    pub fn new(stored_by: AccountId) -> Result<Self, Unavailable> {
        let cookie = ChallengeCookie::new(Some(stored_by), random::bytes()?);
        Ok(Self { code: Code::new(random::bytes()?), cookie })
    }

    /// What is stored of it.
    #[must_use]
    pub fn expected(&self, email: &Email, account: Option<AccountId>) -> ExpectedCode {
        let mac = self.cookie.mac(MAC, self.code.expose());
        ExpectedCode { mac, email: email.as_str().to_owned(), account }
    }
}

/// Issues a code to a user without a session, for an address that may have an account.
///
/// # Errors
/// `unavailable`.
pub async fn hold(
    context: &Context,
    purpose: ChallengePurpose,
    email: &Email,
    account: Option<AccountId>,
) -> Result<Issued, Unavailable> {
    let holder = client::new_account_id(&context.env)?;
    let issued = Issued::new(holder.clone())?;
    let call = HoldCode { code: issued.expected(email, account), purpose, browser: issued.cookie.browser() };
    let Done {} = client::new_account(&context.env, &holder, &call).await?;
    Ok(issued)
}

/// A code that was answered correctly.
#[derive(Debug)]
pub struct Answered {
    /// The object that stores its challenge.
    pub holder: AccountId,
    /// What it proves.
    pub code: ExpectedCode,
    /// For the proof: what was proved takes effect once.
    pub once: Once,
}

/// Why a code is rejected.
#[derive(Debug)]
pub struct Wrong {
    /// What the client learns.
    pub refusal: Refusal,
    /// The account for whose address the code was issued, if it has one.
    pub account: Option<AccountId>,
}

/// Verifies the code that the user typed. Nothing is used up: a fault after this does not cost the user the
/// code.
///
/// # Errors
/// `code_invalid`, `challenge_expired`; the outer result: `unavailable`.
pub async fn answer(
    context: &Context,
    purpose: ChallengePurpose,
    email: Option<&Email>,
    typed: &str,
) -> Result<Result<Answered, Wrong>, Refusal> {
    let wrong = |code, account| Ok(Err(Wrong { refusal: Refusal::new(code), account }));
    let cookie = find_challenge_cookie(context.incoming.header("cookie"));
    let Some((cookie, holder)) =
        cookie.and_then(|cookie| cookie.account.clone().map(|holder| (cookie, holder)))
    else {
        return wrong(ErrorCode::ChallengeExpired, None);
    };
    // What can't be a code counts as a wrong one.
    let mac = Code::parse(typed).map(|code| cookie.mac(MAC, code.expose())).unwrap_or_default();
    let email = email.map(|email| email.as_str().to_owned());
    let call = AnswerCode { purpose, browser: cookie.browser(), mac, email };
    match client::account(&context.env, &holder, &call).await? {
        Some(AnsweredCode { verdict: ChallengeVerdict::Correct(once), code: Some(code) }) => {
            Ok(Ok(Answered { holder, code, once }))
        }
        Some(AnsweredCode { verdict: ChallengeVerdict::Wrong { .. }, code }) => {
            wrong(ErrorCode::CodeInvalid, code.and_then(|code| code.account))
        }
        Some(AnsweredCode {
            verdict: ChallengeVerdict::Rejected(_) | ChallengeVerdict::Correct(_), ..
        })
        | None => wrong(ErrorCode::ChallengeExpired, None),
    }
}

/// What the browser presents for a challenge that the session's account stores: the browser's name in storage,
/// and the MAC of the typed code, which is empty if it can't be a code. `None` if the browser has no challenge of
/// this account.
#[must_use]
pub fn presented(context: &Context, account: &AccountId, typed: &str) -> Option<(String, String)> {
    let cookie = find_challenge_cookie(context.incoming.header("cookie"))?;
    if cookie.account.as_ref() != Some(account) {
        return None;
    }
    let mac = Code::parse(typed).map(|code| cookie.mac(MAC, code.expose())).unwrap_or_default();
    Some((cookie.browser(), mac))
}

/// The proof of a correct code, and whether it creates the account. Repeating this changes nothing: the proof
/// takes effect once.
///
/// # Errors
/// `sign_up_closed`, `sign_up_refused`, `email_taken` if another user has proved the address in the meantime, `unavailable`.
pub async fn prove(context: &Context, answered: Answered) -> Result<(Proof, bool), Refusal> {
    let Answered { holder, code, once } = answered;
    let email = Email::stored(&code.email);
    let proof = |account, version| Proof::of_email(account, version, now(), once.clone());
    let mut unproved = None;
    if let Some(account) = &code.account {
        match known(context, account, &email).await? {
            Known::Its(version) => return Ok((proof(account.clone(), version), false)),
            Known::Unproved => unproved = Some(account),
            Known::Gone => {}
        }
    }
    if context.config.sign_up == SignUpPolicy::Closed {
        return Err(Refusal::new(ErrorCode::SignUpClosed));
    }
    // The hook may refuse the user, and then nothing has changed.
    let newcomer = Newcomer { email: Some(email.as_str()), credential: CredentialKind::Email };
    let admitted = creation::admit(context, newcomer).await?;
    if let Some(account) = unproved {
        release(context, account, &email).await?;
    }
    creation::confirm(context, &holder, email.as_str(), admitted).await?;
    match verify_address(context, &holder, &email).await? {
        Some(version) => Ok((proof(holder, version), true)),
        None => Err(Unavailable::because("account", "deleted while its user signed up").into()),
    }
}

/// What an account is to a user who has proved its address.
enum Known {
    /// The user's own: the address was proved before, or an administrator has assigned it.
    Its(CredentialVersion),
    /// The user of the account has never proved the address, so it may be that of another person, who signed up
    /// with it first.
    Unproved,
    /// Deleted, or without this address by now.
    Gone,
}

async fn known(context: &Context, account: &AccountId, email: &Email) -> Result<Known, Unavailable> {
    let stored = client::account(&context.env, account, &Credentials {}).await?;
    let Some(StoredCredentials { credentials, vouched, .. }) = stored else { return Ok(Known::Gone) };
    if let Some(version) = credentials.email(email.as_str()) {
        return Ok(Known::Its(version));
    }
    if !vouched {
        return Ok(Known::Unproved);
    }
    Ok(verify_address(context, account, email).await?.map_or(Known::Gone, Known::Its))
}

/// Whether the address belongs to the account's user: it was proved, or an administrator has assigned it.
///
/// # Errors
/// `unavailable`.
pub async fn is_proved(context: &Context, account: &AccountId, email: &Email) -> Result<bool, Unavailable> {
    Ok(match known(context, account, email).await? {
        Known::Its(_) => true,
        Known::Unproved | Known::Gone => false,
    })
}

/// The address is verified from now on. `None` if the account does not have it.
async fn verify_address(
    context: &Context,
    account: &AccountId,
    email: &Email,
) -> Result<Option<CredentialVersion>, Unavailable> {
    let call = VerifyAddress { email: email.as_str().to_owned() };
    Ok(match client::account(&context.env, account, &call).await? {
        Some(Ok(version)) => Some(version),
        Some(Err(NotItsAddress {})) | None => None,
    })
}

/// Takes an address that was never proved away from its account, for the user who has proved it.
///
/// # Errors
/// `email_taken` if the account's user has proved it in the meantime, `unavailable`.
pub async fn release(context: &Context, account: &AccountId, email: &Email) -> Result<(), Refusal> {
    let call = ReleaseAddress { email: email.as_str().to_owned(), asker: context.asker(Actor::Anybody) };
    match client::account(&context.env, account, &call).await? {
        Some(Ok(Done {})) | None => {}
        Some(Err(IsProved {})) => return Err(Refusal::new(ErrorCode::EmailTaken)),
    }
    for form in email.earlier_form().into_iter().chain([email.as_str()]) {
        let Done {} = client::release_address(&context.env, form, account).await?;
    }
    Ok(())
}
