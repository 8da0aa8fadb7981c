//! Kinds of password hashes, and what computing one costs.
//!
//! A Worker's clock stands still while it computes, so a hash cannot be interrupted after some time, and its
//! duration is only known afterwards. It is therefore estimated beforehand, from the parameters and from what
//! this code took for each kind in workerd on one core of the build machine (`npm run bench -- imports`
//! measures it again). The bounds are in these milliseconds. Other processors differ: one machine took 2.6 µs
//! for a round of PBKDF2-SHA256, 4.6 times as long.

use core::fmt;

use argon2::{Algorithm, Argon2, Params, Version};

use super::bounds::{LONGEST_MS, MOST_MEMORY_KIB, SHORT_MS};
use super::unsupported::Unsupported;

/// The measured speeds, in nanoseconds.
mod speed {
    /// Argon2, per KiB and pass.
    pub(super) const ARGON2_KIB: u64 = 750;
    /// bcrypt, per round.
    pub(super) const BCRYPT_ROUND: u64 = 52_000;
    /// PBKDF2, per round.
    pub(super) const PBKDF2_SHA1: u64 = 340;
    pub(super) const PBKDF2_SHA256: u64 = 560;
    pub(super) const PBKDF2_SHA512: u64 = 880;
    /// scrypt, per unit of N·r·p.
    pub(super) const SCRYPT_UNIT: u64 = 400;
}

/// The hash function under PBKDF2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Digest {
    /// The length of its output in bytes.
    const fn len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// A kind of hash, with its cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Argon2 (RFC 9106).
    Argon2 {
        /// Argon2id, Argon2i or Argon2d.
        variant: Algorithm,
        /// 0x13, or 0x10 for old hashes.
        version: Version,
        /// Memory in KiB.
        memory_kib: u32,
        /// Passes over the memory.
        passes: u32,
        /// Lanes. They are computed one after the other.
        lanes: u32,
    },
    /// bcrypt.
    Bcrypt {
        /// The base-2 logarithm of the number of rounds.
        cost: u32,
    },
    /// PBKDF2 with HMAC (RFC 8018).
    Pbkdf2 {
        /// The hash function.
        digest: Digest,
        /// The number of iterations.
        rounds: u32,
    },
    /// scrypt (RFC 7914).
    Scrypt {
        /// The base-2 logarithm of N.
        log_n: u8,
        /// The block size.
        r: u32,
        /// The parallelisation. The parts are computed one after the other.
        p: u32,
    },
}

impl Kind {
    /// The format of a kind in the configuration.
    pub const EXPECTED: &str = r#"such as "bcrypt:12", "pbkdf2-sha256:1200000", "argon2id:102400,2,8" (KiB, passes, lanes) or "scrypt:14,8,1" (log2 of N, r, p), at most 5 s and 100 MiB"#;

