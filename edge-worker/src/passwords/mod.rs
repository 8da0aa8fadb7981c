//! Password hashing. It runs in the stateless Worker, because in an object hashes would queue.
//!
//! New hashes are Argon2id. Imported hashes (bcrypt, PBKDF2, Argon2id with another cost) are verified as they
//! are and replaced when the user signs in. In WebAssembly a hash is computed without interruption and blocks
//! the isolate, so requests wait for one another in a [`queue`].
//!
//! An attempt for an unknown address costs as much as one for an account. This holds for hashes with the
//! configured cost, and for cheaper ones, for which the difference is computed in addition. It holds for
//! imported hashes if [`PasswordRules::imported`] names their kind: every attempt then computes both.
//! Otherwise the duration of an attempt shows which accounts have an imported hash.

pub mod common;
pub mod queue;
mod stored;

use core::hint::black_box;

use argon2::password_hash::PasswordHasher as _;
use argon2::{Algorithm, Argon2, Params, Version};
use auth_core::secret::SecretText;
use auth_core::wire::Password;

use crate::config::PasswordRules;
use crate::objects::Unavailable;
use crate::random;
use queue::Place;

pub use stored::{Cost, ImportedKind, Stored};

/// Whether a hash, wherever it was imported from, has a supported format.
#[must_use]
pub fn is_known_hash(text: &str) -> bool {
    Stored::parse(text).is_ok()
}

/// The salt of hashes whose result is discarded.
const DISCARDED_SALT: &[u8; 16] = b"discarded result";

/// The password that is hashed in place of one whose length no account's password can have, so that it takes
/// as long as any other.
fn stand_in() -> Option<Password> {
    Password::new(SecretText::new("no account's password".to_owned())).ok()
}

/// The result of verifying a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Whether the password is correct.
    pub right: bool,
    /// Whether a new hash should replace the stored one.
    pub outdated: bool,
}

/// Hashes a password with a salt of 128 random bits, as a PHC string.
///
/// # Errors
/// [`Unavailable`] if randomness is not available or the hash can't be computed.
pub async fn hash(
    place: &Place,
    rules: &PasswordRules,
    password: &Password,
) -> Result<SecretText, Unavailable> {
    let salt = random::bytes::<16>()?;
    place.run(|| hash_now(rules.cost, password, &salt)).await?.map(SecretText::new)
}

fn hash_now(cost: Cost, password: &Password, salt: &[u8]) -> Result<String, Unavailable> {
    let hashed = hasher(cost)?.hash_password_with_salt(password.expose_bytes(), salt);
    hashed.map(|hash| hash.to_string()).map_err(|error| Unavailable::because("argon2", error))
}

/// Verifies the password. If there is no hash, or no password (`None`: its length is impossible), the result
/// is wrong after the same time.
///
/// # Errors
/// [`Unavailable`] if the stored hash is malformed. That is a fault of the service, not a wrong password.
pub async fn verify(
    place: &Place,
    rules: &PasswordRules,
    password: Option<&Password>,
    stored: Option<&str>,
) -> Result<Verified, Unavailable> {
    let stand_in = stand_in();
    let hashed = password.or(stand_in.as_ref());
    let hashed = hashed.ok_or_else(|| Unavailable::because("password", "the stand-in is malformed"))?;
    let stored = stored.map(Stored::parse).transpose()?;
    let mut right = false;
    for step in steps(rules, stored.as_ref()) {
        right |= place.run(|| step.run(hashed)).await??;
    }
    let right = right && password.is_some();
    Ok(Verified { right, outdated: stored.is_some_and(|stored| stored.is_cheaper_than(rules.cost)) })
}

/// One hash, computed without interruption.
#[derive(Debug, PartialEq, Eq)]
enum Step<'s> {
    /// Verifies the stored hash.
    Real(&'s Stored),
    /// Discards the result; only takes the time of an Argon2id hash.
    Argon2(Cost),
    /// Discards the result; only takes the time of an imported hash.
    Imported(ImportedKind),
}

impl Step<'_> {
    /// Returns whether the password is correct, which only `Real` can determine.
    fn run(self, password: &Password) -> Result<bool, Unavailable> {
        match self {
            Self::Real(stored) => return stored.verify(password),
            Self::Argon2(cost) => drop(black_box(hash_now(cost, password, DISCARDED_SALT)?)),
            Self::Imported(kind) => drop(black_box(kind.spend(password))),
        }
        Ok(false)
    }
}

/// The hashes that one attempt computes. They cost nearly the same whether there is a stored hash or not, and
/// for each kind.
fn steps<'s>(rules: &PasswordRules, stored: Option<&'s Stored>) -> Vec<Step<'s>> {
    let imported = rules.imported.map(Step::Imported);
    match stored {
        Some(real @ Stored::Argon2 { cost, .. }) => {
            let top_up = rules.cost.beyond(*cost).map(Step::Argon2);
            core::iter::once(Step::Real(real)).chain(top_up).chain(imported).collect()
        }
        Some(real @ (Stored::Bcrypt { .. } | Stored::Pbkdf2 { .. })) => {
            let argon2 = rules.imported.map(|_| Step::Argon2(rules.cost));
            argon2.into_iter().chain([Step::Real(real)]).collect()
        }
        None => core::iter::once(Step::Argon2(rules.cost)).chain(imported).collect(),
    }
}

fn hasher(cost: Cost) -> Result<Argon2<'static>, Unavailable> {
    let params = Params::new(cost.memory_kib, cost.passes, 1, None)
        .map_err(|error| Unavailable::because("argon2", error))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests;
