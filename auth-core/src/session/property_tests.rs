//! What holds in every order of events: answers lost, late, repeated, made up; timers at any moment; clocks
//! that jump.
//!
//! A world plays the shell, the browser and the service against the machine. It believes nothing the machine
//! says of itself: what it checks, it derives from inputs and effects.

mod event;
mod world;

use proptest::prelude::*;

use event::{Event, Reply, delaying, event, message};
use world::{Kind, Locks, World};

use super::{ClientErrorCode, Input, Status, TabMessage, Timer};

/// As many sequences as `LATCHKEY_CASES` asks for, or these.
fn cases(usually: u32) -> ProptestConfig {
    let asked = std::env::var("LATCHKEY_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { cases: asked.unwrap_or(usually), failure_persistence: None, ..ProptestConfig::default() }
}

fn locks() -> impl Strategy<Value = Locks> {
    prop_oneof![1 => Just(Locks::Free), 2 => Just(Locks::Chaotic), 1 => Just(Locks::Absent)]
}

proptest! {
    #![proptest_config(cases(10_000))]

    /// There are never two refreshes, nor two requests that could change the cookie; a sign-out wins;
    /// generations only grow; only `session_ended` (or 204 to a refresh) ends a session; every call and
    /// promise is answered exactly once, and what is still to come has a timer at every moment; the lock is
    /// held for a refresh and waited for no longer than 5 s; where the service is elsewhere, no caller is
    /// told of a session before the service has been asked for it.
    #[test]
    fn property_any_events_in_any_order(
        started in any::<bool>(),
        locks in locks(),
        elsewhere in any::<bool>(),
        events in prop::collection::vec(event(), 1..60),
    ) {
        let mut world = World::new(locks, elsewhere);
        if started {
            world.play(Event::Start { owed: false });
        }
        for event in events {
            world.play(event);
        }
        world.calm_down();
    }
}

proptest! {
    #![proptest_config(cases(500))]

    /// Whatever a hostile tab says, and whichever tab holds the lock: a visible page asks for its next token
    /// before the present one has expired.
    #[test]
    fn property_messages_of_other_tabs_delay_no_renewal_beyond_the_tokens_expiry(
        messages in prop_oneof![
            3 => prop::collection::vec((0..6_000_u32, delaying()), 100..200),
            1 => prop::collection::vec((0..6_000_u32, message()), 100..200),
        ],
        locks in locks(),
    ) {
        const LIFE_MS: u64 = 300_000;
        const STEP_MS: u32 = 250;
        let granted = Reply::Granted { user: 0, expires_in_s: LIFE_MS / 1_000 };
        let mut world = World::new(locks, false);
        world.play(Event::Start { owed: false });
        while world.requests.is_empty() {
            world.pass(STEP_MS);
        }
        world.answer_all(granted);
        let mut granted_ms = world.now.monotonic_ms;
        for (pause_ms, message) in messages {
            let until_ms = world.now.monotonic_ms + u64::from(pause_ms);
            while world.now.monotonic_ms < until_ms {
                world.pass(STEP_MS);
                if world.answer_all(granted) > 0 {
                    granted_ms = world.now.monotonic_ms;
                }
                prop_assert!(world.now.monotonic_ms < granted_ms + LIFE_MS, "the token has expired");
            }
            world.hear(message);
        }
    }
}

proptest! {
    #![proptest_config(cases(2_000))]

    /// The same, but the page goes away in the middle: every call is answered at once, and nothing follows.
    #[test]
    fn property_disposing_answers_every_call(
        locks in locks(),
        elsewhere in any::<bool>(),
        events in prop::collection::vec(event(), 1..40),
        after in prop::collection::vec(event(), 1..20),
    ) {
        let mut world = World::new(locks, elsewhere);
        world.play(Event::Start { owed: false });
        for event in events {
            world.play(event);
        }
        // A sign-out that is under way goes on by itself.
        world.open.retain(|request| !world.requests.contains(&(*request, Kind::SignOut)));
        world.disposed = true;
        world.feed(Input::Dispose);
        prop_assert_eq!(world.stored, None);
        let requests = world.requests.len();
        for event in after {
            if !matches!(event, Event::SignOut(_)) {
                world.play(event);
            }
        }
        prop_assert_eq!(world.requests.len(), requests);
    }

    /// A hostile tab that says whatever it likes, as often as it likes, causes no more than one request a
    /// second beside those that come by time, and ends no session. Where the service can't be reached
    /// meanwhile, the session is there again when it can be, without the user.
    #[test]
    fn property_a_hostile_tab_costs_one_request_a_second_and_no_session(
        steps in prop::collection::vec((0..400_u32, message(), any::<bool>()), 1..300),
        locks in locks(),
        outage in prop::option::of((0..300_usize, 1..100_usize)),
    ) {
        let granted = Reply::Granted { user: 0, expires_in_s: 300 };
        let mut world = World::new(locks, false);
        world.play(Event::Start { owed: false });
        while world.requests.is_empty() {
            world.play(Event::Timer(Timer::Turn));
            world.play(Event::Time { monotonic_ms: 100, wall_ms: 100 });
        }
        world.answer_all(granted);
        let began_ms = world.now.monotonic_ms;
        let mut refreshes = 0;
        let mut out = 0_u64;
        for (number, (ms, message, answers)) in steps.into_iter().enumerate() {
            let fails = outage.is_some_and(|(from, steps)| (from..from + steps).contains(&number));
            world.pass(ms);
            world.hear(message);
            if fails {
                out += 1;
                refreshes += world.answer_all(Reply::Failed(ClientErrorCode::Network));
            } else {
                // Some answers take a while.
                refreshes += if answers { world.answer_all(granted) } else { 0 };
                prop_assert!(out > 0 || world.machine.snapshot().status == Status::SignedIn, "a session was lost");
            }
        }
        let elapsed_ms = world.now.monotonic_ms - began_ms;
        // By time: a renewal in about four minutes, and retries while the service fails.
        let by_time = 2 + elapsed_ms / 120_000 + if out > 0 { 12 + elapsed_ms / 1_000 } else { 0 };
        prop_assert!(refreshes <= elapsed_ms / 1_000 + by_time, "{refreshes} in {elapsed_ms} ms");
        for _ in 0..40 {
            world.answer_all(granted);
            world.pass(1_000);
        }
        prop_assert_eq!(world.machine.snapshot().status, Status::SignedIn, "a session was lost");
    }

    /// However the clocks jump and whatever other tabs say, time alone never causes more than one refresh per
    /// second of the monotonic clock, and a call at most one.
    #[test]
    fn property_check_53_jumping_clocks_cause_no_refresh_loop(
        steps in prop::collection::vec(
            (0..2_000u32, -100_000_000..100_000_000i64, prop::option::of(any::<bool>())), 1..200,
        ),
        locks in locks(),
        expires_in_s in prop_oneof![0..600u64, any::<u64>()],
    ) {
        let mut world = World::new(locks, false);
        world.play(Event::Start { owed: false });
        let mut refreshes = 0;
        let mut allowed = 1;
        for (monotonic_ms, wall_ms, call) in steps {
            world.play(Event::Time { monotonic_ms, wall_ms });
            world.play(match call {
                Some(true) => Event::Call,
                Some(false) => Event::TabHint(TabMessage::Refreshed),
                None => Event::Timer(Timer::Refresh),
            });
            allowed += 1;
            refreshes += world.answer_all(Reply::Granted { user: 0, expires_in_s });
            prop_assert!(refreshes <= allowed, "an answer caused the next refresh");
        }
    }

    /// An API that refuses every token costs five refreshes, and from then on one in ten seconds, however
    /// many calls there are. A refusal of a token that was valid until now is never ignored: the first 401
    /// always renews.
    #[test]
    fn property_an_api_that_refuses_everything_costs_little(
        pauses_ms in prop::collection::vec(0..3_000u32, 1..200),
    ) {
        let mut world = World::new(Locks::Free, false);
        world.play(Event::Start { owed: false });
        let granted = Reply::Granted { user: 0, expires_in_s: 300 };
        let mut refreshes = world.answer_all(granted);
        let began_ms = world.now.monotonic_ms;
        for pause_ms in pauses_ms {
            world.play(Event::Time { monotonic_ms: pause_ms, wall_ms: i64::from(pause_ms) });
            world.play(Event::Call);
            world.play(Event::Refuse { call: 0 });
            refreshes += world.answer_all(granted);
        }
        let elapsed_ms = world.now.monotonic_ms - began_ms;
        prop_assert!(refreshes >= 2, "the one at the start, and the first 401's");
        // One at the start, one for the first 401, the budget, and those that come by time, one in two
        // minutes.
        prop_assert!(refreshes <= 1 + 1 + 4 + elapsed_ms / 10_000 + elapsed_ms / 120_000);
    }
}
