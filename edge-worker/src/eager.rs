//! Polls futures immediately. A future that is ready at once, or fails before its first wait, then costs no
//! promise and no turn of the event loop.
//!
//! `FutureExt::now_or_never` is no replacement: it polls with a waker that wakes nothing, and the timers of
//! `worker` keep the waker of their first poll.

use core::future::poll_fn;
use core::task::{Context, Poll, Waker};
use std::sync::Arc;
use std::task::Wake;

use futures_util::task::AtomicWaker;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;

/// Wakes the task that polled last. Some futures (timers) keep the waker of their first poll, so the waker
/// must stay the same.
#[derive(Default)]
struct Relay(AtomicWaker);

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        self.0.wake();
    }
}

/// The future's output, or a promise of it.
pub(crate) fn value_or_promise<T: Into<JsValue>>(future: impl Future<Output = T> + 'static) -> JsValue {
    let mut future = Box::pin(future);
    let relay = Arc::new(Relay::default());
    let waker = Waker::from(Arc::clone(&relay));
    match future.as_mut().poll(&mut Context::from_waker(&waker)) {
        Poll::Ready(value) => value.into(),
        Poll::Pending => {
            let rest = poll_fn(move |context| {
                relay.0.register(context.waker());
                future.as_mut().poll(&mut Context::from_waker(&waker)).map(|value| Ok(value.into()))
            });
            future_to_promise(rest).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{Arc, AtomicWaker, Context, Poll, Relay, Wake, Waker, poll_fn};

    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn the_first_waker_wakes_the_last_poller() {
        let kept: Rc<RefCell<Option<Waker>>> = Rc::default();
        let first = Arc::new(Relay(AtomicWaker::new()));
        let waker = Waker::from(Arc::clone(&first));
        let keeper = Rc::clone(&kept);
        // Like a timer, it keeps the waker of the first poll only.
        let mut timer = Box::pin(poll_fn(move |context| {
            keeper.borrow_mut().get_or_insert_with(|| context.waker().clone());
            Poll::<()>::Pending
        }));
        assert!(timer.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        let later = Arc::new(Count(AtomicUsize::new(0)));
        first.0.register(&Waker::from(Arc::clone(&later)));
        assert!(timer.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        kept.borrow().as_ref().unwrap().wake_by_ref();
        assert_eq!(later.0.load(Ordering::SeqCst), 1);
    }
}
