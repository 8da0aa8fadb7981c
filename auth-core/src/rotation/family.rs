//! The stored state of a session, its beginning and its end.

use serde::{Deserialize, Serialize};

use super::refresh_keys::RefreshKeys;
use crate::credential::AuthenticationMethod;
use crate::id::{AccountId, KeyId, SessionId};
use crate::oauth::Delegation;
use crate::secret::SecretBytes;
use crate::time::UnixTime;
use crate::wire::SessionEndReason;

/// Lifetimes, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename(deserialize = "open"))]
pub struct Lifetimes {
    /// The minimum interval between two rotations of a family, and how long its predecessor is accepted.
    /// Default: 60.
    pub replay_window: u64,
    /// How long a session may stay unused. Default: 7 days.
    pub idle_expiry: u64,
    /// The maximum lifetime of a session. Default: 30 days.
    pub absolute_expiry: u64,
    /// The lifetime of an access token, which is also how long its revocation must be stored. Default: 300.
    pub access_token: u64,
}

impl Lifetimes {
    /// The lifetime of one access token: randomly a little shorter than configured, so that clients that
    /// signed in at the same time do not renew at the same time. `chance` is any random number; the result is
    /// at least nine tenths.
    #[must_use]
    pub fn access_token_by_chance(&self, chance: u16) -> u64 {
        let most_less = self.access_token / 10;
        self.access_token - u64::from(chance) % (most_less + 1)
    }

    /// How long a request, or its response, may be in flight: a third of the replay window each. The vault
    /// gives up on both together after 20 s, so the default window of 60 s covers it; a shorter window covers
    /// only faster clients.
    #[must_use]
    pub const fn flight(&self) -> u64 {
        self.replay_window / 3
    }

    /// How long the response to a navigation may wait for its upstream and still set the cookie: one flight,
    /// in milliseconds from the account's decision. A later response is sent without the cookie, as if the
    /// cookie had been lost in transit.
    #[must_use]
    pub const fn navigation_answer_ms(&self) -> u64 {
        self.flight() * 1000
    }
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self { replay_window: 60, idle_expiry: 7 * 86_400, absolute_expiry: 30 * 86_400, access_token: 300 }
    }
}

/// How long a family is kept after its absolute expiry, in seconds. A request that was sent shortly before
/// the expiry, or by a client whose clock is late, then gets the reason `expired`: without the record it
/// would get `none`, as for a session that never existed.
const KEPT_AFTER_EXPIRY: u64 = 3600;

/// A session: a family of refresh generations.
#[derive(Clone, Debug)]
pub struct Family {
    /// The session's id.
    pub id: SessionId,
    /// The account it belongs to.
    pub account: AccountId,
    /// 256 random bits, the stored input of every secret's derivation.
    pub nonce: SecretBytes,
    /// When it was opened.
    pub created_at: UnixTime,
    /// When the user last proved a credential in this session: the `auth_time` of its access tokens. A
    /// refresh does not change it.
    pub authenticated_at: UnixTime,
    /// How the user proved it.
    pub methods: Vec<AuthenticationMethod>,
    /// When it last rotated.
    pub last_used_at: UnixTime,
    /// The absolute expiry, which never changes.
    pub expires_at: UnixTime,
    /// The idle expiry. It changes only when the family rotates, and is never later than the absolute expiry.
    pub idle_expires_at: UnixTime,
    /// The newest generation.
    pub current: Generation,
    /// The generation that the current one replaced; `None` before the first rotation.
    pub predecessor: Option<u64>,
    /// Which key made which generations, the oldest first.
    pub key_spans: Vec<KeySpan>,
    /// The thumbprint of the key to which the session's refresh tokens are bound (RFC 9449 section 5). Only a session
    /// that was granted to a client has one.
    pub jkt: Option<String>,
    /// What was granted to the client of the session. `None`: the session is the user's own, in a browser.
    pub delegation: Option<Box<Delegation>>,
    /// The `User-Agent` that opened the session or last rotated it.
    pub user_agent: String,
    /// The client address that opened the session or last rotated it; empty if the platform reports none.
    pub address: String,
    /// Set once, when the session ends before its expiry. Kept as long as the family.
    pub end: Option<End>,
}

/// The newest generation of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generation {
    /// Counts from 1. A lost generation is skipped and never used again.
    pub number: u64,
    /// When it was made and first sent.
    pub made_at: UnixTime,
    /// When it was last sent again in response to its predecessor; initially, when it was made.
    pub replayed_at: UnixTime,
    /// Whether any request has presented it, which proves that it arrived.
    pub presented: bool,
}

/// The key of the generations from `from` on, until the next span.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename(deserialize = "open"))]
pub struct KeySpan {
    /// The first generation of the span.
    pub from: u64,
    /// A [`super::RefreshKey`]'s id.
    pub key: KeyId,
}

/// When and why a session was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// When.
    pub at: UnixTime,
    /// Why.
    pub reason: SessionEndReason,
}

