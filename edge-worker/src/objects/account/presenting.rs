//! The calls that present a cookie.

use auth_core::revocation::Kind;
use auth_core::rotation::{Answer, Event, Family, Outcome, PresentedBy, Standing, UnknownKey};
use auth_core::wire::{RefreshCookie, SessionEndReason, SignOutScope};
use worker::Result;

use super::store::AccountRow;
use super::{Account, Decide, events, now, now_ms, read_keys};
use crate::audit::{Asker, Kind as What};
use crate::objects::call::Done;
use crate::objects::protocol::account::{Admit, Refresh, Refreshed, SignOut};
use crate::objects::protocol::session::{CookieRejected, LivingSession, Presented};

/// A cookie or a refresh token that is accepted: its session, and the generation to send, if the response sends one.
pub(super) struct Accepted {
    pub(super) family: Family,
    pub(super) cookie: Option<RefreshCookie>,
}

impl Accepted {
    fn living(self, at: &Account, account: &AccountRow) -> Result<Box<LivingSession>> {
        let Self { family, cookie } = self;
        at.living(account, &family, cookie.map(|cookie| (cookie, family.expires_at.since(now()))))
    }
}

/// The result of presenting a generation, which is not stored yet.
pub(super) type Judged = core::result::Result<(Family, Outcome), CookieRejected>;

/// Renews the access token.
impl Decide for Refresh {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let (family, outcome) =
            match at.present(&self.presented, self.presented.cookie(), PresentedBy::Refresh)? {
                Ok(judged) => judged,
                Err(rejected) => return Ok(Some(Err(rejected))),
            };
        // Only a refresh that would succeed counts. Otherwise a caller who knows a session's id but not its
        // secret could use up its limit.
        if matches!(outcome.answer, Answer::Current { .. }) {
            let rate = at.config()?.limits.refresh;
            let wait = at.refreshes.borrow_mut().take(family.id.as_str(), rate, now_ms());
            if let Some(wait) = wait {
                return Ok(Some(Ok(Refreshed::Wait(wait.0))));
            }
        }
        let settled = at.settle(family, outcome, &self.asker)?;
        Ok(Some(match settled {
            Ok(accepted) => Ok(Refreshed::Session(accepted.living(at, &account)?)),
            Err(rejected) => Err(rejected),
        }))
    }
}

/// Admits a request on a cookie route. No token is issued, so the refresh rate does not apply: a family
/// rotates at most once per window, regardless of the number of requests.
impl Decide for Admit {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let by = if self.navigates { PresentedBy::Navigation } else { PresentedBy::OtherRequest };
        let judged = at.judge(&self.presented, by, &self.asker)?;
        Ok(Some(match judged {
            Ok(accepted) => Ok(accepted.living(at, &account)?),
            Err(rejected) => Err(rejected),
        }))
    }
}

/// Scope `local` ends this session for every generation that was ever valid: the holder of an old one may not
/// use the session, but ending it harms no user. The other scopes require a cookie that passes the same
/// checks as on a cookie route, where an old generation is reuse.
impl Decide for SignOut {
    fn decide(self, at: &Account, _: AccountRow) -> Result<Self::Reply> {
        let Self { presented, scope, asker, why } = self;
        if scope == SignOutScope::Local {
            return at.sign_out_here(&presented, &asker, why).map(Some);
        }
        let family = match at.judge(&presented, PresentedBy::OtherRequest, &asker)? {
            Ok(accepted) => accepted.family,
            Err(rejected) => return Ok(Some(Err(rejected))),
        };
        at.store().delete_codes()?;
        let mut ended = 0;
        for mut other in at.store().families()? {
            if scope == SignOutScope::Global || other.id != family.id {
                ended += usize::from(at.finish(&mut other)?);
            }
        }
        let which = if scope == SignOutScope::Global { "global" } else { "others" };
        at.record(asker.event(why, now()).session(&family.id).sessions(ended).reason(which))?;
        Ok(Some(Ok(Done {})))
    }

    fn ends_something(&self) -> bool {
        true
    }
}

