//! A password that an administrator has set: it opens one session, and that one is short unless its user chooses a
//! password of his own.

use serde::{Deserialize, Serialize};

use crate::rotation::Lifetimes;
use crate::time::UnixTime;

/// How long a session lives at most that was opened with a one-time password, in seconds.
pub const FIRST_SESSION: u64 = 3_600;

/// What is known of a one-time password, besides its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneTimePassword {
    /// From this second on it opens nothing.
    pub until: UnixTime,
    /// The session it has opened.
    pub session: Option<String>,
}

impl OneTimePassword {
    /// One that nobody has used yet.
    #[must_use]
    pub const fn new(until: UnixTime) -> Self {
        Self { until, session: None }
    }

    /// Whether it may open a session: once, and in time.
    #[must_use]
    pub fn opens_session(&self, now: UnixTime) -> bool {
        self.session.is_none() && now < self.until
    }

    /// How long the session lives that it opens.
    #[must_use]
    pub fn lifetimes(usual: Lifetimes) -> Lifetimes {
        Lifetimes {
            absolute_expiry: usual.absolute_expiry.min(FIRST_SESSION),
            idle_expiry: usual.idle_expiry.min(FIRST_SESSION),
            ..usual
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FIRST_SESSION, Lifetimes, OneTimePassword};
    use crate::time::UnixTime;

    #[test]
    fn it_opens_one_session_and_only_in_time() {
        let mut password = OneTimePassword::new(UnixTime(100));
        assert!(password.opens_session(UnixTime(99)));
        assert!(!password.opens_session(UnixTime(100)));
        password.session = Some("s".into());
        assert!(!password.opens_session(UnixTime(99)));
    }

    #[test]
    fn the_session_it_opens_is_never_longer_than_usual() {
        let usual = Lifetimes::default();
        let first = OneTimePassword::lifetimes(usual);
        assert_eq!((first.absolute_expiry, first.idle_expiry), (FIRST_SESSION, FIRST_SESSION));
        assert_eq!((first.access_token, first.replay_window), (usual.access_token, usual.replay_window));
        let short = Lifetimes { absolute_expiry: 60, idle_expiry: 30, ..usual };
        assert_eq!(OneTimePassword::lifetimes(short), short);
    }
}
