//! Which version of the Keyring a request on a `strict` route has to know.
//!
//! A strict check has to learn at once that a key was taken out, so it has to ask somebody each time. One object for all would be a
//! bottleneck, so [`SHARDS`] objects hold the same number, and each account's requests ask one of them. The Keyring writes the number
//! to all of them before it answers that a key is out. They are objects of the class [`super::Revocations`] with names of their own.

use futures_util::future::try_join_all;
use worker::{Env, Stub};

use super::Unavailable;
use super::client::call;
use super::protocol::{RevocationsCall, RevocationsReply};

/// How many objects hold the version. A removal writes to all of them, and an object answers about a thousand requests in a
/// second, so this serves about 16,000 strict requests in a second. The number may be changed by a deployment: an object that has
/// never been told a version says 0, and isolates learn of removals that were earlier than 60 s ago from the Keyring itself.
const SHARDS: u8 = 16;

const PART: &str = "key versions";

/// The least version that may still be used, asked of the shard that this subject's requests ask.
///
/// # Errors
/// [`Unavailable`].
pub async fn least_version(env: &Env, subject: &str) -> Result<u64, Unavailable> {
    let stub = shard(env, shard_of(subject))?;
    match call(stub, PART, &RevocationsCall::LeastKeysVersion).await? {
        RevocationsReply::LeastKeysVersion(version) => Ok(version),
        RevocationsReply::Added | RevocationsReply::Changes { .. } => {
            Err(Unavailable::because(PART, "the reply to another call"))
        }
    }
}

/// Tells every shard that no version before this one may be used any more. May be repeated; a later version stays.
///
/// # Errors
/// [`Unavailable`] if any of them could not be told.
pub async fn announce(env: &Env, version: u64) -> Result<(), Unavailable> {
    let told = (0..SHARDS).map(async |number| {
        let stub = shard(env, number)?;
        call::<_, RevocationsReply>(stub, PART, &RevocationsCall::Keys { version }).await
    });
    try_join_all(told).await.map(drop)
}

fn shard_of(subject: &str) -> u8 {
    let [first, ..] = hmac_sha256::Hash::hash(subject.as_bytes());
    first % SHARDS
}

fn shard(env: &Env, number: u8) -> Result<Stub, Unavailable> {
    let namespace = env.durable_object("REVOCATIONS").map_err(|error| Unavailable::because(PART, error))?;
    namespace.get_by_name(&format!("keys-{number}")).map_err(|error| Unavailable::because(PART, error))
}

#[cfg(test)]
mod tests {
    use super::{SHARDS, shard_of};

    #[test]
    fn accounts_are_spread_over_all_shards() {
        let mut asked = [0_u32; SHARDS as usize];
        for account in 0..16_000 {
            asked[usize::from(shard_of(&format!("{account:064x}")))] += 1;
        }
        assert!(asked.iter().all(|count| (800..1200).contains(count)), "{asked:?}");
    }
}
