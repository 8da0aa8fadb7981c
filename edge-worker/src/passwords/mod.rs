//! Password hashing, in the stateless Worker and never in an object, where it would queue.
//!
//! New hashes are Argon2id. What came from another system (bcrypt, PBKDF2, Argon2id at another cost) is verified as it is, and
//! hashed anew when its owner signs in. In WebAssembly a hash is computed in one go, with nothing else getting its turn; so
//! requests wait for one another in a [`queue`].
//!
//! An attempt for an address that nobody has costs what one for an account does. That holds for hashes at today's cost, and
//! for cheaper ones, which are topped up. It holds beside imported hashes when [`PasswordRules::imported`] names their kind:
//! every attempt then computes both. Otherwise how long an attempt takes tells who has an imported hash.

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
use crate::objects::external::external_id;
use crate::random;
use queue::Place;

pub use stored::{Cost, ImportedKind, Stored};

/// Whether a hash, from wherever it was imported, is one that a password can be held against.
#[must_use]
pub fn is_known_hash(text: &str) -> bool {
    Stored::parse(text).is_ok()
}

/// The salt of hashes whose result nobody looks at.
const NOBODY: &[u8; 16] = b"nobody's salt...";

/// What is hashed in place of a password of a length that no account's has, so that it takes as long as any other.
fn stand_in() -> Option<Password> {
    Password::new(SecretText::new("no account's password".to_owned())).ok()
}

/// What verifying a password found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Whether it is the one that was hashed.
    pub right: bool,
    /// Whether a new hash should take the stored one's place.
    pub outdated: bool,
}

/// Hashes a password with a salt of 128 random bits, as a PHC string.
///
/// # Errors
/// [`Unavailable`] when there is no randomness or the hash can't be computed.
pub async fn hash(place: &Place, rules: &PasswordRules, password: &Password) -> Result<String, Unavailable> {
    let salt = random::bytes::<16>()?;
    place.run(|| hash_now(rules.cost, password, &salt)).await?
}

fn hash_now(cost: Cost, password: &Password, salt: &[u8]) -> Result<String, Unavailable> {
    let hashed = hasher(cost)?.hash_password_with_salt(password.expose_bytes(), salt);
    hashed.map(|hash| hash.to_string()).map_err(|error| Unavailable::because("argon2", error))
}

/// Whether the password is the one that was hashed. Without a hash, and without a password (`None`: one that no account can have), it
/// is wrong after the same time.
///
/// # Errors
/// [`Unavailable`] when the stored hash is malformed. That is a fault of this service, not a wrong password.
pub async fn verify(
    place: &Place,
    rules: &PasswordRules,
    password: Option<&Password>,
    stored: Option<&str>,
) -> Result<Verified, Unavailable> {
    let stand_in = stand_in();
    let hashed = password.or(stand_in.as_ref());
    let hashed = hashed.ok_or_else(|| Unavailable::because("password", "the stand-in is malformed"))?;
    // Whose credentials are elsewhere has no password here.
    let stored = stored.filter(|stored| external_id(stored).is_none());
    let stored = stored.map(Stored::parse).transpose()?;
    let mut right = false;
    for step in steps(rules, stored.as_ref()) {
        right |= place.run(|| step.run(hashed)).await??;
    }
    let right = right && password.is_some();
    Ok(Verified { right, outdated: stored.is_some_and(|stored| stored.is_cheaper_than(rules.cost)) })
}

/// One hash, computed in one go.
#[derive(Debug, PartialEq, Eq)]
enum Step<'s> {
    /// The one that decides.
    Real(&'s Stored),
    /// One that only takes its time.
    Argon2(Cost),
    /// One that only takes its time.
    Imported(ImportedKind),
}

impl Step<'_> {
    /// Whether the password is right: only the real one ever says so.
    fn run(self, password: &Password) -> Result<bool, Unavailable> {
        match self {
            Self::Real(stored) => return stored.verify(password),
            Self::Argon2(cost) => drop(black_box(hash_now(cost, password, NOBODY)?)),
            Self::Imported(kind) => drop(black_box(kind.spend(password))),
        }
        Ok(false)
    }
}

/// What one attempt computes: the same, as near as can be, whether there is a hash and of which kind.
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