impl Account {
    /// Presents the cookie to its family and stores the consequences.
    pub(super) fn judge(
        &self,
        presented: &Presented,
        by: PresentedBy,
        asker: &Asker,
    ) -> Result<core::result::Result<Accepted, CookieRejected>> {
        match self.present(presented, presented.cookie(), by)? {
            Ok((family, outcome)) => self.settle(family, outcome, asker),
            Err(rejected) => Ok(Err(rejected)),
        }
    }

    /// Presents a generation, which `presented` contains as a cookie or a refresh token, to its family. Stores nothing.
    pub(super) fn present(
        &self,
        presented: &Presented,
        generation: Option<RefreshCookie>,
        by: PresentedBy,
    ) -> Result<Judged> {
        let (Some((mut family, cookie)), keys) = (self.family_of(generation)?, read_keys(&presented.keys)?)
        else {
            return Ok(Err(CookieRejected::Ended(SessionEndReason::None)));
        };
        let lifetimes = self.config()?.lifetimes;
        Ok(match family.present(cookie.generation, &cookie.secret, by, &keys, lifetimes, now()) {
            Ok(outcome) => Ok((family, outcome)),
            Err(unknown) => Err(without_key(&unknown, &family, presented)),
        })
    }

    /// Stores the consequences of presenting a generation: the family, the event, and the revocation if the
    /// session ends.
    pub(super) fn settle(
        &self,
        mut family: Family,
        Outcome { answer, changed, event }: Outcome,
        asker: &Asker,
    ) -> Result<core::result::Result<Accepted, CookieRejected>> {
        if matches!(event, Some(Event::Reused { .. })) {
            self.announce(Kind::Session, family.id.as_str(), 0)?;
        }
        let last_renewed_from = events::source_of(&family);
        if matches!(event, Some(Event::Rotated | Event::MovedOn { .. })) {
            family.user_agent.clone_from(&asker.source.user_agent);
            family.address.clone_from(&asker.source.client_address);
        }
        if changed {
            self.store().update(&family)?;
        }
        if let Some(event) = event {
            self.record_refresh(&family, event, last_renewed_from, asker)?;
        }
        Ok(match answer {
            Answer::Ended(reason) => Err(CookieRejected::Ended(reason)),
            Answer::Current { cookie, set } => Ok(Accepted { family, cookie: set.then_some(cookie) }),
        })
    }

    fn sign_out_here(
        &self,
        presented: &Presented,
        asker: &Asker,
        why: What,
    ) -> Result<core::result::Result<Done, CookieRejected>> {
        let (Some((mut family, cookie)), keys) =
            (self.family_of(presented.cookie())?, read_keys(&presented.keys)?)
        else {
            return Ok(Err(CookieRejected::Ended(SessionEndReason::None)));
        };
        Ok(match family.standing(cookie.generation, &cookie.secret, &keys, now()) {
            Err(unknown) => Err(without_key(&unknown, &family, presented)),
            Ok(Standing::Unknown) => Err(CookieRejected::Ended(SessionEndReason::None)),
            Ok(Standing::Ended(reason)) => Err(CookieRejected::Ended(reason)),
            Ok(Standing::Current | Standing::Predecessor | Standing::Old) => {
                self.finish(&mut family)?;
                self.record(asker.event(why, now()).session(&family.id).sessions(1).reason("local"))?;
                Ok(Done {})
            }
        })
    }

    /// The family of a generation, if it is one of this account.
    pub(super) fn family_of(
        &self,
        generation: Option<RefreshCookie>,
    ) -> Result<Option<(Family, RefreshCookie)>> {
        let Some(cookie) = generation.filter(|cookie| cookie.account == self.id()) else {
            return Ok(None);
        };
        Ok(self.store().family(&cookie.family)?.map(|family| (family, cookie)))
    }
}

/// The result for a generation whose key is not among those sent with the call. If that key was removed, its
/// sessions end; an expired session is over in any case; otherwise the Worker's copy of the keys is too old.
pub(super) fn without_key(unknown: &UnknownKey, family: &Family, presented: &Presented) -> CookieRejected {
    if unknown.id.as_ref().is_some_and(|id| presented.removed.contains(id)) {
        CookieRejected::Ended(SessionEndReason::Revoked)
    } else if now() >= family.expires_at {
        CookieRejected::Ended(SessionEndReason::Expired)
    } else {
        CookieRejected::UnknownKey
    }
}
