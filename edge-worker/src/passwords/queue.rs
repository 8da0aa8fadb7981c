//! One hash after the other, and everybody else's turn in between.
//!
//! So many may wait in an isolate; whoever comes when the queue is full is told so at once. After each hash there is a pause
//! that is half as long again as it took, in which the isolate does all its other work: sessions go on being renewed and
//! requests go on passing the gate while passwords are being guessed. Half of its time is theirs; the rest of the pause is for
//! what a sign-in costs beside the hash.
//!
//! Nobody is woken by another request's doing, because on Workers a request must not go on from inside another one. Each one
//! looks by a timer of its own whether it is its turn, and nobody holds a lock: a request that breaks off while it waits, or
//! right after its hash, leaves nothing behind but a place that expires and at most a longer pause.

use std::cell::RefCell;
use std::time::Duration;

use worker::{Date, Delay};

use crate::objects::Unavailable;

/// How long nobody hashes after a hash at the least, in milliseconds.
const LEAST_PAUSE_MS: u64 = 25;

/// And at the most: also when the one who hashed broke off, or the machine slept meanwhile.
const MOST_PAUSE_MS: u64 = 500;

/// After how long the place of a request that broke off is free again, in milliseconds.
const LEASE_MS: u64 = 30_000;

thread_local! {
    static QUEUE: RefCell<Queue> = RefCell::default();
}

/// Who is waiting, and when somebody last hashed.
#[derive(Debug, Default)]
struct Queue {
    /// The number of each place, and when it expires. In the order in which they came.
    places: Vec<(u64, u64)>,
    /// How many there have been.
    counted: u64,
    /// How many hashes have been begun.
    hashes: u64,
    /// When the last one ended; while it is under way, when it was begun.
    last_ms: u64,
    /// How long nobody hashes after that. While one is under way nobody knows how long it will have taken.
    pause_ms: u64,
}

impl Queue {
    fn enter(&mut self, most: usize, now_ms: u64) -> Option<u64> {
        self.places.retain(|(_, until)| *until > now_ms);
        if self.places.len() >= most {
            return None;
        }
        self.counted += 1;
        self.places.push((self.counted, now_ms.saturating_add(LEASE_MS)));
        Some(self.counted)
    }

    fn leave(&mut self, place: u64) {
        self.places.retain(|(number, _)| *number != place);
    }

    /// How long nobody hashes from now on.
    fn pause_ms(&self, now_ms: u64) -> u64 {
        // A clock that went backwards costs no more than one pause.
        self.pause_ms.saturating_sub(now_ms.abs_diff(self.last_ms))
    }

    /// How long to wait before looking again: not to the end of a pause that may turn out to be shorter.
    fn look_again_ms(&self, now_ms: u64) -> u64 {
        self.pause_ms(now_ms).min(LEAST_PAUSE_MS)
    }

    /// Whether it is one's turn: nobody hashed since `seen`, when one last looked, and the pause is over. The count is what keeps
    /// several whose timers end in the same turn of the event loop from hashing one right after the other; the clock of a
    /// Worker may stand still between them.
    fn begin(&mut self, seen: u64, now_ms: u64) -> bool {
        if self.hashes != seen || self.pause_ms(now_ms) > 0 {
            return false;
        }
        self.hashes += 1;
        self.last_ms = now_ms;
        self.pause_ms = MOST_PAUSE_MS;
        true
    }

    /// The last one has ended.
    fn end(&mut self, now_ms: u64) {
        let took = now_ms.abs_diff(self.last_ms);
        self.pause_ms = took.saturating_add(took / 2).clamp(LEAST_PAUSE_MS, MOST_PAUSE_MS);
        self.last_ms = now_ms;
    }
}

/// A place in the queue, until it is dropped.
#[derive(Debug)]
pub struct Place(u64);

/// Takes a place, if there is one.
///
/// # Errors
/// [`Unavailable`] when as many as may are waiting already.
pub fn enter(most: usize) -> Result<Place, Unavailable> {
    let place = QUEUE.with_borrow_mut(|queue| queue.enter(most, now_ms()));
    place.map(Place).ok_or_else(|| Unavailable::because("password queue", "full"))
}

