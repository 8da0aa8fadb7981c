//! What holds after every input.

use super::{Kind, World};
use crate::session::{RequestNumber, Status, Timer};

impl World {
    /// The invariants after every input.
    pub(super) fn check(&self) {
        assert!(self.open.len() <= 1, "the lane holds one request");
        if self.out {
            assert_eq!(self.stored, None, "a sign-out wins");
        }
        let refreshes = |request: &RequestNumber| self.requests.contains(&(*request, Kind::Refresh));
        if self.held.is_some() {
            assert!(self.open.iter().any(refreshes), "the lock is kept from others for nothing");
        }
        if let Some((_, since)) = self.asking {
            assert!(
                self.now.monotonic_ms < since + 5_000,
                "check 51: a tab waits for another tab for at most 5 s"
            );
            let turn = self.timers.get(&Timer::Turn);
            assert!(turn.is_some_and(|at| *at <= since + 5_000), "check 51: nothing ends the wait");
        }
        if self.disposed {
            assert!(
                self.calls.is_empty() && self.ops.is_empty(),
                "every call and operation has been answered"
            );
            assert!(self.open.is_empty() && self.asking.is_none(), "nothing is left to do");
        } else if self.started && self.open.is_empty() {
            self.check_alarms();
        }
    }

    /// If nothing is in progress, everything that is still to happen has a timer.
    fn check_alarms(&self) {
        let someone_waits = !self.calls.is_empty() || !self.ops.is_empty();
        assert!(
            !someone_waits || !self.timers.is_empty() || self.stepping.is_some(),
            "{:?} and {:?} wait for nothing",
            self.calls,
            self.ops
        );
        let refresh = self.timers.contains_key(&Timer::Refresh) || self.timers.contains_key(&Timer::Turn);
        let status = self.machine.snapshot().status;
        let renews = match status {
            Status::SignedOut => false,
            // A hidden page renews when it is used.
            Status::SignedIn | Status::Offline => !self.hidden || self.stored.is_none(),
            Status::Loading => true,
        };
        assert!(!renews || refresh, "{status:?}, and no refresh will ever come");
        assert!(
            self.owes != Some(true) || self.timers.contains_key(&Timer::SignOut),
            "a sign-out is forgotten"
        );
    }
}
