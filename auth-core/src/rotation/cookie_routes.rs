//! Scenarios of presenting a generation on a cookie route: navigations and other requests, in combination
//! with refreshes.

use super::PresentedBy::{Navigation, OtherRequest, Refresh};
use super::scenarios::{family, present_by};
use super::{Answer, Event, Family, Lifetimes, PresentedBy};
use crate::time::UnixTime;
use crate::wire::{RefreshCookie, SessionEndReason};

/// The current generation's cookie of a request that must be admitted, and whether the response sets it.
fn let_in(family: &mut Family, cookie: &RefreshCookie, by: PresentedBy, at: u64) -> (RefreshCookie, bool) {
    match present_by(family, cookie, by, at).answer {
        Answer::Current { cookie, set } => (cookie, set),
        Answer::Ended(reason) => panic!("{by:?} at {at}: {reason:?}"),
    }
}

fn ended(family: &mut Family, cookie: &RefreshCookie, by: PresentedBy, at: u64) -> SessionEndReason {
    match present_by(family, cookie, by, at).answer {
        Answer::Current { cookie, .. } => panic!("{by:?} at {at}: generation {}", cookie.generation),
        Answer::Ended(reason) => reason,
    }
}

/// A family that has rotated at 100, whose new generation has not been presented, and both cookies.
fn rotated() -> (Family, RefreshCookie, RefreshCookie) {
    let (mut family, first) = family();
    let (second, _) = let_in(&mut family, &first, Refresh, 100);
    (family, first, second)
}

#[test]
fn check_25_a_navigation_rotates_when_a_refresh_would_and_sets_only_a_cookie_that_is_new() {
    let (mut family, first) = family();
    for at in [0, 30, 60] {
        let outcome = present_by(&mut family, &first, Navigation, at);
        assert!(
            matches!(outcome.answer, Answer::Current { set: false, .. }),
            "the browser already has this cookie"
        );
        assert_eq!(outcome.event, None);
    }
    let outcome = present_by(&mut family, &first, Navigation, 61);
    assert_eq!((outcome.event, outcome.changed), (Some(Event::Rotated), true));
    let Answer::Current { cookie: second, set: true } = outcome.answer else {
        panic!("{:?}", outcome.answer)
    };
    assert_eq!(second.generation, 2);
    assert_eq!(family.last_used_at, UnixTime(61));
    assert_eq!(let_in(&mut family, &second, Navigation, 122).0.generation, 3);
}

#[test]
fn check_25_other_requests_never_rotate_and_never_get_a_cookie() {
    let (mut family, first) = family();
    for (at, changed) in [(0, true), (61, false), (5_000, false), (86_400, false)] {
        let outcome = present_by(&mut family, &first, OtherRequest, at);
        assert!(matches!(outcome.answer, Answer::Current { set: false, .. }));
        assert_eq!(
            (outcome.changed, outcome.event),
            (changed, None),
            "at {at}: only the first presentation changes the family"
        );
    }
    assert_eq!((family.current.number, family.last_used_at), (1, UnixTime(0)));
    // With the predecessor, whether or not the successor has been presented.
    let (second, _) = let_in(&mut family, &first, Navigation, 86_500);
    for at in [86_501, 86_560] {
        let before = format!("{family:?}");
        let outcome = present_by(&mut family, &first, OtherRequest, at);
        assert!(matches!(outcome.answer, Answer::Current { set: false, .. }));
        assert_eq!((outcome.changed, outcome.event), (false, None));
        assert_eq!(format!("{family:?}"), before, "no cookie is set, so settling is not postponed");
    }
    let_in(&mut family, &second, OtherRequest, 86_560);
    let_in(&mut family, &first, OtherRequest, 86_560);
}

#[test]
fn check_28_a_navigation_with_the_predecessor_is_admitted_without_a_cookie_until_the_family_has_settled() {
    let (mut family, first, second) = rotated();
    for at in [100, 155, 160] {
        let outcome = present_by(&mut family, &first, Navigation, at);
        assert!(matches!(outcome.answer, Answer::Current { set: false, .. }), "at {at}");
        assert_eq!((outcome.changed, outcome.event), (false, Some(Event::Replayed)));
    }
    assert_eq!(family.settles_at(Lifetimes::default()), UnixTime(160), "settling is not postponed");
    // A refresh gets the successor, which postpones settling for both.
    assert_eq!(let_in(&mut family, &first, Refresh, 160).0.value(), second.value());
    assert_eq!(family.settles_at(Lifetimes::default()), UnixTime(200));
    assert!(!let_in(&mut family, &first, Navigation, 200).1);
    assert!(!let_in(&mut family, &second, Navigation, 200).1);
    assert_eq!(let_in(&mut family, &second, Navigation, 201).0.generation, 3);
}