    /// Parses the format of [`Self::EXPECTED`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, numbers) = text.split_once(':')?;
        let numbers: Vec<u32> =
            numbers.split(',').map(|number| number.parse().ok()).collect::<Option<_>>()?;
        let argon2 = |variant| match *numbers {
            [memory_kib, passes, lanes] => {
                Some(Self::Argon2 { variant, version: Version::V0x13, memory_kib, passes, lanes })
            }
            _ => None,
        };
        let pbkdf2 = |digest| match *numbers {
            [rounds] => Some(Self::Pbkdf2 { digest, rounds }),
            _ => None,
        };
        let kind = match (name, &*numbers) {
            ("argon2id", _) => argon2(Algorithm::Argon2id)?,
            ("argon2i", _) => argon2(Algorithm::Argon2i)?,
            ("argon2d", _) => argon2(Algorithm::Argon2d)?,
            ("bcrypt", [cost]) => Self::Bcrypt { cost: *cost },
            ("pbkdf2-sha1", _) => pbkdf2(Digest::Sha1)?,
            ("pbkdf2-sha256", _) => pbkdf2(Digest::Sha256)?,
            ("pbkdf2-sha512", _) => pbkdf2(Digest::Sha512)?,
            ("scrypt", [log_n, r, p]) => Self::Scrypt { log_n: u8::try_from(*log_n).ok()?, r: *r, p: *p },
            _ => return None,
        };
        kind.check().is_ok().then_some(kind)
    }

    /// Checks that the parameters are valid and within the bounds.
    ///
    /// # Errors
    /// [`Unsupported`], with the bound.
    pub fn check(self) -> Result<(), Unsupported> {
        let too_cheap = match self {
            Self::Argon2 { .. } => None,
            Self::Bcrypt { cost } => (cost < 4).then_some("bcrypt needs a cost of at least 4"),
            Self::Pbkdf2 { rounds, .. } => (rounds < 1000).then_some("PBKDF2 needs at least 1000 rounds"),
            Self::Scrypt { log_n, .. } => (log_n < 10).then_some("scrypt needs an N of at least 1024"),
        };
        if let Some(minimum) = too_cheap {
            return Err(Unsupported::TooCheap(minimum));
        }
        let memory_kib = self.memory_kib();
        if memory_kib > MOST_MEMORY_KIB {
            return Err(Unsupported::TooMuchMemory { memory_kib });
        }
        let ms = self.estimated_ms();
        if ms > LONGEST_MS {
            return Err(Unsupported::TooLong { ms });
        }
        let valid = match self {
            Self::Argon2 { .. } => self.argon2().is_some(),
            Self::Bcrypt { .. } | Self::Pbkdf2 { .. } => true,
            Self::Scrypt { log_n, r, p } => scrypt::Params::new(log_n, r, p).is_ok(),
        };
        if valid { Ok(()) } else { Err(Unsupported::Malformed) }
    }

    /// The memory that one hash needs, in KiB.
    #[must_use]
    pub fn memory_kib(self) -> u64 {
        match self {
            Self::Argon2 { memory_kib, .. } => memory_kib.into(),
            Self::Bcrypt { .. } | Self::Pbkdf2 { .. } => 0,
            // 128·r·N bytes, and 128·r·p.
            Self::Scrypt { log_n, r, p } => {
                let blocks = 2_u64.saturating_pow(log_n.into()).saturating_add(p.into());
                blocks.saturating_mul(r.into()) / 8
            }
        }
    }

    /// The estimated duration of one hash, in milliseconds.
    #[must_use]
    pub fn estimated_ms(self) -> u64 {
        let (units, nanoseconds) = match self {
            Self::Argon2 { memory_kib, passes, .. } => {
                (u64::from(memory_kib) * u64::from(passes), speed::ARGON2_KIB)
            }
            Self::Bcrypt { cost } => (2_u64.saturating_pow(cost), speed::BCRYPT_ROUND),
            Self::Pbkdf2 { digest: Digest::Sha1, rounds } => (rounds.into(), speed::PBKDF2_SHA1),
            Self::Pbkdf2 { digest: Digest::Sha256, rounds } => (rounds.into(), speed::PBKDF2_SHA256),
            Self::Pbkdf2 { digest: Digest::Sha512, rounds } => (rounds.into(), speed::PBKDF2_SHA512),
            Self::Scrypt { log_n, r, p } => {
                let units = 2_u64.saturating_pow(log_n.into()).saturating_mul(r.into());
                (units.saturating_mul(p.into()), speed::SCRYPT_UNIT)
            }
        };
        units.saturating_mul(nanoseconds) / 1_000_000
    }

    /// Whether one hash is short enough for an isolate that serves requests.
    #[must_use]
    pub fn is_short(self) -> bool {
        self.estimated_ms() <= SHORT_MS
    }

    /// How much of a hash has to be computed to compare it with an expected one of `length` bytes. PBKDF2
    /// computes each further block anew from the password, and one block identifies it.
    #[must_use]
    pub fn compared_length(self, length: usize) -> usize {
        match self {
            Self::Pbkdf2 { digest, .. } => length.min(digest.len()),
            Self::Argon2 { .. } | Self::Bcrypt { .. } | Self::Scrypt { .. } => length,
        }
    }

    /// Argon2 with the parameters of this kind; `None` if they are invalid, or for another kind.
    #[must_use]
    pub fn argon2(self) -> Option<Argon2<'static>> {
        match self {
            Self::Argon2 { variant, version, memory_kib, passes, lanes } => {
                let params = Params::new(memory_kib, passes, lanes, None).ok()?;
                Some(Argon2::new(variant, version, params))
            }
            Self::Bcrypt { .. } | Self::Pbkdf2 { .. } | Self::Scrypt { .. } => None,
        }
    }
}

impl fmt::Display for Kind {
    /// The format of [`Self::EXPECTED`]. Argon2's version is left out, because it does not change the cost.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Argon2 { variant, memory_kib, passes, lanes, .. } => {
                write!(f, "{}:{memory_kib},{passes},{lanes}", variant.as_str())
            }
            Self::Bcrypt { cost } => write!(f, "bcrypt:{cost}"),
            Self::Pbkdf2 { digest, rounds } => {
                let name = match digest {
                    Digest::Sha1 => "sha1",
                    Digest::Sha256 => "sha256",
                    Digest::Sha512 => "sha512",
                };
                write!(f, "pbkdf2-{name}:{rounds}")
            }
            Self::Scrypt { log_n, r, p } => write!(f, "scrypt:{log_n},{r},{p}"),
        }
    }
}
