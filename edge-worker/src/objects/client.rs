//! The Worker's side of the protocol with its objects.

use auth_core::credential::CredentialVersion;
use auth_core::id::AccountId;
use auth_core::wire::Email;
use ct_codecs::{Encoder, Hex};
use futures_util::future::join;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use worker::{Env, Error, ObjectNamespace, Stub};

use super::Unavailable;
use super::call::{self, Call, Done, Message};
use super::protocol::account::{AccountCalls, Create};
use super::protocol::directory::{Claim, Find, Release, Taken};
use super::protocol::revocations::RevocationsCalls;

pub use super::keys::{Keys, cached_keys, keys, keys_again, keys_renewed_aside};
use crate::platform;

const ACCOUNT: &str = "account";

/// The number of the Directory's shards. Must never change, because existing addresses would be looked up in
/// the wrong shard.
const DIRECTORY_SHARDS: u8 = 64;

/// Finds the account that has this key in the Directory: an address, or
/// [`ExternalId::directory_key`](auth_core::credential::ExternalId::directory_key).
///
/// # Errors
/// [`Unavailable`].
pub async fn find_account(env: &Env, key: &str) -> Result<Option<AccountId>, Unavailable> {
    let (stub, address) = directory(env, key)?;
    call(stub, "directory", &Find { address }).await
}

/// Finds the account with this address. An account of an earlier version may have the address in the form of
/// that version; it is found by the spelling with which it was found then.
///
/// # Errors
/// [`Unavailable`].
pub async fn find_address(env: &Env, email: &Email) -> Result<Option<AccountId>, Unavailable> {
    let present = find_account(env, email.as_str());
    let Some(earlier) = email.earlier_form() else { return present.await };
    // Both at the same time, so that a failed attempt takes no longer. The earlier form takes precedence:
    // otherwise a new account with the same address would lock the owner of the earlier one out.
    let (earlier, present) = join(find_account(env, earlier), present).await;
    match earlier? {
        Some(account) => Ok(Some(account)),
        None => present,
    }
}

/// Assigns the address to the account, unless it is taken.
///
/// # Errors
/// [`Unavailable`].
pub async fn claim_address(
    env: &Env,
    key: &str,
    account: &AccountId,
) -> Result<Result<Done, Taken>, Unavailable> {
    let (stub, address) = directory(env, key)?;
    call(stub, "directory", &Claim { address, account: account.clone() }).await
}

/// Releases the address if it belongs to this account.
///
/// # Errors
/// [`Unavailable`].
pub async fn release_address(env: &Env, key: &str, account: &AccountId) -> Result<Done, Unavailable> {
    let (stub, address) = directory(env, key)?;
    call(stub, "directory", &Release { address, account: account.clone() }).await
}

/// The shard of the key, and the hash under which the shard stores it.
fn directory(env: &Env, key: &str) -> Result<(Stub, String), Unavailable> {
    let [first, rest @ ..] = hmac_sha256::Hash::hash(key.as_bytes());
    let address = Hex::encode_to_string([&[first][..], &rest[..]].concat());
    let address = address.map_err(|error| Unavailable::because("directory", error))?;
    let stub = named(env, "DIRECTORY", &format!("shard-{}", first % DIRECTORY_SHARDS), "directory")?;
    Ok((stub, address))
}

/// The id of a new account.
///
/// # Errors
/// [`Unavailable`].
pub fn new_account_id(env: &Env) -> Result<AccountId, Unavailable> {
    let namespace = namespace(env, "ACCOUNT", ACCOUNT)?;
    let id = namespace.unique_id().map_err(|error| Unavailable::because(ACCOUNT, error))?;
    Ok(id.to_string().into())
}

/// Creates the account with this id, which must be new. Returns the version of its credential.
///
/// # Errors
/// [`Unavailable`].
pub async fn create_account(
    env: &Env,
    id: &AccountId,
    asked: &Create,
) -> Result<CredentialVersion, Unavailable> {
    let stub = account_stub(env, id)?.ok_or_else(|| Unavailable::because(ACCOUNT, "the id is not valid"))?;
    call(stub, ACCOUNT, asked).await
}

