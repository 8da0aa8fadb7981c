//! Stored hashes: PHC strings, and bcrypt's own format.

use argon2::password_hash::PasswordVerifier as _;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, Params};
use auth_core::wire::Password;
use pbkdf2::password_hash::CustomizedPasswordHasher as _;
use pbkdf2::{Algorithm, Pbkdf2};

use super::DISCARDED_SALT;
use crate::objects::Unavailable;

/// The cost of an Argon2id hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
}

impl Cost {
    /// The minimum: the first recommendation of the OWASP password storage guidance for one lane.
    pub const MIN: Self = Self { memory_kib: 19 * 1024, passes: 2 };

    /// The maximum: what fits into a Worker's memory beside everything else.
    pub const MAX: Self = Self { memory_kib: 64 * 1024, passes: 10 };

    /// The difference to a cheaper cost, as the cost of a separate hash; `None` if it is negligible. The time
    /// of Argon2id is proportional to memory times passes.
    #[must_use]
    pub fn beyond(self, other: Self) -> Option<Self> {
        let work = |cost: Self| u64::from(cost.memory_kib) * u64::from(cost.passes);
        let more = work(self).checked_sub(work(other)).filter(|more| *more >= 8)?;
        let passes = more.div_ceil(self.memory_kib.into());
        let narrow = |number: u64| u32::try_from(number).ok();
        Some(Self { memory_kib: narrow(more / passes)?.max(8), passes: narrow(passes)? })
    }
}

impl Default for Cost {
    fn default() -> Self {
        Self::MIN
    }
}

/// A kind of imported hash, with its cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportedKind {
    /// bcrypt.
    Bcrypt {
        /// The base-2 logarithm of the number of rounds.
        cost: u32,
    },
    /// PBKDF2 with HMAC.
    Pbkdf2 {
        /// The hash function.
        algorithm: Algorithm,
        /// The number of iterations.
        rounds: u32,
    },
}

impl ImportedKind {
    /// The format of a kind in the configuration.
    pub const EXPECTED: &str = r#"such as "bcrypt:12" (4 to 14), "pbkdf2-sha256:600000" or "pbkdf2-sha512:210000" (1000 to 1000000)"#;

    /// Parses the format of [`Self::EXPECTED`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, number) = text.split_once(':')?;
        let number = number.parse().ok()?;
        let kind = match name {
            "bcrypt" => Self::Bcrypt { cost: number },
            "pbkdf2-sha256" => Self::Pbkdf2 { algorithm: Algorithm::Pbkdf2Sha256, rounds: number },
            "pbkdf2-sha512" => Self::Pbkdf2 { algorithm: Algorithm::Pbkdf2Sha512, rounds: number },
            _ => return None,
        };
        kind.is_bearable().then_some(kind)
    }

    /// Whether a hash of this kind takes less than seconds. It blocks its isolate for that time.
    const fn is_bearable(self) -> bool {
        match self {
            Self::Bcrypt { cost } => 4 <= cost && cost <= 14,
            Self::Pbkdf2 { rounds, .. } => 1_000 <= rounds && rounds <= 1_000_000,
        }
    }

    /// Computes a hash of this kind and discards it. Returns whether the computation succeeded.
    pub(super) fn spend(self, password: &Password) -> bool {
        let password = password.expose_bytes();
        match self {
            Self::Bcrypt { cost } => bcrypt::hash_with_salt(password, cost, *DISCARDED_SALT).is_ok(),
            Self::Pbkdf2 { algorithm, rounds } => {
                let params = pbkdf2::Params::new(rounds);
                params.is_ok_and(|params| {
                    let name = Some(name_of(algorithm));
                    Pbkdf2::SHA256
                        .hash_password_customized(password, DISCARDED_SALT, name, None, params)
                        .is_ok()
                })
            }
        }
    }
}

const fn name_of(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Pbkdf2Sha512 => "pbkdf2-sha512",
        _ => "pbkdf2-sha256",
    }
}

/// A stored hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// An Argon2id hash.
    Argon2 {
        /// The whole hash.
        hash: PasswordHash,
        /// Its cost.
        cost: Cost,
    },
    /// A bcrypt hash.
    Bcrypt {
        /// The hash in bcrypt's own format.
        hash: String,
    },
    /// A PBKDF2 hash.
    Pbkdf2 {
        /// The whole hash.
        hash: PasswordHash,
    },
}

impl Stored {
    /// Parses a stored hash. Rejects one that would take seconds, or more memory than is available. An import
    /// must check this before it stores a hash.
    ///
    /// # Errors
    /// [`Unavailable`], because only checked hashes are stored.
    pub fn parse(text: &str) -> Result<Self, Unavailable> {
        Self::read(text)
            .ok_or_else(|| Unavailable::because("password hash", "the stored hash can't be verified"))
    }

    fn read(text: &str) -> Option<Self> {
        // `$2x$` marks hashes of an implementation with a bug, which this one does not reproduce.
        if let Some(rest) = ["$2a$", "$2b$", "$2y$"].iter().find_map(|prefix| text.strip_prefix(prefix)) {
            let cost = rest.get(..2)?.parse().ok()?;
            let well_formed = text.parse::<bcrypt::HashParts>().is_ok();
            let bearable = ImportedKind::Bcrypt { cost }.is_bearable();
            return (well_formed && bearable).then(|| Self::Bcrypt { hash: text.to_owned() });
        }
        let hash = PasswordHash::new(text).ok().filter(|hash| hash.salt.is_some() && hash.hash.is_some())?;
        match hash.algorithm.as_str() {
            "argon2id" => {
                let params = Params::try_from(&hash).ok()?;
                let cost = Cost { memory_kib: params.m_cost(), passes: params.t_cost() };
                let bearable = cost.memory_kib <= Cost::MAX.memory_kib && cost.passes <= Cost::MAX.passes;
                bearable.then_some(Self::Argon2 { hash, cost })
            }
            "pbkdf2-sha256" | "pbkdf2-sha512" => {
                let rounds = pbkdf2::Params::try_from(&hash).ok()?.rounds();
                let algorithm = Algorithm::new(hash.algorithm.as_str()).ok()?;
                let bearable = ImportedKind::Pbkdf2 { algorithm, rounds }.is_bearable();
                bearable.then_some(Self::Pbkdf2 { hash })
            }
            _ => None,
        }
    }

    /// Whether the password matches the hash, compared in constant time.
    pub(super) fn verify(&self, password: &Password) -> Result<bool, Unavailable> {
        let password = password.expose_bytes();
        let verdict = match self {
            Self::Argon2 { hash, .. } => Argon2::default().verify_password(password, hash),
            Self::Pbkdf2 { hash } => Pbkdf2::SHA256.verify_password(password, hash),
            Self::Bcrypt { hash } => {
                return bcrypt::verify(password, hash).map_err(|error| Unavailable::because("bcrypt", error));
            }
        };
        match verdict {
            Ok(()) => Ok(true),
            Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(Unavailable::because("password hash", error)),
        }
    }

    /// Whether a new hash would be of another kind or cost more.
    pub(super) const fn is_cheaper_than(&self, cost: Cost) -> bool {
        match self {
            Self::Argon2 { cost: stored, .. } => {
                stored.memory_kib < cost.memory_kib || stored.passes < cost.passes
            }
            Self::Bcrypt { .. } | Self::Pbkdf2 { .. } => true,
        }
    }
}
