//! Scenarios of presenting a generation.

use super::{
    Answer, Event, Family, Lifetimes, Opening, Outcome, PresentedBy, RefreshKey, RefreshKeys, UnknownKey,
};
use crate::credential::AuthenticationMethod;
use crate::secret::SecretBytes;
use crate::time::UnixTime;
use crate::wire::{RefreshCookie, SessionEndReason};

const DAY: u64 = 86_400;

fn key(id: &str, byte: u8) -> RefreshKey {
    RefreshKey { id: id.into(), bytes: SecretBytes::new([byte; 32]) }
}

fn keys() -> RefreshKeys {
    RefreshKeys { active: key("k1", 1), older: vec![] }
}

fn opening() -> Opening {
    Opening {
        account: "account".into(),
        id: "family".into(),
        nonce: SecretBytes::new([9; 32]),
        authenticated_at: UnixTime(0),
        methods: vec![AuthenticationMethod::Password],
        user_agent: String::new(),
        address: String::new(),
    }
}

/// A family opened at time 0, with its first cookie.
pub(super) fn family() -> (Family, RefreshCookie) {
    let family = Family::open(opening(), &keys(), Lifetimes::default(), UnixTime(0));
    let cookie = family.cookie(&keys()).unwrap();
    (family, cookie)
}

pub(super) fn present_by(family: &mut Family, cookie: &RefreshCookie, by: PresentedBy, at: u64) -> Outcome {
    let lifetimes = Lifetimes::default();
    family.present(cookie.generation, &cookie.secret, by, &keys(), lifetimes, UnixTime(at)).unwrap()
}

/// Refreshes at a literal time. Returns the new cookie or the reason, and the event.
fn present(
    family: &mut Family,
    cookie: &RefreshCookie,
    at: u64,
) -> (Result<RefreshCookie, SessionEndReason>, Option<Event>) {
    let outcome = present_by(family, cookie, PresentedBy::Refresh, at);
    match outcome.answer {
        Answer::Current { cookie, .. } => (Ok(cookie), outcome.event),
        Answer::Ended(reason) => (Err(reason), outcome.event),
    }
}

fn current(family: &mut Family, cookie: &RefreshCookie, at: u64) -> RefreshCookie {
    present(family, cookie, at).0.unwrap()
}

#[test]
fn check_25_a_young_generation_is_returned_unchanged() {
    let (mut family, first) = family();
    for at in [0, 1, 60] {
        let answered = current(&mut family, &first, at);
        assert_eq!(answered.value(), first.value());
    }
    assert_eq!(family.last_used_at, UnixTime(0), "only a rotation counts as use");
    let second = current(&mut family, &first, 61);
    assert_eq!(second.generation, 2);
    assert_ne!(second.secret.expose(), first.secret.expose());
    assert_eq!(family.last_used_at, UnixTime(61));
}

#[test]
fn check_25_the_predecessor_within_the_window_gets_the_successor_byte_for_byte() {
    let (mut family, first) = family();
    let second = current(&mut family, &first, 100);
    for at in [100, 101, 160] {
        let (answered, event) = present(&mut family, &first, at);
        assert_eq!(answered.unwrap().value(), second.value());
        assert_eq!(event, Some(Event::Replayed));
    }
    assert!(!family.current.presented, "a replay of the predecessor does not prove the successor arrived");
}

#[test]
fn check_28_a_lost_response_is_skipped() {
    let (mut family, first) = family();
    let lost = current(&mut family, &first, 100);
    let (third, event) = present(&mut family, &first, 161);
    let third = third.unwrap();
    assert_eq!(event, Some(Event::MovedOn { skipped: 2 }));
    assert_eq!(third.generation, 3);
    // The response to that may be lost as well, any number of times.
    let fourth = current(&mut family, &first, 5_000);
    assert_eq!(fourth.generation, 4);
    // Within the new window the same generation is returned again.
    assert_eq!(current(&mut family, &first, 5_060).value(), fourth.value());
    // The lost generations were skipped. A client that presents one took it from the network.
    for skipped in [lost, third] {
        let mut copy = family.clone();
        let (answer, event) = present(&mut copy, &skipped, 5_061);
        assert_eq!(answer.unwrap_err(), SessionEndReason::Reused);
        assert_eq!(event, Some(Event::Reused { generation: skipped.generation }));
    }
}

