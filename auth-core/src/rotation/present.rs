//! What happens when a request presents a generation.

use super::family::{Family, Lifetimes};
use super::refresh_keys::{RefreshKeys, UnknownKey};
use crate::secret::SecretBytes;
use crate::time::UnixTime;
use crate::wire::{RefreshCookie, SessionEndReason};

/// The kind of request that presents a generation. It decides whether the response can set a new cookie; it
/// does not affect what counts as reuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PresentedBy {
    /// `POST /auth/refresh`. The response leaves immediately, and the client gives up on it after a flight.
    Refresh,
    /// A document navigation on a cookie route. Its response waits for an upstream, so it sets the cookie
    /// only if the family rotated for it, and only if it leaves within [`Lifetimes::navigation_answer_ms`].
    Navigation,
    /// Any other request on a cookie route: subresources, forms, WebSockets. A page sends many of them at
    /// once. The family never rotates for one, and none of their responses sets the cookie.
    OtherRequest,
}

/// The result of presenting a generation.
#[derive(Debug)]
pub struct Outcome {
    /// The client's result.
    pub answer: Answer,
    /// Whether the family changed and must be stored before the response leaves.
    pub changed: bool,
    /// The event for the audit trail.
    pub event: Option<Event>,
}

/// The client's result.
#[derive(Debug)]
pub enum Answer {
    /// The session is active; this is its current cookie, whichever generation was presented.
    Current {
        /// The current generation.
        cookie: RefreshCookie,
        /// Whether the response sets it. If not, either this kind of request does not get it, or the response
        /// could arrive so late that it would overwrite a newer cookie.
        set: bool,
    },
    /// The session has ended, or never existed.
    Ended(SessionEndReason),
}

/// The relation of a presented generation to its family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The secret was never valid.
    Unknown,
    /// It was valid once, but the session is over.
    Ended(SessionEndReason),
    /// It is the newest.
    Current,
    /// It is the one that the newest replaced.
    Predecessor,
    /// It is any other that was valid, skipped ones included.
    Old,
}

/// An event for the audit trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A new generation replaced the current one.
    Rotated,
    /// The predecessor was presented again before the family settled, by a refresh or a navigation: a second
    /// tab, a retry, or a fast thief.
    Replayed,
    /// The predecessor was presented late, and its successor never was: the response that carried it was
    /// lost.
    MovedOn {
        /// The generation that was never presented. Presenting it later is reuse.
        skipped: u64,
    },
    /// An old generation was presented again: the cookie was copied. The family has ended.
    Reused {
        /// The generation that was presented.
        generation: u64,
    },
}

impl Family {
    /// Decides the result of presenting `generation` with `secret` at `now`, and changes the family
    /// accordingly.
    ///
    /// A secret that was never valid changes nothing and gets no information, whatever the state of the
    /// family. Reuse, and the fact that the current generation was presented, are the same for every kind of
    /// request; `by` only decides whether the family may rotate and the response may set the cookie.
    ///
    /// # Errors
    /// [`UnknownKey`] if a required key is not in `keys`. The family must not be stored then.
    pub fn present(
        &mut self,
        generation: u64,
        secret: &SecretBytes,
        by: PresentedBy,
        keys: &RefreshKeys,
        lifetimes: Lifetimes,
        now: UnixTime,
    ) -> Result<Outcome, UnknownKey> {
        match self.standing(generation, secret, keys, now)? {
            Standing::Unknown => Ok(Outcome::unchanged(Answer::Ended(SessionEndReason::None))),
            Standing::Ended(reason) => Ok(Outcome::unchanged(Answer::Ended(reason))),
            Standing::Current => self.present_current(by, keys, lifetimes, now),
            Standing::Predecessor => self.present_predecessor(generation, by, keys, lifetimes, now),
            Standing::Old => Ok(self.reused(generation, now)),
        }
    }

    /// The relation of `generation` with `secret` to this family. Changes nothing.
    ///
    /// # Errors
    /// [`UnknownKey`].
    pub fn standing(
        &self,
        generation: u64,
        secret: &SecretBytes,
        keys: &RefreshKeys,
        now: UnixTime,
    ) -> Result<Standing, UnknownKey> {
        let was_real =
            (1..=self.current.number).contains(&generation) && keys.matches(self, generation, secret)?;
        Ok(if !was_real {
            Standing::Unknown
        } else if let Some(reason) = self.ended(now) {
            Standing::Ended(reason)
        } else if generation == self.current.number {
            Standing::Current
        } else if self.predecessor == Some(generation) {
            Standing::Predecessor
        } else {
            Standing::Old
        })
    }

