//! The cost of the service's own hashes.

use argon2::{Algorithm, Version};

use super::kind::Kind;

/// The cost of an Argon2id hash with one lane.
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

    /// The kind of such a hash.
    #[must_use]
    pub const fn kind(self) -> Kind {
        let Self { memory_kib, passes } = self;
        Kind::Argon2 { variant: Algorithm::Argon2id, version: Version::V0x13, memory_kib, passes, lanes: 1 }
    }

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
