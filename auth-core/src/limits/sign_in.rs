//! What a sign-in is held against, by account and by address.

use super::{Failures, Pace, Rate, Spent, UnderWay, Wait};

/// The limits of sign-ins. What they mean is said in [the module](super).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInLimits {
    /// Of the pair of account and address.
    pub pair: Pace,
    /// Of the account, from all addresses its user didn't sign in from lately: failures only.
    pub account: Rate,
    /// Of the address, against all accounts: failures only.
    pub address: Rate,
    /// How long an address counts as the user's own after he signed in from it, in milliseconds.
    pub known_ms: u64,
}

impl Default for SignInLimits {
    /// 5 free failures per pair, then 10 s doubling up to 15 minutes; 100 failures a day per account; 100 per 15 minutes and
    /// address; an address is known for 30 days.
    fn default() -> Self {
        const DAY_MS: u64 = 86_400_000;
        Self {
            pair: Pace { free: 5, first_ms: 10_000, most_ms: 900_000, forget_ms: DAY_MS },
            account: Rate { most: 100, window_ms: DAY_MS },
            address: Rate { most: 100, window_ms: 900_000 },
            known_ms: 30 * DAY_MS,
        }
    }
}

/// What is remembered of an account, as seen from one address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Failures of the pair.
    pub pair: Option<Failures>,
    /// Failures of the account from addresses that aren't known.
    pub account: Option<Spent>,
    /// When the user last signed in from this address, in milliseconds.
    pub signed_in_ms: Option<u64>,
}

/// Whether an attempt may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Go {
        /// Whether the user signed in from this address lately.
        known: bool,
    },
    /// Not before this time is over.
    Wait(Wait),
}

impl SignInLimits {
    /// Whether the account's user signed in from the address lately.
    #[must_use]
    pub fn knows(&self, past: &Past, now_ms: u64) -> bool {
        past.signed_in_ms.is_some_and(|at| now_ms.saturating_sub(at) < self.known_ms)
    }

    /// What the account has to say. `pair` and `account` are the keys under which others may be under way; `account` counts only
    /// those from addresses that aren't known.
    #[must_use]
    pub fn of_account(
        &self,
        past: &Past,
        under_way: &UnderWay,
        (pair, account): (&str, &str),
        now_ms: u64,
    ) -> Verdict {
        let known = self.knows(past, now_ms);
        let by_pair = self.pair.wait(past.pair, under_way.count(pair, now_ms), now_ms);
        let by_account = if known {
            None
        } else {
            self.account.wait(past.account, under_way.count(account, now_ms).into(), now_ms)
        };
        by_pair.max(by_account).map_or(Verdict::Go { known }, Verdict::Wait)
    }

    /// What the address has to say, as long as the account doesn't say that it is known.
    #[must_use]
    pub fn of_address(
        &self,
        spent: Option<Spent>,
        under_way: &UnderWay,
        key: &str,
        now_ms: u64,
    ) -> Option<Wait> {
        self.address.wait(spent, under_way.count(key, now_ms).into(), now_ms)
    }

