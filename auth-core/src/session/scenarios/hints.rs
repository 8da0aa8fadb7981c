//! What other tabs say about the session: verified with the service before anything is dropped.

use super::super::{
    Answer, ClientErrorCode, Command, Effect, EndedScope, Failure, Input, OpId, RequestNumber, Status,
    TabMessage, Timer, Wake,
};
use super::tab::{
    Tab, abort, fail, failed, granted, owed, refresh, release, send_sign_out, session, unavailable,
};
use crate::session::{Code, Generation, Grant};
use crate::wire::{ErrorCode, SessionEndReason};

#[test]
fn check_54_another_tabs_sign_out_ends_this_session_as_soon_as_the_service_confirms_it() {
    for answer in [Answer::Empty, Answer::Ended(SessionEndReason::Revoked)] {
        let mut tab = Tab::signed_in("ann");
        let began_ms = tab.now.monotonic_ms;
        assert_eq!(tab.hears_sign_out(Some("s-ann")), [Effect::CheckSignOutNote]);
        assert_eq!(tab.hint_due(), [Effect::CheckSignOutNote, refresh(2)], "without waiting for a lock");
        assert_eq!(tab.now.monotonic_ms, began_ms + 100);
        assert_eq!(tab.status(), Status::SignedIn, "until the service has answered");
        assert_eq!(tab.answer(2, answer), [Effect::DropToken, Effect::EndCalls, Effect::Notify]);
        assert_eq!((tab.status(), tab.last_error()), (Status::SignedOut, None), "as its user wanted");
        assert_eq!(tab.hint_timer, None);
        assert_eq!(tab.hears_sign_out(Some("s-ann")), []);
        assert_eq!(tab.hint_timer, None, "there is nothing left to end");
    }
}

#[test]
fn ignores_a_sign_out_message_that_the_service_contradicts() {
    let mut tab = Tab::signed_in("ann");
    tab.hears_sign_out(None);
    tab.hears_sign_out(Some("s-ann"));
    assert_eq!(tab.call(1), [release(&[1], 1)], "calls go on");
    assert!(tab.hint_due().contains(&refresh(2)));
    tab.answer(2, granted("ann"));
    assert_eq!((tab.status(), tab.last_error()), (Status::SignedIn, None));
    assert_eq!(tab.call(2), [release(&[2], 2)]);
    assert_eq!(tab.later(1_000).hears_sign_out(Some("s-old")), [refresh(3)], "late news of another session");
    tab.answer(3, failed(ClientErrorCode::Network));
    assert_eq!(tab.status(), Status::Offline, "which says nothing of this one");
}

#[test]
fn two_hundred_forged_messages_cause_one_request_a_second() {
    let mut tab = Tab::signed_in("ann");
    let (mut request, mut asked) = (2, vec![]);
    for number in 0..200 {
        tab.later(20);
        let mut effects = match number % 4 {
            0 => tab.hears_sign_out(None),
            1 => tab.hears_sign_out(Some("s-ann")),
            2 => tab.hears_sign_in("s-mallory"),
            _ => tab.take(Input::Tab(TabMessage::Refreshed)),
        };
        if tab.hint_timer.is_some_and(|at_ms| at_ms <= tab.now.monotonic_ms) {
            effects.extend(tab.take(Input::Timer(Timer::Hint)));
        }
        if effects.contains(&refresh(request)) {
            asked.push(tab.now.monotonic_ms);
            tab.answer(request, granted("ann"));
            request += 1;
        }
        assert_eq!(tab.status(), Status::SignedIn);
    }
    assert_eq!(asked, [1_060, 2_060, 3_060, 4_060]);
}

#[test]
fn one_message_aborts_a_running_refresh_and_the_next_does_not() {
    let mut tab = Tab::signed_in("ann");
    tab.later(240_000).timer();
    assert_eq!(tab.hears_sign_in("s-bob"), [abort(2), refresh(3)]);
    for _ in 0..10 {
        assert_eq!(tab.later(1_000).hears_sign_in("s-bob"), [], "or no token would ever come");
    }
    assert!(tab.answer(3, granted("ann")).contains(&refresh(4)));
}

