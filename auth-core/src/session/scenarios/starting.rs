//! How it begins, and how it ends.

use super::super::{
    Answer, ClientErrorCode, Code, Command, Effect, Generation, Input, RequestNumber, Status,
};
use super::tab::{Tab, abort, fail, failed, granted, refresh, reject, release};
use crate::wire::SessionEndReason;

#[test]
fn a_reload_finds_the_session_by_one_refresh() {
    let mut tab = Tab::new();
    assert_eq!(tab.take(Input::Start { owed_sign_out: None }), [refresh(1)]);
    assert_eq!(tab.status(), Status::Loading);
    assert_eq!(tab.call(1), []);
    assert_eq!(
        tab.answer(1, granted("ann")),
        [
            Effect::StoreToken { request: RequestNumber(1), generation: Generation(1) },
            release(&[1], 1),
            Effect::Notify,
        ]
    );
    let snapshot = tab.machine.snapshot();
    assert_eq!(snapshot.session.as_ref().unwrap().id.as_str(), "s-ann");
    assert_eq!((snapshot.token_expires_at_ms, snapshot.refreshes), (Some(1_700_000_300_000), 1));
}

#[test]
fn an_anonymous_visitor_is_signed_out_without_an_error() {
    let tab = Tab::signed_out();
    assert_eq!(tab.last_error(), None);
}

#[test]
fn an_ended_session_says_why() {
    let mut tab = Tab::new();
    tab.take(Input::Start { owed_sign_out: None });
    tab.call(1);
    assert_eq!(
        tab.answer(1, Answer::Ended(SessionEndReason::Reused)),
        [fail(&[1], ClientErrorCode::SignedOut), Effect::Notify]
    );
    assert_eq!(tab.status(), Status::SignedOut);
    assert_eq!(tab.machine.snapshot().last_error.as_ref().unwrap().reason, Some(SessionEndReason::Reused));
}

#[test]
fn retries_at_the_start_until_the_service_answers() {
    let mut tab = Tab::new();
    tab.take(Input::Start { owed_sign_out: None });
    assert_eq!(tab.answer(1, failed(ClientErrorCode::Network)), [Effect::Notify]);
    assert_eq!(
        (tab.status(), tab.last_error()),
        (Status::Offline, Some(Code::Client(ClientErrorCode::Network)))
    );
    assert_eq!(tab.refresh_timer, Some(1_100));
    assert_eq!(tab.later(100).timer(), [refresh(2)]);
    assert_eq!(tab.answer(2, failed(ClientErrorCode::Timeout)), [Effect::Notify]);
    assert_eq!(tab.refresh_timer, Some(1_300));
    assert_eq!(tab.later(200).timer(), [refresh(3)]);
    tab.answer(3, granted("ann"));
    assert_eq!((tab.status(), tab.last_error()), (Status::SignedIn, None));
}

#[test]
fn starting_twice_asks_once() {
    let mut tab = Tab::new();
    tab.take(Input::Start { owed_sign_out: None });
    assert_eq!(tab.take(Input::Start { owed_sign_out: None }), []);
}

#[test]
fn disposing_rejects_all_pending_calls_and_sends_nothing_afterwards() {
    let mut tab = Tab::signed_in("ann");
    tab.later(300_000).call(1);
    tab.command(7, Command::SignIn);
    let effects = tab.take(Input::Dispose);
    for expected in [
        Effect::DropToken,
        fail(&[1], ClientErrorCode::Disposed),
        reject(7, ClientErrorCode::Disposed),
        abort(2),
    ] {
        assert!(effects.contains(&expected), "{expected:?} in {effects:?}");
    }
    assert_eq!(tab.answer(2, granted("ann")), []);
    assert_eq!(tab.call(2), [fail(&[2], ClientErrorCode::Disposed)]);
    assert_eq!(tab.command(8, Command::SignIn), [reject(8, ClientErrorCode::Disposed)]);
    assert_eq!(tab.hears_sign_in("s-bob"), []);
    assert_eq!(tab.take(Input::Dispose), []);
}
