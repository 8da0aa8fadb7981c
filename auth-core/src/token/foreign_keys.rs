//! How long a copy of another issuer's keys may be used.

use crate::cached::Rules;

/// For this many seconds a copy is fresh.
pub const FRESH: u64 = 600;

/// A copy is fresh for 10 minutes, and usable for a day while the issuer can't be reached. After an attempt,
/// whether successful or not, there is no other for 30 seconds. `auth-core/src/cached.rs` tests the limits.
pub const FOREIGN_KEYS: Rules = Rules {
    fresh_ms: FRESH * 1000 - 1,
    stale_ms: 86_400_000 - 1,
    expired_ms: 86_400_000 - 1,
    interval_ms: 30_000,
};