#[test]
fn check_28_a_late_response_cannot_restore_an_old_cookie() {
    let (mut family, first) = family();
    let mut sets =
        |cookie: &RefreshCookie, at: u64| match present_by(&mut family, cookie, PresentedBy::Refresh, at)
            .answer
        {
            Answer::Current { cookie, set } => (cookie.generation, set),
            Answer::Ended(reason) => panic!("{reason:?}"),
        };
    assert_eq!(sets(&first, 40), (1, true));
    assert_eq!(
        sets(&first, 41),
        (1, false),
        "it could arrive at 61, when generation 2 may already be in the jar"
    );
    assert_eq!(sets(&first, 60), (1, false));
    assert_eq!(sets(&first, 61), (2, true));
}

#[test]
fn check_28_a_late_request_is_not_a_theft() {
    let (mut family, first) = family();
    // The response to the rotation is lost; near the end of the window a retry brings generation 2 to the
    // jar.
    current(&mut family, &first, 100);
    let second = current(&mut family, &first, 155);
    assert_eq!(family.settles_at(Lifetimes::default()), UnixTime(195));
    // Another tab uses it at once, while a request that left before is still in transit.
    assert_eq!(current(&mut family, &second, 156).generation, 2);
    assert_eq!(current(&mut family, &first, 195).generation, 2);
    // Generation 2 can't be replaced before such late requests have arrived.
    assert_eq!(current(&mut family, &second, 195).generation, 2);
    assert_eq!(current(&mut family.clone(), &second, 196).generation, 3);
    assert_eq!(present(&mut family, &first, 196).0.unwrap_err(), SessionEndReason::Reused);
}

#[test]
fn check_28_repeated_requests_do_not_postpone_settling_forever() {
    let (mut family, first) = family();
    let at =
        |family: &mut Family, now: u64| match present_by(family, &first, PresentedBy::Refresh, now).answer {
            Answer::Current { cookie, set } => (cookie.generation, set),
            Answer::Ended(reason) => panic!("{reason:?}"),
        };
    for now in 100..=160 {
        assert_eq!(at(&mut family, now), (2, true), "{now}");
    }
    for now in 161..=200 {
        assert_eq!(at(&mut family, now), (2, false), "{now}");
    }
    assert_eq!(at(&mut family, 201), (3, true));
}

#[test]
fn check_26_a_late_predecessor_whose_successor_was_presented_is_reuse() {
    let (mut family, first) = family();
    let second = current(&mut family, &first, 100);
    current(&mut family, &second, 101);
    let (answer, event) = present(&mut family, &first, 161);
    assert_eq!(answer.unwrap_err(), SessionEndReason::Reused);
    assert_eq!(event, Some(Event::Reused { generation: 1 }));
    assert_eq!(
        present(&mut family, &second, 162).0.unwrap_err(),
        SessionEndReason::Reused,
        "the family has ended"
    );
}

#[test]
fn check_26_an_older_generation_is_reuse_even_within_a_window() {
    let (mut family, first) = family();
    let second = current(&mut family, &first, 100);
    let third = current(&mut family, &second, 200);
    assert_eq!(third.generation, 3);
    assert_eq!(present(&mut family, &first, 200).0.unwrap_err(), SessionEndReason::Reused);
}

#[test]
fn check_26_an_invented_secret_has_no_effect() {
    let (mut family, first) = family();
    let second = current(&mut family, &first, 100);
    let before = format!("{family:?}");
    let forged = |generation: u64, secret: [u8; 32]| RefreshCookie {
        account: "account".into(),
        family: "family".into(),
        generation,
        secret: SecretBytes::new(secret),
    };
    for cookie in [
        forged(1, [0; 32]),
        forged(2, [0; 32]),
        forged(2, *first.secret.expose()),
        forged(1, *second.secret.expose()),
        forged(3, *second.secret.expose()),
        forged(0, *first.secret.expose()),
        forged(u64::MAX, [0; 32]),
    ] {
        let (answer, event) = present(&mut family, &cookie, 5_000);
        assert_eq!((answer.unwrap_err(), event), (SessionEndReason::None, None));
    }
    assert_eq!(format!("{family:?}"), before);
    // An ended family gives no information to an invented secret either.
    family.finish(SessionEndReason::Revoked, UnixTime(101));
    assert_eq!(present(&mut family, &forged(2, [0; 32]), 102).0.unwrap_err(), SessionEndReason::None);
    assert_eq!(present(&mut family, &second, 102).0.unwrap_err(), SessionEndReason::Revoked);
}

