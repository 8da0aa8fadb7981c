use super::{
    ABANDONED_TICKS, FAR, HashQueue, LOOK_FROM_FAR_MS, LOOK_MS, MAX_PAUSE_MS, NoPlace, QueueBounds, Turn,
};

const BOUNDS: QueueBounds = QueueBounds { places: 4, per_address: 2 };
const START: u64 = 1_000_000;

/// Requests that look whenever they were told to. A hash advances the clock by 30 ms.
struct Isolate {
    queue: HashQueue,
    now: u64,
    /// When each request looks next.
    timers: Vec<(u64, u64)>,
    hashed: Vec<u64>,
}

impl Isolate {
    fn new() -> Self {
        Self { queue: HashQueue::default(), now: START, timers: vec![], hashed: vec![] }
    }

    fn enter(&mut self, bounds: QueueBounds, address: &str) -> Result<u64, NoPlace> {
        let number = self.queue.enter(bounds, Some(address), self.now)?;
        self.timers.push((self.now, number));
        Ok(number)
    }

    /// The client disconnects: the request's timers never fire.
    fn abandon(&mut self, number: u64) {
        self.timers.retain(|(_, of)| *of != number);
    }

    /// The next timer fires. Returns the request's number and the result of its look.
    fn step(&mut self) -> Option<(u64, Turn)> {
        let (next, _) = self.timers.iter().enumerate().min_by_key(|(_, timer)| **timer)?;
        let (at, number) = self.timers.remove(next);
        self.now = self.now.max(at);
        let turn = self.queue.look(number, self.now);
        match turn {
            Turn::LookAgain(ms) => self.timers.push((self.now + ms, number)),
            Turn::Hash => {
                self.now += 30;
                self.queue.end(self.now);
                self.queue.leave(number);
                self.hashed.push(number);
            }
            Turn::Lost => {}
        }
        Some((number, turn))
    }

    fn run(&mut self) {
        while self.step().is_some() {}
    }
}

#[test]
fn check_41_first_come_first_served_with_a_pause_after_each_hash() {
    let mut isolate = Isolate::new();
    let bounds = QueueBounds { places: 20, per_address: 1 };
    let numbers: Vec<u64> =
        (0..20).map(|i| isolate.enter(bounds, &format!("address {i}")).unwrap()).collect();
    // Later requests have earlier timers, because the order must not depend on timers.
    isolate.timers.reverse();
    isolate.run();
    assert_eq!(isolate.hashed, numbers);
    let [hash, pause] = [30, 45];
    let least = 20 * hash + 19 * pause;
    let took = isolate.now - START;
    assert!((least..=least + 20 * LOOK_MS).contains(&took), "{took} ms");
}

#[test]
fn check_41_an_unloaded_queue_costs_one_turn_of_the_event_loop() {
    let mut isolate = Isolate::new();
    let number = isolate.enter(BOUNDS, "a").unwrap();
    assert_eq!(isolate.step(), Some((number, Turn::LookAgain(0))));
    assert_eq!(isolate.step(), Some((number, Turn::Hash)));
}

#[test]
fn check_41_limits_places_per_address_but_not_for_an_unknown_address() {
    let mut queue = HashQueue::default();
    let first = queue.enter(BOUNDS, Some("a"), START).unwrap();
    assert!(queue.enter(BOUNDS, Some("a"), START).is_ok());
    assert_eq!(queue.enter(BOUNDS, Some("a"), START), Err(NoPlace::AddressShare));
    queue.leave(first);
    assert!(queue.enter(BOUNDS, Some("a"), START).is_ok());
    for _ in 0..2 {
        assert!(queue.enter(BOUNDS, None, START).is_ok());
    }
    assert_eq!(queue.enter(BOUNDS, None, START), Err(NoPlace::Full));
}