#[test]
fn check_54_a_sign_out_with_a_note_ends_the_session_at_once() {
    let mut tab = Tab::signed_in("ann");
    tab.hears_sign_out(Some("s-ann"));
    tab.later(300_000).call(1);
    let effects = tab.take(Input::SignOutNoted);
    let over = fail(&[1], ClientErrorCode::SignedOut);
    assert!(effects.ends_with(&[Effect::DropToken, Effect::EndCalls, over, Effect::Notify]), "{effects:?}");
    assert_eq!((tab.status(), tab.last_error()), (Status::SignedOut, None));
    assert_eq!((tab.hint_timer, tab.refresh_timer), (None, None), "the service may not have heard of it yet");
    assert_eq!(tab.later(60_000).take(Input::Wake(Wake::Online)), []);
    assert_eq!(tab.take(Input::SignOutNoted), []);

    let mut tab = Tab::signed_in("ann");
    assert_eq!(tab.take(Input::SignOutNoted), [], "not asked for");
    assert_eq!(tab.status(), Status::SignedIn);
}

#[test]
fn check_54_a_sign_out_hides_the_session_where_the_service_cannot_be_asked() {
    let mut tab = Tab::signed_in("ann");
    tab.hears_sign_out(Some("s-ann"));
    tab.hint_due();
    let effects = tab.answer(2, failed(ClientErrorCode::Network));
    let hidden = [Effect::CheckSignOutNote, Effect::DropToken, Effect::EndCalls, Effect::Notify];
    assert_eq!(effects, hidden);
    assert_eq!(tab.status(), Status::SignedOut);
    assert_eq!(tab.call(1), [fail(&[1], ClientErrorCode::SignedOut)]);
    assert_eq!(tab.take(Input::SignOutNoted), []);
    assert_eq!(tab.refresh_timer, None, "and it stays so if there is a note");
}

#[test]
fn a_sign_out_message_without_a_note_holds_only_while_the_service_is_unreachable() {
    let mut tab = Tab::signed_in("ann");
    tab.hears_sign_out(Some("s-ann"));
    tab.hint_due();
    tab.answer(2, failed(ClientErrorCode::Network));
    assert_eq!(tab.status(), Status::SignedOut);
    assert_eq!(tab.later(60_000).timer(), [refresh(3)]);
    tab.answer(3, granted("ann"));
    assert_eq!(tab.status(), Status::SignedIn);
}

#[test]
fn while_the_service_is_slow_a_message_alone_does_not_hide_the_session() {
    let mut tab = Tab::signed_in("ann");
    tab.hears_sign_out(Some("s-ann"));
    tab.hint_due();
    assert_eq!(tab.later(19_000).call(1), [release(&[1], 1)]);
    assert_eq!(tab.status(), Status::SignedIn);
}

#[test]
fn while_the_service_fails_a_sign_out_message_takes_effect_at_once() {
    let mut tab = Tab::signed_in("ann");
    tab.later(240_000).timer();
    tab.answer(2, unavailable(7_000));
    let effects = tab.hears_sign_out(Some("s-ann"));
    assert!(effects.ends_with(&[Effect::DropToken, Effect::EndCalls, Effect::Notify]), "{effects:?}");
    let waits_until_ms = tab.now.monotonic_ms + 7_000;
    assert_eq!(tab.hint_timer, Some(waits_until_ms), "the service has asked for patience");
}

#[test]
fn a_starting_tab_accepts_the_services_answer() {
    let mut tab = Tab::new();
    tab.take(Input::Start { owed_sign_out: None });
    assert_eq!(tab.hears_sign_out(None), [Effect::CheckSignOutNote]);
    assert_eq!(
        tab.hint_due(),
        [abort(1), Effect::CheckSignOutNote, refresh(2)],
        "the first one may have been too early"
    );
    tab.answer(2, Answer::Empty);
    assert_eq!(tab.status(), Status::SignedOut);
}