#[test]
fn check_29_the_absolute_expiry_never_moves_and_the_idle_one_moves_with_a_rotation() {
    let (mut family, mut cookie) = family();
    for day in [5, 11, 17, 23] {
        cookie = current(&mut family, &cookie, day * DAY);
        assert_eq!(family.idle_expires_at, UnixTime((day + 7) * DAY));
        assert_eq!(family.expires_at, UnixTime(30 * DAY));
    }
    cookie = current(&mut family, &cookie, 29 * DAY);
    assert_eq!(family.idle_expires_at, UnixTime(30 * DAY), "never past the absolute one");
    assert_eq!(current(&mut family.clone(), &cookie, 30 * DAY - 1).generation, 7);
    assert_eq!(present(&mut family, &cookie, 30 * DAY).0.unwrap_err(), SessionEndReason::Expired);
}

#[test]
fn check_29_the_idle_expiry_is_exact_to_the_second() {
    let (mut family, cookie) = family();
    assert_eq!(current(&mut family.clone(), &cookie, 7 * DAY - 1).generation, 2);
    let outcome = present(&mut family, &cookie, 7 * DAY);
    assert_eq!(outcome.0.unwrap_err(), SessionEndReason::Idle);
}

#[test]
fn check_37_an_end_is_recorded_once_and_is_final() {
    let (mut family, cookie) = family();
    assert!(family.finish(SessionEndReason::Revoked, UnixTime(10)));
    assert!(!family.finish(SessionEndReason::Reused, UnixTime(11)));
    assert_eq!(family.ended(UnixTime(99 * DAY)), Some(SessionEndReason::Revoked));
    assert_eq!(present(&mut family, &cookie, 12).0.unwrap_err(), SessionEndReason::Revoked);
}

#[test]
fn check_30_a_secret_needs_both_the_nonce_and_the_key() {
    let (family, cookie) = family();
    let derived = |change: &dyn Fn(&mut Family), keys: &RefreshKeys| {
        let mut other = family.clone();
        change(&mut other);
        *other.cookie(keys).unwrap().secret.expose()
    };
    let same = derived(&|_| {}, &keys());
    assert_eq!(&same, cookie.secret.expose());
    assert_ne!(derived(&|f| f.nonce = SecretBytes::new([8; 32]), &keys()), same);
    assert_ne!(derived(&|f| f.current.number = 2, &keys()), same);
    assert_ne!(derived(&|f| f.id = "famil".into(), &keys()), same);
    // Adjacent parts are delimited: "accountf" + "amily" is a different input from "account" + "family".
    let shifted = |f: &mut Family| {
        f.account = "accountf".into();
        f.id = "amily".into();
    };
    assert_ne!(derived(&shifted, &keys()), same);
    assert_ne!(derived(&|_| {}, &RefreshKeys { active: key("k1", 2), older: vec![] }), same);
}

#[test]
fn check_42_generations_outlive_a_change_of_the_refresh_key() {
    let (mut family, first) = family();
    let rotated = RefreshKeys { active: key("k2", 2), older: vec![key("k1", 1)] };
    let lifetimes = Lifetimes::default();
    let mut at = |cookie: &RefreshCookie, keys: &RefreshKeys, now: u64| {
        family
            .present(cookie.generation, &cookie.secret, PresentedBy::Refresh, keys, lifetimes, UnixTime(now))
            .map(|outcome| outcome.answer)
    };
    let Ok(Answer::Current { cookie: young, .. }) = at(&first, &rotated, 10) else {
        panic!("the session must be active")
    };
    assert_eq!(young.value(), first.value(), "a young one keeps the key it was made with");
    let Ok(Answer::Current { cookie: second, .. }) = at(&first, &rotated, 100) else {
        panic!("rotates to the new key")
    };
    assert_eq!(
        at(&second, &keys(), 101).unwrap_err(),
        UnknownKey { id: Some("k2".into()) },
        "an outdated copy of the keys is a different error"
    );
    let without_old = RefreshKeys { active: key("k2", 2), older: vec![] };
    assert!(matches!(at(&second, &without_old, 102), Ok(Answer::Current { .. })));
    assert_eq!(at(&first, &without_old, 103).unwrap_err(), UnknownKey { id: Some("k1".into()) });
    assert_eq!(family.key_spans.len(), 2);
}
