//! A sign-in that waits for its second factor, in one tab and among several.

use super::super::{
    Answer, ClientErrorCode, Command, Effect, Failure, Generation, OpId, RequestNumber, Status, TabMessage,
};
use super::tab::{Tab, granted, refresh, reject, send_sign_out};
use crate::wire::{ErrorCode, Method};

fn refusal(code: ErrorCode) -> Answer {
    Answer::Failed(Failure::service(code))
}

fn send(request: u32, op: u32, command: Command, bearer: Option<u64>) -> Effect {
    Effect::Send { request: RequestNumber(request), op: OpId(op), command, bearer: bearer.map(Generation) }
}

/// A sign-in, request 2 of promise 1, waits for the second factor.
fn waiting(mut tab: Tab) -> Tab {
    tab.command(1, Command::SignIn);
    tab.answer(2, refusal(ErrorCode::SecondFactorRequired));
    tab
}

#[test]
fn a_second_factor_opens_the_session_and_is_sent_without_a_token() {
    let mut tab = Tab::signed_out();
    tab.command(1, Command::SignIn);
    let methods = vec![Method::Totp];
    let more = Some(Box::new(super::super::FailureDetails { methods, ..Default::default() }));
    let required = Failure { more, ..Failure::service(ErrorCode::SecondFactorRequired) };
    let effects = tab.answer(2, Answer::Failed(required.clone()));
    assert_eq!(effects, [Effect::Reject { op: OpId(1), failure: required }], "with its methods");
    assert_eq!((tab.status(), tab.last_error()), (Status::SignedOut, None));
    assert_eq!(tab.command(2, Command::SecondFactor), [send(3, 2, Command::SecondFactor, None)]);
    tab.answer(3, refusal(ErrorCode::CodeInvalid));
    assert_eq!(
        tab.command(3, Command::SecondFactor),
        [send(4, 3, Command::SecondFactor, None)],
        "another try"
    );
    let effects = tab.answer(4, granted("ann"));
    assert!(effects.contains(&Effect::Broadcast(TabMessage::SignedIn { session: "s-ann".into() })));
    assert!(effects.contains(&Effect::Resolve { op: OpId(3) }));
    assert_eq!(tab.status(), Status::SignedIn);
}

#[test]
fn in_a_session_a_second_factor_is_proved_with_the_token() {
    let mut tab = Tab::signed_in("ann");
    assert!(tab.machine.proves_in_session() && !Tab::signed_out().machine.proves_in_session());
    assert!(!waiting(Tab::signed_in("ann")).machine.proves_in_session());
    assert_eq!(tab.command(1, Command::SecondFactor), [send(2, 1, Command::ChangeSession, Some(1))]);
    assert!(tab.answer(2, granted("ann")).contains(&Effect::Resolve { op: OpId(1) }));
    assert_eq!(tab.status(), Status::SignedIn);
}

#[test]
fn an_earlier_session_continues_until_the_second_factor_is_proved() {
    let mut tab = waiting(Tab::signed_in("ann"));
    assert_eq!(tab.status(), Status::SignedIn);
    assert_eq!(tab.command(2, Command::SecondFactor), [send(3, 2, Command::SecondFactor, None)]);
    tab.answer(3, refusal(ErrorCode::CodeInvalid));
    assert_eq!(tab.command(3, Command::SecondFactor), [send(4, 3, Command::SecondFactor, None)]);
    let effects = tab.answer(4, granted("bob"));
    assert!(effects.contains(&Effect::EndCalls), "calls of one user are never sent as another");
}

#[test]
fn a_second_factor_that_waits_for_the_answer_to_the_sign_in_is_one_of_the_sign_in() {
    let mut tab = Tab::signed_in("ann");
    tab.command(1, Command::SignIn);
    assert_eq!(tab.command(2, Command::SecondFactor), []);
    let effects = tab.answer(2, refusal(ErrorCode::SecondFactorRequired));
    assert!(effects.contains(&send(3, 2, Command::SecondFactor, None)), "{effects:?}");
}

