//! The configured limits of attempts and rules for passwords, and their defaults.

use auth_core::limits::{QueueBounds, Rate, SignInLimits};

use crate::password_hash::{Cost, Kind};

/// Limits of attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Failed sign-ins and password changes.
    pub sign_in: SignInLimits,
    /// Sign-ups per client address, whatever their result. Default: 60 per hour.
    pub sign_up: Rate,
    /// Mails with codes to one address, and for one account. Default: 5 per 15 minutes.
    pub mail: Rate,
    /// Mails with codes that one client address requests. Default: 30 per 15 minutes.
    pub address_mail: Rate,
    /// Refreshes per session. Default: 600 per minute.
    pub refresh: Rate,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sign_in: SignInLimits::default(),
            sign_up: Rate { most: 60, window_ms: 3_600_000 },
            mail: Rate { most: 5, window_ms: 900_000 },
            address_mail: Rate { most: 30, window_ms: 900_000 },
            refresh: Rate { most: 600, window_ms: 60_000 },
        }
    }
}

/// Rules for hashing and choosing passwords.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordRules {
    /// The cost of new hashes. Default: 19 MiB, 2 passes.
    pub cost: Cost,
    /// How many requests may wait for a hash in one isolate, and how many per client address. Default: 64 and
    /// 2.
    pub queue: QueueBounds,
    /// The kind of imported hashes. Every sign-in then takes the time of such a hash, so that the duration
    /// does not show which accounts have one.
    pub imported: Option<Kind>,
    /// The minimum duration of a failed sign-in, in milliseconds. Default: 500.
    pub failure_ms: u64,
    /// Whether the 10,000 most common passwords are rejected when one is chosen. Default: true.
    pub refuse_common: bool,
    /// The binding of a KV namespace with further passwords that are rejected. Default: not set.
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
