//! `/auth/passkeys`: the registration of passkeys, by the user of a session or as a sign-up, and the user's list.

use auth_core::credential::{CredentialKind, MAX_PASSKEYS, Passkey, Proof, passkey_name};
use auth_core::id::AccountId;
use auth_core::time::UnixTime;
use auth_core::webauthn::{CreationOptions, PasskeyPurpose, RegistrationResponse};
use auth_core::wire::{ChallengeCookie, ErrorCode, clear_challenge_cookie};
use serde::{Deserialize, Serialize};

use super::owner::{Owner, ask_present_state};
use super::session::Opening;
use super::{Context, body, limits, session};
use crate::audit::{Actor, Kind};
use crate::config::{Passkeys, SignUpPolicy};
use crate::hooks::before_sign_up::Newcomer;
use crate::http::{Answered, Refusal, empty, json};
use crate::objects::call::Done;
use crate::objects::client;
use crate::objects::protocol::account::{
    AccountExists, AddPasskey, Credentials, ListPasskeys, NoPasskey, NotAdded, NotRemoved, RemovePasskey,
    RenamePasskey, SignUpByPasskey, StoredCredentials,
};
use crate::ways_in::{creation, passkey};

/// The name of a passkey whose user gives it none.
const UNNAMED: &str = "Passkey";

/// `POST /auth/passkeys/options`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OptionsRequest {
    /// Of a sign-up: the address of the new account, if it is to have one.
    #[serde(default)]
    email: Option<String>,
}

/// `POST /auth/passkeys`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPasskey {
    #[serde(default)]
    name: Option<String>,
    credential: RegistrationResponse,
}

/// `PATCH /auth/passkeys/{id}`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rename {
    name: String,
}

/// A passkey, as its user sees it.
#[derive(Serialize)]
struct View<'a> {
    id: &'a str,
    name: &'a str,
    created_at: UnixTime,
    last_used_at: Option<UnixTime>,
    backed_up: bool,
}

impl<'a> View<'a> {
    fn of(passkey: &'a Passkey) -> Self {
        let Passkey { id, name, created_at, last_used_at, backed_up, .. } = passkey;
        Self { id, name, created_at: *created_at, last_used_at: *last_used_at, backed_up: *backed_up }
    }
}

#[derive(Serialize)]
struct One<'a> {
    passkey: View<'a>,
}

#[derive(Serialize)]
struct List<'a> {
    passkeys: Vec<View<'a>>,
}

/// The configured relying party. The routes exist only if there is one.
pub(super) fn relying_party(context: &Context) -> Result<Passkeys, Refusal> {
    context.config.passkeys.clone().ok_or_else(|| Refusal::new(ErrorCode::NotFound))
}

/// Begins a registration: for the user of a session, or as a sign-up.
pub(super) async fn options(context: &mut Context) -> Answered {
    let OptionsRequest { email } = body::read_optional(&mut context.incoming).await?;
    let passkeys = relying_party(context)?;
    if context.incoming.header("authorization").is_none() {
        return sign_up_options(context, &passkeys, email).await;
    }
    if email.is_some() {
        return Err(Refusal::invalid(
            Some("email"),
            "The account exists already, so the request has no address.",
        ));
    }
    let owner = Owner::of(context).await?;
    let living = owner.require_fresh(context).await?;
    let StoredCredentials { credentials, .. } = owner.ask(context, &Credentials {}).await?;
    let present = || credentials.passkeys().map(|(_, passkey)| passkey);
    if present().count() >= MAX_PASSKEYS {
        return Err(too_many());
    }
    let account = living.account;
    let issued = passkey::issue(context, PasskeyPurpose::Add, Some(account.clone()), None).await?;
    let name = user_name(&account, Some(living.email).filter(|email| !email.is_empty()));
    let rp = (passkeys.relying_party.id(), &*passkeys.name);
    let options = CreationOptions::new(rp, &account, name, issued.challenge, present());
    with_cookie(json(200, &options)?, issued.cookie)
}

/// Counts as a sign-up, because each challenge creates at most one account.
async fn sign_up_options(context: &Context, passkeys: &Passkeys, email: Option<String>) -> Answered {
    let email = email.map(|email| body::email(&email)).transpose()?;
    require_open(context)?;
    if let Err(refusal) = limits::sign_up(context).await {
        return Err(sign_up_refused(context, "limited", refusal));
    }
    if let Some(email) = &email
        && creation::is_taken(context, email).await?
    {
        return Err(sign_up_refused(context, "taken", Refusal::new(ErrorCode::EmailTaken)));
    }
    let email = email.map(|email| email.as_str().to_owned());
    let account = client::new_account_id(&context.env)?;
    let issued =
        passkey::issue(context, PasskeyPurpose::SignUp, Some(account.clone()), email.clone()).await?;
    let name = user_name(&account, email);
    let rp = (passkeys.relying_party.id(), &*passkeys.name);
    let options = CreationOptions::new(rp, &account, name, issued.challenge, core::iter::empty());
    with_cookie(json(200, &options)?, issued.cookie)
}

/// What distinguishes the account in the browser's dialogs.
fn user_name(account: &AccountId, email: Option<String>) -> String {
    email.unwrap_or_else(|| account.as_str().get(..8).unwrap_or_default().to_owned())
}