    /// Both together: a pair that is known is spared the address's limit, so that nobody is kept out by his neighbours.
    #[must_use]
    pub fn together(account: Verdict, address: Option<Wait>) -> Verdict {
        match (account, address) {
            (Verdict::Wait(one), Some(other)) => Verdict::Wait(one.max(other)),
            (Verdict::Wait(wait), None) | (Verdict::Go { known: false }, Some(wait)) => Verdict::Wait(wait),
            (go @ Verdict::Go { .. }, _) => go,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::{Past, SignInLimits, Verdict};
    use crate::limits::{Failures, Spent, UnderWay, Wait};

    /// What two objects would store, without the objects.
    #[derive(Default)]
    struct Model {
        limits: SignInLimits,
        pairs: HashMap<(u8, u8), Failures>,
        accounts: HashMap<u8, Spent>,
        addresses: HashMap<u8, Spent>,
        known: HashMap<(u8, u8), u64>,
    }

    impl Model {
        fn past(&self, account: u8, address: u8) -> Past {
            Past {
                pair: self.pairs.get(&(account, address)).copied(),
                account: self.accounts.get(&account).copied(),
                signed_in_ms: self.known.get(&(account, address)).copied(),
            }
        }

        /// One attempt from beginning to end. Whether it was let through, or how long it has to wait.
        fn attempt(&mut self, account: u8, address: u8, right: bool, now_ms: u64) -> Verdict {
            let none = UnderWay::default();
            let past = self.past(account, address);
            let by_account = self.limits.of_account(&past, &none, ("", ""), now_ms);
            let by_address = self.limits.of_address(self.addresses.get(&address).copied(), &none, "", now_ms);
            let verdict = SignInLimits::together(by_account, by_address);
            match verdict {
                Verdict::Go { .. } if right => {
                    self.pairs.remove(&(account, address));
                    self.known.insert((account, address), now_ms);
                }
                Verdict::Go { known } => {
                    let failed = self.limits.pair.failed(past.pair, now_ms);
                    self.pairs.insert((account, address), failed);
                    if !known {
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

    const GO: Verdict = Verdict::Go { known: false };
    const HOUR: u64 = 3_600_000;

    #[test]
    fn check_40_guessing_at_one_account_from_one_address() {
        let mut model = Model::default();
        let mut guesses = 0;
        for second in 0..86_400 {
            guesses += u32::from(model.attempt(1, 1, false, second * 1000) == GO);
        }
        assert_eq!(
            guesses,
            5 + 7 + 94,
            "five free, seven delays that grow, then one every quarter of an hour"
        );
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
    fn check_40_nobody_keeps_a_user_out_of_where_he_signs_in_from() {
        let mut model = Model::default();
        assert_eq!(model.attempt(1, 200, true, 0), GO);
        for minute in 1..1440 {
            let now = minute * 60_000;
            for address in 1..=150 {
                model.attempt(1, address, false, now); // from afar, at his account
            }
            for account in 2..=60 {
                model.attempt(account, 200, false, now); // a neighbour, at others' accounts
            }
            assert_eq!(model.attempt(1, 200, true, now), Verdict::Go { known: true }, "minute {minute}");
        }
        let from_elsewhere = model.attempt(1, 201, true, 1440 * 60_000);
        assert!(matches!(from_elsewhere, Verdict::Wait(_)), "the account's own limit: {from_elsewhere:?}");
    }

    #[test]
    fn check_40_a_right_password_after_the_delay_works_and_makes_good() {
        let mut model = Model::default();
        for _ in 0..5 {
            assert_eq!(model.attempt(1, 1, false, 0), GO);
        }
        assert_eq!(model.attempt(1, 1, true, 0), Verdict::Wait(Wait(10_000)), "also with the right one");
        assert_eq!(model.attempt(1, 1, true, 9_999), Verdict::Wait(Wait(1)));
        assert_eq!(model.attempt(1, 1, true, 10_000), GO);
        for _ in 0..5 {
            assert_eq!(model.attempt(1, 1, false, 10_000), Verdict::Go { known: true }, "five free again");
        }
    }

    #[test]
    fn check_40_the_siege_ends_when_it_ends() {
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
        /// Whatever was tried before: what one is told to wait is enough, and after it he is let in.
        #[test]
        fn check_40_whoever_waits_as_told_gets_his_turn(
            attempts in prop::collection::vec((0_u8..3, 0_u8..4, any::<bool>(), 0_u64..200_000), 1..300),
        ) {
            let mut model = Model::default();
            let mut now = 0;
            for (account, address, right, step) in attempts {
                now += step;
                if let Verdict::Wait(Wait(ms)) = model.attempt(account, address, right, now) {
                    prop_assert!(ms <= 900_000, "{ms}");
                    let past = model.past(account, address);
                    let none = UnderWay::default();
                    let later = SignInLimits::together(
                        model.limits.of_account(&past, &none, ("", ""), now + ms),
                        model.limits.of_address(model.addresses.get(&address).copied(), &none, "", now + ms),
                    );
                    prop_assert!(matches!(later, Verdict::Go { .. }), "{later:?}");
                }
            }
            // What is kept is one fixed-size entry for each pair, account and address, and no more.
            prop_assert!(model.pairs.len() <= 12 && model.accounts.len() <= 3 && model.addresses.len() <= 4);
        }
    }
}
