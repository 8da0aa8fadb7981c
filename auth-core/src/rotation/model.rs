//! The family under a model of the world: browsers that share a cookie jar, a network that delays and loses, a thief.

use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::{Answer, Event, Family, Lifetimes, Opening, RefreshKey, RefreshKeys};
use crate::secret::SecretBytes;
use crate::time::UnixTime;
use crate::wire::{RefreshCookie, SessionEndReason};

const WINDOW: u64 = 60;
/// The client gives up on a request after this time, the way there and back together.
const GIVE_UP: u64 = 20;

fn keys() -> RefreshKeys {
    RefreshKeys { active: RefreshKey { id: "k".into(), bytes: SecretBytes::new([1; 32]) }, older: vec![] }
}

fn open() -> Family {
    let opening = Opening {
        account: "a".into(),
        id: "f".into(),
        nonce: SecretBytes::new([2; 32]),
        user_agent: String::new(),
        address: String::new(),
    };
    Family::open(opening, &keys(), Lifetimes::default(), UnixTime(0))
}

/// What an answer does to the cookie jar of whoever gets it.
#[derive(Clone, Debug)]
struct Reply {
    cookie: RefreshCookie,
    set: bool,
}

fn present(
    family: &mut Family,
    cookie: &RefreshCookie,
    now: u64,
) -> (Result<Reply, SessionEndReason>, Option<Event>) {
    let outcome = family
        .present(cookie.generation, &cookie.secret, &keys(), Lifetimes::default(), UnixTime(now))
        .unwrap();
    match outcome.answer {
        Answer::Current { cookie, set } => (Ok(Reply { cookie, set }), outcome.event),
        Answer::Ended(reason) => (Err(reason), outcome.event),
    }
}

/// One request of one of the user's tabs.
#[derive(Clone, Copy, Debug)]
struct Request {
    /// Seconds since the previous request was sent; short ones make tabs race.
    pause: u64,
    /// Seconds until the service sees it; `None`: lost on the way.
    there: Option<u64>,
    /// Seconds until the answer arrives; `None`: lost on the way.
    back: Option<u64>,
}

fn request() -> impl Strategy<Value = Request> {
    let pause = prop_oneof![Just(0), 0..5u64, 0..200u64, 0..86_400u64];
    let leg = || prop_oneof![4 => (0..=GIVE_UP / 2).prop_map(Some), 1 => Just(None)];
    (pause, leg(), leg()).prop_map(|(pause, there, back)| Request { pause, there, back })
}

proptest! {
    /// Check 28: no mixture of tabs, delays and losses shorter than the window signs an honest user out.
    #[test]
    fn check_28_property_an_honest_user_stays_signed_in(requests in prop::collection::vec(request(), 1..60)) {
        let mut family = open();
        let mut jar = family.cookie(&keys()).unwrap();
        // What is on its way, by arrival: requests at the service, answers at the browser.
        let mut sent = 0;
        let mut events: Vec<(u64, usize)> = Vec::new();
        for (index, request) in requests.iter().enumerate() {
            sent += request.pause;
            events.push((sent, index));
        }
        let mut queue: Vec<(u64, u8, usize, Option<RefreshCookie>)> =
            events.iter().map(|(at, index)| (*at, 0, *index, None)).collect();
        let mut rotated_at: Option<u64> = None;
        while !queue.is_empty() {
            let next = (0..queue.len()).min_by_key(|i| (queue[*i].0, queue[*i].1, queue[*i].2)).unwrap();
            let (now, stage, index, cookie) = queue.swap_remove(next);
            match stage {
                0 => if let Some(there) = requests[index].there {
                    queue.push((now + there, 1, index, Some(jar.clone())));
                },
                1 => {
                    let (answer, event) = present(&mut family, &cookie.unwrap(), now);
                    prop_assert!(answer.is_ok(), "signed out: {answer:?} at {now}");
                    if matches!(event, Some(Event::Rotated | Event::MovedOn { .. })) {
                        prop_assert!(rotated_at.is_none_or(|last| now - last > WINDOW), "rotated twice within a window");
                        rotated_at = Some(now);
                    }
                    let reply = answer.unwrap();
                    if let Some(back) = requests[index].back.filter(|_| reply.set) {
                        queue.push((now + back, 2, index, Some(reply.cookie)));
                    }
                }
                _ => jar = cookie.unwrap(),
            }
            prop_assert_eq!(family.expires_at, UnixTime(30 * 86_400));
            prop_assert!(family.idle_expires_at <= family.expires_at);
        }
    }

    /// Check 28: when victim and thief have presented the same generation more than a window apart, the family is dead
    /// as soon as the first of the two comes again.
    #[test]
    fn check_28_property_a_thief_is_found_out(
        stolen_at in 0..500u64,
        apart in WINDOW + 1..100_000u64,
        again in 0..100_000u64,
        between in prop::collection::vec(0..50u64, 0..4),
    ) {
        let mut family = open();
        let mut jar = family.cookie(&keys()).unwrap();
        jar = present(&mut family, &jar, stolen_at).0.unwrap().cookie;
        // Which of the two comes first makes no difference to the service: both hold the same bytes.
        let traded_at = stolen_at + WINDOW + 1;
        let (first, event) = present(&mut family, &jar, traded_at);
        prop_assert_eq!(event, Some(Event::Rotated));
        let mut first = first.map(|reply| reply.cookie);
        // The first of the two may go on using what he got.
        let mut now = traded_at;
        for pause in between {
            now += pause.min(apart / 8);
            first = present(&mut family, first.as_ref().unwrap(), now).0.map(|reply| reply.cookie);
        }
        let late = traded_at + apart + 200;
        let second = present(&mut family, &jar, late).0;
        let third = first.and_then(|cookie| present(&mut family, &cookie, late + again).0);
        prop_assert!(second.is_err() || third.is_err());
        prop_assert_eq!(family.end.map(|end| end.reason), Some(SessionEndReason::Reused));
    }

    /// Whatever is presented, in whatever order: numbers only grow, and a dead family stays dead.
    #[test]
    fn check_26_property_generations_only_grow_and_death_is_final(
        steps in prop::collection::vec((0..8usize, 0..200u64, any::<bool>()), 1..80),
    ) {
        let mut family = open();
        let mut known = vec![family.cookie(&keys()).unwrap()];
        let mut now = 0;
        for (pick, pause, forge) in steps {
            now += pause;
            let mut cookie = known[known.len() - 1 - pick.min(known.len() - 1)].clone();
            if forge {
                cookie.secret = SecretBytes::new([0; 32]);
            }
            let before = (family.current.number, family.end);
            let (answer, _) = present(&mut family, &cookie, now);
            prop_assert!(family.current.number >= before.0);
            if forge {
                prop_assert_eq!((family.current.number, family.end), before);
                prop_assert_eq!(answer.as_ref().err(), Some(&SessionEndReason::None));
            }
            if before.1.is_some() {
                prop_assert_eq!(family.end, before.1);
                prop_assert!(answer.is_err());
            }
            if let Ok(reply) = answer {
                prop_assert_eq!(reply.cookie.generation, family.current.number);
                if known.iter().all(|old| old.generation != reply.cookie.generation) {
                    known.push(reply.cookie);
                }
            }
        }
    }
}
