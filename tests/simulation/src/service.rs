//! The token service: one family, and what came of it.

use auth_core::credential::AuthenticationMethod;
use auth_core::rotation::{self, Event, Family, Lifetimes, Opening, PresentedBy, RefreshKey, RefreshKeys};
use auth_core::secret::SecretBytes;
use auth_core::session::{Answer, Grant, SeenSession};
use auth_core::time::UnixTime;
use auth_core::wire::{RefreshCookie, SessionEndReason};

/// Milliseconds to the service's seconds. The world's clock starts long after the epoch.
const EPOCH_S: u64 = 1_700_000_000;

pub(crate) struct Service {
    family: Family,
    keys: RefreshKeys,
    lifetimes: Lifetimes,
    /// The number of requests for a token.
    pub(crate) asked: u32,
    /// When the family rotated, in seconds.
    pub(crate) rotations: Vec<u64>,
    /// How often it revoked a family because of reuse.
    pub(crate) alarms: u32,
}

/// What an answer does to the cookie jar.
pub(crate) enum Jar {
    Leave,
    Set(RefreshCookie),
    Clear,
}

pub(crate) struct Reply {
    pub(crate) answer: Answer,
    pub(crate) jar: Jar,
    /// When the token it carries expires, by the world's clock.
    pub(crate) expires_ms: u64,
}

impl Service {
    /// The session was opened at the world's beginning.
    pub(crate) fn new() -> Self {
        let keys = RefreshKeys {
            active: RefreshKey { id: "k".into(), bytes: SecretBytes::new([1; 32]) },
            older: vec![],
        };
        let opening = Opening {
            account: "account".into(),
            id: "session".into(),
            nonce: SecretBytes::new([2; 32]),
            authenticated_at: UnixTime(EPOCH_S),
            methods: vec![AuthenticationMethod::Password],
            user_agent: String::new(),
            address: String::new(),
        };
        let lifetimes = Lifetimes::default();
        let family = Family::open(opening, &keys, lifetimes, UnixTime(EPOCH_S));
        Self { family, keys, lifetimes, asked: 0, rotations: vec![], alarms: 0 }
    }

    pub(crate) fn cookie(&self) -> RefreshCookie {
        self.family.cookie(&self.keys).unwrap()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.family.end.is_some()
    }

    /// How far apart two rotations were at the least, in seconds.
    pub(crate) fn least_gap_s(&self) -> u64 {
        let gaps = self.rotations.windows(2).map(|pair| pair[1] - pair[0]);
        gaps.min().unwrap_or(u64::MAX)
    }

    pub(crate) fn refresh(&mut self, cookie: Option<&RefreshCookie>, now_ms: u64, chance: u16) -> Reply {
        self.asked += 1;
        let Some(cookie) = cookie else {
            return Reply { answer: Answer::Empty, jar: Jar::Leave, expires_ms: 0 };
        };
        match self.present(cookie, PresentedBy::Refresh, now_ms) {
            rotation::Answer::Current { cookie, set } => {
                let expires_in_s = self.lifetimes.access_token_by_chance(chance);
                Reply {
                    answer: Answer::Granted(Grant { expires_in_s, session: self.session() }),
                    jar: if set { Jar::Set(cookie) } else { Jar::Leave },
                    expires_ms: now_ms + expires_in_s * 1_000,
                }
            }
            rotation::Answer::Ended(reason) => {
                Reply { answer: Answer::Ended(reason), jar: Jar::Leave, expires_ms: 0 }
            }
        }
    }

    /// A request on a cookie route. Gives the cookie that its answer sets, if it sets one.
    pub(crate) fn admit(
        &mut self,
        cookie: &RefreshCookie,
        by: PresentedBy,
        now_ms: u64,
    ) -> Result<Option<RefreshCookie>, SessionEndReason> {
        match self.present(cookie, by, now_ms) {
            rotation::Answer::Current { cookie, set } => Ok(set.then_some(cookie)),
            rotation::Answer::Ended(reason) => Err(reason),
        }
    }

    /// For how long the gate lets an answer wait for its upstream and still set the cookie.
    pub(crate) const fn navigation_answer_ms(&self) -> u64 {
        self.lifetimes.navigation_answer_ms()
    }

    fn present(&mut self, cookie: &RefreshCookie, by: PresentedBy, now_ms: u64) -> rotation::Answer {
        let (keys, lifetimes) = (&self.keys, self.lifetimes);
        let now = UnixTime(EPOCH_S + now_ms / 1_000);
        let outcome =
            self.family.present(cookie.generation, &cookie.secret, by, keys, lifetimes, now).unwrap();
        match outcome.event {
            Some(Event::Rotated | Event::MovedOn { .. }) => self.rotations.push(now.0),
            Some(Event::Reused { .. }) => self.alarms += 1,
            Some(Event::Replayed) | None => {}
        }
        outcome.answer
    }

    pub(crate) fn sign_out(&mut self, now_ms: u64) -> Reply {
        self.family.finish(SessionEndReason::Revoked, UnixTime(EPOCH_S + now_ms / 1_000));
        Reply { answer: Answer::Empty, jar: Jar::Clear, expires_ms: 0 }
    }

    fn session(&self) -> SeenSession {
        let view = format!("{:?}", self.family.idle_expires_at);
        let lasts_s = self.family.expires_at.0 - EPOCH_S;
        SeenSession { id: self.family.id.clone(), user: "user".into(), lasts_s, view }
    }
}
