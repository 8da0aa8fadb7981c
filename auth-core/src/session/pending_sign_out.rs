//! A sign-out the service hasn't heard of yet. The user is signed out here; the service must still be told.

use super::backoff::Backoff;
use super::{EndedScope, Jitter, Now, OpId, OwedSignOut};
use crate::id::SessionId;

#[derive(Debug)]
pub(super) struct PendingSignOut {
    owed: OwedSignOut,
    /// Promises that end with the first attempt.
    ops: Vec<OpId>,
    backoff: Backoff,
    next_ms: u64,
    /// The service refused it for good, so a sign-in needn't wait for it: it ends the presented session anyway.
    pub(super) refused: bool,
    /// Another tab says that it has begun a session since, which this sign-out would end. It waits until the service has
    /// said whose session there is.
    pub(super) doubted: bool,
}

impl PendingSignOut {
    /// From an earlier life of the page.
    pub(super) fn remembered(owed: OwedSignOut, now: Now) -> Self {
        Self {
            owed,
            ops: Vec::new(),
            backoff: Backoff::default(),
            next_ms: now.monotonic_ms,
            refused: false,
            doubted: false,
        }
    }

    /// The user signs out, perhaps once more before the service has heard of the first time.
    pub(super) fn add(pending: Option<Self>, owed: OwedSignOut, op: OpId, now: Now) -> Self {
        let scope = owed.scope;
        let mut pending = pending.unwrap_or_else(|| Self::remembered(owed, now));
        pending.owed.scope = pending.owed.scope.max(scope);
        pending.ops.push(op);
        pending.next_ms = now.monotonic_ms;
        pending.doubted = false;
        pending
    }

    pub(super) const fn scope(&self) -> EndedScope {
        self.owed.scope
    }

    pub(super) const fn owed(&self) -> &OwedSignOut {
        &self.owed
    }

    /// Whether this session may be the one that was signed out of. An unknown one is taken for it: a sign-out wins.
    pub(super) fn may_be_about(&self, session: &SessionId) -> bool {
        self.owed.session.as_ref().is_none_or(|owed| owed == session)
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
