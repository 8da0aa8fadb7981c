//! Clocks that are wrong, that jump, and that stand still.

use auth_core::session::Status;

use crate::browser::Browser;
use crate::dice::seeds;
use crate::locks::Condition;
use crate::network::QUICK;

const DAY_MS: i64 = 86_400_000;

fn signed_in(seed: u64, wall_is_off_ms: i64) -> Browser {
    let mut browser = Browser::new(seed, QUICK, Condition::Sound);
    browser.wall_is_off_ms = wall_is_off_ms;
    for _ in 0..5 {
        browser.open_tab(true);
    }
    browser.run_for(5_000);
    assert!(browser.all_are(Status::SignedIn));
    browser
}

/// Every tab calls once a second for so long. Gives how many refreshes and 401s the busiest tab had.
fn work(browser: &mut Browser, seconds: u64) -> (u32, u32) {
    let before: Vec<(u32, u32)> = browser.tabs.iter().map(|tab| (tab.refreshes, tab.refusals)).collect();
    for _ in 0..seconds {
        for tab in 0..browser.tabs.len() {
            browser.call(tab);
        }
        browser.run_for(1_000);
    }
    let more = browser
        .tabs
        .iter()
        .zip(before)
        .map(|(tab, (refreshes, refusals))| (tab.refreshes - refreshes, tab.refusals - refusals));
    more.fold((0, 0), |most, tab| (most.0.max(tab.0), most.1.max(tab.1)))
}

#[test]
fn check_53_a_clock_that_is_a_day_off_changes_nothing() {
    for off_ms in [-DAY_MS, 0, DAY_MS] {
        for seed in seeds(20) {
            let mut browser = signed_in(seed, off_ms);
            let (refreshes, refusals) = work(&mut browser, 1_000);
            assert!(refreshes <= 5, "{off_ms} ms: {refreshes} refreshes in 1,000 s");
            assert_eq!(refusals, 0, "{off_ms} ms");
        }
    }
}

#[test]
fn check_53_eight_hours_of_sleep_cost_one_refresh_and_no_401() {
    for off_ms in [-DAY_MS, 0, DAY_MS] {
        for seed in seeds(20) {
            let mut browser = signed_in(seed, off_ms);
            browser.sleep(8 * 3_600_000);
            assert_eq!(work(&mut browser, 100), (1, 0), "{off_ms} ms, seed {seed}");
            assert!(browser.all_are(Status::SignedIn));
        }
    }
}

#[test]
fn check_53_a_clock_that_jumps_costs_one_refresh_and_no_401() {
    for jump_ms in [-DAY_MS, -1_000, 1_000, DAY_MS] {
        for seed in seeds(20) {
            let mut browser = signed_in(seed, 0);
            browser.wall_is_off_ms += jump_ms;
            let (refreshes, refusals) = work(&mut browser, 100);
            assert!(refreshes <= 1, "{jump_ms} ms: {refreshes} refreshes");
            assert_eq!(refusals, 0, "{jump_ms} ms");
        }
    }
}

/// The worst there is: the wall clock is set back just before a sleep in which the monotonic clock stands
/// still, so that neither of them has seen the time pass.
#[test]
fn check_53_a_clock_that_is_set_back_over_a_sleep_costs_one_401_at_most() {
    for seed in seeds(20) {
        let mut browser = signed_in(seed, 0);
        browser.wall_is_off_ms -= 8 * 3_600_000;
        browser.sleep(8 * 3_600_000);
        let (refreshes, refusals) = work(&mut browser, 100);
        assert!(refreshes <= 1, "{refreshes} refreshes");
        assert!(refusals <= 1, "{refusals} refusals");
        assert!(browser.all_are(Status::SignedIn));
    }
}

#[test]
fn check_53_a_constantly_jumping_clock_causes_no_loop() {
    for seed in seeds(20) {
        let mut browser = signed_in(seed, 0);
        let before: u32 = browser.tabs.iter().map(|tab| tab.refreshes).sum();
        for second in 0..300 {
            browser.wall_is_off_ms = if second % 2 == 0 { DAY_MS } else { -DAY_MS };
            for tab in 0..browser.tabs.len() {
                browser.call(tab);
            }
            browser.run_for(1_000);
        }
        let after: u32 = browser.tabs.iter().map(|tab| tab.refreshes).sum();
        // Each jump forward is a night's sleep for all a tab can know, so it asks; never more often than the
        // clock jumps.
        assert!(after - before <= 5 * 150 + 10, "{} refreshes for 150 jumps forward", after - before);
        assert!(browser.all_are(Status::SignedIn));
        assert_eq!(browser.service.alarms, 0);
        assert!(browser.service.least_gap_s() > 60);
    }
}
