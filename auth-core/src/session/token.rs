//! What the machine knows of an access token: its generation and its lifetime, never its bytes.

use super::clock::Deadline;
use super::{Config, Jitter, Now};

/// The number of a token in this tab. A rejection names the generation that was rejected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u64);

impl Generation {
    pub(super) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// The minimum time between renewals by timer, in milliseconds, however short a token's stated lifetime is.
const LEAST_PAUSE_MS: u64 = 1_000;
/// No other tab delays a renewal beyond this time before the token's expiry, in milliseconds: the tab may
/// then still wait 5 s for its turn, and the request takes a while.
const LAST_CHANCE_MS: u64 = 10_000;
/// The maximum lifetime that is assumed, in seconds: 30 days. A token that lives longer is renewed more often
/// than necessary.
const LONGEST_LIFE_S: u64 = 30 * 86_400;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) generation: Generation,
    pub(super) expires: Deadline,
    /// When to renew it early.
    renew: Deadline,
    /// When to renew it early although other tabs ask to wait. Not before `renew`, except for a token that
    /// lives for seconds.
    last_chance: Deadline,
    /// Whether it was requested because its predecessor was rejected.
    pub(super) after_refusal: bool,
}

/// When the request was sent, when its response arrived, and the stated lifetime.
#[derive(Clone, Copy, Debug)]
pub(super) struct Receipt {
    pub(super) sent: Now,
    pub(super) received: Now,
    pub(super) expires_in_s: u64,
    pub(super) after_refusal: bool,
}

impl Token {
    /// Its lifetime counts from the time when the request was *sent*: the service can't have issued it
    /// earlier, so its assumed lifetime is never too long, however long the response took.
    pub(super) fn new(generation: Generation, receipt: Receipt, config: Config, jitter: Jitter) -> Self {
        let life = receipt.expires_in_s.min(LONGEST_LIFE_S) * 1_000;
        let most = config.refresh_ahead_ms.min(life / 2);
        let ahead = most - jitter.of(most / 4);
        let early = Deadline::after(receipt.sent, life - ahead);
        let pause = Deadline::after(receipt.received, LEAST_PAUSE_MS);
        Self {
            generation,
            expires: Deadline::after(receipt.sent, life),
            renew: Deadline {
                monotonic_ms: early.monotonic_ms.max(pause.monotonic_ms),
                wall_ms: early.wall_ms.max(pause.wall_ms),
            },
            last_chance: Deadline::after(receipt.sent, life - ahead.min(LAST_CHANCE_MS)),
            after_refusal: receipt.after_refusal,
        }
    }

    pub(super) const fn is_usable(&self, now: Now) -> bool {
        !self.expires.is_reached(now)
    }

    pub(super) const fn is_ripe(&self, now: Now) -> bool {
        self.renew.is_reached(now)
    }

    pub(super) const fn is_at_last_chance(&self, now: Now) -> bool {
        self.last_chance.is_reached(now)
    }

    /// When it is renewed by timer: not before `not_before_ms`, but no later than its last chance.
    pub(super) fn renew_at(&self, not_before_ms: u64) -> u64 {
        self.renew.monotonic_ms.max(not_before_ms.min(self.last_chance.monotonic_ms))
    }

    /// Both clocks are compared, because one of them may have been set.
    pub(super) const fn look_at_clocks(&mut self, now: Now) {
        self.expires = self.expires.seen_at(now);
        self.renew = self.renew.seen_at(now);
        self.last_chance = self.last_chance.seen_at(now);
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, Generation, Jitter, Now, Receipt, Token};

    const SENT: Now = Now { monotonic_ms: 10_000, wall_ms: 1_700_000_000_000 };

    fn token(expires_in_s: u64, jitter: u16) -> Token {
        let received = Now { monotonic_ms: 10_100, wall_ms: SENT.wall_ms + 100 };
        let receipt = Receipt { sent: SENT, received, expires_in_s, after_refusal: false };
        Token::new(Generation(1), receipt, Config::default(), Jitter(jitter))
    }

    #[test]
    fn it_is_renewed_a_minute_early_less_jitter_or_at_half_of_its_life() {
        assert_eq!(token(300, 0).renew_at(0), 10_000 + 240_000);
        assert_eq!(token(300, u16::MAX).renew_at(0), 10_000 + 255_000);
        assert_eq!(token(60, 0).renew_at(0), 10_000 + 30_000);
        assert_eq!(token(4, 0).renew_at(0), 10_000 + 2_000);
    }

    #[test]
    fn other_tabs_delay_its_renewal_until_ten_seconds_before_its_expiry() {
        assert_eq!(token(300, 0).renew_at(10_000 + 270_000), 10_000 + 270_000);
        assert_eq!(token(300, 0).renew_at(u64::MAX), 10_000 + 290_000);
        assert_eq!(token(12, 0).renew_at(u64::MAX), 10_000 + 6_000, "no later than without them");
        let at = |ms| Now { monotonic_ms: SENT.monotonic_ms + ms, wall_ms: SENT.wall_ms + ms };
        assert!(!token(300, 0).is_at_last_chance(at(289_999)));
        assert!(token(300, 0).is_at_last_chance(at(290_000)));
    }

    #[test]
    fn extreme_lifetimes_cause_no_loop_and_no_overflow() {
        assert_eq!(token(0, 0).renew_at(0), 11_100);
        assert!(!token(0, 0).is_usable(SENT));
        assert_eq!(
            token(u64::MAX, 0).renew_at(0),
            30 * 86_400_000 - 60_000 + 10_000,
            "timers reach less far"
        );
    }

    #[test]
    fn check_53_a_clock_set_back_or_forward_by_a_day_is_noticed_by_the_other_clock() {
        let day = 86_400_000;
        let token = token(300, 0);
        assert!(!token.is_usable(Now { monotonic_ms: 310_000, wall_ms: SENT.wall_ms + 300_000 - day }));
        assert!(!token.is_usable(Now { monotonic_ms: 10_200, wall_ms: SENT.wall_ms + day }));
        assert!(token.is_usable(Now { monotonic_ms: 309_999, wall_ms: SENT.wall_ms + 299_999 }));
    }
}
