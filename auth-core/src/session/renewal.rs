//! When the next refresh is due, apart from the token's age.

use super::backoff::Backoff;
use super::{Failure, Jitter, Now};

/// While the service fails, a call brings the next attempt forward, but not closer than this to the last one,
/// in milliseconds.
const LEAST_GAP_MS: u64 = 1_000;
/// A call that would have to wait longer than this for the next attempt, in milliseconds, fails with the last
/// attempt's failure.
const PATIENCE_MS: u64 = 2_000;

#[derive(Debug, Default)]
pub(super) struct Renewal {
    phase: Phase,
    backoff: Backoff,
}

#[derive(Debug, Default)]
enum Phase {
    /// No refresh is due.
    #[default]
    Resting,
    /// A refresh is due as soon as the lane is free.
    Wanted,
    /// The last refresh failed, and will be retried.
    BackingOff { next_ms: u64, failed_ms: u64, failure: Failure },
}

impl Renewal {
    pub(super) const fn is_resting(&self) -> bool {
        matches!(self.phase, Phase::Resting)
    }

    pub(super) const fn is_due(&self, now: Now) -> bool {
        match &self.phase {
            Phase::Resting => false,
            Phase::Wanted => true,
            Phase::BackingOff { next_ms, .. } => now.monotonic_ms >= *next_ms,
        }
    }

    /// When it is due, by the monotonic clock; `None` if no timer is needed.
    pub(super) const fn next_at(&self) -> Option<u64> {
        match &self.phase {
            Phase::Resting | Phase::Wanted => None,
            Phase::BackingOff { next_ms, .. } => Some(*next_ms),
        }
    }

    /// Why the last attempt failed, until another one succeeds.
    pub(super) const fn trouble(&self) -> Option<&Failure> {
        match &self.phase {
            Phase::Resting | Phase::Wanted => None,
            Phase::BackingOff { failure, .. } => Some(failure),
        }
    }

    /// A refresh is due at once, regardless of earlier failures.
    pub(super) fn want(&mut self) {
        self.phase = Phase::Wanted;
    }

    /// The refresh has succeeded, or there is nothing to renew.
    pub(super) fn rest(&mut self) {
        *self = Self::default();
    }

    pub(super) fn fail(&mut self, now: Now, jitter: Jitter, failure: Failure) {
        let next_ms = self.backoff.fail(now, jitter, failure.retry_after_ms);
        self.phase = Phase::BackingOff { next_ms, failed_ms: now.monotonic_ms, failure };
    }

    /// A call needs a token.
    ///
    /// # Errors
    /// The last failure, if the next attempt is too far in the future to wait for.
    pub(super) fn demand(&mut self, now: Now) -> Result<(), Failure> {
        match &mut self.phase {
            Phase::Resting => self.phase = Phase::Wanted,
            Phase::Wanted => {}
            Phase::BackingOff { next_ms, failed_ms, failure } => {
                let soonest = failed_ms.saturating_add(LEAST_GAP_MS).max(now.monotonic_ms);
                *next_ms = (*next_ms).min(self.backoff.not_before(soonest));
                if next_ms.saturating_sub(now.monotonic_ms) > PATIENCE_MS {
                    return Err(failure.clone());
                }
            }
        }
        Ok(())
    }

    /// Conditions may have improved: retry now, unless `Retry-After` forbids it.
    pub(super) fn wake(&mut self, now: Now) {
        self.try_by(now.monotonic_ms);
    }

    /// `at_ms`, or later if `Retry-After` requires it.
    pub(super) fn not_before(&self, at_ms: u64) -> u64 {
        self.backoff.not_before(at_ms)
    }

    /// Retries what failed no later than this time, unless `Retry-After` forbids it.
    pub(super) fn try_by(&mut self, at_ms: u64) {
        if let Phase::BackingOff { next_ms, .. } = &mut self.phase {
            *next_ms = (*next_ms).min(self.backoff.not_before(at_ms));
        }
    }
}
