//! The Worker's side of the protocol with its objects.

use std::cell::Cell;

use auth_core::credential::Once;
use auth_core::id::{AccountId, ClientId};
use auth_core::oauth::device::UserCode;
use auth_core::time::UnixTime;
use auth_core::wire::Email;
use ct_codecs::{Encoder, Hex};
use futures_util::future::join;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use worker::{Env, Error, ObjectNamespace, Stub};

use super::Unavailable;
use super::call::{self, Call, Done, Message};
use super::protocol::account::AccountCalls;
use super::protocol::clients::{ClientsCalls, UseOnce};
use super::protocol::devices::DevicesCalls;
use super::protocol::directory::{Claim, Find, FindHeld, Hold, Release, Taken};
use super::protocol::keyring::{OtherJurisdiction, SettleJurisdiction};
use super::protocol::revocations::RevocationsCalls;

pub use super::keys::{Keys, cached_keys, keys, keys_again, keys_renewed_aside};
use crate::config::{self, Config, Jurisdiction};
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

/// The account for which an address is held.
///
/// # Errors
/// [`Unavailable`].
pub async fn find_held_address(env: &Env, key: &str) -> Result<Option<AccountId>, Unavailable> {
    let (stub, address) = directory(env, key)?;
    call(stub, "directory", &FindHeld { address }).await
}

/// Holds an address that the account had before.
///
/// # Errors
/// [`Unavailable`].
pub async fn hold_address(
    env: &Env,
    key: &str,
    account: &AccountId,
    until: UnixTime,
) -> Result<Done, Unavailable> {
    let (stub, address) = directory(env, key)?;
    call(stub, "directory", &Hold { address, account: account.clone(), until }).await
}

/// Releases the address if it belongs to this account.
///
/// # Errors
/// [`Unavailable`].
pub async fn release_address(env: &Env, key: &str, account: &AccountId) -> Result<Done, Unavailable> {
    let (stub, address) = directory(env, key)?;
    call(stub, "directory", &Release { address, account: account.clone() }).await
}

/// The list of accounts: a part of each shard of the Directory.
pub mod list {
    use auth_core::id::AccountId;
    use worker::Env;

    use super::{DIRECTORY_SHARDS, Unavailable, call, shard};
    use crate::objects::call::Done;
    use crate::objects::protocol::directory::{
        Delist, Enlist, KeysListed, NextAccounts, UnlistedKey, UnlistedKeys,
    };

    /// The number of parts.
    pub const PARTS: u8 = DIRECTORY_SHARDS;

    fn part_of(account: &AccountId) -> u8 {
        let [first, ..] = hmac_sha256::Hash::hash(account.as_str().as_bytes());
        first % PARTS
    }

    /// Puts an account on the list.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn enlist(env: &Env, account: &AccountId) -> Result<Done, Unavailable> {
        call(shard(env, part_of(account))?, "directory", &Enlist { account: account.clone() }).await
    }

    /// Removes an account that was deleted.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn delist(env: &Env, account: &AccountId) -> Result<Done, Unavailable> {
        call(shard(env, part_of(account))?, "directory", &Delist { account: account.clone() }).await
    }

    /// The next accounts of a part, in the order of their ids.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn next(
        env: &Env,
        part: u8,
        after: Option<AccountId>,
        limit: u64,
    ) -> Result<Vec<AccountId>, Unavailable> {
        call(shard(env, part)?, "directory", &NextAccounts { after, limit }).await
    }

    /// Some keys of a part whose accounts may not be on the list.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn unlisted(env: &Env, part: u8, limit: u64) -> Result<Vec<UnlistedKey>, Unavailable> {
        call(shard(env, part)?, "directory", &UnlistedKeys { limit }).await
    }

    /// The accounts of these keys are on the list.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn listed(env: &Env, part: u8, hashes: Vec<String>) -> Result<Done, Unavailable> {
        call(shard(env, part)?, "directory", &KeysListed { hashes }).await
    }
}

/// The shard of the key, and the hash under which the shard stores it.
fn directory(env: &Env, key: &str) -> Result<(Stub, String), Unavailable> {
    let [first, rest @ ..] = hmac_sha256::Hash::hash(key.as_bytes());
    let address = Hex::encode_to_string([&[first][..], &rest[..]].concat());
    let address = address.map_err(|error| Unavailable::because("directory", error))?;
    Ok((shard(env, first % DIRECTORY_SHARDS)?, address))
}

