//! What tabs hear of each other, and the locks between them.

use super::super::{
    Answer, ClientErrorCode, Command, Effect, Generation, Input, RequestNumber, Status, TabMessage, Timer,
    Wake,
};
use super::tab::{
    Tab, ask_lock, failed, granted, granted_lock, lost_lock, refresh, release_lock, send_sign_out,
    unavailable,
};

#[test]
fn check_54_a_page_from_the_back_forward_cache_shows_no_session_until_the_service_has_answered() {
    let mut tab = Tab::signed_in("ann");
    let effects = tab.take(Input::Wake(Wake::Thawed));
    assert!(effects.contains(&Effect::DropToken) && effects.contains(&refresh(2)));
    assert_eq!(tab.machine.snapshot().session, None);
    tab.answer(2, Answer::Empty);
    assert_eq!(tab.status(), Status::SignedOut);
}

#[test]
fn tabs_announce_refreshes_and_their_results() {
    let mut tab = Tab::signed_in("ann");
    assert_eq!(tab.hints, [TabMessage::Refreshing, TabMessage::Refreshed]);
    tab.hints.clear();
    tab.later(240_000).timer();
    tab.answer(2, unavailable(7_000));
    assert_eq!(tab.hints, [TabMessage::Refreshing, TabMessage::Patience { ms: 7_000 }]);
}

#[test]
fn check_51_a_lock_that_is_never_granted_delays_a_waiting_call_by_200_ms() {
    let mut tab = Tab { locks: true, ..Tab::new() };
    let started = tab.take(Input::Start { owed_sign_out: None });
    assert_eq!(started, [ask_lock(1)]);
    assert_eq!(tab.turn_timer, Some(1_200));
    assert_eq!(tab.later(199).take(Input::Timer(Timer::Turn)), []);
    assert_eq!(tab.turn_timer, Some(1_200), "it is set again");
    assert_eq!(tab.later(1).take(Input::Timer(Timer::Turn)), [release_lock(1), refresh(1)]);
    assert_eq!(tab.take(granted_lock(1)), [release_lock(1)], "too late");
    tab.answer(1, granted("ann"));
    assert_eq!(tab.status(), Status::SignedIn);
}

#[test]
fn check_51_an_early_renewal_waits_5_s_for_the_lock_unless_a_call_needs_it() {
    let mut tab = Tab { locks: true, ..Tab::signed_in("ann") };
    assert_eq!(tab.later(240_000).timer(), [ask_lock(2)]);
    assert_eq!((tab.refresh_timer, tab.turn_timer), (None, Some(tab.now.monotonic_ms + 5_000)));
    assert_eq!(tab.later(5_000).take(Input::Timer(Timer::Turn)), [release_lock(2), refresh(2)]);

    let mut tab = Tab { locks: true, ..Tab::signed_in("ann") };
    tab.later(240_000).timer();
    assert_eq!(tab.later(150).refused(1, 1), [Effect::DropToken, Effect::Notify]);
    assert_eq!(tab.turn_timer, Some(tab.now.monotonic_ms + 50));
    assert_eq!(tab.later(50).take(Input::Timer(Timer::Turn)), [release_lock(2), refresh(2)]);
}

#[test]
fn check_51_a_hidden_page_waits_up_to_5_s_for_the_lock_until_it_becomes_visible() {
    let hidden = || {
        let mut tab = Tab { locks: true, ..Tab::new() };
        tab.take(Input::Wake(Wake::Hidden));
        assert_eq!(tab.take(Input::Start { owed_sign_out: None }), [ask_lock(1)]);
        assert_eq!(tab.turn_timer, Some(6_000));
        tab
    };
    assert_eq!(hidden().later(5_000).take(Input::Timer(Timer::Turn)), [release_lock(1), refresh(1)]);
    assert_eq!(hidden().later(100).take(granted_lock(1)), [refresh(1)]);
    let mut seen = hidden();
    assert_eq!(seen.later(150).take(Input::Wake(Wake::Visible)), []);
    assert_eq!(seen.turn_timer, Some(1_200));
    assert_eq!(hidden().later(201).take(Input::Wake(Wake::Visible)), [release_lock(1), refresh(1)]);
}

