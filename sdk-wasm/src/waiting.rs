//! A value that comes later, once. One thread, so no locks.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

struct Slot<T> {
    value: Option<T>,
    waker: Option<Waker>,
}

/// The end that knows.
pub(crate) struct Sender<T>(Rc<RefCell<Slot<T>>>);

/// The end that waits.
pub(crate) struct Receiver<T>(Rc<RefCell<Slot<T>>>);

pub(crate) fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let slot = Rc::new(RefCell::new(Slot { value: None, waker: None }));
    (Sender(Rc::clone(&slot)), Receiver(slot))
}

impl<T> Sender<T> {
    pub(crate) fn send(self, value: T) {
        let mut slot = self.0.borrow_mut();
        slot.value = Some(value);
        let waker = slot.waker.take();
        drop(slot);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Future for Receiver<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let mut slot = self.0.borrow_mut();
        match slot.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                slot.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// Those who wait, by name.
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
            sender.send(value);
        }
    }
}
