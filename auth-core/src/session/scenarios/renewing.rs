//! Tokens are renewed, and calls wait for it.

use super::super::{
    Answer, CallId, ClientErrorCode, Effect, Failure, Generation, Input, RequestNumber, Status, Wake,
};
use super::tab::{Tab, failed, granted, refresh, release, unavailable};
use crate::wire::ErrorCode;

#[test]
fn the_token_is_renewed_a_minute_before_it_expires() {
    let mut tab = Tab::signed_in("ann");
    assert_eq!(tab.refresh_timer, Some(241_000));
    assert_eq!(tab.later(239_999).timer(), [], "too early does no harm");
    assert_eq!(tab.refresh_timer, Some(241_000), "it is set again");
    assert_eq!(tab.later(1).timer(), [refresh(2)]);
    assert_eq!(tab.timer(), [], "twice does no harm");
    assert_eq!(tab.call(1), [release(&[1], 1)], "the old one is still good");
    assert_eq!(
        tab.answer(2, granted("ann")),
        [Effect::StoreToken { request: RequestNumber(2), generation: Generation(2) }, Effect::Notify,]
    );
}

#[test]
fn check_49_a_thousand_calls_over_an_expired_token_cause_one_refresh() {
    let mut tab = Tab::signed_in("ann");
    tab.later(300_000);
    let mut effects = Vec::new();
    for call in 0..1_000 {
        effects.extend(tab.call(call));
    }
    assert_eq!(effects, [refresh(2)]);
    let answered = tab.answer(2, granted("ann"));
    assert!(answered.contains(&release(&(0..1_000).collect::<Vec<_>>(), 2)));
}

#[test]
fn check_49_a_thousand_401s_cause_one_refresh() {
    let mut tab = Tab::signed_in("ann");
    let mut effects = Vec::new();
    for call in 0..1_000 {
        effects.extend(tab.refused(call, 1));
    }
    assert_eq!(effects, [Effect::DropToken, refresh(2), Effect::Notify]);
    tab.answer(2, granted("ann"));
    assert_eq!(
        tab.refused(2_000, 1),
        [release(&[2_000], 2)],
        "a late one is sent again with the token there is"
    );
}

#[test]
fn an_api_that_rejects_every_token_causes_five_renewals_and_then_one_in_ten_seconds() {
    let mut tab = Tab::signed_in("ann");
    for generation in 1..=5 {
        assert!(
            tab.refused(1, generation).contains(&Effect::DropToken),
            "roles may change five times in a moment"
        );
        tab.answer(u32::try_from(generation).unwrap() + 1, granted("ann"));
    }
    assert_eq!(tab.refused(2, 6), [Effect::KeepAnswer { call: CallId(2) }]);
    assert_eq!(tab.later(9_999).refused(2, 6), [Effect::KeepAnswer { call: CallId(2) }]);
    assert_eq!(tab.later(1).refused(3, 6), [Effect::DropToken, refresh(7), Effect::Notify]);
}

#[test]
fn check_52_nothing_but_session_ended_ends_a_session() {
    for (name, answer) in [
        ("captive portal", failed(ClientErrorCode::BadResponse)),
        ("offline, CORS", failed(ClientErrorCode::Network)),
        ("timeout", failed(ClientErrorCode::Timeout)),
        ("503", unavailable(0)),
        ("429", Answer::Failed(Failure::service(ErrorCode::RateLimited))),
        ("forgery guard", Answer::Failed(Failure::service(ErrorCode::RequestForgery))),
        ("an API's 401", Answer::Failed(Failure::service(ErrorCode::InvalidToken))),
        ("404", Answer::Failed(Failure::service(ErrorCode::NotFound))),
    ] {
        let mut tab = Tab::signed_in("ann");
        assert_eq!(tab.later(300_000).call(1), [refresh(2)], "{name}");
        let effects = tab.answer(2, answer);
        assert!(matches!(effects.first(), Some(Effect::Fail { .. })), "{name}");
        assert!(!effects.contains(&Effect::DropToken), "{name}");
        assert_eq!(tab.status(), Status::Offline, "{name}");
        assert!(tab.machine.snapshot().session.is_some(), "{name}");
        assert_eq!(tab.later(100).timer(), [refresh(3)], "{name}");
    }
}

