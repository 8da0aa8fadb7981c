//! How often somebody may try, and how passwords are kept: what it says in the configuration, and what holds when it says nothing.

use auth_core::limits::{QueueBounds, Rate, SignInLimits};

use crate::passwords::{Cost, ImportedKind};

/// How often somebody may try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Failed sign-ins and password changes.
    pub sign_in: SignInLimits,
    /// Sign-ups per address, whatever comes of them. Default: 60 an hour.
    pub sign_up: Rate,
    /// Refreshes per session. Default: 600 a minute.
    pub refresh: Rate,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sign_in: SignInLimits::default(),
            sign_up: Rate { most: 60, window_ms: 3_600_000 },
            refresh: Rate { most: 600, window_ms: 60_000 },
        }
    }
}

/// How passwords are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordRules {
    /// What new hashes cost. Default: 19 MiB, 2 passes.
    pub cost: Cost,
    /// How many requests may wait for a hash in one isolate, and how many of one client address. Default: 64 and 2.
    pub queue: QueueBounds,
    /// The kind of imported hash that every sign-in costs as much as, so that its duration doesn't tell who has one.
    pub imported: Option<ImportedKind>,
    /// How many milliseconds a failed sign-in takes at least. Default: 500.
    pub failure_ms: u64,
    /// Whether the 10,000 most common passwords are refused when one is chosen. Default: yes.
    pub refuse_common: bool,
    /// The KV namespace that holds further passwords that nobody may choose, by the name of its binding. Default: none.
    pub common: Option<String>,
}

impl Default for PasswordRules {
    fn default() -> Self {
        Self {
            cost: Cost::default(),
            queue: QueueBounds { places: 64, per_address: 2 },
            imported: None,
            failure_ms: 500,
            refuse_common: true,
            common: None,
        }
    }
}