impl Place {
    /// Computes one hash when it is its turn.
    pub(super) async fn run<T>(&self, hash: impl FnOnce() -> T) -> T {
        loop {
            let (seen, pause) = QUEUE.with_borrow(|queue| (queue.hashes, queue.look_again_ms(now_ms())));
            Delay::from(Duration::from_millis(pause)).await;
            if QUEUE.with_borrow_mut(|queue| queue.begin(seen, now_ms())) {
                break;
            }
        }
        let result = hash();
        // A Worker's clock stands still while it calculates, and goes on in the next turn of the event loop.
        Delay::from(Duration::ZERO).await;
        QUEUE.with_borrow_mut(|queue| queue.end(now_ms()));
        result
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        QUEUE.with_borrow_mut(|queue| queue.leave(self.0));
    }
}

fn now_ms() -> u64 {
    Date::now().as_millis()
}

#[cfg(test)]
mod tests {
    use super::{LEASE_MS, LEAST_PAUSE_MS, MOST_PAUSE_MS, Queue};

    #[test]
    fn check_41_the_queue_is_bounded_and_forgets_who_broke_off() {
        let mut queue = Queue::default();
        let places: Vec<u64> = (0..3).map(|_| queue.enter(3, 0).unwrap()).collect();
        assert_eq!(queue.enter(3, 0), None, "full");
        queue.leave(places[1]);
        assert!(queue.enter(3, 0).is_some());
        assert_eq!(queue.enter(3, LEASE_MS - 1), None);
        assert!(queue.enter(3, LEASE_MS).is_some(), "the others have expired");
        queue.leave(places[0]);
        assert_eq!(queue.places.len(), 1);
    }

    #[test]
    fn check_41_of_all_that_look_in_one_turn_of_the_event_loop_one_hashes() {
        let mut queue = Queue { last_ms: 1_000, pause_ms: LEAST_PAUSE_MS, ..Queue::default() };
        let (now, seen) = (1_000 + LEAST_PAUSE_MS, queue.hashes);
        let began = (0..5).filter(|_| queue.begin(seen, now)).count();
        assert_eq!(began, 1, "the first, though the clock stands still");
        assert!(!queue.begin(queue.hashes, now), "nobody while it is under way");
        assert_eq!(queue.look_again_ms(now), LEAST_PAUSE_MS, "though that may be over soon");
        queue.end(now + 10);
        assert!(!queue.begin(queue.hashes, now + 10), "nobody in the pause");
        assert_eq!(queue.pause_ms(now + 10), LEAST_PAUSE_MS);
        assert!(queue.begin(queue.hashes, now + 10 + LEAST_PAUSE_MS));
    }

    #[test]
    fn check_41_the_slower_the_hash_the_longer_the_pause() {
        for (took, pause) in [(0, LEAST_PAUSE_MS), (20, 30), (80, 120), (100_000, MOST_PAUSE_MS)] {
            let mut queue = Queue::default();
            assert!(queue.begin(0, 1_000_000));
            queue.end(1_000_000 + took);
            assert_eq!(queue.pause_ms(1_000_000 + took), pause, "{took}");
        }
    }

    #[test]
    fn check_41_who_broke_off_after_his_hash_keeps_nobody_waiting_for_long() {
        let mut queue = Queue::default();
        assert!(queue.begin(0, 1_000_000));
        assert!(!queue.begin(queue.hashes, 1_000_000 + MOST_PAUSE_MS - 1));
        assert!(queue.begin(queue.hashes, 1_000_000 + MOST_PAUSE_MS));
    }

    #[test]
    fn a_clock_that_went_backwards_costs_one_pause_at_most() {
        let queue = Queue { last_ms: 1_000_000, pause_ms: MOST_PAUSE_MS, ..Queue::default() };
        assert_eq!(queue.pause_ms(5), 0);
        assert!((999_000..1_001_000).all(|now| queue.pause_ms(now) <= MOST_PAUSE_MS));
    }
}