#[test]
fn while_the_service_is_down_a_valid_token_is_used() {
    let mut tab = Tab::signed_in("ann");
    tab.later(240_000).timer();
    tab.answer(2, failed(ClientErrorCode::Network));
    assert_eq!((tab.status(), tab.call(1)), (Status::Offline, vec![release(&[1], 1)]));
}

#[test]
fn calls_to_a_failing_service_are_paced_and_time_out() {
    let mut tab = Tab::signed_in("ann");
    tab.later(300_000).call(1);
    for request in 2..9 {
        tab.answer(request, failed(ClientErrorCode::Network));
        tab.later(60_000).timer();
    }
    tab.answer(9, failed(ClientErrorCode::Network));
    // The next attempt is 12.8 s away; a call brings it to a second after the last one.
    let at = tab.now.monotonic_ms;
    assert_eq!(tab.refresh_timer, Some(at + 12_800));
    assert_eq!(tab.call(2), []);
    assert_eq!(tab.refresh_timer, Some(at + 1_000));
    assert_eq!(tab.later(1_000).timer(), [refresh(10)]);
    tab.answer(10, unavailable(30_000));
    let effects = tab.call(3);
    assert!(matches!(&effects[..], [Effect::Fail { failure, .. }] if failure.code.as_str() == "unavailable"));
}

#[test]
fn a_wake_retries_at_once_unless_the_service_sent_retry_after() {
    let mut tab = Tab::signed_in("ann");
    tab.later(240_000).timer();
    tab.answer(2, failed(ClientErrorCode::Network));
    assert_eq!(tab.later(1).take(Input::Wake(Wake::Online)), [refresh(3)]);
    tab.answer(3, unavailable(7_000));
    assert_eq!(tab.later(6_999).take(Input::Wake(Wake::Online)), []);
    assert!(tab.later(1).take(Input::Wake(Wake::Visible)).contains(&refresh(4)));
}

#[test]
fn check_53_after_eight_hours_of_sleep_the_first_call_waits_for_one_refresh() {
    let mut tab = Tab::signed_in("ann");
    tab.now.wall_ms += 8 * 3_600_000; // the monotonic clock stood still
    assert!(tab.call(1).contains(&refresh(2)));
    assert!(tab.answer(2, granted("ann")).contains(&release(&[1], 2)));
    assert_eq!(tab.call(2), [release(&[2], 2)]);
}

#[test]
fn check_53_a_clock_that_jumps_a_day_costs_one_refresh() {
    let mut tab = Tab::signed_in("ann");
    tab.now.wall_ms += 86_400_000;
    assert!(tab.call(1).contains(&refresh(2)));
    tab.answer(2, granted("ann"));
    assert_eq!(tab.call(2), [release(&[2], 2)]);
    tab.now.wall_ms -= 2 * 86_400_000;
    assert_eq!(
        tab.later(1_000).call(3),
        [release(&[3], 2), Effect::Notify],
        "the page is told what the clock now says"
    );
    for call in 4..100 {
        assert_eq!(tab.later(1_000).call(call), [release(&[call], 2)]);
    }
    assert!(tab.later(203_000).call(100).contains(&refresh(3)), "the monotonic clock knows");
}

#[test]
fn an_aborted_call_is_not_sent_when_the_wait_ends() {
    let mut tab = Tab::signed_in("ann");
    tab.later(300_000).call(1);
    tab.call(2);
    tab.take(Input::CallAborted { call: CallId(1) });
    assert!(tab.answer(2, granted("ann")).contains(&release(&[2], 2)));
}
