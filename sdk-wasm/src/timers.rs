//! `setTimeout`, for deadlines of any distance.

use std::cell::RefCell;
use std::rc::Rc;

use auth_core::session::{Input, Timer};
use wasm_bindgen::prelude::*;

use crate::platform::{clear_timeout, now, set_timeout};
use crate::shell::Shell;

/// The maximum of `setTimeout`; with a longer time it fires at once (HTML, "timer initialization steps").
const MAX_MS: u64 = 0x7fff_ffff;

#[derive(Default)]
pub(crate) struct Timers {
    refresh: RefCell<Option<Running>>,
    sign_out: RefCell<Option<Running>>,
    turn: RefCell<Option<Running>>,
    hint: RefCell<Option<Running>>,
}

struct Running {
    id: JsValue,
    _callback: Closure<dyn FnMut()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        clear_timeout(&self.id);
    }
}

impl Timers {
    /// Sets or replaces this timer. If the time is longer than the maximum, the timer is set several times.
    pub(crate) fn set(&self, shell: &Rc<Shell>, timer: Timer, at_ms: u64) {
        let distance = at_ms.saturating_sub(now().monotonic_ms).min(MAX_MS);
        let shell = Rc::downgrade(shell);
        let callback = Closure::new(move || {
            let Some(shell) = shell.upgrade() else { return };
            if now().monotonic_ms < at_ms {
                // It fired early, or the time was longer than the maximum.
                shell.timers.set(&shell, timer, at_ms);
            } else {
                shell.feed(Input::Timer(timer));
            }
        });
        let id = set_timeout(callback.as_ref(), i32::try_from(distance).unwrap_or(i32::MAX));
        *self.cell(timer).borrow_mut() = Some(Running { id, _callback: callback });
    }

    pub(crate) fn cancel(&self, timer: Timer) {
        *self.cell(timer).borrow_mut() = None;
    }

    const fn cell(&self, timer: Timer) -> &RefCell<Option<Running>> {
        match timer {
            Timer::Refresh => &self.refresh,
            Timer::SignOut => &self.sign_out,
            Timer::Turn => &self.turn,
            Timer::Hint => &self.hint,
        }
    }
}
