//! The Worker's side of the protocol.

use std::cell::RefCell;
use std::rc::Rc;

use auth_core::rotation::RefreshKeys;
use auth_core::token::KeySet;
use auth_core::wire::Email;
use ct_codecs::{Encoder, Hex};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::{Env, Headers, Method, Request, RequestInit, Stub};

use super::Unavailable;
use super::protocol::{
    AccountCall, AccountReply, DirectoryCall, DirectoryReply, KeyringCall, KeyringReply, KeysMessage,
    RevocationsCall, RevocationsReply,
};
use crate::signatures::SigningKey;

/// Into how many objects the Directory is divided. Never to be changed: an address would be looked for elsewhere.
const DIRECTORY_SHARDS: u8 = 64;

/// How long an isolate goes by its copy of the keys, in milliseconds.
const KEYS_FRESH_MS: u64 = 60_000;

/// How soon an isolate asks again for keys because somebody named one it doesn't know, in milliseconds.
const KEYS_COOL_DOWN_MS: u64 = 5_000;

/// An isolate's copy of the Keyring.
pub struct Keys {
    /// Signs new access tokens.
    pub signing: SigningKey,
    /// Verifies them.
    pub public: Rc<KeySet>,
    /// The refresh keys, ready to be sent along.
    pub refresh: KeysMessage,
    /// The refresh keys themselves.
    pub refresh_keys: RefreshKeys,
    /// Changes when the keys do, and only then.
    pub stamp: u64,
    /// By the isolate's clock, in milliseconds.
    pub fetched_at: u64,
}

thread_local! {
    /// A value, not a future: no request ever waits for what another one began.
    static KEYS: RefCell<Option<Rc<Keys>>> = const { RefCell::new(None) };
}

/// The service's keys, at most a minute old.
///
/// # Errors
/// [`Unavailable`].
pub async fn keys(env: &Env) -> Result<Rc<Keys>, Unavailable> {
    keys_younger_than(env, KEYS_FRESH_MS).await
}

/// The service's keys after somebody named one that the copy doesn't hold: asked for again, but not more often than every
/// few seconds, whatever is named.
///
/// # Errors
/// [`Unavailable`].
pub async fn keys_again(env: &Env) -> Result<Rc<Keys>, Unavailable> {
    keys_younger_than(env, KEYS_COOL_DOWN_MS).await
}

/// The isolate's copy of the service's keys, if it is fresh.
#[must_use]
pub fn keys_at_hand(now_ms: u64) -> Option<Rc<Keys>> {
    KEYS.with_borrow(|keys| {
        keys.clone().filter(|keys| now_ms.saturating_sub(keys.fetched_at) < KEYS_FRESH_MS)
    })
}

async fn keys_younger_than(env: &Env, milliseconds: u64) -> Result<Rc<Keys>, Unavailable> {
    let now = worker::Date::now().as_millis();
    let young = |keys: &Rc<Keys>| now.saturating_sub(keys.fetched_at) < milliseconds;
    if let Some(keys) = KEYS.with_borrow(|keys| keys.clone().filter(young)) {
        return Ok(keys);
    }
    let part = "keyring";
    let namespace = env.durable_object("KEYRING").map_err(|error| Unavailable::because(part, error))?;
    let stub = namespace.get_by_name("keyring").map_err(|error| Unavailable::because(part, error))?;
    let reply: KeyringReply = call(&stub, part, &KeyringCall::Keys).await?;
    let keys =
        Rc::new(read_keys(reply, now).ok_or_else(|| Unavailable::because(part, "keys that are none"))?);
    KEYS.set(Some(Rc::clone(&keys)));
    Ok(keys)
}

fn read_keys(reply: KeyringReply, fetched_at: u64) -> Option<Keys> {
    let signing: Vec<SigningKey> =
        reply.signing.iter().map(|jwk| SigningKey::from_jwk(jwk).ok()).collect::<Option<_>>()?;
    let public = signing.iter().map(|key| key.public().ok()).collect::<Option<_>>()?;
    let refresh = KeysMessage::new(reply.refresh);
    Some(Keys {
        public: Rc::new(KeySet::new(public).ok()?),
        signing: signing.into_iter().next()?,
        refresh_keys: refresh.keys()?,
        refresh,
        stamp: 0,
        fetched_at,
    })
}

/// Whose address it is.
///
/// # Errors
/// [`Unavailable`].
pub async fn find_account(env: &Env, email: &str) -> Result<DirectoryReply, Unavailable> {
    let (stub, address) = directory(env, email)?;
    call(&stub, "directory", &DirectoryCall::Find { address }).await
}