#[test]
fn another_tabs_sign_in_is_picked_up() {
    let mut tab = Tab::signed_out();
    assert_eq!(tab.hears_sign_in("s-ann"), [refresh(2)]);
    assert_eq!(tab.status(), Status::SignedOut, "until the service has said so");
    tab.answer(2, granted("ann"));
    assert_eq!(tab.status(), Status::SignedIn);
    assert_eq!(tab.hears_sign_in("s-ann"), [], "an echo");
}

#[test]
fn another_tabs_sign_in_ends_the_old_users_calls_when_the_service_has_confirmed_it() {
    let mut tab = Tab::signed_in("ann");
    assert_eq!(tab.hears_sign_in("s-bob"), [refresh(2)]);
    assert_eq!(tab.status(), Status::SignedIn);
    let effects = tab.answer(2, granted("bob"));
    assert!(effects.contains(&Effect::DropToken) && effects.contains(&Effect::EndCalls));
    assert_eq!(tab.refused(1, 1), [fail(&[1], ClientErrorCode::SignedOut)], "the old user's call");
    assert_eq!(tab.machine.snapshot().session.as_ref().map(|session| session.id.as_str()), Some("s-bob"));
}

#[test]
fn ignores_a_refresh_that_was_sent_before_another_tabs_sign_in() {
    let mut tab = Tab::new();
    tab.take(Input::Start { owed_sign_out: None });
    assert_eq!(tab.hears_sign_in("s-ann"), [abort(1), refresh(2)]);
    assert_eq!(tab.answer(1, Answer::Ended(SessionEndReason::Revoked)), []);
    assert_eq!(tab.status(), Status::Loading);
}

/// A tab that has signed out of Ann's session while the service could not be reached.
fn owing() -> Tab {
    let mut tab = Tab::signed_in("ann");
    tab.sign_out(1);
    assert_eq!(tab.hears_sign_in("s-bob"), [], "this tab's sign-out is on its way");
    tab.answer(2, failed(ClientErrorCode::Network));
    tab
}

#[test]
fn a_delayed_sign_out_does_not_end_a_newer_session_of_another_tab() {
    let mut tab = owing();
    assert_eq!(tab.hears_sign_in("s-bob"), [refresh(3)]);
    assert_eq!(tab.later(100).take(Input::Timer(Timer::SignOut)), [], "it waits for the service's answer");
    let effects = tab.answer(3, granted("bob"));
    assert!(effects.contains(&Effect::ForgetSignOut));
    assert_eq!(tab.status(), Status::SignedIn);
}

#[test]
fn a_forged_sign_in_does_not_make_a_tab_forget_its_sign_out() {
    let mut tab = owing();
    assert_eq!(tab.hears_sign_in("s-ann"), [], "the very session that was signed out of");
    assert_eq!(tab.hears_sign_in("s-mallory"), [refresh(3)]);
    assert_eq!(tab.later(1_000).answer(3, granted("ann")), [send_sign_out(4)]);
    assert_eq!((tab.status(), tab.machine.snapshot().session.clone()), (Status::SignedOut, None));
    assert!(tab.answer(4, Answer::Empty).contains(&Effect::ForgetSignOut));

    // Nor does one that comes before a reload's first answer.
    let mut tab = Tab::new();
    tab.take(Input::Start { owed_sign_out: Some(owed(EndedScope::Local, Some("s-ann"))) });
    tab.answer(1, failed(ClientErrorCode::Network));
    assert_eq!(tab.hears_sign_in("s-mallory"), [refresh(2)]);
    assert_eq!(tab.later(1_000).answer(2, granted("ann")), [send_sign_out(3)]);

    // Where it isn't known which session it was, the sign-out wins.
    let mut tab = Tab::new();
    tab.take(Input::Start { owed_sign_out: Some(owed(EndedScope::Local, None)) });
    tab.answer(1, failed(ClientErrorCode::Network));
    assert_eq!(tab.hears_sign_in("s-mallory"), []);
}

