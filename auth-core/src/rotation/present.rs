//! What it means that a request presents a generation.

use super::family::{Family, Lifetimes};
use super::keys::{RefreshKeys, UnknownKey};
use crate::secret::SecretBytes;
use crate::time::UnixTime;
use crate::wire::{RefreshCookie, SessionEndReason};

/// The kind of request that presents a generation. It decides whether the answer can bring a new one to the cookie jar; what
/// reuse is does not depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PresentedBy {
    /// `POST /auth/refresh`. The answer leaves at once, and the client gives up on it after a flight.
    Refresh,
    /// A document navigation on a route that takes the cookie. Its answer waits for an upstream, so it sets the cookie only if the
    /// family rotated for it, and only if it leaves within [`Lifetimes::navigation_answer_ms`].
    Navigation,
    /// Any other request on a route that takes the cookie: subresources, forms, WebSockets. A page sends many of them at once.
    /// The family never rotates for one, and none of their answers sets the cookie.
    OtherRequest,
}

/// What presenting a generation led to.
#[derive(Debug)]
pub struct Outcome {
    /// What the client gets.
    pub answer: Answer,
    /// Whether the family changed and must be stored before the answer leaves.
    pub changed: bool,
    /// What the audit log should know.
    pub event: Option<Event>,
}

/// What the client gets.
#[derive(Debug)]
pub enum Answer {
    /// The session lives; this is its current cookie, whichever generation was presented.
    Current {
        /// The current generation.
        cookie: RefreshCookie,
        /// Whether the answer sets it. If not, either this kind of request is not handed it, or the answer could arrive so late
        /// that it would overwrite a newer one.
        set: bool,
    },
    /// The session is over, or was never one.
    Ended(SessionEndReason),
}

/// What a presented generation is to its family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The secret never was real.
    Unknown,
    /// It was real once, but the session is over.
    Ended(SessionEndReason),
    /// The newest.
    Current,
    /// The one that was traded for the newest.
    Predecessor,
    /// Any other that was real, the skipped ones included.
    Old,
}

/// What the audit log should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The current generation was traded for a new one.
    Rotated,
    /// The predecessor came again before the family settled, by a refresh or a navigation: a second tab, a retry, or a quick
    /// thief.
    Replayed,
    /// The predecessor came late and its successor had never been seen: the answer that carried it was lost.
    MovedOn {
        /// The generation that was never presented. Presenting it later is reuse.
        skipped: u64,
    },
    /// An old generation came again: the cookie was copied. The family has ended.
    Reused {
        /// The generation that was presented.
        generation: u64,
    },
}

impl Family {
    /// Decides what presenting `generation` with `secret` at `now` means, and changes the family accordingly.
    ///
    /// A secret that never was real changes nothing and learns nothing, whatever state the family is in. Reuse is the same for
    /// every kind of request, and so is that the current generation has been presented; `by` decides only whether the family
    /// may rotate and the answer may set the cookie.
    ///
    /// # Errors
    /// [`UnknownKey`] when a key that is needed isn't in `keys`. Then the family must not be stored.
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

    /// What `generation` with `secret` is to this family. Changes nothing.
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

    /// Until this second (inclusive) the current generation stays what it is and its predecessor is forgiven: a window after it
    /// was made, and two flights after it was last handed out again.
    #[must_use]
    pub fn settles_at(&self, lifetimes: Lifetimes) -> UnixTime {
        let window = self.current.made_at.plus(lifetimes.replay_window);
        window.max(self.current.replayed_at.plus(2 * lifetimes.flight()))
    }

    /// Whether an answer that leaves now arrives before the family settles and may rotate, so that the cookie it carries can't
    /// overwrite a newer one.
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
            // The request is late, or the answer with the successor was lost. The next refresh or navigation moves on.
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