/// The parameters of a new family.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The account's id.
    pub account: AccountId,
    /// The session's id, 128 random bits in base64url.
    pub id: SessionId,
    /// 256 random bits.
    pub nonce: SecretBytes,
    /// When the user proved a credential.
    pub authenticated_at: UnixTime,
    /// How the user proved it.
    pub methods: Vec<AuthenticationMethod>,
    /// For the session list.
    pub user_agent: String,
    /// For the audit log.
    pub address: String,
}

impl Generation {
    const fn new(number: u64, now: UnixTime) -> Self {
        Self { number, made_at: now, replayed_at: now, presented: false }
    }
}

impl Family {
    /// Opens a session of the user's own.
    #[must_use]
    pub fn open(opening: Opening, keys: &RefreshKeys, lifetimes: Lifetimes, now: UnixTime) -> Self {
        let expires_at = now.plus(lifetimes.absolute_expiry);
        Self {
            id: opening.id,
            account: opening.account,
            nonce: opening.nonce,
            created_at: now,
            authenticated_at: opening.authenticated_at,
            methods: opening.methods,
            last_used_at: now,
            expires_at,
            idle_expires_at: now.plus(lifetimes.idle_expiry).min(expires_at),
            current: Generation::new(1, now),
            predecessor: None,
            key_spans: vec![KeySpan { from: 1, key: keys.active.id.clone() }],
            jkt: None,
            delegation: None,
            user_agent: opening.user_agent,
            address: opening.address,
            end: None,
        }
    }

    /// Why the session is over at `now`; `None` while it is active. Both expiries are exclusive: at that
    /// second the session is over.
    #[must_use]
    pub fn ended(&self, now: UnixTime) -> Option<SessionEndReason> {
        if let Some(end) = self.end {
            Some(end.reason)
        } else if now >= self.expires_at {
            Some(SessionEndReason::Expired)
        } else if now >= self.idle_expires_at {
            Some(SessionEndReason::Idle)
        } else {
            None
        }
    }

    /// Families whose absolute expiry is not later than this time are no longer kept at `now`.
    #[must_use]
    pub const fn forgotten_at(now: UnixTime) -> UnixTime {
        now.minus(KEPT_AFTER_EXPIRY)
    }

    /// Until when a family with this absolute expiry is kept. At that second it may be deleted.
    #[must_use]
    pub const fn kept_until(expires_at: UnixTime) -> UnixTime {
        expires_at.plus(KEPT_AFTER_EXPIRY)
    }

    /// Ends the session. Returns whether it was active, so that an end is recorded once and its reason never
    /// changes.
    pub fn finish(&mut self, reason: SessionEndReason, now: UnixTime) -> bool {
        let was_alive = self.ended(now).is_none();
        if was_alive {
            self.end = Some(End { at: now, reason });
        }
        was_alive
    }

    /// The key that made `generation`.
    pub(super) fn key_of(&self, generation: u64) -> Option<&KeyId> {
        self.key_spans.iter().rev().find(|span| span.from <= generation).map(|span| &span.key)
    }

    /// Makes the next generation and updates everything that changes with a rotation.
    pub(super) fn advance(&mut self, from: u64, keys: &RefreshKeys, lifetimes: Lifetimes, now: UnixTime) {
        let number = self.current.number.saturating_add(1);
        self.current = Generation::new(number, now);
        self.predecessor = Some(from);
        if self.key_of(number) != Some(&keys.active.id) {
            self.key_spans.push(KeySpan { from: number, key: keys.active.id.clone() });
        }
        self.last_used_at = now;
        self.idle_expires_at = now.plus(lifetimes.idle_expiry).min(self.expires_at);
    }
}

#[cfg(test)]
mod tests {
    use super::{Family, Lifetimes, UnixTime};

    #[test]
    fn an_access_token_lives_at_least_nine_tenths_of_the_configured_lifetime() {
        let lifetimes = Lifetimes { access_token: 300, ..Lifetimes::default() };
        let lives = |chance| lifetimes.access_token_by_chance(chance);
        assert_eq!((lives(0), lives(30), lives(31)), (300, 270, 300));
        let all: std::collections::BTreeSet<u64> = (0..=u16::MAX).map(lives).collect();
        assert_eq!(all, (270..=300).collect());
        let short = Lifetimes { access_token: 9, ..lifetimes };
        assert!((0..=u16::MAX).all(|chance| short.access_token_by_chance(chance) == 9));
    }

    #[test]
    fn check_29_a_family_is_kept_for_an_hour_after_its_absolute_expiry() {
        let expires_at = UnixTime(100_000);
        assert_eq!(Family::kept_until(expires_at), UnixTime(103_600));
        let is_kept = |now| expires_at > Family::forgotten_at(UnixTime(now));
        assert_eq!([100_000, 103_599, 103_600].map(is_kept), [true, true, false]);
    }
}
