//! Password hashing.
//!
//! New hashes are Argon2id. Imported hashes ([`formats`]) are verified as they are and replaced when the user
//! signs in.
//!
//! In WebAssembly a hash is computed without interruption and blocks its isolate. Short ones are computed in
//! the stateless Worker, whose requests wait for one another in a [`queue`]. Long ones would delay every
//! other request of the isolate, so each is computed in an object of its own ([`crate::objects::hasher`]);
//! [`Kind`] estimates how long a hash takes.
//!
//! An attempt for an unknown address costs as much as one for an account. This holds for hashes with the
//! configured cost, and for cheaper ones, for which the difference is computed in addition. It holds for
//! imported hashes if [`PasswordRules::imported`] names their kind: every attempt then computes both.
//! Otherwise the duration of an attempt shows which accounts have an imported hash.

pub mod common;
mod derive;
pub mod formats;
pub mod queue;
mod stored;
pub mod task;

use auth_core::secret::SecretText;
use auth_core::wire::Password;
use worker::Env;

use crate::config::PasswordRules;
use crate::objects::{Unavailable, hasher};
use crate::random;
use queue::Place;
use task::{Hashed, Task};

pub use stored::Stored;
pub use worker_config::password_hash::{Cost, Kind, Unsupported};

/// Checks that a hash, wherever it was imported from, can be verified.
///
/// # Errors
/// [`Unsupported`].
pub fn check_import(text: &str) -> Result<(), Unsupported> {
    formats::read(text).map(drop)
}

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
    env: &Env,
    place: &Place,
    rules: &PasswordRules,
    password: &Password,
) -> Result<SecretText, Unavailable> {
    let Cost { memory_kib, passes } = rules.cost;
    let task = Task::New { memory_kib, passes, salt: random::bytes::<16>()? };
    match perform(env, place, Step { kind: rules.cost.kind(), task }, password).await? {
        Hashed::New(hash) => Ok(SecretText::new(hash)),
        Hashed::Verdict(_) => Err(Unavailable::because("password hash", "unexpected result")),
    }
}

/// Verifies the password. If there is no hash, or no password (`None`: its length is impossible), the result
/// is wrong after the same time.
///
/// # Errors
/// [`Unavailable`] if the stored hash is malformed. That is a fault of the service, not a wrong password.
pub async fn verify(
    env: &Env,
    place: &Place,
    rules: &PasswordRules,
    password: Option<&Password>,
    stored: Option<&str>,
) -> Result<Verified, Unavailable> {
    let stand_in = stand_in();
    let hashed = password.or(stand_in.as_ref());
    let hashed = hashed.ok_or_else(|| Unavailable::because("password", "the stand-in is malformed"))?;
    let parsed = stored.map(|text| Stored::parse(text).map(|stored| (text, stored))).transpose()?;
    let mut right = false;
    for step in steps(rules, parsed.as_ref().map(|(text, stored)| (*text, stored))) {
        right |= perform(env, place, step, hashed).await? == Hashed::Verdict(true);
    }
    let right = right && password.is_some();
    Ok(Verified { right, outdated: parsed.is_some_and(|(_, stored)| stored.is_outdated(rules.cost)) })
}

/// One hash to be computed.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    /// What it costs.
    kind: Kind,
    task: Task,
}

impl Step {
    /// Only takes the time of such a hash.
    fn discard(kind: Kind) -> Self {
        Self { kind, task: Task::Discard { kind: kind.to_string() } }
    }
}

/// Computes a hash: a short one here, in its turn; a long one where no other request waits for it. The place
/// in the queue counts in both cases, so that an address has no more hashes in progress than its share.
async fn perform(env: &Env, place: &Place, step: Step, password: &Password) -> Result<Hashed, Unavailable> {
    if step.kind.is_short() {
        place.run(|| step.task.run(password)).await?
    } else {
        place.keep_during(hasher::compute(env, step.task, password)).await?
    }
}

/// The hashes that one attempt computes. They cost nearly the same whether there is a stored hash or not, and
/// for each kind.
fn steps(rules: &PasswordRules, stored: Option<(&str, &Stored)>) -> Vec<Step> {
    let imported = rules.imported.map(Step::discard);
    let own = Step::discard(rules.cost.kind());
    let Some((text, stored)) = stored else { return [own].into_iter().chain(imported).collect() };
    let real = Step { kind: stored.kind, task: Task::Verify { stored: text.to_owned() } };
    match stored.own_cost() {
        Some(cost) => {
            let top_up = rules.cost.beyond(cost).map(|more| Step::discard(more.kind()));
            [real].into_iter().chain(top_up).chain(imported).collect()
        }
        None => imported.map(|_| own).into_iter().chain([real]).collect(),
    }
}

#[cfg(test)]
mod tests;