/// Ends a registration.
pub(super) async fn register(context: &mut Context) -> Answered {
    let NewPasskey { name, credential } = body::read(&mut context.incoming).await?;
    let name = name.map_or_else(|| Ok(UNNAMED.to_owned()), |name| checked(&name))?;
    let passkeys = relying_party(context)?;
    if context.incoming.header("authorization").is_none() {
        return sign_up(context, &passkeys, name, credential).await;
    }
    let owner = Owner::of(context).await?;
    let living = owner.require_fresh(context).await?;
    let (new, challenge) = passkey::register(context, &passkeys, credential, PasskeyPurpose::Add).await?;
    if challenge.account.as_ref() != Some(&living.account) {
        return Err(Refusal::new(ErrorCode::ChallengeExpired));
    }
    let call = AddPasskey {
        bearing: owner.bearing(),
        passkey: Box::new(new.named(name, session::now())),
        once: challenge.once(),
        asker: context.asker(Actor::User),
    };
    match owner.ask(context, &call).await? {
        Ok(passkey) => json(201, &One { passkey: View::of(&passkey) }),
        Err(NotAdded::Used) => Err(Refusal::new(ErrorCode::ChallengeExpired)),
        Err(NotAdded::TooMany) => Err(too_many()),
        Err(NotAdded::Exists) => {
            Err(Refusal::invalid(Some("credential"), "The account has another passkey with this id."))
        }
    }
}

/// Creates the account that the challenge names, and signs in.
async fn sign_up(
    context: &Context,
    passkeys: &Passkeys,
    name: String,
    credential: RegistrationResponse,
) -> Answered {
    require_open(context)?;
    let (new, challenge) = passkey::register(context, passkeys, credential, PasskeyPurpose::SignUp).await?;
    let expired = || Refusal::new(ErrorCode::ChallengeExpired);
    let once = challenge.once();
    let account = challenge.account.ok_or_else(expired)?;
    let passkey = Box::new(new.named(name, session::now()));
    let methods = passkey.methods();
    let email = challenge.email;
    let newcomer = Newcomer { email: email.as_deref(), credential: CredentialKind::Passkey };
    let admitted = creation::admit(context, newcomer).await?;
    let email = email.unwrap_or_default();
    let call = SignUpByPasskey { email: email.clone(), passkey };
    let version = match client::new_account(&context.env, &account, &call).await? {
        Ok(version) => version,
        Err(AccountExists {}) => return Err(expired()),
    };
    if email.is_empty() {
        creation::confirm_without_key(context, &account, admitted).await?;
    } else {
        creation::confirm(context, &account, &email, admitted).await?;
    }
    let typed = limits::subject(&account, &email);
    let proof = Proof::of_new_passkey(account, version, methods, session::now(), once);
    let device = limits::signed_up(context, &typed).await;
    let opening = Opening { proof, typed: &typed, signed_up: true };
    let response = session::open_session(context, opening, device).await?;
    session::with_cookie(response, Some(&clear_challenge_cookie()))
}

/// Lists the user's passkeys, the newest first.
pub(super) async fn list(context: &Context) -> Answered {
    let (_, passkeys) = ask_present_state(context, |bearing| ListPasskeys { bearing }).await?;
    json(200, &List { passkeys: passkeys.iter().map(View::of).collect() })
}

/// Renames one of the user's passkeys.
pub(super) async fn rename(context: &mut Context, id: &str) -> Answered {
    let Rename { name } = body::read(&mut context.incoming).await?;
    let name = checked(&name)?;
    let owner = Owner::of(context).await?;
    let call = RenamePasskey { bearing: owner.bearing(), id: id.to_owned(), name };
    match owner.ask(context, &call).await? {
        Ok(passkey) => json(200, &One { passkey: View::of(&passkey) }),
        Err(NoPasskey {}) => Err(Refusal::new(ErrorCode::NotFound)),
    }
}

/// Removes one of the user's passkeys.
pub(super) async fn remove(context: &Context, id: &str) -> Answered {
    let owner = Owner::of(context).await?;
    owner.require_fresh(context).await?;
    let call =
        RemovePasskey { bearing: owner.bearing(), id: id.to_owned(), asker: context.asker(Actor::User) };
    match owner.ask(context, &call).await? {
        Ok(Done {}) => empty(204),
        Err(NotRemoved::NoPasskey) => Err(Refusal::new(ErrorCode::NotFound)),
        Err(NotRemoved::LastCredential) => Err(Refusal::new(ErrorCode::LastCredential)),
    }
}

/// Sets the challenge cookie, if there is a new one.
pub(super) fn with_cookie(response: worker::Response, cookie: Option<ChallengeCookie>) -> Answered {
    session::with_cookie(response, cookie.map(|cookie| cookie.set()).as_deref())
}

fn checked(name: &str) -> Result<String, Refusal> {
    passkey_name(name).ok_or_else(|| Refusal::invalid(Some("name"), "The name must have 1 to 64 characters."))
}

fn too_many() -> Refusal {
    Refusal::invalid(None, "The account has 20 passkeys, the most that it can have.")
}

fn require_open(context: &Context) -> Result<(), Refusal> {
    if context.config.sign_up == SignUpPolicy::Closed {
        return Err(sign_up_refused(context, "closed", Refusal::new(ErrorCode::SignUpClosed)));
    }
    Ok(())
}

fn sign_up_refused(context: &Context, reason: &'static str, refusal: Refusal) -> Refusal {
    context.asker(Actor::Anybody).event(Kind::SignUpRefused, session::now()).reason(reason).log();
    refusal
}
