//! An isolate's queue of requests that wait for their password hash; [`HashQueue`] decides which is next.

use core::pin::pin;
use std::cell::RefCell;
use std::time::Duration;

use auth_core::limits::{AddressBucket, HashQueue, NoPlace, QueueBounds, Turn};
use futures_util::future::{Either, select};
use worker::{Date, Delay};

use crate::objects::Unavailable;

thread_local! {
    static QUEUE: RefCell<HashQueue> = RefCell::default();
}

/// A place in the queue, released when dropped.
#[derive(Debug)]
pub struct Place(u64);

/// Takes a place. `address` is the client address whose share counts; `None` for callers that have proved a
/// credential.
///
/// # Errors
/// [`NoPlace`].
pub fn enter(bounds: QueueBounds, address: Option<&AddressBucket>) -> Result<Place, NoPlace> {
    let address = address.and_then(AddressBucket::reported);
    QUEUE.with_borrow_mut(|queue| queue.enter(bounds, address, now_ms())).map(Place)
}

impl Place {
    /// Waits for its turn and then computes one hash.
    ///
    /// # Errors
    /// [`Unavailable`] if the place was given to a client at another address.
    pub(super) async fn run<T>(&self, hash: impl FnOnce() -> T) -> Result<T, Unavailable> {
        loop {
            match QUEUE.with_borrow_mut(|queue| queue.look(self.0, now_ms())) {
                Turn::Hash => break,
                Turn::LookAgain(ms) => Delay::from(Duration::from_millis(ms)).await,
                Turn::Lost => return Err(lost()),
            }
        }
        let result = hash();
        // A Worker's clock stands still during computation and advances in the next turn of the event loop.
        Delay::from(Duration::ZERO).await;
        QUEUE.with_borrow_mut(|queue| queue.end(now_ms()));
        Ok(result)
    }

    /// Keeps the place while a hash is computed outside this isolate. A request whose client has disconnected
    /// runs no more code, so its place expires.
    ///
    /// # Errors
    /// [`Unavailable`] if the place was given to a client at another address.
    pub(super) async fn keep_during<T>(&self, hash: impl Future<Output = T>) -> Result<T, Unavailable> {
        let mut hash = pin!(hash);
        loop {
            if !QUEUE.with_borrow_mut(|queue| queue.keep(self.0, now_ms())) {
                return Err(lost());
            }
            let timer = pin!(Delay::from(Duration::from_millis(HashQueue::KEEP_MS)));
            match select(hash, timer).await {
                Either::Left((result, _)) => return Ok(result),
                Either::Right(((), unfinished)) => hash = unfinished,
            }
        }
    }
}

fn lost() -> Unavailable {
    Unavailable::because("password queue", "the place in the queue was given to another client")
}

impl Drop for Place {
    fn drop(&mut self) {
        QUEUE.with_borrow_mut(|queue| queue.leave(self.0));
    }
}

fn now_ms() -> u64 {
    Date::now().as_millis()
}