#[test]
fn check_41_a_full_queue_makes_room_for_an_address_without_a_place() {
    let mut queue = HashQueue::default();
    let [a1, a2, b1, b2] = ["a", "a", "b", "b"].map(|of| queue.enter(BOUNDS, Some(of), START).unwrap());
    let c = queue.enter(BOUNDS, Some("c"), START).unwrap();
    assert_eq!(queue.look(b2, START), Turn::Lost, "the newest request of the addresses with several");
    assert_eq!(queue.enter(BOUNDS, Some("b"), START), Err(NoPlace::Full), "b already has a place");
    let d = queue.enter(BOUNDS, Some("d"), START).unwrap();
    assert_eq!(queue.look(a2, START), Turn::Lost);
    assert_eq!(queue.enter(BOUNDS, Some("e"), START), Err(NoPlace::Full), "every address has one place");
    for number in [a1, b1, c, d] {
        assert!(matches!(queue.look(number, START), Turn::LookAgain(_)), "{number}");
    }
}

#[test]
fn check_41_a_flood_from_one_address_delays_another_by_two_hashes() {
    let mut isolate = Isolate::new();
    let bounds = QueueBounds { places: 64, per_address: 2 };
    for _ in 0..20 {
        let _ = isolate.enter(bounds, "flood");
    }
    let begin = isolate.now;
    let victim = isolate.enter(bounds, "victim").unwrap();
    while isolate.hashed.last() != Some(&victim) {
        isolate.step().unwrap();
        let _ = isolate.enter(bounds, "flood");
    }
    assert_eq!(isolate.hashed.len(), 3);
    assert!(isolate.now - begin <= 3 * 30 + 2 * 45 + 3 * LOOK_MS, "{} ms", isolate.now - begin);
}

#[test]
fn check_41_abandoned_requests_delay_the_others_once_in_total() {
    let mut isolate = Isolate::new();
    let bounds = QueueBounds { places: 64, per_address: 2 };
    let abandoned: Vec<u64> =
        (0..30).map(|i| isolate.enter(bounds, &format!("address {i}")).unwrap()).collect();
    for number in abandoned {
        isolate.queue.look(number, isolate.now);
        isolate.abandon(number);
    }
    let begin = isolate.now;
    let victim = isolate.enter(bounds, "victim").unwrap();
    isolate.run();
    assert_eq!(isolate.hashed, [victim]);
    let took = isolate.now - begin;
    assert!(took <= (ABANDONED_TICKS + 1) * LOOK_FROM_FAR_MS, "{took} ms");
}

#[test]
fn check_41_a_busy_isolate_drops_no_place() {
    let mut queue = HashQueue::default();
    let numbers: Vec<u64> = (0..3).map(|_| queue.enter(BOUNDS, None, START).unwrap()).collect();
    for number in &numbers {
        queue.look(*number, START);
    }
    for number in &numbers {
        assert_ne!(queue.look(*number, START + HashQueue::LEASE_MS - 1), Turn::Lost, "{number}");
    }
}

#[test]
fn check_41_a_hash_outside_the_isolate_counts_but_delays_no_request() {
    let mut isolate = Isolate::new();
    let outside = isolate.queue.enter(BOUNDS, Some("a"), START).unwrap();
    isolate.queue.look(outside, START);
    assert!(isolate.queue.keep(outside, START));
    isolate.queue.enter(BOUNDS, Some("a"), START).unwrap();
    assert_eq!(isolate.queue.enter(BOUNDS, Some("a"), START), Err(NoPlace::AddressShare));
    let other = isolate.queue.enter(BOUNDS, Some("b"), START).unwrap();
    isolate.queue.look(other, START);
    assert_eq!(isolate.queue.look(other, START), Turn::Hash, "although an earlier request has no result");
    isolate.queue.end(START + 30);
    // As long as it is renewed, the place is kept; then its lease expires.
    let mut now = START;
    for _ in 0..10 {
        now += HashQueue::KEEP_MS;
        assert!(isolate.queue.keep(outside, now));
    }
    assert!(!isolate.queue.keep(outside, now + HashQueue::LEASE_MS));
}

