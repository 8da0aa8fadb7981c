//! One hash, as a value: the isolate that serves the request computes it, or an object of its own.

use core::hint::black_box;

use argon2::password_hash::PasswordHasher as _;
use argon2::{Argon2, Params};
use auth_core::wire::Password;
use serde::{Deserialize, Serialize};

use super::derive::derive;
use super::{Cost, Kind, Stored};
use crate::objects::Unavailable;

/// The salt of hashes whose result is discarded.
const DISCARDED_SALT: &[u8; 16] = b"discarded result";

/// One hash, which is computed without interruption.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Task {
    /// Compare the password with a stored hash.
    Verify {
        /// The hash as it is stored.
        stored: String,
    },
    /// Make a new hash.
    New {
        /// Memory in KiB.
        memory_kib: u32,
        /// Passes over the memory.
        passes: u32,
        /// 128 random bits.
        salt: [u8; 16],
    },
    /// Discard the result; only take the time of a hash.
    Discard {
        /// The kind, in the format of [`Kind::parse`].
        kind: String,
    },
}

/// The result of a task.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hashed {
    /// Whether the password is correct, which only [`Task::Verify`] can determine.
    Verdict(bool),
    /// The new hash, a PHC string.
    New(String),
}

impl Task {
    /// Computes the hash.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub fn run(&self, password: &Password) -> Result<Hashed, Unavailable> {
        match self {
            Self::Verify { stored } => Stored::parse(stored)?.verify(password).map(Hashed::Verdict),
            Self::New { memory_kib, passes, salt } => {
                hash_now(Cost { memory_kib: *memory_kib, passes: *passes }, password, salt).map(Hashed::New)
            }
            Self::Discard { kind } => {
                let kind =
                    Kind::parse(kind).ok_or_else(|| Unavailable::because("password hash", "no kind"))?;
                let mut out = [0; 32];
                let password = password.expose_bytes();
                let length = kind.compared_length(out.len());
                derive(kind, password, DISCARDED_SALT, out.get_mut(..length).unwrap_or_default())?;
                black_box(out);
                Ok(Hashed::Verdict(false))
            }
        }
    }
}

/// A new hash as a PHC string.
pub(super) fn hash_now(cost: Cost, password: &Password, salt: &[u8]) -> Result<String, Unavailable> {
    let Kind::Argon2 { variant, version, memory_kib, passes, lanes } = cost.kind() else {
        return Err(Unavailable::because("argon2", "another kind"));
    };
    let params = Params::new(memory_kib, passes, lanes, None)
        .map_err(|error| Unavailable::because("argon2", error))?;
    let hashed = Argon2::new(variant, version, params).hash_password_with_salt(password.expose_bytes(), salt);
    hashed.map(|hash| hash.to_string()).map_err(|error| Unavailable::because("argon2", error))
}