#[test]
fn a_lock_is_held_for_one_refresh() {
    let mut tab = Tab { locks: true, ..Tab::signed_in("ann") };
    tab.later(240_000).timer();
    assert_eq!(tab.later(700).take(granted_lock(2)), [refresh(2)]);
    assert_eq!(
        tab.answer(2, granted("ann")),
        [
            Effect::StoreToken { request: RequestNumber(2), generation: Generation(2) },
            release_lock(2),
            Effect::Notify
        ]
    );
    // One that fails doesn't keep the others waiting either.
    tab.later(240_000).timer();
    tab.take(granted_lock(3));
    assert!(tab.answer(3, failed(ClientErrorCode::Network)).contains(&release_lock(3)));
}

#[test]
fn check_50_a_stolen_lock_changes_nothing() {
    let mut tab = Tab { locks: true, ..Tab::signed_in("ann") };
    // While it refreshes.
    tab.later(240_000).timer();
    tab.take(granted_lock(2));
    assert_eq!(tab.take(lost_lock(2)), []);
    let stored = Effect::StoreToken { request: RequestNumber(2), generation: Generation(2) };
    assert_eq!(tab.answer(2, granted("ann")), [stored, Effect::Notify]);
    // While it waits.
    assert_eq!(tab.later(240_000).timer(), [ask_lock(3)]);
    assert_eq!(tab.take(lost_lock(3)), [refresh(3)]);
}

#[test]
fn sign_in_and_sign_out_wait_for_no_lock() {
    let mut tab = Tab { locks: true, ..Tab::new() };
    tab.take(Input::Start { owed_sign_out: None });
    let effects = tab.command(1, Command::SignIn);
    assert!(matches!(effects[..], [Effect::Send { .. }, Effect::ReleaseLock { .. }]), "{effects:?}");
    let effects = tab.sign_out(2);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::AskLock { .. })), "{effects:?}");
    assert_eq!(tab.answer(1, granted("ann")), [send_sign_out(2)]);
}

#[test]
fn without_locks_an_early_renewal_waits_for_another_tabs() {
    let mut tab = Tab::signed_in("ann");
    tab.later(239_000).take(Input::Tab(TabMessage::Refreshing));
    assert_eq!(tab.later(1_000).timer(), []);
    assert_eq!(tab.turn_timer, Some(tab.now.monotonic_ms + 4_000));
    assert_eq!(tab.take(Input::Tab(TabMessage::Refreshed)), [refresh(2)], "with this jitter at once");
    tab.answer(2, granted("ann"));

    // A neighbour that is never done, or many of them, are waited for no longer than a lock.
    tab.later(240_000).take(Input::Tab(TabMessage::Refreshing));
    let since = tab.now.monotonic_ms;
    for _ in 0..4 {
        assert_eq!(tab.later(1_000).take(Input::Tab(TabMessage::Refreshing)), []);
    }
    assert_eq!(tab.turn_timer, Some(since + 5_000));
    assert_eq!(tab.later(1_000).take(Input::Timer(Timer::Turn)), [refresh(3)]);

    // Who is waited for doesn't wait.
    tab.answer(3, granted("ann"));
    tab.later(300_000).take(Input::Tab(TabMessage::Refreshing));
    assert!(tab.call(1).contains(&refresh(4)));
}

#[test]
fn one_tab_that_reaches_the_service_reconnects_the_others() {
    let mut tab = Tab::signed_in("ann");
    tab.later(240_000).timer();
    for request in 2..10 {
        tab.answer(request, failed(ClientErrorCode::Network));
        tab.later(60_000).timer();
    }
    tab.answer(10, failed(ClientErrorCode::Network));
    assert_eq!(tab.status(), Status::Offline);
    assert_eq!(tab.later(1).take(Input::Tab(TabMessage::Refreshed)), [refresh(11)]);
    assert_eq!(Tab::signed_out().take(Input::Tab(TabMessage::Refreshed)), [], "who is signed out stays so");
}

#[test]
fn retry_after_applies_to_the_early_renewals_of_every_tab() {
    let mut tab = Tab::signed_in("ann");
    tab.later(239_000).take(Input::Tab(TabMessage::Patience { ms: 7_000 }));
    assert_eq!(tab.refresh_timer, Some(tab.now.monotonic_ms + 7_000));
    assert_eq!(tab.later(6_999).timer(), []);
    assert_eq!(tab.later(1).timer(), [refresh(2)]);
    tab.answer(2, granted("ann"));
    tab.later(230_000).take(Input::Tab(TabMessage::Patience { ms: u64::MAX }));
    assert_eq!(tab.refresh_timer, Some(tab.now.monotonic_ms + 30_000), "the renewal is postponed only once");
    assert!(tab.refused(1, 2).contains(&refresh(3)), "a call that waits is not postponed either");
}
