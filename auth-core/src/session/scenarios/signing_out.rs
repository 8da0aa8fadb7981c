//! A sign-out wins.

use super::super::{
    Answer, ClientErrorCode, Command, Effect, EndedScope, Failure, Input, OpId, RequestNumber, Status,
    TabMessage, Timer, Wake,
};
use super::tab::{Tab, abort, fail, failed, granted, owed, reject, release, send_sign_out, unavailable};
use crate::wire::{ErrorCode, SessionEndReason};

#[test]
fn check_54_a_sign_out_takes_precedence_over_all_running_operations() {
    let mut tab = Tab::signed_in("ann");
    tab.later(300_000).call(1);
    assert_eq!(
        tab.sign_out(1),
        [
            abort(2),
            Effect::DropToken,
            Effect::EndCalls,
            fail(&[1], ClientErrorCode::SignedOut),
            Effect::RememberSignOut(owed(EndedScope::Local, Some("s-ann"))),
            Effect::Broadcast(TabMessage::SignedOut { session: Some("s-ann".into()) }),
            send_sign_out(3),
            Effect::Notify,
        ]
    );
    assert_eq!(tab.answer(2, granted("ann")), [], "a refresh that comes too late revives nothing");
    assert_eq!(tab.call(2), [fail(&[2], ClientErrorCode::SignedOut)]);
    assert_eq!(
        tab.answer(3, Answer::Empty),
        [
            Effect::ForgetSignOut,
            Effect::Broadcast(TabMessage::SignedOut { session: Some("s-ann".into()) }),
            Effect::Resolve { op: OpId(1) }
        ]
    );
    assert_eq!((tab.status(), tab.last_error()), (Status::SignedOut, None));
}

#[test]
fn a_sign_out_overtakes_a_sign_in_but_is_sent_after_its_answer_so_that_it_ends_that_session_too() {
    let mut tab = Tab::signed_out();
    tab.command(1, Command::SignIn);
    let effects = tab.sign_out(2);
    assert!(effects.contains(&reject(1, ClientErrorCode::SignedOut)));
    assert!(!effects.contains(&send_sign_out(3)));
    assert_eq!(tab.answer(2, granted("ann")), [send_sign_out(3)]);
    assert_eq!(tab.status(), Status::SignedOut);
}

#[test]
fn check_54_offline_the_memory_is_cleared_at_once_and_the_service_told_later() {
    let mut tab = Tab::signed_in("ann");
    tab.sign_out(1);
    let effects = tab.answer(2, failed(ClientErrorCode::Network));
    assert_eq!(effects, [Effect::Resolve { op: OpId(1) }]);
    assert_eq!((tab.refresh_timer, tab.sign_out_timer), (None, Some(1_100)));
    assert_eq!(tab.later(100).take(Input::Timer(Timer::SignOut)), [send_sign_out(3)]);
    tab.answer(3, unavailable(5_000));
    assert_eq!(tab.later(4_000).take(Input::Wake(Wake::Online)), []);
    let effects = tab.later(1_000).take(Input::Timer(Timer::SignOut));
    assert_eq!(effects, [send_sign_out(4)]);
    let effects = tab.answer(4, Answer::Ended(SessionEndReason::Expired));
    assert!(effects.contains(&Effect::ForgetSignOut));
}

#[test]
fn a_reload_before_the_service_was_told_does_not_bring_the_session_back() {
    let mut tab = Tab::new();
    let effects = tab.take(Input::Start { owed_sign_out: Some(owed(EndedScope::Local, None)) });
    assert_eq!(effects, [send_sign_out(1), Effect::Notify]);
    assert_eq!(tab.status(), Status::SignedOut);
    assert!(tab.answer(1, Answer::Empty).contains(&Effect::ForgetSignOut));
}

#[test]
fn a_sign_in_waits_for_a_sign_out_that_would_end_the_new_session() {
    let mut tab = Tab::signed_in("ann");
    tab.sign_out(1);
    assert_eq!(tab.command(2, Command::SignIn), []);
    let effects = tab.answer(2, Answer::Empty);
    assert!(matches!(effects.last(), Some(Effect::Send { op: OpId(2), .. })), "{effects:?}");

    let mut tab = Tab::signed_in("ann");
    tab.sign_out(1);
    tab.answer(2, failed(ClientErrorCode::Network));
    assert!(tab.command(2, Command::SignIn).contains(&send_sign_out(3)), "it doesn't wait for the timer");
    let effects = tab.answer(3, failed(ClientErrorCode::Network));
    assert!(effects.contains(&reject(2, ClientErrorCode::Network)));
}

#[test]
fn a_permanently_rejected_sign_out_is_reported_and_does_not_prevent_a_sign_in() {
    let mut tab = Tab::signed_in("ann");
    tab.sign_out(1);
    let failure = Failure::service(ErrorCode::RequestForgery);
    let effects = tab.answer(2, Answer::Failed(failure.clone()));
    assert_eq!(effects, [Effect::Reject { op: OpId(1), failure }]);
    let effects = tab.command(2, Command::SignIn);
    assert!(matches!(effects.last(), Some(Effect::Send { op: OpId(2), .. })), "{effects:?}");
}

#[test]
fn a_sign_in_cancels_the_pending_sign_out() {
    let mut tab = Tab::signed_in("ann");
    tab.sign_out(1);
    tab.answer(2, Answer::Failed(Failure::service(ErrorCode::RequestForgery)));
    tab.command(2, Command::SignIn);
    tab.answer(3, granted("bob"));
    assert_eq!(tab.sign_out_timer, None);
    assert_eq!(tab.later(60_000).take(Input::Timer(Timer::SignOut)), []);
    assert_eq!(tab.call(1), [release(&[1], 2)]);
}

#[test]
fn of_two_sign_outs_the_wider_scope_is_sent() {
    for (first, second) in [(EndedScope::Local, EndedScope::Global), (EndedScope::Global, EndedScope::Local)]
    {
        let mut tab = Tab::signed_in("ann");
        tab.take(Input::SignOut { op: OpId(1), scope: first });
        tab.answer(2, failed(ClientErrorCode::Network));
        let effects = tab.take(Input::SignOut { op: OpId(2), scope: second });
        assert!(effects.contains(&Effect::RememberSignOut(owed(EndedScope::Global, Some("s-ann")))));
        assert!(effects.contains(&Effect::SignOut { request: RequestNumber(3), scope: EndedScope::Global }));
    }
}

#[test]
fn a_pending_sign_out_is_sent_when_the_network_returns() {
    let mut tab = Tab::signed_in("ann");
    tab.sign_out(1);
    for request in 2..10 {
        tab.answer(request, failed(ClientErrorCode::Network));
        tab.later(60_000).take(Input::Timer(Timer::SignOut));
    }
    tab.answer(10, failed(ClientErrorCode::Network));
    assert_eq!(tab.later(1).take(Input::Wake(Wake::Online)), [send_sign_out(11)]);
}

#[test]
fn signing_the_others_out_leaves_this_session_alone() {
    let mut tab = Tab::signed_in("ann");
    tab.command(1, Command::SignOutOthers);
    let effects = tab.answer(2, Answer::Empty);
    assert_eq!(effects, [Effect::Resolve { op: OpId(1) }]);
    assert_eq!(tab.status(), Status::SignedIn);
}
