//! Values that arrive later, each of them once, by the key of the operation that waits for it.

use std::cell::RefCell;

use futures_channel::oneshot::{Receiver, Sender, channel};

/// The operations that wait, by key.
pub(crate) struct Waiting<K, T>(RefCell<Vec<(K, Sender<T>)>>);

impl<K: PartialEq + Copy, T> Waiting<K, T> {
    pub(crate) const fn new() -> Self {
        Self(RefCell::new(Vec::new()))
    }

    pub(crate) fn add(&self, key: K) -> Receiver<T> {
        let (sender, receiver) = channel();
        self.0.borrow_mut().push((key, sender));
        receiver
    }

    pub(crate) fn answer(&self, key: K, value: T) {
        let mut waiting = self.0.borrow_mut();
        let found = waiting.iter().position(|(known, _)| *known == key).map(|at| waiting.swap_remove(at));
        drop(waiting);
        if let Some((_, sender)) = found {
            // The receiver has been dropped if nothing waits for the value any more.
            sender.send(value).ok();
        }
    }
}
