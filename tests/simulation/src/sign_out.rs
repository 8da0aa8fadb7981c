//! A sign-out in one tab, whatever the others and the network do.

use auth_core::session::Status;

use crate::browser::Browser;
use crate::dice::seeds;
use crate::locks::CONDITIONS;
use crate::network::{BAD, QUICK};

#[test]
fn check_54_a_sign_out_reaches_every_tab_within_a_second_and_no_late_answer_revives_the_session() {
    for condition in CONDITIONS {
        for seed in seeds(50) {
            let told = format!("{condition:?}, seed {seed}");
            let mut browser = Browser::new(seed, QUICK, condition);
            for _ in 0..20 {
                browser.open_tab(true);
            }
            // At any moment of the tabs' first seconds; from now on answers come late or not at all.
            let moment_ms = browser.dice.between(0, 3_000);
            browser.run_for(moment_ms);
            browser.network = BAD;
            for tab in 0..20 {
                browser.call(tab);
            }
            browser.sign_out(0);
            browser.run_for(1_000);
            assert!(browser.all_are(Status::SignedOut), "{told}");
            for _ in 0..60 {
                browser.run_for(2_000);
                assert!(browser.all_are(Status::SignedOut), "{told}: the session came back");
            }
            browser.network = QUICK;
            browser.run_for(60_000);
            assert!(browser.service.is_over(), "{told}: the service was never told");
            assert_eq!(browser.service.alarms, 0, "{told}");
            let tab = browser.open_tab(true);
            browser.run_for(5_000);
            assert_eq!(browser.tabs[tab].machine.snapshot().status, Status::SignedOut, "{told}");
        }
    }
}
