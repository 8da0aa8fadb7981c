//! When a message to another system is sent again, and when it is given up. A message stays in its account's
//! outbox until the other system has confirmed it.

use crate::time::UnixTime;

/// How long a message is kept, in seconds: seven days, so that an outage over a long weekend loses nothing.
pub const KEPT_FOR: u64 = 7 * 86_400;

/// How long a message to a user is kept, in seconds: a day. Later, it would surprise more than it helps.
pub const KEPT_FOR_USERS: u64 = 86_400;

/// How many messages of one channel an account keeps. One more replaces the oldest that may be lost.
pub const MAX_PENDING: u64 = 100;

/// The delay after the first failure, in seconds. Each further failure doubles it.
const FIRST_DELAY: u64 = 5;

/// The longest delay, in seconds.
const MAX_DELAY: u64 = 3_600;

/// What follows a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterFailure {
    /// The message is sent again at this time.
    SendAgain(UnixTime),
    /// The message is deleted.
    GiveUp,
}

/// Decides what follows the failure of a message's attempt number `attempts` (from 1). The message is given up
/// `kept_for` seconds after its creation. `chance` is random: up to
/// a quarter is added to a delay, so that the accounts whose messages failed in one outage do not all repeat them
/// at the same time.
#[must_use]
pub fn after_failure(
    attempts: u64,
    created_at: UnixTime,
    kept_for: u64,
    now: UnixTime,
    chance: u16,
) -> AfterFailure {
    if now.since(created_at) >= kept_for {
        return AfterFailure::GiveUp;
    }
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
    let delay = FIRST_DELAY.saturating_mul(2_u64.saturating_pow(doublings)).min(MAX_DELAY);
    let more = delay * u64::from(chance) / (4 * u64::from(u16::MAX));
    // The last attempt is made when the message expires.
    let at = now.plus(delay + more).min(created_at.plus(kept_for));
    AfterFailure::SendAgain(at)
}

#[cfg(test)]
mod tests {
    use super::{AfterFailure, KEPT_FOR, after_failure};
    use crate::time::UnixTime;

    const CREATED: UnixTime = UnixTime(1_000);

    #[test]
    fn delays_double_up_to_an_hour() {
        for (attempts, delay) in
            [(1, 5), (2, 10), (3, 20), (10, 2_560), (11, 3_600), (12, 3_600), (100, 3_600), (u64::MAX, 3_600)]
        {
            let now = UnixTime(2_000);
            let expected = AfterFailure::SendAgain(now.plus(delay));
            assert_eq!(after_failure(attempts, CREATED, KEPT_FOR, now, 0), expected, "{attempts}");
        }
    }

    #[test]
    fn chance_adds_at_most_a_quarter() {
        let at = |chance| after_failure(11, CREATED, KEPT_FOR, UnixTime(2_000), chance);
        assert_eq!(at(0), AfterFailure::SendAgain(UnixTime(2_000 + 3_600)));
        assert_eq!(at(u16::MAX / 2), AfterFailure::SendAgain(UnixTime(2_000 + 3_600 + 449)));
        assert_eq!(at(u16::MAX), AfterFailure::SendAgain(UnixTime(2_000 + 3_600 + 900)));
    }

    #[test]
    fn a_message_is_sent_a_last_time_when_it_expires_and_then_given_up() {
        let end = CREATED.plus(KEPT_FOR);
        let before = UnixTime(end.0 - 10);
        assert_eq!(after_failure(200, CREATED, KEPT_FOR, before, u16::MAX), AfterFailure::SendAgain(end));
        assert_eq!(after_failure(201, CREATED, KEPT_FOR, end, 0), AfterFailure::GiveUp);
        assert_eq!(after_failure(1, CREATED, KEPT_FOR, end.plus(1), 0), AfterFailure::GiveUp);
    }

    #[test]
    fn a_service_that_comes_back_after_any_outage_of_less_than_the_limit_gets_the_message() {
        let (mut now, mut attempts) = (CREATED, 0);
        let mut longest = 0;
        loop {
            attempts += 1;
            match after_failure(attempts, CREATED, KEPT_FOR, now, u16::MAX) {
                AfterFailure::SendAgain(at) => {
                    longest = longest.max(at.since(now));
                    now = at;
                }
                AfterFailure::GiveUp => break,
            }
        }
        assert_eq!(now, CREATED.plus(KEPT_FOR));
        assert!(longest <= 4_500 && (130..200).contains(&attempts), "{longest} {attempts}");
    }
}