/// The service has rejected the first sign-out for good, so a sign-in doesn't wait for it. The second one is
/// doubted, so it isn't sent. The new session ends what both were about, and the promise of the second must
/// not be forgotten.
#[test]
fn a_sign_in_resolves_the_promise_of_an_unconfirmed_sign_out() {
    let rejected = Failure {
        code: Code::Service(ErrorCode::InvalidRequest),
        status: Some(400),
        ..Failure::client(ClientErrorCode::Network)
    };
    let mut tab = Tab::signed_in("ann");
    tab.sign_out(1);
    tab.command(2, Command::SignIn);
    tab.answer(2, Answer::Failed(rejected));
    tab.sign_out(3);
    tab.hears_sign_in("s-bob");
    tab.command(4, Command::SignIn);
    let mut effects = tab.answer(3, failed(ClientErrorCode::Network));
    for request in 4..7 {
        effects.extend(tab.answer(request, granted("bob")));
    }
    for op in [OpId(3), OpId(4)] {
        assert!(effects.contains(&Effect::Resolve { op }), "{op:?} in {effects:?}");
    }
}

#[test]
fn any_answer_of_the_service_decides_an_unconfirmed_sign_out() {
    let mut tab = owing();
    tab.hears_sign_in("s-bob");
    let effects = tab.answer(3, Answer::Ended(SessionEndReason::Revoked));
    assert_eq!(effects, [Effect::ForgetSignOut], "the session has ended");

    let mut tab = owing();
    tab.hears_sign_in("s-bob");
    tab.answer(3, failed(ClientErrorCode::Network));
    assert_eq!((tab.sign_out_timer, tab.refresh_timer), (None, Some(tab.now.monotonic_ms + 100)));
    assert_eq!(tab.later(100).timer(), [refresh(4)], "still waiting for an answer");
    assert_eq!(tab.later(1_000).answer(4, granted("ann")), [send_sign_out(5)]);
}

#[test]
fn a_retry_is_brought_forward_once_a_second() {
    let mut tab = Tab::signed_in("ann");
    tab.later(240_000).timer();
    for request in 2..10 {
        tab.answer(request, failed(ClientErrorCode::Network));
        tab.later(60_000).timer();
    }
    let mut asked = vec![];
    let began_ms = tab.now.monotonic_ms;
    tab.answer(10, failed(ClientErrorCode::Network));
    for request in 11..14 {
        let mut effects = tab.take(Input::Tab(TabMessage::Refreshed));
        while !effects.contains(&refresh(request)) {
            tab.later(50);
            effects = tab.take(Input::Tab(TabMessage::Refreshed));
        }
        asked.push(tab.now.monotonic_ms - began_ms);
        tab.answer(request, failed(ClientErrorCode::Network));
    }
    assert_eq!(asked, [0, 1_000, 2_000]);
}

#[test]
fn other_tabs_delay_a_renewal_until_ten_seconds_before_the_token_expires() {
    let mut tab = Tab::signed_in("ann");
    let began_ms = tab.now.monotonic_ms;
    for _ in 0..28 {
        tab.later(10_000).take(Input::Tab(TabMessage::Patience { ms: u64::MAX }));
    }
    assert_eq!(tab.refresh_timer, Some(began_ms + 290_000));
    assert_eq!(tab.later(10_000).timer(), [refresh(2)]);
}

#[test]
fn a_session_opened_in_this_tab_overrides_earlier_messages() {
    let mut tab = Tab::signed_in("ann");
    tab.hears_sign_out(Some("s-ann"));
    tab.command(1, Command::SignIn);
    let grant = Grant { expires_in_s: 300, session: session("ann", "s-next") };
    let effects = tab.answer(2, Answer::Granted(grant));
    let stored = Effect::StoreToken { request: RequestNumber(2), generation: Generation(2) };
    assert!(effects.contains(&stored));
    assert_eq!(tab.hint_timer, None);
}

#[test]
fn after_a_sign_out_a_message_of_another_tab_opens_no_session() {
    let mut tab = Tab::signed_in("ann");
    tab.hears_sign_in("s-bob");
    tab.later(10).answer(2, granted("ann"));
    tab.hears_sign_in("s-bob");
    assert!(tab.sign_out(1).contains(&send_sign_out(3)));
    assert_eq!(tab.hint_timer, None);
    assert_eq!(tab.last_error(), None::<Code>);
}
