//! A sign-out that the service has not confirmed yet. The user is signed out in this browser already.

use super::backoff::Backoff;
use super::{EndedScope, Jitter, Now, OpId, OwedSignOut};
use crate::id::SessionId;

#[derive(Debug)]
pub(super) struct PendingSignOut {
    owed: OwedSignOut,
    /// The operations that end with the first attempt.
    ops: Vec<OpId>,
    backoff: Backoff,
    next_ms: u64,
    /// Whether the service has rejected it permanently. A sign-in need not wait for it then, because it ends
    /// the presented session anyway.
    pub(super) refused: bool,
    /// Another tab has announced a newer session, which this sign-out would end. It waits until the service
    /// has stated whose session there is.
    pub(super) doubted: bool,
}

impl PendingSignOut {
    /// One from before the page was loaded.
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

    /// The user signs out, possibly again before the service has confirmed the first sign-out.
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

    /// Whether this session may be the one of the sign-out. If that is unknown, it counts as the one: a
    /// sign-out takes precedence.
    pub(super) fn may_be_about(&self, session: &SessionId) -> bool {
        self.owed.session.as_ref().is_none_or(|owed| owed == session)
    }

    pub(super) const fn is_due(&self, now: Now) -> bool {
        now.monotonic_ms >= self.next_ms
    }

    pub(super) const fn next_at(&self) -> u64 {
        self.next_ms
    }

    /// Whether an attempt has failed.
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
