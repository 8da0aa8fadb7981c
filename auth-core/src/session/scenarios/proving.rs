//! Whether the browser keeps the cookie: found out at the sign-in where the service is on another origin than
//! the page, and else at the first renewal.

use super::super::{
    Answer, ClientErrorCode, Code, Command, Config, Effect, Failure, Generation, Input, OpId, RequestNumber,
    Status, TabMessage, Wake,
};
use super::tab::{
    Tab, abort, ask_lock, fail, failed, granted, granted_lock, refresh, reject, release, release_lock,
    send_sign_out, unavailable,
};
use crate::wire::{ErrorCode, SessionEndReason};

/// There is no session, and the service is on another origin.
fn elsewhere() -> Tab {
    let mut tab = Tab::with(Config { cookie_may_be_blocked: true, ..Config::default() });
    tab.take(Input::Start { owed_sign_out: None });
    tab.answer(1, Answer::Empty);
    tab
}

/// Ann has signed in by request 2 of promise 1; request 3 is the proof.
fn proving() -> Tab {
    let mut tab = elsewhere();
    tab.command(1, Command::SignIn);
    tab.answer(2, granted("ann"));
    tab
}

const RESOLVED: Effect = Effect::Resolve { op: OpId(1) };

#[test]
fn on_the_services_own_origin_a_cookie_that_does_not_come_back_is_blocked() {
    let mut tab = Tab::signed_out();
    tab.command(1, Command::SignIn);
    tab.answer(2, granted("ann"));
    tab.later(240_000).timer();
    tab.answer(3, Answer::Empty);
    assert_eq!(
        (tab.status(), tab.last_error()),
        (Status::SignedOut, Some(Code::Client(ClientErrorCode::CookieBlocked)))
    );

    let mut tab = Tab::signed_in("ann");
    tab.later(240_000).timer();
    tab.answer(2, Answer::Empty);
    assert_eq!(tab.last_error(), Some(Code::Service(ErrorCode::SessionEnded)), "it had worked before");
}

#[test]
fn a_cookie_that_does_not_come_back_after_the_session_s_expiry_is_not_blocked() {
    const LASTS_MS: u64 = 30 * 86_400_000;
    let expired = Failure::ended(SessionEndReason::Expired);
    // Asleep since the sign-in, with a monotonic clock that goes on or one that stops meanwhile; or the wall clock was
    // set back by a day, which the other clock reveals.
    for (monotonic_ms, wall_ms, told) in [
        (LASTS_MS, LASTS_MS, &expired),
        (1_000, LASTS_MS, &expired),
        (LASTS_MS, LASTS_MS - 86_400_000, &expired),
        (LASTS_MS - 1, LASTS_MS - 1, &Failure::client(ClientErrorCode::CookieBlocked)),
    ] {
        let mut tab = Tab::signed_out();
        tab.command(1, Command::SignIn);
        tab.answer(2, granted("ann"));
        tab.now.monotonic_ms += monotonic_ms;
        tab.now.wall_ms += wall_ms;
        assert!(tab.take(Input::Wake(Wake::Visible)).contains(&refresh(3)));
        tab.answer(3, Answer::Empty);
        assert_eq!(tab.status(), Status::SignedOut);
        assert_eq!(tab.machine.snapshot().last_error.as_ref(), Some(told), "{monotonic_ms} {wall_ms}");
    }
}

#[test]
fn a_sign_in_to_another_origin_is_answered_when_the_cookie_has_come_back() {
    for command in [Command::SignIn, Command::SecondFactor] {
        let mut tab = elsewhere();
        tab.command(1, command);
        assert_eq!(
            tab.answer(2, granted("ann")),
            [
                Effect::StoreToken { request: RequestNumber(2), generation: Generation(1) },
                Effect::ForgetSignOut,
                Effect::Broadcast(TabMessage::SignedIn { session: "s-ann".into() }),
                refresh(3),
            ]
        );
        assert_eq!(tab.status(), Status::SignedOut, "the page's form is still there");
        assert_eq!(tab.call(1), [release(&[1], 1)], "calls have a token already");
        assert_eq!(
            tab.answer(3, granted("ann")),
            [
                Effect::StoreToken { request: RequestNumber(3), generation: Generation(2) },
                RESOLVED,
                Effect::Notify,
            ]
        );
        assert_eq!(tab.status(), Status::SignedIn);
    }
}

#[test]
fn a_change_of_user_is_shown_at_once() {
    let mut tab = proving();
    tab.answer(3, failed(ClientErrorCode::Network));
    tab.command(2, Command::SignIn);
    assert!(tab.answer(4, granted("bob")).ends_with(&[refresh(5), Effect::Notify]));
    let shown = tab.machine.snapshot().session.as_ref().map(|session| session.id.as_str());
    assert_eq!(shown, Some("s-bob"));
    assert!(tab.answer(5, Answer::Empty).contains(&reject(2, ClientErrorCode::CookieBlocked)));
    assert_eq!(tab.status(), Status::SignedOut);
}

