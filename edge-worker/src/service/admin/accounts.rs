//! `POST /admin/users`, `GET /admin/users`

use auth_core::credential::{Credential, ExternalId};
use auth_core::id::AccountId;
use auth_core::secret::SecretText;
use auth_core::wire::{Email, ErrorCode, Form};
use serde::{Deserialize, Serialize};

use super::idempotency::{IdempotencyKey, fingerprint};
use super::listing::Page;
use super::one_account::overview;
use super::one_time::OneTimeSecret;
use crate::audit::{Actor, Event, Kind};
use crate::http::{Answered, Refusal, json};
use crate::objects::client;
use crate::objects::protocol::account::{Creation, FindCreation, Overview, Record, View};
use crate::passwords;
use crate::random;
use crate::service::{Context, body, credential, session};
use crate::ways_in::creation;

/// For how long a request with an `Idempotency-Key` can be repeated, in seconds.
const REPEATABLE: u64 = 86_400;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewUser {
    email: String,
    #[serde(default)]
    roles: Vec<String>,
    /// A password hash imported from another system. Without it the account gets a one-time password.
    #[serde(default)]
    password_hash: Option<SecretText>,
}

#[derive(Serialize)]
struct Created<'s> {
    user: Box<Overview>,
    #[serde(skip_serializing_if = "Option::is_none")]
    one_time_password: Option<&'s str>,
}

#[derive(Serialize)]
struct Users {
    users: Vec<Overview>,
}

/// Creates an account, even if sign-up is closed. With an `Idempotency-Key` the same request can be repeated
/// for 24 hours: the response names the account that the first request created, with the same one-time
/// password.
pub(in crate::service) async fn create(context: &mut Context) -> Answered {
    let NewUser { email, roles, password_hash } = body::read(&mut context.incoming).await?;
    let email = body::email(&email)?;
    let roles = body::roles(roles)?;
    if let Some(hash) = &password_hash {
        passwords::check_import(hash.expose())
            .map_err(|error| Refusal::invalid(Some("password_hash"), &error.to_string()))?;
    }
    let asker = credential::require(context, Actor::Admin).await?;
    let fingerprint = fingerprint(email.as_str(), &roles, password_hash.as_ref().map(SecretText::expose))?;
    let key = IdempotencyKey::of(context, &asker)?;
    if creation::is_taken(context, &email).await? {
        return repeated(context, &email, key, &fingerprint, password_hash.as_ref()).await;
    }
    let nonce = random::id()?;
    let one_time = match (&password_hash, &key) {
        (Some(_), _) => None,
        (None, Some(key)) => Some(OneTimeSecret::made_here(context, key.password(&nonce)?).await?),
        (None, None) => Some(OneTimeSecret::new(context, None).await?),
    };
    let hash = match (&password_hash, &one_time) {
        (Some(hash), _) => hash.clone(),
        (None, Some(one_time)) => one_time.hash.clone(),
        (None, None) => return Err(Refusal::unavailable()),
    };
    let until = one_time.as_ref().map(|one_time| one_time.until);
    let request = key.as_ref().map(|key| Creation {
        key_hash: key.hash.clone(),
        fingerprint: fingerprint.clone(),
        nonce,
        expires_at: session::now().plus(REPEATABLE),
    });
    let credential = Credential::Password(hash);
    let by = creation::By::Admin { one_time_until: until, creation: request };
    let (id, _) = match creation::create(context, &email, credential, roles.clone(), by).await {
        // Another request, perhaps the same one, created an account with this address in the meantime.
        Err(Refusal { code: ErrorCode::EmailTaken, .. }) => {
            return repeated(context, &email, key, &fingerprint, password_hash.as_ref()).await;
        }
        created => created?,
    };
    let event = Event { roles: Some(roles), ..asker.event(Kind::AccountCreated, session::now()) };
    client::account(&context.env, &id, &Record { event: Box::new(event) }).await?;
    let one_time_password = one_time.as_ref().and_then(OneTimeSecret::made);
    created(context, &id, one_time_password).await
}

/// The address is taken, either by the account that an earlier request with the same key created or by
/// another account.
async fn repeated(
    context: &Context,
    email: &Email,
    key: Option<IdempotencyKey>,
    fingerprint: &str,
    password_hash: Option<&SecretText>,
) -> Answered {
    let taken = || Refusal::new(ErrorCode::EmailTaken);
    let key = key.ok_or_else(taken)?;
    let Some(id) = client::find_address(&context.env, email).await? else {
        // The account was deleted while this request ran. The next repetition creates it again.
        return Err(Refusal::unavailable());
    };
    let call = FindCreation { key_hash: key.hash.clone() };
    let Some(request) = client::account(&context.env, &id, &call).await? else {
        return Err(taken());
    };
    if request.fingerprint != fingerprint {
        return Err(Refusal::invalid(
            Some("Idempotency-Key"),
            "The Idempotency-Key belongs to a request with other roles or another password hash.",
        ));
    }
    let one_time_password = match password_hash {
        None => Some(key.password(&request.nonce)?),
        Some(_) => None,
    };
    created(context, &id, one_time_password.as_ref().map(SecretText::expose)).await
}

async fn created(context: &Context, id: &AccountId, one_time_password: Option<&str>) -> Answered {
    // The account may have been deleted in the meantime.
    let user = client::account(&context.env, id, &View {}).await?.ok_or_else(Refusal::unavailable)?;
    json(201, &Created { user, one_time_password })
}

/// What [`find`] looks for.
enum Sought {
    Email(Email),
    /// `None`: no user can have this id.
    External(Option<ExternalId>),
    /// A page of the list of all accounts.
    All(Page),
}

impl Sought {
    fn read(query: &str) -> Result<Self, Refusal> {
        let invalid = |field| {
            let detail = "The query must have one `email`, a valid address, or one `external_id`, or, for the list of all users, a `cursor` and a `limit`, which are both optional.";
            Refusal::invalid(field, detail)
        };
        let form = Form::parse(query.as_bytes()).map_err(|_| invalid(None))?;
        match (form.get("email"), form.get("external_id")) {
            (Some(email), None) if form.has_only(&["email"]) => {
                Email::parse(email).map(Self::Email).map_err(|_| invalid(Some("email")))
            }
            (None, Some(id)) if form.has_only(&["external_id"]) => Ok(Self::External(ExternalId::parse(id))),
            (None, None) if form.has_only(&["cursor", "limit"]) => Page::read(&form).map(Self::All),
            (_, _) => Err(invalid(None)),
        }
    }
}

/// Finds the account with this address or this external id, in a list of zero or one accounts; or lists all accounts.
pub(in crate::service) async fn find(context: &Context) -> Answered {
    let sought = Sought::read(context.incoming.head.query().trim_start_matches('?'))?;
    let asker = credential::require(context, Actor::Admin).await?;
    let found = match &sought {
        Sought::Email(email) => client::find_address(&context.env, email).await?,
        Sought::External(Some(id)) => client::find_account(&context.env, &id.directory_key()).await?,
        Sought::External(None) => None,
        Sought::All(page) => return page.answer(context, &asker).await,
    };
    let users = match found {
        Some(id) => overview(context, &id, &asker).await?.into_iter().map(|overview| *overview).collect(),
        None => {
            asker.event(Kind::AccountRead, session::now()).log();
            vec![]
        }
    };
    json(200, &Users { users })
}