#[test]
fn without_a_service_a_second_factor_in_a_session_fails_with_the_renewal() {
    let mut tab = Tab::signed_in("ann");
    tab.later(300_000).timer();
    tab.answer(2, super::tab::unavailable(60_000));
    let failure = Failure { retry_after_ms: Some(60_000), ..Failure::service(ErrorCode::Unavailable) };
    assert_eq!(tab.command(1, Command::SecondFactor), [Effect::Reject { op: OpId(1), failure }]);
}

#[test]
fn another_sign_in_replaces_the_one_that_waits() {
    let mut tab = waiting(Tab::signed_in("ann"));
    tab.command(2, Command::SignIn);
    tab.answer(3, refusal(ErrorCode::InvalidCredentials));
    assert_eq!(tab.command(3, Command::SecondFactor), [send(4, 3, Command::ChangeSession, Some(1))]);
}

#[test]
fn a_challenge_that_has_expired_is_not_waited_for() {
    let mut tab = waiting(Tab::signed_in("ann"));
    tab.command(2, Command::SecondFactor);
    tab.answer(3, refusal(ErrorCode::ChallengeExpired));
    assert_eq!(tab.command(3, Command::SecondFactor), [send(4, 3, Command::ChangeSession, Some(1))]);
}

#[test]
fn a_sign_in_in_another_tab_replaces_the_one_that_waits() {
    for mut tab in [waiting(Tab::signed_in("ann")), waiting(Tab::signed_out())] {
        assert_eq!(tab.hears_sign_in("s-bob"), [refresh(3)]);
        tab.answer(3, granted("bob"));
        let effects = tab.command(2, Command::SecondFactor);
        assert!(matches!(
            effects[..],
            [Effect::Send { command: Command::ChangeSession, bearer: Some(_), .. }]
        ));
    }
}

#[test]
fn a_sign_out_in_another_tab_leaves_the_sign_in_waiting() {
    let mut tab = waiting(Tab::signed_in("ann"));
    tab.hears_sign_out(Some("s-ann"));
    tab.hint_due();
    tab.answer(3, Answer::Empty);
    assert_eq!(tab.status(), Status::SignedOut);
    assert_eq!(tab.command(2, Command::SecondFactor), [send(4, 2, Command::SecondFactor, None)]);
}

#[test]
fn a_sign_out_overtakes_a_second_factor_in_progress() {
    let mut tab = waiting(Tab::signed_out());
    tab.command(2, Command::SecondFactor);
    let effects = tab.sign_out(3);
    assert!(effects.contains(&reject(2, ClientErrorCode::SignedOut)), "{effects:?}");
    assert_eq!(
        tab.answer(3, granted("ann")),
        [send_sign_out(4)],
        "whatever its answer was, the session ends"
    );
    assert_eq!(tab.status(), Status::SignedOut);
    assert!(tab.answer(4, Answer::Empty).contains(&Effect::Resolve { op: OpId(3) }));
}

#[test]
fn a_sign_out_that_the_service_does_not_know_yet_is_sent_before_the_second_factor() {
    let mut tab = waiting(Tab::signed_in("ann"));
    tab.sign_out(2);
    tab.answer(3, Answer::Failed(Failure::client(ClientErrorCode::Network)));
    assert_eq!(tab.command(3, Command::SecondFactor), [send_sign_out(4)]);
    assert!(tab.answer(4, Answer::Empty).contains(&send(5, 3, Command::SecondFactor, None)));
}

#[test]
fn a_second_factor_before_the_service_was_asked_waits_for_its_answer() {
    let start = || {
        let mut tab = Tab::new();
        tab.take(super::super::Input::Start { owed_sign_out: None });
        assert_eq!(tab.command(1, Command::SecondFactor), []);
        tab
    };
    assert!(start().answer(1, Answer::Empty).contains(&send(2, 1, Command::SecondFactor, None)));
    assert!(start().answer(1, granted("ann")).contains(&send(2, 1, Command::ChangeSession, Some(1))));
}

#[test]
fn a_change_of_the_user_is_fetched_at_once_unless_the_service_has_asked_to_wait() {
    let mut tab = Tab::signed_in("ann");
    assert_eq!(tab.take(super::super::Input::UserChanged), [refresh(2)]);
    tab.answer(2, super::tab::unavailable(60_000));
    assert_eq!(tab.take(super::super::Input::UserChanged), []);
    assert_eq!(Tab::signed_out().take(super::super::Input::UserChanged), []);
}
