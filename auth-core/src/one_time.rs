//! A one-time password, set by an administrator. It opens one session, which is short unless the user chooses
//! a new password in it.

use serde::{Deserialize, Serialize};

use crate::id::SessionId;
use crate::rotation::Lifetimes;
use crate::time::UnixTime;

/// The maximum lifetime of a session that was opened with a one-time password, in seconds.
pub const FIRST_SESSION: u64 = 3_600;

/// The state of a one-time password, without its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename(deserialize = "open"))]
pub struct OneTimePassword {
    /// It expires at this second.
    pub until: UnixTime,
    /// The session that was opened with it.
    pub session: Option<SessionId>,
}

impl OneTimePassword {
    /// An unused one-time password.
    #[must_use]
    pub const fn new(until: UnixTime) -> Self {
        Self { until, session: None }
    }

    /// Whether it may open a session: it must be unused and not expired.
    #[must_use]
    pub fn opens_session(&self, now: UnixTime) -> bool {
        self.session.is_none() && now < self.until
    }

    /// The lifetimes of the session that it opens.
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
    fn opens_one_session_before_it_expires() {
        let mut password = OneTimePassword::new(UnixTime(100));
        assert!(password.opens_session(UnixTime(99)));
        assert!(!password.opens_session(UnixTime(100)));
        password.session = Some("s".into());
        assert!(!password.opens_session(UnixTime(99)));
    }

    #[test]
    fn its_session_is_never_longer_than_a_usual_one() {
        let usual = Lifetimes::default();
        let first = OneTimePassword::lifetimes(usual);
        assert_eq!((first.absolute_expiry, first.idle_expiry), (FIRST_SESSION, FIRST_SESSION));
        assert_eq!((first.access_token, first.replay_window), (usual.access_token, usual.replay_window));
        let short = Lifetimes { absolute_expiry: 60, idle_expiry: 30, ..usual };
        assert_eq!(OneTimePassword::lifetimes(short), short);
    }
}