#[test]
fn a_sign_in_fails_if_the_browser_does_not_send_the_cookie_back() {
    let mut tab = proving();
    assert_eq!(
        tab.answer(3, Answer::Empty),
        [reject(1, ClientErrorCode::CookieBlocked), Effect::DropToken, Effect::EndCalls, Effect::Notify]
    );
    let blocked = Some(Code::Client(ClientErrorCode::CookieBlocked));
    assert_eq!((tab.status(), tab.last_error()), (Status::SignedOut, blocked));
    assert_eq!((tab.refresh_timer, tab.turn_timer), (None, None));

    // The next attempt finds it out again.
    tab.command(2, Command::SignIn);
    assert!(tab.answer(4, granted("ann")).contains(&refresh(5)));
    assert!(tab.answer(5, Answer::Empty).contains(&reject(2, ClientErrorCode::CookieBlocked)));
}

#[test]
fn a_sign_in_fails_if_the_session_ends_before_the_cookies_check() {
    let mut tab = proving();
    let failure = Failure::ended(SessionEndReason::Revoked);
    assert_eq!(
        tab.answer(3, Answer::Ended(SessionEndReason::Revoked)),
        [Effect::Reject { op: OpId(1), failure }, Effect::DropToken, Effect::EndCalls, Effect::Notify]
    );
    assert_eq!(tab.last_error(), Some(Code::Service(ErrorCode::SessionEnded)));
}

#[test]
fn if_the_cookies_check_fails_the_sign_in_succeeds() {
    for answer in [failed(ClientErrorCode::Network), failed(ClientErrorCode::Timeout), unavailable(5_000)] {
        let mut tab = proving();
        assert!(tab.answer(3, answer).contains(&RESOLVED));
        assert_eq!(tab.status(), Status::Offline);
        assert_eq!(tab.call(1), [release(&[1], 1)]);
        tab.later(5_000).timer();
        assert_eq!(tab.answer(4, Answer::Empty), [Effect::DropToken, Effect::EndCalls, Effect::Notify]);
        assert_eq!(tab.last_error(), Some(Code::Client(ClientErrorCode::CookieBlocked)));
    }
}

#[test]
fn a_cookie_that_has_worked_once_needs_no_proof() {
    let mut tab = proving();
    tab.answer(3, granted("ann"));
    tab.sign_out(2);
    tab.answer(4, Answer::Empty);
    tab.command(3, Command::SignIn);
    let effects = tab.answer(5, granted("bob"));
    assert!(effects.contains(&Effect::Resolve { op: OpId(3) }), "{effects:?}");
    assert!(!effects.contains(&refresh(6)));
}

#[test]
fn another_password_needs_no_proof() {
    let mut tab = proving();
    tab.answer(3, failed(ClientErrorCode::Network));
    tab.command(2, Command::ChangeSession);
    assert!(tab.answer(4, granted("ann")).contains(&Effect::Resolve { op: OpId(2) }));
}

#[test]
fn other_operations_wait_for_the_cookies_check() {
    let mut tab = proving();
    for (op, command) in [(2, Command::ChangeSession), (3, Command::SignIn)] {
        assert_eq!(tab.command(op, command), []);
    }
    let effects = tab.answer(3, granted("ann"));
    let change = |request| Effect::Send {
        request: RequestNumber(request),
        op: OpId(2),
        command: Command::ChangeSession,
        bearer: Some(Generation(2)),
    };
    assert!(effects.contains(&RESOLVED) && effects.contains(&change(4)), "{effects:?}");

    // Without a cookie there is no session whose password could be changed; another sign-in may try.
    let mut tab = proving();
    tab.command(2, Command::ChangeSession);
    tab.command(3, Command::SignIn);
    let effects = tab.answer(3, Answer::Empty);
    assert!(effects.contains(&reject(1, ClientErrorCode::CookieBlocked)), "{effects:?}");
    assert!(effects.contains(&reject(2, ClientErrorCode::SignedOut)), "{effects:?}");
    let again =
        Effect::Send { request: RequestNumber(4), op: OpId(3), command: Command::SignIn, bearer: None };
    assert!(effects.contains(&again), "{effects:?}");
}

#[test]
fn a_sign_out_takes_precedence_over_the_cookies_check() {
    let mut tab = proving();
    let effects = tab.sign_out(2);
    assert!(effects.starts_with(&[abort(3), Effect::DropToken, Effect::EndCalls]), "{effects:?}");
    assert!(effects.contains(&reject(1, ClientErrorCode::SignedOut)));
    assert!(effects.contains(&send_sign_out(4)));
    assert_eq!(tab.answer(3, granted("ann")), []);
    assert!(tab.answer(4, Answer::Empty).ends_with(&[Effect::Resolve { op: OpId(2) }]));

    let mut tab = proving();
    tab.hears_sign_out(Some("s-ann"));
    assert_eq!(tab.hint_due(), [abort(3), Effect::CheckSignOutNote, refresh(4)]);
    assert_eq!(tab.answer(3, granted("ann")), []);
    assert!(tab.answer(4, Answer::Empty).contains(&reject(1, ClientErrorCode::SignedOut)));
    assert_eq!(tab.status(), Status::SignedOut);
}

