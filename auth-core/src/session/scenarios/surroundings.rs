//! Hidden pages, networks that come and go, clocks that jump.

use super::super::{Effect, Input, Status, Wake};
use super::tab::{Tab, abort, granted, refresh, release};

#[test]
fn a_hidden_page_renews_nothing_ahead_of_time_until_it_is_used_or_seen() {
    let mut tab = Tab::signed_in("ann");
    tab.take(Input::Wake(Wake::Hidden));
    assert_eq!(tab.refresh_timer, None);
    assert_eq!(tab.later(250_000).timer(), []);
    assert_eq!(tab.call(1), [release(&[1], 1), refresh(2)], "used");
    tab.answer(2, granted("ann"));
    assert_eq!(tab.refresh_timer, None);
    tab.later(250_000);
    assert_eq!(tab.take(Input::Wake(Wake::Visible)), [refresh(3)], "seen");
    tab.answer(3, granted("ann"));
    assert!(tab.refresh_timer.is_some());
    tab.take(Input::Wake(Wake::Hidden));
    assert!(tab.later(300_000).call(2).contains(&refresh(4)), "expired");
}

#[test]
fn a_browser_without_a_network_is_shown_as_offline_at_once() {
    let mut tab = Tab::signed_in("ann");
    assert_eq!(tab.take(Input::Wake(Wake::Offline)), [Effect::Notify]);
    assert_eq!(tab.status(), Status::Offline);
    assert_eq!(tab.call(1), [release(&[1], 1)], "it is not for the vault to say what can be reached");
    assert_eq!(tab.take(Input::Wake(Wake::Online)), [Effect::Notify]);
    assert_eq!(tab.status(), Status::SignedIn);
    // A browser that forgets to say that it is online again is believed less than the service.
    tab.take(Input::Wake(Wake::Offline));
    tab.later(240_000).timer();
    tab.answer(2, granted("ann"));
    assert_eq!(tab.status(), Status::SignedIn);
}

#[test]
fn a_refresh_that_left_over_a_network_that_is_gone_is_sent_again_when_there_is_one() {
    let mut tab = Tab::signed_in("ann");
    tab.later(240_000).timer();
    assert_eq!(tab.later(999).take(Input::Wake(Wake::Online)), [], "it has only just left");
    assert_eq!(tab.later(1).take(Input::Wake(Wake::Online)), [abort(2), refresh(3)]);
}

#[test]
fn check_53_a_clock_that_was_set_back_before_a_sleep_costs_one_refresh_and_no_401() {
    let mut tab = Tab::signed_in("ann");
    tab.now.wall_ms -= 86_400_000;
    assert_eq!(tab.later(1_000).call(1), [release(&[1], 1), Effect::Notify]);
    tab.now.wall_ms += 8 * 3_600_000; // the monotonic clock stood still
    assert!(tab.call(2).contains(&refresh(2)));
    assert!(tab.answer(2, granted("ann")).contains(&release(&[2], 2)));
}

#[test]
fn a_monotonic_clock_that_goes_back_is_taken_to_stand_still() {
    let mut tab = Tab::signed_in("ann");
    tab.later(250_000).call(1);
    tab.answer(2, granted("ann"));
    let armed = tab.refresh_timer;
    tab.now.monotonic_ms = 0;
    assert_eq!(tab.call(2), [release(&[2], 2)]);
    assert_eq!(tab.timer(), []);
    assert_eq!(tab.refresh_timer, armed);
}
