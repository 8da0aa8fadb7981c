//! The version of the Keyring that a request on a `strict` route must know.
//!
//! A strict check must learn of a retired key at once, so it asks an object on every request. A single object
//! would be a bottleneck, so [`SHARDS`] objects store the same number, and the requests of each account ask
//! one of them. The Keyring writes the number to all of them before it reports a key as retired. They are
//! objects of the class [`super::Revocations`] with names of their own.

use auth_core::id::AccountId;
use futures_util::future::try_join_all;
use worker::{Env, Stub};

use super::Unavailable;
use super::client::{call, named};
use super::protocol::revocations::{Keys, LeastKeysVersion};

/// The number of objects that store the version. Retiring a key writes to all of them. An object answers
/// about 1,000 requests per second, so this serves about 16,000 strict requests per second. A deployment may
/// change the number: an object that was never told a version replies 0, and isolates learn of keys retired
/// more than 60 s ago from the Keyring itself.
const SHARDS: u8 = 16;

const PART: &str = "key versions";

/// The lowest version that may still be used, according to the account's shard.
///
/// # Errors
/// [`Unavailable`].
pub async fn least_version(env: &Env, account: &AccountId) -> Result<u64, Unavailable> {
    let stub = shard(env, shard_of(account))?;
    call(stub, PART, &LeastKeysVersion {}).await
}

/// Tells every shard that versions before this one must not be used. May be repeated; a later version stays.
///
/// # Errors
/// [`Unavailable`] if any of them could not be told.
pub async fn announce(env: &Env, version: u64) -> Result<(), Unavailable> {
    let announcements = (0..SHARDS).map(async |number| {
        let stub = shard(env, number)?;
        call(stub, PART, &Keys { version }).await
    });
    try_join_all(announcements).await.map(drop)
}

fn shard_of(account: &AccountId) -> u8 {
    let [first, ..] = hmac_sha256::Hash::hash(account.as_str().as_bytes());
    first % SHARDS
}

fn shard(env: &Env, number: u8) -> Result<Stub, Unavailable> {
    named(env, "REVOCATIONS", &format!("keys-{number}"), PART)
}

#[cfg(test)]
mod tests {
    use super::{SHARDS, shard_of};

    #[test]
    fn accounts_are_spread_over_all_shards() {
        let mut asked = [0_u32; SHARDS as usize];
        for account in 0..16_000 {
            asked[usize::from(shard_of(&format!("{account:064x}").into()))] += 1;
        }
        assert!(asked.iter().all(|count| (800..1200).contains(count)), "{asked:?}");
    }
}
