//! The limits that apply to a sign-in, by account and by address.

use serde::{Deserialize, Serialize};

use super::{Failures, Pace, Rate, Spent, UnderWay, Wait};

/// The limits of sign-ins, described in [the module](super).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInLimits {
    /// For the pair of account and address, or of account and known browser.
    pub pair: Pace,
    /// For the account: failures of unknown clients.
    pub account: Rate,
    /// For the address, over all accounts: failures.
    pub address: Rate,
    /// For the address: all attempts, sign-ups included, successful or not.
    pub attempts: Rate,
    /// How long an address stays known to the account after a sign-in from it, in milliseconds.
    pub known_address_ms: u64,
    /// How long a browser stays known to the account after a sign-in with it, in milliseconds.
    pub known_browser_ms: u64,
}

impl Default for SignInLimits {
    /// 5 free failures per pair, then 10 s doubling up to 15 minutes; 100 failures per day and account; 100
    /// failures and 200 attempts per 15 minutes and address; an address is known for 30 days, a browser for
    /// 400.
    fn default() -> Self {
        const DAY_MS: u64 = 86_400_000;
        Self {
            pair: Pace { free: 5, first_ms: 10_000, most_ms: 900_000, forget_ms: DAY_MS },
            account: Rate { most: 100, window_ms: DAY_MS },
            address: Rate { most: 100, window_ms: 900_000 },
            attempts: Rate { most: 200, window_ms: 900_000 },
            known_address_ms: 30 * DAY_MS,
            known_browser_ms: 400 * DAY_MS,
        }
    }
}

/// When the account's user last signed in from a client's address and with its browser, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastSignIns {
    /// From the address.
    pub from_address: Option<u64>,
    /// With the browser that presents this device cookie.
    pub with_browser: Option<u64>,
}

/// How the account recognises a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recognised {
    /// The client is not known.
    No,
    /// By its address. Its failures count for the pair of account and address.
    Address,
    /// By its device cookie. Its failures count separately: other clients at its address can't add to them.
    Browser,
}

impl Recognised {
    /// Whether the client is known.
    #[must_use]
    pub const fn is_known(self) -> bool {
        matches!(self, Self::Address | Self::Browser)
    }
}

/// The stored state of an account and one client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Failures of the pair: of account and browser if the client is recognised by its cookie, otherwise of
    /// account and address.
    pub pair: Option<Failures>,
    /// Failures of the account by unknown clients.
    pub account: Option<Spent>,
    /// Attempts of the pair, if the client is known.
    pub attempts: Option<Spent>,
}

/// Whether an attempt may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The attempt may be made.
    Go {
        /// How the account recognises the client.
        recognised: Recognised,
        /// Whether the client is exempt from the limits of its address.
        exempt: bool,
    },
    /// The client must wait this long.
    Wait(Wait),
}

impl SignInLimits {
    /// How many attempts of a known client are exempt from the limits of its address: a tenth of the
    /// address's rate. A user needs few. If it were the full rate, a client with many accounts of its own
    /// would have a multiple of the address's rate.
    #[must_use]
    pub fn exempt_attempts(&self) -> Rate {
        Rate { most: (self.attempts.most / 10).max(1), window_ms: self.attempts.window_ms }
    }

    /// How the account recognises a client. The browser comes first, because its failures are counted
    /// separately.
    #[must_use]
    pub fn recognise(&self, last: LastSignIns, now_ms: u64) -> Recognised {
        let since = |at: Option<u64>, known_ms| at.is_some_and(|at| now_ms.saturating_sub(at) < known_ms);
        if since(last.with_browser, self.known_browser_ms) {
            Recognised::Browser
        } else if since(last.from_address, self.known_address_ms) {
            Recognised::Address
        } else {
            Recognised::No
        }
    }

    /// The account's verdict. `pair` and `account` are the keys of attempts in progress; `account` counts
    /// only those of unknown clients.
    #[must_use]
    pub fn of_account(
        &self,
        recognised: Recognised,
        past: &Past,
        under_way: &UnderWay,
        (pair, account): (&str, &str),
        now_ms: u64,
    ) -> Verdict {
        let by_pair = self.pair.wait(past.pair, under_way.count(pair, now_ms), now_ms);
        let by_account = if recognised.is_known() {
            None
        } else {
            self.account.wait(past.account, under_way.count(account, now_ms).into(), now_ms)
        };
        let exempt = recognised.is_known() && self.exempt_attempts().wait(past.attempts, 0, now_ms).is_none();
        by_pair.max(by_account).map_or(Verdict::Go { recognised, exempt }, Verdict::Wait)
    }

    /// The address's wait, for clients that are not exempt: by its failures, and by all its attempts. An
    /// attempt counts when it begins.
    #[must_use]
    pub fn of_address(
        &self,
        (failures, attempts): (Option<Spent>, Option<Spent>),
        under_way: &UnderWay,
        key: &str,
        now_ms: u64,
    ) -> Option<Wait> {
        let by_failures = self.address.wait(failures, under_way.count(key, now_ms).into(), now_ms);
        by_failures.max(self.attempts.wait(attempts, 0, now_ms))
    }

    /// Combines both verdicts. A known client is exempt from the address's limits, so that other clients at
    /// its address can't lock out the user.
    #[must_use]
    pub fn together(account: Verdict, address: Option<Wait>) -> Verdict {
        match (account, address) {
            (Verdict::Wait(one), Some(other)) => Verdict::Wait(one.max(other)),
            (Verdict::Wait(wait), None) | (Verdict::Go { exempt: false, .. }, Some(wait)) => {
                Verdict::Wait(wait)
            }
            (go @ Verdict::Go { .. }, _) => go,
        }
    }
}

#[cfg(test)]
mod tests;
