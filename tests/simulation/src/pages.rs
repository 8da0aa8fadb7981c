//! Pages by cookie: navigations and their subresources, alone and beside tabs that refresh.

use auth_core::rotation::PresentedBy::{self, Navigation, OtherRequest};
use auth_core::session::Status;
use auth_core::wire::RefreshCookie;

use crate::browser::Browser;
use crate::dice::seeds;
use crate::event::Event;
use crate::locks::{CONDITIONS, Condition};
use crate::network::{BAD, QUICK};

impl Browser {
    /// Sends a request on a cookie route, with what the jar holds.
    fn ask_by_cookie(&mut self, by: PresentedBy, upstream_ms: u64) {
        let (in_ms, cookie) = (self.leg(), self.jar.clone().unwrap());
        if !self.is_lost() {
            self.after(in_ms, Event::Shows { by, cookie, upstream_ms });
        }
    }

    /// The gate judges the request, and takes the cookie off an answer that leaves too late.
    pub(crate) fn show(&mut self, by: PresentedBy, cookie: &RefreshCookie, upstream_ms: u64) {
        let set = self.service.admit(cookie, by, self.now_ms).expect("the user is signed in");
        let in_time = upstream_ms <= self.service.navigation_answer_ms();
        let in_ms = upstream_ms + self.leg();
        if let (Some(cookie), true, false) = (set, in_time, self.is_lost()) {
            self.after(in_ms, Event::Sets(cookie));
        }
    }

    /// What a user does on pages in about ten seconds: perhaps a navigation, among other requests. One
    /// upstream in four is slow.
    fn browse(&mut self) {
        let requests = self.dice.between(0, 6);
        for number in 0..=requests {
            let by = if number == requests && self.dice.one_in(2) { Navigation } else { OtherRequest };
            let slowest_ms = if self.dice.one_in(4) { 120_000 } else { 1_000 };
            let upstream_ms = self.dice.between(0, slowest_ms);
            self.ask_by_cookie(by, upstream_ms);
        }
        let pause_ms = self.dice.between(0, 20_000);
        self.run_for(pause_ms);
    }
}

/// One browser for hours: pages, and where there are tabs, their calls. Nothing may ever be refused.
fn a_day_of_pages(browser: &mut Browser, told: &str) {
    for step in 0..8 * 360 {
        browser.network = if step / 60 % 2 == 0 { QUICK } else { BAD };
        if !browser.tabs.is_empty() {
            let tab = usize::try_from(browser.dice.roll()).unwrap() % browser.tabs.len();
            browser.call(tab);
        }
        browser.browse();
        assert_eq!(browser.service.alarms, 0, "{told}, step {step}: an honest user was taken for a thief");
        assert!(!browser.service.is_over(), "{told}, step {step}: the session was ended");
    }
    assert!(browser.service.least_gap_s() > 60, "{told}: it rotated twice within a window");
    assert!(browser.service.rotations.len() > 100, "{told}: {} rotations", browser.service.rotations.len());
    // Requests in progress arrive and the family settles; then one fast page presents the current cookie.
    browser.network = QUICK;
    browser.run_for(240_000);
    browser.ask_by_cookie(Navigation, 0);
    browser.run_for(1_000);
    let (jar, current) = (browser.jar.as_ref().unwrap(), browser.service.cookie());
    assert_eq!(jar.generation, current.generation, "{told}");
}

#[test]
fn check_28_a_day_of_pages_by_cookie_signs_no_user_out() {
    for seed in seeds(20) {
        let mut browser = Browser::new(seed, QUICK, Condition::Absent);
        a_day_of_pages(&mut browser, &format!("seed {seed}"));
    }
}

#[test]
fn check_28_a_day_of_pages_beside_tabs_that_refresh_signs_no_user_out() {
    for condition in CONDITIONS {
        for seed in seeds(5) {
            let told = format!("{condition:?}, seed {seed}");
            let mut browser = Browser::new(seed, QUICK, condition);
            for _ in 0..5 {
                browser.open_tab(true);
            }
            a_day_of_pages(&mut browser, &told);
            browser.run_for(90_000);
            assert!(browser.all_are(Status::SignedIn), "{told}");
        }
    }
}

/// A thief who copied the cookie during a day of pages, and then never comes within a window and two flights
/// of the user. Once the user has navigated and seen the page, the next request of either ends the session.
#[test]
fn check_26_a_copied_cookie_is_detected_on_pages() {
    const APART_MS: u64 = 101_000;
    for thiefs in [Navigation, OtherRequest] {
        for seed in seeds(100) {
            let mut browser = Browser::new(seed, QUICK, Condition::Absent);
            for _ in 0..browser.dice.between(1, 100) {
                browser.browse();
            }
            browser.run_for(240_000);
            let mut stolen = browser.jar.clone().unwrap();
            let keeps = browser.dice.one_in(2);
            let user_moves_on = |browser: &mut Browser| {
                let (by, cookie) = (Navigation, browser.jar.clone().unwrap());
                let set = browser.service.admit(&cookie, by, browser.now_ms);
                browser.jar = set.ok().flatten().or(Some(cookie));
                browser.run_for(1_000);
                let cookie = browser.jar.clone().unwrap();
                browser.service.admit(&cookie, OtherRequest, browser.now_ms).is_ok()
            };
            let mut found = false;
            for _ in 0..2 {
                browser.run_for(APART_MS);
                match browser.service.admit(&stolen, thiefs, browser.now_ms) {
                    Ok(Some(cookie)) if keeps => stolen = cookie,
                    Ok(_) => {}
                    Err(_) => found = true,
                }
                browser.run_for(APART_MS);
                found |= !user_moves_on(&mut browser);
            }
            let told = format!("{thiefs:?}, seed {seed}");
            assert!(found && browser.service.is_over(), "{told}: both are still signed in");
            assert_eq!(browser.service.alarms, 1, "{told}");
        }
    }
}
