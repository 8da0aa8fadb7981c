//! What presenting a generation on a cookie route means, one situation at a time: navigations and other requests, beside
//! refreshes.

use super::PresentedBy::{Navigation, OtherRequest, Refresh};
use super::scenarios::{family, present_by};
use super::{Answer, Event, Family, Lifetimes, PresentedBy};
use crate::time::UnixTime;
use crate::wire::{RefreshCookie, SessionEndReason};

/// The current generation's cookie and whether the answer sets it, of a request that must be let in.
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

/// A family that has rotated at 100, and whose new generation has not been presented; both cookies.
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
        assert!(matches!(outcome.answer, Answer::Current { set: false, .. }), "it has this cookie");
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
fn check_25_other_requests_never_rotate_and_never_take_a_cookie() {
    let (mut family, first) = family();
    for (at, changed) in [(0, true), (61, false), (5_000, false), (86_400, false)] {
        let outcome = present_by(&mut family, &first, OtherRequest, at);
        assert!(matches!(outcome.answer, Answer::Current { set: false, .. }));
        assert_eq!((outcome.changed, outcome.event), (changed, None), "at {at}: it is presented once");
    }
    assert_eq!((family.current.number, family.last_used_at), (1, UnixTime(0)));
    // With the predecessor, whether the successor has been presented or not.
    let (second, _) = let_in(&mut family, &first, Navigation, 86_500);
    for at in [86_501, 86_560] {
        let before = format!("{family:?}");
        let outcome = present_by(&mut family, &first, OtherRequest, at);
        assert!(matches!(outcome.answer, Answer::Current { set: false, .. }));
        assert_eq!((outcome.changed, outcome.event), (false, None));
        assert_eq!(format!("{family:?}"), before, "no cookie is set, so nothing is put off");
    }
    let_in(&mut family, &second, OtherRequest, 86_560);
    let_in(&mut family, &first, OtherRequest, 86_560);
}

#[test]
fn check_28_a_navigation_with_the_predecessor_is_let_in_and_handed_nothing_until_the_family_has_settled() {
    let (mut family, first, second) = rotated();
    for at in [100, 155, 160] {
        let outcome = present_by(&mut family, &first, Navigation, at);
        assert!(matches!(outcome.answer, Answer::Current { set: false, .. }), "at {at}");
        assert_eq!((outcome.changed, outcome.event), (false, Some(Event::Replayed)));
    }
    assert_eq!(family.settles_at(Lifetimes::default()), UnixTime(160), "nothing is put off");
    // A refresh is handed the successor, which puts the settling off for both.
    assert_eq!(let_in(&mut family, &first, Refresh, 160).0.value(), second.value());
    assert_eq!(family.settles_at(Lifetimes::default()), UnixTime(200));
    assert!(!let_in(&mut family, &first, Navigation, 200).1);
    assert!(!let_in(&mut family, &second, Navigation, 200).1);
    assert_eq!(let_in(&mut family, &second, Navigation, 201).0.generation, 3);
}

#[test]
fn check_28_requests_in_flight_when_a_navigation_rotates_are_let_in() {
    let (mut family, first) = family();
    // The page before sends its last requests while the navigation is on its way: they come with the predecessor.
    let (second, set) = let_in(&mut family, &first, Navigation, 100);
    assert!(set);
    for (at, by) in [(100, OtherRequest), (101, Refresh), (101, Navigation), (119, OtherRequest)] {
        let_in(&mut family, &first, by, at);
    }
    // The new page's subresources come with the successor; stragglers of the page before still come.
    let_in(&mut family, &second, OtherRequest, 120);
    for (at, by) in [(121, OtherRequest), (141, Navigation), (160, OtherRequest)] {
        let_in(&mut family, &first, by, at);
        let_in(&mut family, &second, by, at);
    }
}

#[test]
fn check_28_a_navigation_whose_answer_was_lost_is_no_theft_whatever_comes_next() {
    let (mut family, first, second) = rotated();
    // Subresources go on with what the jar holds, however long the user stays on the page.
    for at in [101, 161, 500, 5_000] {
        assert_eq!(let_in(&mut family, &first, OtherRequest, at).0.generation, 2);
    }
    let outcome = present_by(&mut family, &first, Navigation, 5_001);
    assert_eq!(outcome.event, Some(Event::MovedOn { skipped: 2 }));
    let Answer::Current { cookie: third, set: true } = outcome.answer else { panic!("{:?}", outcome.answer) };
    assert_eq!(third.generation, 3);
    assert_eq!(let_in(&mut family, &third, OtherRequest, 5_002).0.generation, 3);
    // What was lost was lost.
    let outcome = present_by(&mut family, &second, OtherRequest, 5_003);
    assert_eq!(outcome.event, Some(Event::Reused { generation: 2 }));
}

#[test]
fn check_26_an_old_generation_ends_the_family_by_whichever_request_it_comes() {
    for by in [Refresh, Navigation, OtherRequest] {
        // The predecessor, after settling, when its successor has been presented, by whichever request.
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
        // Any older one, at once.
        let (mut family, first, second) = rotated();
        let_in(&mut family, &second, Navigation, 200);
        assert_eq!(ended(&mut family, &first, by, 200), SessionEndReason::Reused);
        // One that was never real: nothing.
        let (mut family, _, second) = rotated();
        let before = format!("{family:?}");
        let forged = RefreshCookie { generation: 1, ..second };
        assert_eq!(ended(&mut family, &forged, by, 5_000), SessionEndReason::None);
        assert_eq!(format!("{family:?}"), before);
    }
}

#[test]
fn check_26_a_thief_who_only_sends_subresource_requests_is_found_when_the_users_cookie_has_moved_on() {
    for moves_on in [Refresh, Navigation] {
        let (mut family, stolen) = family();
        // Nothing tells the two apart while both hold the current generation and neither sends anything else.
        for at in [1_000, 2_000, 100_000] {
            let_in(&mut family, &stolen, OtherRequest, at);
        }
        let (users, set) = let_in(&mut family, &stolen, moves_on, 200_000);
        assert!(set);
        // The user's new cookie hasn't been seen yet: as far as the service knows, it was lost.
        let_in(&mut family, &stolen, OtherRequest, 200_100);
        let_in(&mut family, &users, OtherRequest, 200_101);
        assert_eq!(ended(&mut family, &stolen, OtherRequest, 200_102), SessionEndReason::Reused);
    }
}

#[test]
fn check_26_a_thief_who_throws_new_generations_away_is_found_when_the_users_cookie_has_moved_on() {
    let (mut family, stolen) = family();
    for at in [1_000, 2_000, 3_000] {
        let_in(&mut family, &stolen, Refresh, at);
        let_in(&mut family, &stolen, OtherRequest, at + 500);
    }
    let (users, _) = let_in(&mut family, &stolen, Navigation, 4_000);
    let_in(&mut family, &users, OtherRequest, 4_001);
    assert_eq!(ended(&mut family, &stolen, Refresh, 5_000), SessionEndReason::Reused);
}