#[test]
fn check_41_a_hash_outside_the_isolate_gives_its_place_to_an_address_without_one() {
    let mut queue = HashQueue::default();
    let [a1, a2, ..] = ["a", "a", "b", "b"].map(|of| queue.enter(BOUNDS, Some(of), START).unwrap());
    // Both have computed a short hash here before, which alone would protect them.
    for number in [a1, a2] {
        queue.look(number, START);
        let later = START + 2 * MAX_PAUSE_MS;
        queue.look(number, later);
        queue.end(later);
        assert!(queue.keep(number, later));
    }
    assert!(queue.enter(BOUNDS, Some("c"), START + 2 * MAX_PAUSE_MS).is_ok());
    assert!(queue.enter(BOUNDS, Some("d"), START + 2 * MAX_PAUSE_MS).is_ok());
    assert!(!queue.keep(a2, START + 2 * MAX_PAUSE_MS), "the newest request of an address with several");
    assert!(queue.keep(a1, START + 2 * MAX_PAUSE_MS), "the only one of its address");
}

#[test]
fn check_41_a_place_expires_with_its_lease() {
    let mut queue = HashQueue::default();
    for _ in 0..4 {
        queue.enter(BOUNDS, None, START).unwrap();
    }
    assert_eq!(queue.enter(BOUNDS, None, START + HashQueue::LEASE_MS - 1), Err(NoPlace::Full));
    assert!(queue.enter(BOUNDS, None, START + HashQueue::LEASE_MS).is_ok());
}

#[test]
fn check_41_only_one_request_hashes_per_turn_of_the_event_loop() {
    let mut queue = HashQueue::default();
    let bounds = QueueBounds { places: 9, per_address: 9 };
    let numbers: Vec<u64> = (0..9).map(|_| queue.enter(bounds, None, START).unwrap()).collect();
    for number in &numbers {
        assert!(matches!(queue.look(*number, START), Turn::LookAgain(_)));
    }
    // Regardless of the hash's duration, and although its request never reports the end.
    let later = START + 2 * MAX_PAUSE_MS;
    let turns: Vec<Turn> = numbers.iter().map(|number| queue.look(*number, later)).collect();
    assert_eq!(turns.iter().filter(|turn| **turn == Turn::Hash).count(), 1);
    assert_eq!(turns[0], Turn::Hash);
    assert_eq!(turns[FAR + 1], Turn::LookAgain(LOOK_FROM_FAR_MS), "{turns:?}");
    assert_eq!(queue.look(numbers[1], later + MAX_PAUSE_MS - 1), Turn::LookAgain(1));
    assert_eq!(queue.look(numbers[1], later + MAX_PAUSE_MS), Turn::Hash, "the first one was abandoned");
}

#[test]
fn check_41_a_second_hash_of_a_request_precedes_later_requests() {
    let mut queue = HashQueue::default();
    let [first, second] = ["a", "b"].map(|of| queue.enter(BOUNDS, Some(of), START).unwrap());
    queue.look(first, START);
    queue.look(second, START);
    assert_eq!(queue.look(first, START), Turn::Hash);
    queue.end(START + 10);
    let over = START + 10 + LOOK_MS;
    assert!(matches!(queue.look(first, over - 1), Turn::LookAgain(_)));
    assert!(matches!(queue.look(second, over), Turn::LookAgain(_)));
    assert_eq!(queue.look(first, over), Turn::Hash);
}

#[test]
fn check_41_the_slower_the_hash_the_longer_the_pause() {
    for (took, pause) in [(0, LOOK_MS), (20, 30), (80, 120), (100_000, MAX_PAUSE_MS)] {
        let mut queue = HashQueue::default();
        let number = queue.enter(BOUNDS, None, START).unwrap();
        queue.look(number, START);
        assert_eq!(queue.look(number, START), Turn::Hash);
        queue.end(START + took);
        let ended = START + took;
        queue.leave(number);
        let next = queue.enter(BOUNDS, None, ended).unwrap();
        queue.look(next, ended);
        assert!(matches!(queue.look(next, ended + pause - 1), Turn::LookAgain(_)), "{took}");
        assert_eq!(queue.look(next, ended + pause), Turn::Hash, "{took}");
    }
}

#[test]
fn a_clock_that_went_backwards_delays_by_at_most_one_pause() {
    let mut queue = HashQueue { last_ms: START, pause_ms: MAX_PAUSE_MS, ..HashQueue::default() };
    let number = queue.enter(BOUNDS, None, 5).unwrap();
    assert_eq!(queue.look(number, 5), Turn::LookAgain(0));
    assert_eq!(queue.look(number, 5), Turn::Hash);
}