fn shard(env: &Env, number: u8) -> Result<Stub, Unavailable> {
    named(env, "DIRECTORY", &format!("shard-{number}"), "directory")
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

/// Asks an object whose id is a new one, to create its account.
///
/// # Errors
/// [`Unavailable`].
pub async fn new_account<C>(env: &Env, id: &AccountId, asked: &C) -> Result<C::Reply, Unavailable>
where
    C: Call<Object = AccountCalls>,
{
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

/// Asks the object of a user code (RFC 8628).
///
/// # Errors
/// [`Unavailable`].
pub async fn device<C: Call<Object = DevicesCalls>>(
    env: &Env,
    code: &UserCode,
    asked: &C,
) -> Result<C::Reply, Unavailable> {
    call(named(env, "DEVICES", code.expose(), "devices")?, "devices", asked).await
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

/// Asks the object with the registered OAuth clients.
///
/// # Errors
/// [`Unavailable`].
pub async fn clients<C: Call<Object = ClientsCalls>>(env: &Env, asked: &C) -> Result<C::Reply, Unavailable> {
    call(named(env, "CLIENTS", "clients", "clients")?, "clients", asked).await
}

/// Uses up what a client has presented and counts once, in an object that this client alone has. Returns whether it had
/// not been used.
///
/// # Errors
/// [`Unavailable`].
pub async fn use_once(env: &Env, of: &ClientId, once: Once) -> Result<bool, Unavailable> {
    let name = ["used.", of.as_str()].concat();
    call(named(env, "CLIENTS", &name, "clients")?, "clients", &UseOnce { once }).await
}

/// The object of this name.
pub(super) fn named(env: &Env, binding: &str, name: &str, part: &'static str) -> Result<Stub, Unavailable> {
    namespace(env, binding, part)?.get_by_name(name).map_err(|error| Unavailable::because(part, error))
}

/// The objects of a binding, in the configured jurisdiction.
pub(super) fn namespace(
    env: &Env,
    binding: &str,
    part: &'static str,
) -> Result<ObjectNamespace, Unavailable> {
    let all = every_jurisdiction(env, binding, part)?;
    let config = config::of(env).map_err(|_| Unavailable::because(part, "the configuration is invalid"))?;
    let Some(jurisdiction) = config.jurisdiction else { return Ok(all) };
    let all: JsValue = all.into();
    match all.unchecked_ref::<Divisible>().jurisdiction(jurisdiction.as_str()) {
        Ok(within) => Ok(ObjectNamespace::unchecked_from_js(within)),
        // The runtime on a developer's machine has none, and keeps everything on this machine.
        Err(_) if !config.is_https() => Ok(ObjectNamespace::unchecked_from_js(all)),
        Err(error) => Err(Unavailable::because(part, Error::from(error))),
    }
}

#[wasm_bindgen]
extern "C" {
    /// A namespace of objects. The crate has no binding for its jurisdictions.
    type Divisible;

    /// The objects in a jurisdiction. Those of the same name in another one are other objects.
    #[wasm_bindgen(method, catch)]
    fn jurisdiction(this: &Divisible, name: &str) -> Result<JsValue, JsValue>;
}

/// Asks the Keyring that remembers it whether the accounts are in the configured jurisdiction.
///
/// # Errors
/// [`Unavailable`].
pub async fn settle_jurisdiction(
    env: &Env,
    config: &Config,
    for_account: bool,
) -> Result<Result<Done, OtherJurisdiction>, Unavailable> {
    let stub = every_jurisdiction(env, "KEYRING", "keyring")?.get_by_name("keyring");
    let stub = stub.map_err(|error| Unavailable::because("keyring", error))?;
    let jurisdiction = config.jurisdiction.map_or("", Jurisdiction::as_str).to_owned();
    call(stub, "keyring", &SettleJurisdiction { jurisdiction, for_account }).await
}

thread_local! {
    /// Whether this isolate has found that the accounts are in the configured jurisdiction for good.
    static SETTLED: Cell<bool> = const { Cell::new(false) };
}

/// Before an account is created: the accounts must be in the configured jurisdiction. The first one settles it.
///
/// # Errors
/// [`Unavailable`].
pub async fn require_jurisdiction(env: &Env, config: &Config) -> Result<(), Unavailable> {
    if SETTLED.get() {
        return Ok(());
    }
    match settle_jurisdiction(env, config, true).await? {
        Ok(Done {}) => {
            SETTLED.set(true);
            Ok(())
        }
        Err(OtherJurisdiction { settled }) => {
            let cause = format!("the accounts are in another jurisdiction: {settled:?}");
            Err(Unavailable { is_mistake: true, ..Unavailable::because("keyring", cause) })
        }
    }
}

fn every_jurisdiction(env: &Env, binding: &str, part: &'static str) -> Result<ObjectNamespace, Unavailable> {
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
    let reply = exchange(stub, part, call::encode(asked)).await?;
    reply.reply::<C>().map_err(|error| Unavailable::because(part, error))
}

/// Sends an encoded call and receives its reply. Not generic, so that it is compiled only once.
async fn exchange(
    stub: Stub,
    part: &'static str,
    encoded: serde_json::Result<String>,
) -> Result<Message, Unavailable> {
    let encoded = encoded.map_err(|error| Unavailable::because(part, error))?;
    let failed = |error: JsValue| Unavailable::because(part, Error::from(error));
    let asked = platform::ask_object(stub.into_rpc(), &encoded).map_err(failed)?;
    let reply = JsFuture::from(asked).await.map_err(failed)?;
    let text = reply.as_string().unwrap_or_default();
    Message::parse(text.as_bytes()).map_err(|error| Unavailable::because(part, error))
}
