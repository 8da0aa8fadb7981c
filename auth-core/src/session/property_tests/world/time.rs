//! Time that passes, with and without events.

use super::{Kind, World};
use crate::session::property_tests::event::{Event, Reply};
use crate::session::{Command, Timer};

impl World {
    /// The network works again, and every request is answered; locks behave as before. Nothing else happens,
    /// except that the machine's timers fire. Then no caller may still be waiting after the longest
    /// `Retry-After` that the machine obeys.
    pub(in crate::session::property_tests) fn calm_down(&mut self) {
        self.play(Event::Start { owed: false });
        let until_ms = self.now.monotonic_ms + 2 * 3_700_000;
        for _ in 0..200 {
            let under_way = self.requests.iter().find(|(request, _)| self.open.contains(request)).copied();
            match under_way {
                Some((request, Kind::SignOut | Kind::Command(Command::SignOutOthers))) => {
                    self.answer(request, Kind::SignOut, Reply::Empty);
                }
                Some((request, kind)) => {
                    self.answer(request, kind, Reply::Granted { user: 0, expires_in_s: 300 });
                }
                None if self.calls.is_empty() && self.ops.is_empty() => return,
                None if self.stepping.is_some() => {
                    let number = self.stepping.expect("it was checked");
                    self.end_step_up(number);
                }
                None => {
                    let (timer, at_ms) = self.next_timer().expect("a caller waits, and no timer runs");
                    assert!(at_ms <= until_ms, "they wait for too long");
                    self.now.monotonic_ms = self.now.monotonic_ms.max(at_ms);
                    self.fire(timer);
                }
            }
        }
        panic!("{:?} and {:?} wait for ever", self.calls, self.ops);
    }

    /// Advances both clocks, and fires the timers in order.
    pub(in crate::session::property_tests) fn pass(&mut self, ms: u32) {
        let until_ms = self.now.monotonic_ms + u64::from(ms);
        let mut fired = 0;
        while let Some((timer, at_ms)) = self.next_timer().filter(|(_, at_ms)| *at_ms <= until_ms) {
            fired += 1;
            assert!(fired < 1_000, "{timer:?} fires in a loop");
            let later_ms = at_ms.saturating_sub(self.now.monotonic_ms);
            self.now.monotonic_ms += later_ms;
            self.now.wall_ms += later_ms;
            self.fire(timer);
        }
        self.now.wall_ms += until_ms - self.now.monotonic_ms;
        self.now.monotonic_ms = until_ms;
    }

    fn next_timer(&self) -> Option<(Timer, u64)> {
        let earliest = self.timers.iter().min_by_key(|(timer, at_ms)| (**at_ms, format!("{timer:?}")));
        earliest.map(|(timer, at_ms)| (*timer, *at_ms))
    }
}
