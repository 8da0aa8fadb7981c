//! A user signs in, changes the password, or signs out.

use super::super::{
    Answer, ClientErrorCode, Command, Effect, Failure, Generation, Input, OpId, RequestNumber, Status,
    TabMessage,
};
use super::tab::{Tab, fail, failed, granted, refresh, reject, release, send_sign_out};
use crate::wire::ErrorCode;

#[test]
fn signing_in_waits_for_the_refresh_under_way_so_that_its_cookie_comes_last() {
    let mut tab = Tab::new();
    tab.take(Input::Start { owed_sign_out: None });
    assert_eq!(tab.command(1, Command::SignIn), []);
    let send =
        Effect::Send { request: RequestNumber(2), op: OpId(1), command: Command::SignIn, bearer: None };
    assert_eq!(tab.answer(1, Answer::Empty), [send, Effect::Notify]);
    assert_eq!(
        tab.answer(2, granted("ann")),
        [
            Effect::StoreToken { request: RequestNumber(2), generation: Generation(1) },
            Effect::ForgetSignOut,
            Effect::Broadcast(TabMessage::SignedIn { session: "s-ann".into() }),
            Effect::Resolve { op: OpId(1) },
            Effect::Notify,
        ]
    );
}

#[test]
fn a_wrong_password_changes_nothing() {
    let mut tab = Tab::signed_in("ann");
    tab.command(1, Command::SignIn);
    let failure = Failure::service(ErrorCode::InvalidCredentials);
    let effects = tab.answer(2, Answer::Failed(failure.clone()));
    assert_eq!(effects, [Effect::Reject { op: OpId(1), failure }]);
    assert_eq!(tab.call(1), [release(&[1], 1)]);
}

#[test]
fn calls_of_one_user_are_never_sent_as_another() {
    let mut tab = Tab::signed_in("ann");
    tab.later(300_000);
    tab.command(1, Command::SignIn);
    tab.answer(2, granted("ann"));
    tab.answer(3, granted("ann"));
    // Ann's token has expired, Bob signs in, a call of Ann's is waiting.
    tab.later(300_000).command(2, Command::SignIn);
    tab.call(1);
    let request = 3;
    let effects = tab.answer(request, granted("bob"));
    assert!(effects.contains(&fail(&[1], ClientErrorCode::SignedOut)), "{effects:?}");
    assert!(effects.contains(&Effect::EndCalls));
    let current = tab.machine.generation.0;
    assert_eq!(tab.refused(2, current - 1), [fail(&[2], ClientErrorCode::SignedOut)]);
    assert_eq!(tab.call(3), [release(&[3], current)]);
}

#[test]
fn after_a_lost_sign_in_response_the_service_is_asked() {
    let mut tab = Tab::signed_in("ann");
    tab.command(1, Command::SignIn);
    let effects = tab.answer(2, failed(ClientErrorCode::Timeout));
    assert_eq!(effects, [reject(1, ClientErrorCode::Timeout), refresh(3)]);
}

#[test]
fn a_password_change_renews_a_token_that_was_refused_once() {
    let mut tab = Tab::signed_in("ann");
    let send = |request, bearer| Effect::Send {
        request: RequestNumber(request),
        op: OpId(1),
        command: Command::ChangeSession,
        bearer: Some(Generation(bearer)),
    };
    assert!(tab.command(1, Command::ChangeSession).contains(&send(2, 1)));
    let refusal = Failure::service(ErrorCode::InvalidToken);
    assert!(tab.answer(2, Answer::Failed(refusal.clone())).contains(&refresh(3)));
    assert!(tab.answer(3, granted("ann")).contains(&send(4, 2)));
    assert!(
        tab.answer(4, Answer::Failed(refusal.clone()))
            .contains(&Effect::Reject { op: OpId(1), failure: refusal })
    );
}

#[test]
fn deleting_the_account_signs_out_every_tab_and_clears_the_cookie() {
    let mut tab = Tab::signed_in("ann");
    tab.command(1, Command::DeleteAccount);
    let effects = tab.answer(2, Answer::Empty);
    assert_eq!(tab.status(), Status::SignedOut);
    assert!(effects.contains(&Effect::DropToken));
    assert!(effects.contains(&send_sign_out(3)), "the answer to a sign-out takes the cookie away");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Broadcast(TabMessage::SignedOut { .. }))));
    assert!(tab.answer(3, Answer::Empty).contains(&Effect::Resolve { op: OpId(1) }));
    assert_eq!(tab.last_error(), None);
}

#[test]
fn a_rejected_or_lost_deletion_leaves_the_session_open() {
    for answer in
        [Answer::Failed(Failure::service(ErrorCode::InvalidCredentials)), failed(ClientErrorCode::Timeout)]
    {
        let mut tab = Tab::signed_in("ann");
        tab.command(1, Command::DeleteAccount);
        let effects = tab.answer(2, answer);
        assert!(matches!(effects.first(), Some(Effect::Reject { op: OpId(1), .. })), "{effects:?}");
        assert_eq!(tab.status(), Status::SignedIn);
    }
}

#[test]
fn changing_the_password_requires_a_session() {
    let mut tab = Tab::signed_out();
    assert_eq!(tab.command(1, Command::ChangeSession), [reject(1, ClientErrorCode::SignedOut)]);
}
