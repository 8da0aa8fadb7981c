//! Property tests of the family with a model of the world: a browser whose tabs share a cookie jar and
//! refresh, navigate and load subresources by cookie; a network that delays, reorders and loses messages;
//! slow upstreams; a thief with a copy of the cookie.

use proptest::prelude::{
    Just, ProptestConfig, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest,
};

use super::PresentedBy::{Navigation, OtherRequest, Refresh};
use super::{Answer, Event, Family, Lifetimes, Opening, PresentedBy, RefreshKey, RefreshKeys};
use crate::credential::AuthenticationMethod;
use crate::secret::SecretBytes;
use crate::time::UnixTime;
use crate::wire::{RefreshCookie, SessionEndReason};

const WINDOW: u64 = 60;
/// The longest time that a request, or a response, is in transit.
const FLIGHT: u64 = WINDOW / 3;
/// A response to a navigation that waited longer for its upstream is sent without the cookie.
const UPSTREAM: u64 = FLIGHT;
/// Requests of user and thief are further apart than this.
const SETTLED: u64 = WINDOW + 2 * FLIGHT;

/// The number of cases: `LATCHKEY_CASES`, or else `usually`.
fn cases(usually: u32) -> ProptestConfig {
    let asked = std::env::var("LATCHKEY_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { cases: asked.unwrap_or(usually), failure_persistence: None, ..ProptestConfig::default() }
}

fn keys() -> RefreshKeys {
    RefreshKeys { active: RefreshKey { id: "k".into(), bytes: SecretBytes::new([1; 32]) }, older: vec![] }
}

fn open() -> Family {
    let opening = Opening {
        account: "a".into(),
        id: "f".into(),
        nonce: SecretBytes::new([2; 32]),
        authenticated_at: UnixTime(0),
        methods: vec![AuthenticationMethod::Password],
        user_agent: String::new(),
        address: String::new(),
    };
    let family = Family::open(opening, &keys(), Lifetimes::default(), UnixTime(0));
    assert_eq!(Lifetimes::default().navigation_answer_ms(), UPSTREAM * 1000);
    family
}

/// The result of presenting a cookie: the cookie that the response sets, if any, or why the session is over;
/// and the event.
type Presented = (Result<Option<RefreshCookie>, SessionEndReason>, Option<Event>);

fn present(family: &mut Family, cookie: &RefreshCookie, by: PresentedBy, now: u64) -> Presented {
    let lifetimes = Lifetimes::default();
    let outcome =
        family.present(cookie.generation, &cookie.secret, by, &keys(), lifetimes, UnixTime(now)).unwrap();
    match outcome.answer {
        Answer::Current { cookie, set } => (Ok(set.then_some(cookie)), outcome.event),
        Answer::Ended(reason) => (Err(reason), outcome.event),
    }
}

fn kind() -> impl Strategy<Value = PresentedBy> {
    prop_oneof![Just(Refresh), Just(Navigation), Just(OtherRequest)]
}

/// One request of one of the user's tabs.
#[derive(Clone, Copy, Debug)]
struct Request {
    by: PresentedBy,
    /// Seconds since the previous request was sent; short pauses make tabs race.
    pause: u64,
    /// Seconds until the request reaches the service; `None` if it is lost.
    there: Option<u64>,
    /// Seconds for which the response to a navigation waits for the upstream.
    upstream: u64,
    /// Seconds until the response arrives; `None` if it is lost.
    back: Option<u64>,
    /// The order of events in the same second.
    order: u8,
}

fn request() -> impl Strategy<Value = Request> {
    let pause = prop_oneof![3 => Just(0), 3 => 0..5u64, 3 => 0..200u64, 1 => 0..86_400u64];
    let there = prop_oneof![3 => (0..=FLIGHT).prop_map(Some), 1 => Just(Some(FLIGHT)), 1 => Just(None)];
    let back = prop_oneof![3 => (0..=FLIGHT).prop_map(Some), 1 => Just(Some(FLIGHT)), 1 => Just(None)];
    let upstream = prop_oneof![4 => 0..=UPSTREAM, 1 => Just(UPSTREAM), 1 => 0..=4 * WINDOW];
    (kind(), pause, there, upstream, back, any::<u8>()).prop_map(
        |(by, pause, there, upstream, back, order)| {
            let upstream = if by == Navigation { upstream } else { 0 };
            Request { by, pause, there, upstream, back, order }
        },
    )
}

/// A message in transit.
enum Moves {
    /// The tab is about to send the request.
    Sends,
    /// The request arrives at the service.
    Arrives(RefreshCookie),
    /// The response arrives at the cookie jar.
    Returns(RefreshCookie),
}

/// One request of the user or of the thief, and its result.
#[derive(Clone, Copy, Debug)]
struct Turn {
    by_thief: bool,
    by: PresentedBy,
    /// Seconds after the previous request if the same party sent it; otherwise added to the distance between
    /// the parties.
    pause: u64,
    /// Which of its cookies the thief presents.
    pick: usize,
    /// Whether the response's cookie is kept: the network may lose it, and a thief may discard it.
    kept: bool,
}

fn turn() -> impl Strategy<Value = Turn> {
    let pause = prop_oneof![Just(0), 0..10u64, 0..20_000u64];
    (any::<bool>(), kind(), pause, 0..4usize, prop_oneof![3 => Just(true), 1 => Just(false)])
        .prop_map(|(by_thief, by, pause, pick, kept)| Turn { by_thief, by, pause, pick, kept })
}

proptest! {
    #![proptest_config(cases(2_000))]

    /// Check 28: no mixture of tabs, navigations, subresources, delays and losses shorter than a flight signs
    /// out an honest user.
    #[test]
    fn check_28_property_an_honest_user_stays_signed_in(requests in prop::collection::vec(request(), 1..60)) {
        let mut family = open();
        let mut jar = family.cookie(&keys()).unwrap();
        let mut queue: Vec<(u64, usize, Moves)> = Vec::new();
        let mut sent = 0;
        for (index, request) in requests.iter().enumerate() {
            sent += request.pause;
            queue.push((sent, index, Moves::Sends));
        }
        let mut rotated_at: Option<u64> = None;
        while !queue.is_empty() {
            let next = (0..queue.len()).min_by_key(|i| (queue[*i].0, requests[queue[*i].1].order, queue[*i].1)).unwrap();
            let (now, index, moves) = queue.swap_remove(next);
            let request = requests[index];
            match moves {
                Moves::Sends => if let Some(there) = request.there {
                    queue.push((now + there, index, Moves::Arrives(jar.clone())));
                },
                Moves::Arrives(cookie) => {
                    let (answer, event) = present(&mut family, &cookie, request.by, now);
                    prop_assert!(answer.is_ok(), "signed out: {answer:?} at {now}");
                    if matches!(event, Some(Event::Rotated | Event::MovedOn { .. })) {
                        prop_assert!(request.by != OtherRequest);
                        prop_assert!(rotated_at.is_none_or(|last| now - last > WINDOW), "rotated twice within a window");
                        rotated_at = Some(now);
                    }
                    let in_time = request.upstream <= UPSTREAM;
                    if let (Some(cookie), Some(back), true) = (answer.unwrap(), request.back, in_time) {
                        queue.push((now + request.upstream + back, index, Moves::Returns(cookie)));
                    }
                }
                Moves::Returns(cookie) => {
                    prop_assert!(cookie.generation >= jar.generation, "a late response restored an old cookie at {now}");
                    jar = cookie;
                }
            }
            prop_assert_eq!(family.expires_at, UnixTime(30 * 86_400));
            prop_assert!(family.idle_expires_at <= family.expires_at);
        }
    }

    /// Check 28: once one party has presented a generation that the other does not hold, the other's next
    /// request ends the family, whatever its kind. This happens as soon as the user's cookie rotates.
    #[test]
    fn check_28_property_a_thief_is_detected(
        stolen_after in prop::collection::vec((kind(), 0..500u64), 0..4),
        turns in prop::collection::vec(turn(), 0..20),
        moves_on in prop_oneof![Just(Refresh), Just(Navigation)],
        last in [turn(), turn(), turn()],
    ) {
        let mut family = open();
        let mut jar = family.cookie(&keys()).unwrap();
        let mut now = 0;
        for (by, pause) in stolen_after {
            now += pause;
            let (answer, _) = present(&mut family, &jar, by, now);
            jar = answer.unwrap().unwrap_or(jar);
        }
        let mut thiefs = vec![jar.clone()];
        // At the end the family has settled, the user's cookie rotates and arrives, and then each party sends
        // another request.
        let [first, second, third] = last;
        let pause = first.pause + SETTLED + 1;
        let user_moves_on = Turn { by_thief: false, by: moves_on, pause, kept: true, ..first };
        let tail = [
            user_moves_on,
            Turn { by_thief: true, ..first },
            Turn { by_thief: false, ..second },
            Turn { by_thief: true, ..third },
        ];
        let (mut before, mut found_by_thief, mut found_by_user) = (None, false, false);
        for turn in turns.into_iter().chain(tail) {
            now += turn.pause + if before == Some(turn.by_thief) { 0 } else { SETTLED + 1 };
            before = Some(turn.by_thief);
            let shown = if turn.by_thief { thiefs[turn.pick % thiefs.len()].clone() } else { jar.clone() };
            let (answer, event) = present(&mut family, &shown, turn.by, now);
            let Ok(set) = answer else {
                prop_assert!(matches!(event, Some(Event::Reused { .. })), "{event:?}");
                prop_assert_eq!(family.end.map(|end| end.reason), Some(SessionEndReason::Reused));
                return Ok(());
            };
            if turn.by_thief {
                prop_assert!(!found_by_thief, "the thief's {:?} at {now} was admitted", turn.by);
                found_by_user |= shown.generation > jar.generation;
                thiefs.extend(set.filter(|_| turn.kept));
            } else {
                prop_assert!(!found_by_user, "the user's {:?} at {now} was admitted although the thief's was too", turn.by);
                found_by_thief |= thiefs.iter().all(|copy| copy.generation != shown.generation);
                jar = set.filter(|_| turn.kept).unwrap_or(jar);
            }
        }
        prop_assert!(false, "both are still signed in");
    }

    /// For any sequence of presented generations: numbers only increase, and an ended family stays ended.
    #[test]
    fn check_26_property_generations_only_grow_and_death_is_final(
        steps in prop::collection::vec((0..8usize, kind(), 0..200u64, any::<bool>()), 1..80),
    ) {
        let mut family = open();
        let mut known = vec![family.cookie(&keys()).unwrap()];
        let mut now = 0;
        for (pick, by, pause, forge) in steps {
            now += pause;
            let mut cookie = known[known.len() - 1 - pick.min(known.len() - 1)].clone();
            if forge {
                cookie.secret = SecretBytes::new([0; 32]);
            }
            let before = (family.current.number, family.end);
            let (answer, _) = present(&mut family, &cookie, by, now);
            prop_assert!(family.current.number >= before.0);
            if forge {
                prop_assert_eq!((family.current.number, family.end), before);
                prop_assert_eq!(answer.as_ref().err(), Some(&SessionEndReason::None));
            }
            if before.1.is_some() {
                prop_assert_eq!(family.end, before.1);
                prop_assert!(answer.is_err());
            }
            if let Ok(Some(cookie)) = answer {
                prop_assert_eq!(cookie.generation, family.current.number);
                if known.iter().all(|old| old.generation != cookie.generation) {
                    known.push(cookie);
                }
            }
        }
    }
}
