//! The Worker's side of the protocol with its objects.

use auth_core::id::AccountId;
use auth_core::wire::{Email, read_json};
use ct_codecs::{Encoder, Hex};
use futures_util::future::join;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use worker::{Env, Error, Stub};

use super::Unavailable;
use super::protocol::{
    AccountCall, AccountReply, DirectoryCall, DirectoryReply, RevocationsCall, RevocationsReply,
};

pub use super::keys::{Keys, keys, keys_again, keys_at_hand, keys_meanwhile};
use crate::platform;

/// The number of the Directory's shards. Must never change, because existing addresses would be looked up in
/// the wrong shard.
const DIRECTORY_SHARDS: u8 = 64;

/// Finds the account with this address, or with this name (see [`super::external::directory_key`]).
///
/// # Errors
/// [`Unavailable`].
pub async fn find_account(env: &Env, key: &str) -> Result<DirectoryReply, Unavailable> {
    let (stub, address) = directory(env, key)?;
    call(stub, "directory", &DirectoryCall::Find { address }).await
}

/// Finds the account with this address. An account of an earlier version may have the address in the form of
/// that version; it is found by the spelling with which it was found then.
///
/// # Errors
/// [`Unavailable`].
pub async fn find_address(env: &Env, email: &Email) -> Result<DirectoryReply, Unavailable> {
    let present = find_account(env, email.as_str());
    let Some(earlier) = email.earlier_form() else { return present.await };
    // Both at the same time, so that a failed attempt takes no longer. The earlier form takes precedence:
    // otherwise a new account with the same address would lock the owner of the earlier one out.
    let (earlier, present) = join(find_account(env, earlier), present).await;
    match earlier? {
        DirectoryReply::Account(account) => Ok(DirectoryReply::Account(account)),
        DirectoryReply::Nobody
        | DirectoryReply::Claimed
        | DirectoryReply::Taken
        | DirectoryReply::Released => present,
    }
}

/// Assigns the address to the account, unless it is taken.
///
/// # Errors
/// [`Unavailable`].
pub async fn claim_address(env: &Env, key: &str, account: &AccountId) -> Result<DirectoryReply, Unavailable> {
    let (stub, address) = directory(env, key)?;
    call(stub, "directory", &DirectoryCall::Claim { address, account: account.clone() }).await
}

/// Releases the address if it belongs to this account.
///
/// # Errors
/// [`Unavailable`].
pub async fn release_address(env: &Env, key: &str, account: &AccountId) -> Result<(), Unavailable> {
    let (stub, address) = directory(env, key)?;
    let asked = DirectoryCall::Release { address, account: account.clone() };
    match call(stub, "directory", &asked).await? {
        DirectoryReply::Released => Ok(()),
        _ => Err(Unavailable::because("directory", "unexpected reply")),
    }
}

/// The shard of the key, and the hash under which the shard stores it.
fn directory(env: &Env, key: &str) -> Result<(Stub, String), Unavailable> {
    let failed = |error: &dyn core::fmt::Display| Unavailable::because("directory", error);
    let [first, rest @ ..] = hmac_sha256::Hash::hash(key.as_bytes());
    let address =
        Hex::encode_to_string([&[first][..], &rest[..]].concat()).map_err(|error| failed(&error))?;
    let namespace = env.durable_object("DIRECTORY").map_err(|error| failed(&error))?;
    let stub = namespace
        .get_by_name(&format!("shard-{}", first % DIRECTORY_SHARDS))
        .map_err(|error| failed(&error))?;
    Ok((stub, address))
}

/// The id of a new account.
///
/// # Errors
/// [`Unavailable`].
pub fn new_account_id(env: &Env) -> Result<AccountId, Unavailable> {
    let failed = |error| Unavailable::because("account", error);
    Ok(env.durable_object("ACCOUNT").map_err(failed)?.unique_id().map_err(failed)?.to_string().into())
}

/// Asks an account. For an id that is not valid, no object is started.
///
/// # Errors
/// [`Unavailable`].
pub async fn account(env: &Env, id: &AccountId, asked: &AccountCall) -> Result<AccountReply, Unavailable> {
    let part = "account";
    let namespace = env.durable_object("ACCOUNT").map_err(|error| Unavailable::because(part, error))?;
    let Ok(id) = namespace.id_from_string(id.as_str()) else {
        return Ok(AccountReply::NoAccount);
    };
    let stub = id.get_stub().map_err(|error| Unavailable::because(part, error))?;
    call(stub, part, asked).await
}

/// Asks an empty account object, so that an unknown address costs the same time as a known one.
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
    call(stub, part, asked).await
}

/// Asks the list of revocations.
///
/// # Errors
/// [`Unavailable`].
pub async fn revocations(env: &Env, asked: &RevocationsCall) -> Result<RevocationsReply, Unavailable> {
    let part = "revocations";
    let namespace = env.durable_object("REVOCATIONS").map_err(|error| Unavailable::because(part, error))?;
    let stub = namespace.get_by_name("revocations").map_err(|error| Unavailable::because(part, error))?;
    call(stub, part, asked).await
}

pub(super) async fn call<C: Serialize, R: DeserializeOwned>(
    stub: Stub,
    part: &'static str,
    asked: &C,
) -> Result<R, Unavailable> {
    let asked = serde_json::to_string(asked).map_err(|error| Unavailable::because(part, error))?;
    let reply = exchange(stub, part, &asked).await?;
    read_json(reply.as_bytes()).map_err(|error| Unavailable::because(part, error))
}

/// Not generic, so that it is compiled only once.
async fn exchange(stub: Stub, part: &'static str, body: &str) -> Result<String, Unavailable> {
    let failed = |error: JsValue| Unavailable::because(part, Error::from(error));
    let asked = platform::ask_object(stub.into_rpc(), body).map_err(failed)?;
    let reply = JsFuture::from(asked).await.map_err(failed)?;
    reply.as_string().ok_or_else(|| Unavailable::because(part, reply.as_f64().unwrap_or_default()))
}
