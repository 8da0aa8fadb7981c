use std::collections::HashMap;

use proptest::prelude::*;

use super::{LastSignIns, Past, Recognised, SignInLimits, Verdict};
use crate::limits::{Failures, Spent, UnderWay, Wait};

/// What the two objects would store.
#[derive(Default)]
struct Model {
    limits: SignInLimits,
    pairs: HashMap<(u8, Client), Failures>,
    accounts: HashMap<u8, Spent>,
    addresses: HashMap<u8, Spent>,
    known: HashMap<(u8, Client), u64>,
    /// All attempts: of addresses, and of known clients.
    attempts: HashMap<u8, Spent>,
    exempt: HashMap<(u8, Client), Spent>,
}

/// The client's key in a pair.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Client {
    Address(u8),
    Browser(u8),
}

impl Model {
    fn verdict(
        &self,
        account: u8,
        (address, browser): (u8, Option<u8>),
        now_ms: u64,
    ) -> (Verdict, Client, Past) {
        let none = UnderWay::default();
        let known = |client| self.known.get(&(account, client)).copied();
        let last = LastSignIns {
            from_address: known(Client::Address(address)),
            with_browser: browser.and_then(|browser| known(Client::Browser(browser))),
        };
        let recognised = self.limits.recognise(last, now_ms);
        let client = match (recognised, browser) {
            (Recognised::Browser, Some(browser)) => Client::Browser(browser),
            _ => Client::Address(address),
        };
        let past = Past {
            pair: self.pairs.get(&(account, client)).copied(),
            account: self.accounts.get(&account).copied(),
            attempts: self.exempt.get(&(account, client)).copied(),
        };
        let by_account = self.limits.of_account(recognised, &past, &none, ("", ""), now_ms);
        let spent = (self.addresses.get(&address).copied(), self.attempts.get(&address).copied());
        let by_address = self.limits.of_address(spent, &none, "", now_ms);
        (SignInLimits::together(by_account, by_address), client, past)
    }

    /// One complete attempt. Returns the verdict before it.
    fn attempt(&mut self, account: u8, address: u8, right: bool, now_ms: u64) -> Verdict {
        self.attempt_with(account, (address, None), right, now_ms)
    }

    /// The same, by a browser that presents a device cookie.
    fn attempt_with(
        &mut self,
        account: u8,
        (address, browser): (u8, Option<u8>),
        right: bool,
        now_ms: u64,
    ) -> Verdict {
        let (verdict, client, past) = self.verdict(account, (address, browser), now_ms);
        if let Verdict::Go { exempt, .. } = verdict {
            let spent = self.attempts.get(&address).copied();
            if self.limits.attempts.wait(spent, 0, now_ms).is_none() {
                self.attempts.insert(address, self.limits.attempts.take(spent, now_ms));
            }
            if exempt {
                let spent = self.limits.exempt_attempts().take(past.attempts, now_ms);
                self.exempt.insert((account, client), spent);
            }
        }
        match verdict {
            Verdict::Go { .. } if right => {
                self.pairs.remove(&(account, client));
                self.known.insert((account, Client::Address(address)), now_ms);
                if let Some(browser) = browser {
                    self.known.insert((account, Client::Browser(browser)), now_ms);
                }
            }
            Verdict::Go { recognised, .. } => {
                let failed = self.limits.pair.failed(past.pair, now_ms);
                self.pairs.insert((account, client), failed);
                if !recognised.is_known() {
                    self.accounts.insert(account, self.limits.account.take(past.account, now_ms));
                }
                let spent = self.addresses.get(&address).copied();
                self.addresses.insert(address, self.limits.address.take(spent, now_ms));
            }
            Verdict::Wait(_) => {}
        }
        verdict
    }
}

const GO: Verdict = Verdict::Go { recognised: Recognised::No, exempt: false };
const GO_KNOWN_ADDRESS: Verdict = Verdict::Go { recognised: Recognised::Address, exempt: true };
const GO_KNOWN_BROWSER: Verdict = Verdict::Go { recognised: Recognised::Browser, exempt: true };
const HOUR: u64 = 3_600_000;

#[test]
fn check_40_guessing_at_one_account_from_one_address() {
    let mut model = Model::default();
    let mut guesses = 0;
    for second in 0..86_400 {
        guesses += u32::from(model.attempt(1, 1, false, second * 1000) == GO);
    }
    assert_eq!(guesses, 5 + 7 + 94, "five free, seven growing delays, then one per 15 minutes");
}

#[test]
fn check_40_guessing_at_one_account_from_many_addresses() {
    let mut model = Model::default();
    let mut guesses = 0;
    for minute in 0..1440 {
        for address in 1..=250 {
            guesses += u32::from(model.attempt(1, address, false, minute * 60_000) == GO);
        }
    }
    assert!(guesses <= 200, "{guesses} guesses in a day by 250 addresses");
}

#[test]
fn check_40_guessing_at_many_accounts_from_one_address() {
    let mut model = Model::default();
    let mut guesses = 0;
    for second in 0..3600 {
        for account in 0..=255 {
            guesses += u32::from(model.attempt(account, 1, false, second * 1000) == GO);
        }
    }
    assert_eq!(guesses, 100 + 3600 / 9 - 1);
}

#[test]
fn check_40_a_user_can_sign_in_from_a_known_address_during_an_attack() {
    let mut model = Model::default();
    assert_eq!(model.attempt(1, 200, true, 0), GO);
    for minute in 1..1440 {
        let now = minute * 60_000;
        for address in 1..=150 {
            model.attempt(1, address, false, now); // other addresses, at the user's account
        }
        for account in 2..=60 {
            model.attempt(account, 200, false, now); // the user's address, at other accounts
        }
        assert_eq!(model.attempt(1, 200, true, now), GO_KNOWN_ADDRESS, "minute {minute}");
    }
    let at_new_address = model.attempt(1, 201, true, 1440 * 60_000);
    assert!(matches!(at_new_address, Verdict::Wait(_)), "the account's own limit: {at_new_address:?}");
}