#[test]
fn check_28_requests_in_flight_during_a_rotating_navigation_are_admitted() {
    let (mut family, first) = family();
    // The previous page sends its last requests during the navigation, with the predecessor.
    let (second, set) = let_in(&mut family, &first, Navigation, 100);
    assert!(set);
    for (at, by) in [(100, OtherRequest), (101, Refresh), (101, Navigation), (119, OtherRequest)] {
        let_in(&mut family, &first, by, at);
    }
    // The new page's subresources come with the successor; late requests of the previous page still arrive.
    let_in(&mut family, &second, OtherRequest, 120);
    for (at, by) in [(121, OtherRequest), (141, Navigation), (160, OtherRequest)] {
        let_in(&mut family, &first, by, at);
        let_in(&mut family, &second, by, at);
    }
}

#[test]
fn check_28_a_lost_response_to_a_navigation_never_looks_like_theft() {
    let (mut family, first, second) = rotated();
    // Subresources continue with the cookie in the jar, however long the user stays on the page.
    for at in [101, 161, 500, 5_000] {
        assert_eq!(let_in(&mut family, &first, OtherRequest, at).0.generation, 2);
    }
    let outcome = present_by(&mut family, &first, Navigation, 5_001);
    assert_eq!(outcome.event, Some(Event::MovedOn { skipped: 2 }));
    let Answer::Current { cookie: third, set: true } = outcome.answer else { panic!("{:?}", outcome.answer) };
    assert_eq!(third.generation, 3);
    assert_eq!(let_in(&mut family, &third, OtherRequest, 5_002).0.generation, 3);
    // The lost generation was skipped, so presenting it is reuse.
    let outcome = present_by(&mut family, &second, OtherRequest, 5_003);
    assert_eq!(outcome.event, Some(Event::Reused { generation: 2 }));
}

#[test]
fn check_26_an_old_generation_ends_the_family_in_every_kind_of_request() {
    for by in [Refresh, Navigation, OtherRequest] {
        // The predecessor, after the family has settled and the successor was presented in any kind of
        // request.
        for shown_by in [Refresh, Navigation, OtherRequest] {
            let (mut family, first, second) = rotated();
            let_in(&mut family, &second, shown_by, 101);
            let_in(&mut family, &first, by, 160);
            let outcome = present_by(&mut family, &first, by, 161);
            assert_eq!(outcome.event, Some(Event::Reused { generation: 1 }), "{shown_by:?}, then {by:?}");
            assert!(outcome.changed && matches!(outcome.answer, Answer::Ended(SessionEndReason::Reused)));
            for dead in [Refresh, Navigation, OtherRequest] {
                assert_eq!(ended(&mut family, &second, dead, 162), SessionEndReason::Reused);
            }
        }
        // Any older one, immediately.
        let (mut family, first, second) = rotated();
        let_in(&mut family, &second, Navigation, 200);
        assert_eq!(ended(&mut family, &first, by, 200), SessionEndReason::Reused);
        // One that never existed has no effect.
        let (mut family, _, second) = rotated();
        let before = format!("{family:?}");
        let forged = RefreshCookie { generation: 1, ..second };
        assert_eq!(ended(&mut family, &forged, by, 5_000), SessionEndReason::None);
        assert_eq!(format!("{family:?}"), before);
    }
}

#[test]
fn check_26_a_thief_that_only_sends_subresource_requests_is_detected_once_the_users_cookie_rotates() {
    for moves_on in [Refresh, Navigation] {
        let (mut family, stolen) = family();
        // While both hold the current generation and send nothing else, they can't be distinguished.
        for at in [1_000, 2_000, 100_000] {
            let_in(&mut family, &stolen, OtherRequest, at);
        }
        let (users, set) = let_in(&mut family, &stolen, moves_on, 200_000);
        assert!(set);
        // The user's new cookie has not been presented yet, so the service must assume that it was lost.
        let_in(&mut family, &stolen, OtherRequest, 200_100);
        let_in(&mut family, &users, OtherRequest, 200_101);
        assert_eq!(ended(&mut family, &stolen, OtherRequest, 200_102), SessionEndReason::Reused);
    }
}

#[test]
fn check_26_a_thief_that_discards_new_generations_is_detected_once_the_users_cookie_rotates() {
    let (mut family, stolen) = family();
    for at in [1_000, 2_000, 3_000] {
        let_in(&mut family, &stolen, Refresh, at);
        let_in(&mut family, &stolen, OtherRequest, at + 500);
    }
    let (users, _) = let_in(&mut family, &stolen, Navigation, 4_000);
    let_in(&mut family, &users, OtherRequest, 4_001);
    assert_eq!(ended(&mut family, &stolen, Refresh, 5_000), SessionEndReason::Reused);
}