/// Gives the address to the account, unless it is taken.
///
/// # Errors
/// [`Unavailable`].
pub async fn claim_address(env: &Env, email: &Email, account: &str) -> Result<DirectoryReply, Unavailable> {
    let (stub, address) = directory(env, email.as_str())?;
    call(&stub, "directory", &DirectoryCall::Claim { address, account: account.to_owned() }).await
}

/// The address is nobody's again, if it is this account's.
///
/// # Errors
/// [`Unavailable`].
pub async fn release_address(env: &Env, email: &str, account: &str) -> Result<(), Unavailable> {
    let (stub, address) = directory(env, email)?;
    let asked = DirectoryCall::Release { address, account: account.to_owned() };
    match call(&stub, "directory", &asked).await? {
        DirectoryReply::Released => Ok(()),
        _ => Err(Unavailable::because("directory", "another answer than was asked for")),
    }
}

/// The shard that knows the address, and the hash it knows it by.
fn directory(env: &Env, email: &str) -> Result<(Stub, String), Unavailable> {
    let failed = |error: &dyn core::fmt::Display| Unavailable::because("directory", error);
    let [first, rest @ ..] = hmac_sha256::Hash::hash(email.as_bytes());
    let address =
        Hex::encode_to_string([&[first][..], &rest[..]].concat()).map_err(|error| failed(&error))?;
    let namespace = env.durable_object("DIRECTORY").map_err(|error| failed(&error))?;
    let stub = namespace
        .get_by_name(&format!("shard-{}", first % DIRECTORY_SHARDS))
        .map_err(|error| failed(&error))?;
    Ok((stub, address))
}

/// The id of an account that doesn't exist yet.
///
/// # Errors
/// [`Unavailable`].
pub fn new_account_id(env: &Env) -> Result<String, Unavailable> {
    let failed = |error| Unavailable::because("account", error);
    Ok(env.durable_object("ACCOUNT").map_err(failed)?.unique_id().map_err(failed)?.to_string())
}

/// Asks an account. An id that isn't one is answered without starting an object.
///
/// # Errors
/// [`Unavailable`].
pub async fn account(env: &Env, id: &str, asked: &AccountCall) -> Result<AccountReply, Unavailable> {
    let part = "account";
    let namespace = env.durable_object("ACCOUNT").map_err(|error| Unavailable::because(part, error))?;
    let Ok(id) = namespace.id_from_string(id) else {
        return Ok(AccountReply::NoAccount);
    };
    let stub = id.get_stub().map_err(|error| Unavailable::because(part, error))?;
    call(&stub, part, asked).await
}

/// Asks an account that holds nothing: what an unknown address costs, so that it costs what a known one does.
///
/// # Errors
/// [`Unavailable`].
pub async fn nobody(env: &Env, email: &Email, asked: &AccountCall) -> Result<AccountReply, Unavailable> {
    let part = "account";
    let [first, ..] = hmac_sha256::Hash::hash(email.as_str().as_bytes());
    let namespace = env.durable_object("ACCOUNT").map_err(|error| Unavailable::because(part, error))?;
    let stub = namespace
        .get_by_name(&format!("nobody-{first}"))
        .map_err(|error| Unavailable::because(part, error))?;
    call(&stub, part, asked).await
}

/// Asks the list of revocations.
///
/// # Errors
/// [`Unavailable`].
pub async fn revocations(env: &Env, asked: &RevocationsCall) -> Result<RevocationsReply, Unavailable> {
    let part = "revocations";
    let namespace = env.durable_object("REVOCATIONS").map_err(|error| Unavailable::because(part, error))?;
    let stub = namespace.get_by_name("revocations").map_err(|error| Unavailable::because(part, error))?;
    call(&stub, part, asked).await
}

async fn call<C: Serialize, R: DeserializeOwned>(
    stub: &Stub,
    part: &'static str,
    asked: &C,
) -> Result<R, Unavailable> {
    let failed = |error: &dyn core::fmt::Display| Unavailable::because(part, error);
    let body = serde_json::to_string(asked).map_err(|error| failed(&error))?;
    let headers = Headers::new();
    headers.set("Content-Type", "application/json").map_err(|error| failed(&error))?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_headers(headers).with_body(Some(body.into()));
    let request = Request::new_with_init("https://object/", &init).map_err(|error| failed(&error))?;
    let mut response = stub.fetch_with_request(request).await.map_err(|error| failed(&error))?;
    if response.status_code() != 200 {
        return Err(failed(&response.status_code()));
    }
    let body = response.bytes().await.map_err(|error| failed(&error))?;
    serde_json::from_slice(&body).map_err(|error| failed(&error))
}