    /// The second (inclusive) until which the current generation does not change and its predecessor is
    /// accepted: a window after it was made, and two flights after it was last sent again.
    #[must_use]
    pub fn settles_at(&self, lifetimes: Lifetimes) -> UnixTime {
        let window = self.current.made_at.plus(lifetimes.replay_window);
        window.max(self.current.replayed_at.plus(2 * lifetimes.flight()))
    }

    /// Whether a response that leaves now arrives before the family settles and may rotate, so that its
    /// cookie can't overwrite a newer one.
    #[must_use]
    pub fn may_set_cookie(&self, lifetimes: Lifetimes, now: UnixTime) -> bool {
        now.plus(lifetimes.flight()) <= self.settles_at(lifetimes)
    }

    fn present_current(
        &mut self,
        by: PresentedBy,
        keys: &RefreshKeys,
        lifetimes: Lifetimes,
        now: UnixTime,
    ) -> Result<Outcome, UnknownKey> {
        if by != PresentedBy::OtherRequest && now > self.settles_at(lifetimes) {
            return self.rotate(self.current.number, Event::Rotated, keys, lifetimes, now);
        }
        let first_time = !self.current.presented;
        self.current.presented = true;
        let set = by == PresentedBy::Refresh && self.may_set_cookie(lifetimes, now);
        self.as_it_stands(set, first_time, None, keys)
    }

    fn present_predecessor(
        &mut self,
        generation: u64,
        by: PresentedBy,
        keys: &RefreshKeys,
        lifetimes: Lifetimes,
        now: UnixTime,
    ) -> Result<Outcome, UnknownKey> {
        let settled = now > self.settles_at(lifetimes);
        if settled && self.current.presented {
            return Ok(self.reused(generation, now));
        }
        match by {
            // The request is late, or the response with the successor was lost. The next refresh or
            // navigation skips the lost generation.
            PresentedBy::OtherRequest => self.as_it_stands(false, false, None, keys),
            PresentedBy::Refresh | PresentedBy::Navigation if settled => {
                let skipped = self.current.number;
                self.rotate(generation, Event::MovedOn { skipped }, keys, lifetimes, now)
            }
            PresentedBy::Navigation => self.as_it_stands(false, false, Some(Event::Replayed), keys),
            PresentedBy::Refresh => self.replay(keys, lifetimes, now),
        }
    }

    /// A refresh with the predecessor, before the family has settled.
    fn replay(
        &mut self,
        keys: &RefreshKeys,
        lifetimes: Lifetimes,
        now: UnixTime,
    ) -> Result<Outcome, UnknownKey> {
        let replayed = Some(Event::Replayed);
        if now > self.current.made_at.plus(lifetimes.replay_window) {
            return self.as_it_stands(false, false, replayed, keys);
        }
        if self.current.presented {
            return self.as_it_stands(self.may_set_cookie(lifetimes, now), false, replayed, keys);
        }
        let later = self.current.replayed_at != now;
        self.current.replayed_at = self.current.replayed_at.max(now);
        self.as_it_stands(true, later, replayed, keys)
    }

    fn reused(&mut self, generation: u64, now: UnixTime) -> Outcome {
        self.finish(SessionEndReason::Reused, now);
        Outcome {
            answer: Answer::Ended(SessionEndReason::Reused),
            changed: true,
            event: Some(Event::Reused { generation }),
        }
    }

    /// The current generation's cookie.
    ///
    /// # Errors
    /// [`UnknownKey`].
    pub fn cookie(&self, keys: &RefreshKeys) -> Result<RefreshCookie, UnknownKey> {
        Ok(RefreshCookie {
            account: self.account.clone(),
            family: self.id.clone(),
            generation: self.current.number,
            secret: keys.derive(self, self.current.number)?,
        })
    }

    fn rotate(
        &mut self,
        from: u64,
        event: Event,
        keys: &RefreshKeys,
        lifetimes: Lifetimes,
        now: UnixTime,
    ) -> Result<Outcome, UnknownKey> {
        self.advance(from, keys, lifetimes, now);
        self.as_it_stands(true, true, Some(event), keys)
    }

    fn as_it_stands(
        &self,
        set: bool,
        changed: bool,
        event: Option<Event>,
        keys: &RefreshKeys,
    ) -> Result<Outcome, UnknownKey> {
        Ok(Outcome { answer: Answer::Current { cookie: self.cookie(keys)?, set }, changed, event })
    }
}

impl Outcome {
    const fn unchanged(answer: Answer) -> Self {
        Self { answer, changed: false, event: None }
    }
}
