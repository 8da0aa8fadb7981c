//! The Worker's side of the Limiter.

use auth_core::id::AccountId;
use ct_codecs::{Decoder, Encoder, Hex};
use worker::Env;

use crate::objects::call::Call;
use crate::objects::protocol::limiter::LimiterCalls;
use crate::objects::{Unavailable, client};

/// The number of shards of each of the two kinds. Changing it discards all counts.
const SHARDS: u8 = 64;

const PART: &str = "limiter";

/// What a shard counts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The e-mail address of an account.
    Account,
    /// The client address.
    Address,
}

/// A subject that the Limiter counts: a hash, and its shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    by: By,
    shard: u8,
    hash: String,
}

impl Subject {
    /// The subject of a normalised e-mail address, or of a client address.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub fn of(by: By, text: &str) -> Result<Self, Unavailable> {
        let [first, rest @ ..] = hmac_sha256::Hash::hash(text.as_bytes());
        let hash = Hex::encode_to_string([&[first][..], &rest[..]].concat())
            .map_err(|error| Unavailable::because(PART, error))?;
        Ok(Self { by, shard: first % SHARDS, hash })
    }

    /// The subject of an account's second factor, which is counted apart from the password: a client that knows
    /// the password must not forget failures by signing in. It contains a space, so it is never an address.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub fn of_second_factor(account: &AccountId) -> Result<Self, Unavailable> {
        Self::of(By::Account, &format!("second-factor {account}"))
    }

    /// The subject of the codes of devices that an account's user enters.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub fn of_user_code(account: &AccountId) -> Result<Self, Unavailable> {
        Self::of(By::Account, &format!("user-code {account}"))
    }

    /// The account's subject with this hash; `None` if it is not a SHA-256 in hex.
    #[must_use]
    pub fn of_hash(hash: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let decoded = Hex::decode(&mut bytes, hash, None).ok()?;
        let [first, ..] = *<&[u8; 32]>::try_from(decoded).ok()?;
        Some(Self { by: By::Account, shard: first % SHARDS, hash: hash.to_owned() })
    }

    /// The hash.
    #[must_use]
    pub fn hash(&self) -> String {
        self.hash.clone()
    }

    /// Asks the subject's shard.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn ask<C: Call<Object = LimiterCalls>>(
        &self,
        env: &Env,
        asked: &C,
    ) -> Result<C::Reply, Unavailable> {
        let name = match self.by {
            By::Account => "account",
            By::Address => "address",
        };
        let stub = client::named(env, "LIMITER", &format!("{name}-{}", self.shard), PART)?;
        client::call(stub, PART, asked).await
    }
}