#[test]
fn check_40_a_known_browser_signs_in_at_a_new_address_while_the_account_is_under_attack() {
    let mut model = Model::default();
    assert_eq!(model.attempt_with(1, (200, Some(7)), true, 0), GO);
    // The known browser belongs to account 1; browser 8 to account 2.
    assert_eq!(model.attempt_with(2, (202, Some(8)), true, 0), GO);
    for minute in 1..1440 {
        let now = minute * 60_000;
        for address in 1..=150 {
            model.attempt(1, address, false, now);
        }
    }
    let now = 1439 * 60_000;
    for (browser, what) in
        [(None, "a new browser"), (Some(9), "a made-up cookie"), (Some(8), "another account's")]
    {
        let verdict = model.attempt_with(1, (150, browser), true, now);
        assert!(matches!(verdict, Verdict::Wait(_)), "{what}: {verdict:?}");
    }
    // Even if the attacker has exhausted the limits of the pair and the address.
    for address in [1, 150, 201] {
        assert_eq!(model.attempt_with(1, (address, Some(7)), true, now), GO_KNOWN_BROWSER, "{address}");
    }
}

#[test]
fn check_40_limits_attempts_per_address_even_if_all_succeed() {
    let mut model = Model::default();
    // With one account, the client is known from the first attempt on and then has some exempt attempts.
    let succeed = |model: &mut Model, account: u8, now: u64| {
        (0..1000).take_while(|_| matches!(model.attempt(account, 1, true, now), Verdict::Go { .. })).count()
    };
    assert_eq!(succeed(&mut model, 1, 0), 200);
    assert_eq!(succeed(&mut model, 1, 899_999), 199, "the same number in the same time");
    let mut model = Model::default();
    let all: usize = (1..=50).map(|account| succeed(&mut model, account, 0)).sum();
    assert_eq!(all, 200, "many accounts do not raise the limit");
    // Users who signed in from the address before can still sign in; others must wait.
    let mut model = Model::default();
    assert!(matches!(model.attempt(2, 1, true, 0), Verdict::Go { .. }));
    for account in 3..=255 {
        model.attempt(account, 1, true, 1);
    }
    assert_eq!(model.attempt(2, 1, true, 2), GO_KNOWN_ADDRESS);
    assert!(matches!(model.attempt(1, 1, true, 2), Verdict::Wait(Wait(ms)) if ms <= 4_500));
    assert_eq!(succeed(&mut model, 2, 3), 19, "only the exempt attempts");
}

#[test]
fn check_40_a_known_browser_has_its_own_pace_with_the_same_bound() {
    let mut model = Model::default();
    assert_eq!(model.attempt_with(1, (1, Some(7)), true, 0), GO);
    let mut guesses = 0;
    for second in 0..86_400_u64 {
        // From another address each time, because only the cookie counts.
        let address = u8::try_from(second % 200).unwrap();
        guesses +=
            u32::from(model.attempt_with(1, (address, Some(7)), false, second * 1000) == GO_KNOWN_BROWSER);
    }
    assert_eq!(guesses, 5 + 7 + 94);
    assert_eq!(model.accounts.get(&1), None, "the account's limit is not affected");
    let day = 86_400_000;
    assert_eq!(model.attempt_with(1, (250, Some(7)), false, 402 * day), GO, "known for 400 days");
}

#[test]
fn check_40_a_correct_password_after_the_delay_resets_the_failures() {
    let mut model = Model::default();
    for _ in 0..5 {
        assert_eq!(model.attempt(1, 1, false, 0), GO);
    }
    assert_eq!(model.attempt(1, 1, true, 0), Verdict::Wait(Wait(10_000)), "even with the correct password");
    assert_eq!(model.attempt(1, 1, true, 9_999), Verdict::Wait(Wait(1)));
    assert_eq!(model.attempt(1, 1, true, 10_000), GO);
    for _ in 0..5 {
        assert_eq!(model.attempt(1, 1, false, 10_000), GO_KNOWN_ADDRESS, "five free failures again");
    }
}

#[test]
fn check_40_limits_expire_after_an_attack() {
    let mut model = Model::default();
    for minute in 0..1440 {
        for address in 1..=250 {
            model.attempt(1, address, false, minute * 60_000);
        }
    }
    let over = 1439 * 60_000;
    let Verdict::Wait(Wait(ms)) = model.attempt(1, 255, true, over) else { panic!("besieged") };
    assert!(ms <= HOUR, "{ms}");
    assert_eq!(model.attempt(1, 255, true, over + ms), GO);
}

proptest! {
    /// The stated wait is always sufficient: after it the attempt is allowed, whatever was tried before.
    #[test]
    fn check_40_an_attempt_after_the_stated_wait_is_allowed(
        attempts in prop::collection::vec((0_u8..3, 0_u8..4, any::<bool>(), 0_u64..200_000), 1..300),
    ) {
        let mut model = Model::default();
        let mut now = 0;
        for (account, address, right, step) in attempts {
            now += step;
            if let Verdict::Wait(Wait(ms)) = model.attempt(account, address, right, now) {
                prop_assert!(ms <= 900_000, "{ms}");
                let (later, ..) = model.verdict(account, (address, None), now + ms);
                prop_assert!(matches!(later, Verdict::Go { .. }), "{later:?}");
            }
        }
        // The state is one fixed-size entry per pair, account and address.
        prop_assert!(model.pairs.len() <= 12 && model.accounts.len() <= 3 && model.addresses.len() <= 4);
    }
}
