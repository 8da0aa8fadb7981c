//! A sign-out the service hasn't heard of yet. The user is signed out here; the debt is to make it true there.

use alloc::vec::Vec;

use super::backoff::Backoff;
use super::{EndedScope, Jitter, Now, OpId};

#[derive(Debug)]
pub(super) struct Debt {
    scope: EndedScope,
    /// Promises that end with the first attempt.
    ops: Vec<OpId>,
    backoff: Backoff,
    next_ms: u64,
    /// The service refused it for good, so a sign-in needn't wait for it: it ends the presented session anyway.
    pub(super) refused: bool,
}

impl Debt {
    /// From an earlier life of the page.
    pub(super) fn remembered(scope: EndedScope, now: Now) -> Self {
        Self {
            scope,
            ops: Vec::new(),
            backoff: Backoff::default(),
            next_ms: now.monotonic_ms,
            refused: false,
        }
    }

    /// The user asks; on top of what he has asked for already, perhaps.
    pub(super) fn add(debt: Option<Self>, scope: EndedScope, op: OpId, now: Now) -> Self {
        let mut debt = debt.unwrap_or_else(|| Self::remembered(scope, now));
        debt.scope = debt.scope.max(scope);
        debt.ops.push(op);
        debt.next_ms = now.monotonic_ms;
        debt
    }

    pub(super) const fn scope(&self) -> EndedScope {
        self.scope
    }

    pub(super) const fn is_due(&self, now: Now) -> bool {
        now.monotonic_ms >= self.next_ms
    }

    pub(super) const fn next_at(&self) -> u64 {
        self.next_ms
    }

    /// Whether the service has been tried in vain.
    pub(super) const fn is_overdue(&self) -> bool {
        self.backoff.has_failed()
    }

    pub(super) fn fail(&mut self, now: Now, jitter: Jitter, retry_after_ms: Option<u64>) -> Vec<OpId> {
        self.next_ms = self.backoff.fail(now, jitter, retry_after_ms);
        core::mem::take(&mut self.ops)
    }

    pub(super) fn wake(&mut self, now: Now) {
        self.next_ms = self.next_ms.min(self.backoff.not_before(now.monotonic_ms));
    }

    pub(super) fn into_ops(self) -> Vec<OpId> {
        self.ops
    }
}