#[test]
fn a_late_message_about_another_session_repeats_the_cookies_check() {
    let mut tab = proving();
    assert_eq!(tab.hears_sign_out(Some("s-before")), [abort(3), refresh(4)]);
    assert!(tab.answer(4, granted("ann")).contains(&RESOLVED));
}

#[test]
fn a_sign_in_in_another_tab_ends_the_session_being_checked() {
    let mut tab = proving();
    assert_eq!(tab.hears_sign_in("s-bob"), [abort(3), refresh(4)]);
    assert_eq!(tab.answer(3, granted("ann")), []);
    let effects = tab.answer(4, granted("bob"));
    assert!(effects.contains(&Effect::DropToken) && effects.contains(&Effect::EndCalls));
    assert!(effects.contains(&reject(1, ClientErrorCode::SignedOut)));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Resolve { .. })));
    assert_eq!(tab.status(), Status::SignedIn);

    // This tab's own news, on its way back, changes nothing.
    let mut tab = proving();
    assert_eq!(tab.hears_sign_in("s-ann"), []);

    // Nor is one user's sign-in another's, whichever user the cookie belongs to.
    let effects = tab.answer(3, granted("bob"));
    assert!(effects.contains(&reject(1, ClientErrorCode::SignedOut)), "{effects:?}");
    assert!(!effects.contains(&RESOLVED));
}

#[test]
fn a_page_that_was_frozen_before_the_proof_starts_again() {
    let mut tab = proving();
    let effects = tab.take(Input::Wake(Wake::Thawed));
    assert!(effects.contains(&reject(1, ClientErrorCode::SignedOut)), "{effects:?}");
    assert!(effects.contains(&refresh(4)));
    assert!(!tab.answer(4, granted("ann")).contains(&RESOLVED));
    assert_eq!(tab.status(), Status::SignedIn);
}

#[test]
fn disposing_rejects_calls_that_wait_for_the_cookies_check() {
    let mut tab = proving();
    assert_eq!(tab.take(Input::Dispose), [Effect::DropToken, reject(1, ClientErrorCode::Disposed), abort(3)]);
    assert_eq!(tab.answer(3, granted("ann")), []);
}

#[test]
fn a_token_that_is_refused_before_the_proof_is_renewed_by_it() {
    let mut tab = proving();
    assert_eq!(tab.refused(1, 1), [Effect::DropToken]);
    let effects = tab.answer(3, granted("ann"));
    assert!(effects.contains(&release(&[1], 2)) && effects.contains(&RESOLVED), "{effects:?}");

    let mut tab = proving();
    tab.refused(1, 1);
    assert!(tab.answer(3, Answer::Empty).contains(&fail(&[1], ClientErrorCode::SignedOut)));
}

#[test]
fn the_cookies_check_takes_the_lock_as_a_waiting_call_does() {
    let begun = || {
        let mut tab = Tab { locks: true, ..elsewhere() };
        tab.command(1, Command::SignIn);
        assert!(tab.answer(2, granted("ann")).contains(&ask_lock(2)));
        tab
    };
    assert_eq!(begun().later(50).take(granted_lock(2)), [refresh(3)]);
    let mut tab = begun();
    assert_eq!(tab.turn_timer, Some(tab.now.monotonic_ms + 200));
    assert_eq!(tab.command(2, Command::SignOutOthers), []);
    let tab = tab.later(200);
    assert_eq!(tab.take(Input::Wake(Wake::Visible)), [release_lock(2), refresh(3)]);
    assert!(tab.answer(3, Answer::Empty).contains(&reject(1, ClientErrorCode::CookieBlocked)));
}

#[test]
fn on_another_site_the_cookie_never_arrives() {
    let blocked = Failure { status: Some(403), ..Failure::client(ClientErrorCode::CookieBlocked) };
    let forgery = || Answer::Failed(blocked.clone());
    let mut tab = Tab::with(Config { cookie_may_be_blocked: true, ..Config::default() });
    tab.take(Input::Start { owed_sign_out: None });
    tab.answer(1, forgery());
    assert_eq!(tab.last_error(), Some(blocked.code));
    tab.command(1, Command::SignIn);
    let effects = tab.answer(2, forgery());
    assert!(effects.contains(&Effect::Reject { op: OpId(1), failure: blocked.clone() }), "{effects:?}");
}

/// An origin that the service does not list: the page learns why, and is not signed out of a session that may
/// exist.
#[test]
fn a_rejected_origin_is_the_error_of_the_sign_in_and_no_failed_connection() {
    let refused = Failure::service(ErrorCode::RequestForgery);
    let mut tab = Tab::with(Config { cookie_may_be_blocked: true, ..Config::default() });
    tab.take(Input::Start { owed_sign_out: None });
    tab.answer(1, Answer::Failed(refused.clone()));
    assert_eq!(tab.last_error(), Some(refused.code));
    tab.command(1, Command::SignIn);
    let effects = tab.answer(2, Answer::Failed(refused.clone()));
    assert!(effects.contains(&Effect::Reject { op: OpId(1), failure: refused.clone() }), "{effects:?}");
}