/// Asks an account. For an id that is not valid, no object is started, and the reply is that the account does
/// not exist.
///
/// # Errors
/// [`Unavailable`].
pub async fn account<C>(env: &Env, id: &AccountId, asked: &C) -> Result<C::Reply, Unavailable>
where
    C: Call<Object = AccountCalls, Reply: Default>,
{
    match account_stub(env, id)? {
        Some(stub) => call(stub, ACCOUNT, asked).await,
        None => Ok(C::Reply::default()),
    }
}

/// Asks an empty account object, so that an unknown address costs the same time as a known one.
///
/// # Errors
/// [`Unavailable`].
pub async fn no_account<C>(env: &Env, email: &Email, asked: &C) -> Result<C::Reply, Unavailable>
where
    C: Call<Object = AccountCalls>,
{
    let [first, ..] = hmac_sha256::Hash::hash(email.as_str().as_bytes());
    let stub = namespace(env, "ACCOUNT", ACCOUNT)?.get_by_name(&format!("no-account-{first}"));
    call(stub.map_err(|error| Unavailable::because(ACCOUNT, error))?, ACCOUNT, asked).await
}

/// `None` if the id is not valid.
fn account_stub(env: &Env, id: &AccountId) -> Result<Option<Stub>, Unavailable> {
    let namespace = namespace(env, "ACCOUNT", ACCOUNT)?;
    let Ok(id) = namespace.id_from_string(id.as_str()) else { return Ok(None) };
    id.get_stub().map(Some).map_err(|error| Unavailable::because(ACCOUNT, error))
}

/// Asks the list of revocations.
///
/// # Errors
/// [`Unavailable`].
pub async fn revocations<C: Call<Object = RevocationsCalls>>(
    env: &Env,
    asked: &C,
) -> Result<C::Reply, Unavailable> {
    call(named(env, "REVOCATIONS", "revocations", "revocations")?, "revocations", asked).await
}

/// The object of this name.
pub(super) fn named(env: &Env, binding: &str, name: &str, part: &'static str) -> Result<Stub, Unavailable> {
    namespace(env, binding, part)?.get_by_name(name).map_err(|error| Unavailable::because(part, error))
}

pub(super) fn namespace(
    env: &Env,
    binding: &str,
    part: &'static str,
) -> Result<ObjectNamespace, Unavailable> {
    env.durable_object(binding).map_err(|_| {
        // Each binding is called like its class, in capitals.
        let (first, rest) = binding.split_at_checked(1).unwrap_or_default();
        let class = [first, &rest.to_ascii_lowercase()].concat();
        let entry = format!("[[durable_objects.bindings]] name = \"{binding}\", class_name = \"{class}\"");
        let migration = format!("[[migrations]] new_sqlite_classes = [\"{class}\"]");
        let expected = format!("{entry}, and {class} in the list of a {migration}");
        Unavailable::unbound(part, &format!("the Durable Object {binding}"), &expected)
    })
}

/// Sends a call and reads its reply.
pub(super) async fn call<C: Call>(
    stub: Stub,
    part: &'static str,
    asked: &C,
) -> Result<C::Reply, Unavailable> {
    let asked = call::encode(asked).map_err(|error| Unavailable::because(part, error))?;
    let reply = exchange(stub, part, &asked).await?;
    let reply = Message::parse(reply.as_bytes()).and_then(Message::reply::<C>);
    reply.map_err(|error| Unavailable::because(part, error))
}

/// Not generic, so that it is compiled only once.
async fn exchange(stub: Stub, part: &'static str, body: &str) -> Result<String, Unavailable> {
    let failed = |error: JsValue| Unavailable::because(part, Error::from(error));
    let asked = platform::ask_object(stub.into_rpc(), body).map_err(failed)?;
    let reply = JsFuture::from(asked).await.map_err(failed)?;
    reply.as_string().ok_or_else(|| Unavailable::because(part, reply.as_f64().unwrap_or_default()))
}
