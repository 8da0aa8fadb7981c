//! The machine against shells that know more or less beforehand, and that fail. An oracle says independently
//! who may pass.

mod world;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::Denial;
use crate::token::Refusal;
use world::{Cached, Caches, Fault, Outcome, Shown, Truth, World, run};

const ALL: [Fault; 4] = [Fault::Keys, Fault::Signature, Fault::List, Fault::Account];

fn caches() -> impl Strategy<Value = Caches> {
    let cached = || select(vec![Cached::Nothing, Cached::Current, Cached::Old]);
    let age =
        select(vec![None, Some(0), Some(2_500), Some(2_501), Some(5_000), Some(5_001), Some(1_000_000)]);
    (cached(), cached(), age).prop_map(|(token, keys, list)| Caches { token, keys, list, keys_lag: false })
}

fn worlds() -> impl Strategy<Value = World> {
    let shown = select(vec![
        Shown::Nothing,
        Shown::OwnToken,
        Shown::OwnToken,
        Shown::OwnToken,
        Shown::ForeignToken,
        Shown::OtherKey,
        Shown::Cookie,
        Shown::CookieFromAnotherSite,
        Shown::TokenAndCookie,
    ]);
    let truth =
        (
            prop::bool::weighted(0.8),
            prop::bool::weighted(0.2),
            prop::bool::weighted(0.3),
            prop::bool::weighted(0.7),
            any::<bool>(),
            select(vec![0, 600, 601]),
        )
            .prop_map(|(genuine, key_removed, revoked, account_agrees, is_admin, authenticated)| {
                Truth { genuine, key_removed, revoked, account_agrees, is_admin, authenticated }
            });
    (truth, shown).prop_map(|(truth, shown)| World::new(truth, shown))
}

fn requests() -> impl Strategy<Value = (&'static str, &'static str)> {
    let paths = vec![
        "/public",
        "/none",
        "/bound",
        "/allow",
        "/strict",
        "/admin",
        "/fresh",
        "/foreign",
        "/page",
        "/both",
        "/optional",
    ];
    (select(vec!["GET", "POST"]), select(paths))
}

impl core::fmt::Debug for World {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:?} {:?}", self.truth, self.shown)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    /// The oracle decides who passes, whatever the isolate and the request know beforehand, and in whatever
    /// order the rest is found out.
    #[test]
    fn property_check_19_the_verdict_does_not_depend_on_what_is_cached(
        world in worlds(),
        (method, path) in requests(),
        caches in caches(),
        beforehand in subsequence(ALL.to_vec(), 0..=4),
    ) {
        let cold = Caches { token: Cached::Nothing, keys: Cached::Nothing, list: None, keys_lag: false };
        let (first, _) = run(&world, method, path, cold, &[], &[]);
        let expected = world.may_pass(method, path);
        match &first {
            Outcome::Forward { path: route, caller } => {
                prop_assert_eq!(route.as_str(), path);
                prop_assert_eq!(Some(caller.clone()), expected);
            }
            Outcome::Refuse(denial) => {
                prop_assert_eq!(expected, None);
                prop_assert_ne!(denial, &Denial::Unavailable);
            }
            Outcome::ComeAgain => prop_assert!(false, "no navigations here"),
        }
        let (second, _) = run(&world, method, path, caches, &beforehand, &[]);
        prop_assert_eq!(first, second);
    }

    /// Whatever fails, no request passes that would not pass otherwise, and a request that has met a fault
    /// passes only where its route allows requests without the list of revocations.
    #[test]
    fn property_check_44_no_fault_lets_a_request_through(
        world in worlds(),
        (method, path) in requests(),
        caches in caches(),
        faults in subsequence(ALL.to_vec(), 1..=4),
    ) {
        let (outcome, met) = run(&world, method, path, caches, &[], &faults);
        let (without, _) = run(&world, method, path, caches, &[], &[]);
        if met.is_empty() {
            prop_assert_eq!(outcome, without);
        } else if path == "/allow" && met == [Fault::List] {
            // The token is verified all the same.
            let would = World::new(Truth { revoked: false, ..world.truth }, world.shown).may_pass(method, path);
            let passed = matches!(outcome, Outcome::Forward { .. });
            prop_assert_eq!(passed, would.is_some());
        } else {
            prop_assert_eq!(outcome, Outcome::Refuse(Denial::Unavailable));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// The list of revocations and the account state which keys must be used. A request that had older ones
    /// until then is verified again.
    #[test]
    fn property_check_21_keys_that_turn_out_to_be_outdated_are_not_used(
        world in worlds(),
        path in select(vec!["/bound", "/strict"]),
    ) {
        let caches = Caches { token: Cached::Nothing, keys: Cached::Nothing, list: None, keys_lag: true };
        let (outcome, _) = run(&world, "GET", path, caches, &[], &[]);
        let passed = matches!(outcome, Outcome::Forward { .. });
        prop_assert_eq!(passed, world.may_pass("GET", path).is_some());
    }
}

#[test]
fn reports_a_signature_that_could_not_be_computed() {
    let truth = Truth {
        genuine: false,
        key_removed: false,
        revoked: false,
        account_agrees: true,
        is_admin: true,
        authenticated: 0,
    };
    let world = World::new(truth, Shown::OwnToken);
    let cold = Caches { token: Cached::Nothing, keys: Cached::Nothing, list: None, keys_lag: false };
    let (outcome, _) = run(&world, "GET", "/none", cold, &[], &[]);
    let Outcome::Refuse(Denial::Invalid { check, .. }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(check, Refusal::Signature.as_str());
}
