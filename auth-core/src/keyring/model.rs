//! Property tests of the ring with signers and verifiers that use copies.

use proptest::prelude::{Just, Strategy, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::{COPY_FRESH, Change, LEAST_PUBLISHED, LEAST_RETIRING, Ring, Schedule, State};
use crate::id::KeyId;
use crate::time::UnixTime;

/// The leeway of other verifiers, in seconds.
const LEEWAY: u64 = 60;

/// What happens between two turns of the ring.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// The alarm fires when it is due.
    Alarm,
    /// A request arrives this many seconds later.
    Turn(u64),
    /// An operator requests a rotation this many seconds later.
    Rotate(u64),
    /// From now on, tokens live this many seconds.
    Life(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let pause = || prop_oneof![Just(0), 1..2_000u64, 1..20_000u64, 1..200_000u64];
    prop_oneof![
        6 => Just(Step::Alarm),
        2 => pause().prop_map(Step::Turn),
        1 => pause().prop_map(Step::Rotate),
        1 => prop_oneof![Just(1), Just(300), Just(86_400)].prop_map(Step::Life),
    ]
}

/// An age up to `most`. The extremes are likely, because a rule that is too weak fails there.
fn age(most: u64) -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(most), 0..=most]
}

/// The published keys and the active key, from a given time on.
struct Moment {
    at: u64,
    known: Vec<KeyId>,
    active: Option<KeyId>,
    life: u64,
}

/// The state `age` seconds before `at`, or the first one if that is earlier.
fn seen(history: &[Moment], at: u64, age: u64) -> Option<&Moment> {
    let then = at.saturating_sub(age);
    history.iter().rev().find(|moment| moment.at <= then).or_else(|| history.first())
}

proptest! {
    /// Check 42: a token that was signed with a copy of any permitted age is verified with a copy of any
    /// permitted age until it expires, even if alarms are late, rotations are requested, and lifetimes change
    /// in between.
    #[test]
    fn check_42_property_what_was_signed_is_verified_until_it_expires(
        steps in prop::collection::vec(step(), 1..60),
        active in 2_000..50_000u64,
        samples in prop::collection::vec((age(COPY_FRESH), 0..=1u64, age(LEAST_PUBLISHED), age(100)), 12),
    ) {
        let mut schedule = Schedule { active, published: LEAST_PUBLISHED, life: 300, retiring: LEAST_RETIRING };
        let (mut ring, mut made, mut now) = (Ring::default(), 0u32, 1_000_000u64);
        let mut history: Vec<Moment> = vec![];
        let mut due = now;
        for step in [Step::Turn(0)].into_iter().chain(steps) {
            match step {
                Step::Alarm => now = due.max(now),
                Step::Turn(pause) | Step::Rotate(pause) => now += pause,
                Step::Life(life) => schedule.life = life,
            }
            if matches!(step, Step::Rotate(_)) {
                ring.rotate(&schedule, UnixTime(now));
            }
            let mut wants = true;
            for _ in 0..3 {
                let new = wants.then(|| { made += 1; KeyId::from(format!("k{made}")) });
                let turn = ring.turn(new, &schedule, UnixTime(now));
                (wants, due) = (turn.wants_key, turn.next_at.0);
                prop_assert!(turn.next_at.0 > now || wants, "work that is due was left: {turn:?}");
            }
            prop_assert!(!wants);
            let count = |state| ring.keys.iter().filter(|key| key.state() == state).count();
            prop_assert_eq!((count(State::Active), count(State::Published)), (1, 1));
            history.push(Moment {
                at: now,
                known: ring.keys.iter().map(|key| key.id.clone()).collect(),
                active: ring.active().map(|key| key.id.clone()),
                life: schedule.life,
            });
        }
        let last = history.last().map_or(0, |moment| moment.at);
        for moment in &history {
            for (signer_age, before, verifier_age, percent) in &samples {
                // A signer signs with a copy taken at this time or just before it. The token's lifetime is
                // the one at the time of the copy, because a new configuration starts a new isolate.
                let signed_at = moment.at + signer_age - before;
                let Some(copy) = seen(&history, signed_at, *signer_age) else { continue };
                let expires_at = signed_at + copy.life;
                let verified_at = signed_at + (copy.life + LEEWAY - 1) * percent / 100;
                if verified_at > last || verified_at >= expires_at + LEEWAY { continue }
                let Some(set) = seen(&history, verified_at, *verifier_age) else { continue };
                let active = copy.active.as_ref().unwrap();
                prop_assert!(set.known.contains(active), "{active} signed at {signed_at}, unknown at {verified_at}");
            }
        }
    }

    /// Check 42: a key is deleted only after everything made with it has expired, and was published for long
    /// enough before it became active.
    #[test]
    fn check_42_property_no_key_is_early(steps in prop::collection::vec(step(), 1..80), active in 1..50_000u64) {
        let mut schedule = Schedule { active, published: LEAST_PUBLISHED, life: 300, retiring: LEAST_RETIRING };
        let (mut ring, mut made, mut now) = (Ring::default(), 0u32, 1_000_000u64);
        let mut due = now;
        let mut lives: std::collections::HashMap<KeyId, (u64, Option<u64>, u64)> = std::collections::HashMap::new();
        for step in steps {
            let mut changes = vec![];
            match step {
                Step::Alarm => now = due.max(now),
                Step::Turn(pause) | Step::Rotate(pause) => now += pause,
                Step::Life(life) => schedule.life = life,
            }
            if matches!(step, Step::Rotate(_)) {
                changes.extend(ring.rotate(&schedule, UnixTime(now)));
            }
            for _ in 0..3 {
                made += 1;
                let turn = ring.turn(Some(format!("k{made}").into()), &schedule, UnixTime(now));
                due = turn.next_at.0;
                changes.extend(turn.changes);
            }
            for change in changes {
                match change {
                    Change::Published(id) => { lives.insert(id, (now, None, 0)); }
                    Change::Activated(id) => {
                        let first = lives.values().all(|(_, _, life)| *life == 0);
                        let entry = lives.get_mut(&id).unwrap();
                        prop_assert!(first || now >= entry.0 + LEAST_PUBLISHED, "{id} is early");
                        entry.2 = schedule.life;
                    }
                    Change::NeededFor(id, life) => lives.get_mut(&id).unwrap().2 = life,
                    Change::Retired(id) => lives.get_mut(&id).unwrap().1 = Some(now),
                    Change::Gone(id) => {
                        let (_, retired_at, life) = lives[&id];
                        prop_assert!(now >= retired_at.unwrap() + life + LEAST_RETIRING, "{id} is gone early");
                    }
                }
            }
        }
    }
}
