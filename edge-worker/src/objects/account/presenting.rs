//! The calls that present a cookie.

use auth_core::limits::Rate;
use auth_core::revocation::Kind;
use auth_core::rotation::{Answer, Event, Family, Outcome, PresentedBy, Standing, UnknownKey};
use auth_core::wire::{RefreshCookie, SessionEndReason, SignOutScope};
use worker::Result;

use super::store::AccountRow;
use super::{Account, events, living, now, now_ms, read_keys};
use crate::audit::{Asker, Kind as What};
use crate::objects::protocol::{AccountReply, Presented};

/// The result of presenting a cookie.
enum Judged {
    /// The session is active. The cookie is the one to set, if the response sets one.
    Living(Box<Family>, Option<RefreshCookie>),
    /// The session is not active; this is the reply.
    Reply(AccountReply),
}

impl Account {
    /// Renews the access token.
    pub(super) fn refresh(
        &self,
        account: &AccountRow,
        presented: &Presented,
        asker: &Asker,
    ) -> Result<AccountReply> {
        self.session_of(account, presented, PresentedBy::Refresh, asker)
    }

    /// Admits a request on a cookie route. No token is issued, so the refresh rate does not apply: a family
    /// rotates at most once per window, regardless of the number of requests.
    pub(super) fn admit(
        &self,
        account: &AccountRow,
        presented: &Presented,
        navigates: bool,
        asker: &Asker,
    ) -> Result<AccountReply> {
        let by = if navigates { PresentedBy::Navigation } else { PresentedBy::OtherRequest };
        self.session_of(account, presented, by, asker)
    }

    fn session_of(
        &self,
        account: &AccountRow,
        presented: &Presented,
        by: PresentedBy,
        asker: &Asker,
    ) -> Result<AccountReply> {
        Ok(match self.judge(presented, by, asker)? {
            Judged::Reply(reply) => reply,
            Judged::Living(family, cookie) => {
                let cookie = cookie.map(|cookie| (cookie, family.expires_at.since(now())));
                AccountReply::Session(Box::new(living(account, &family, cookie)))
            }
        })
    }

    /// Presents the cookie to its family and stores the consequences: the family, the event, and the
    /// revocation if the session ends.
    fn judge(&self, presented: &Presented, by: PresentedBy, asker: &Asker) -> Result<Judged> {
        let (Some((mut family, cookie)), keys) = (self.family_of(presented)?, read_keys(&presented.keys)?)
        else {
            return Ok(Judged::Reply(AccountReply::Ended(SessionEndReason::None)));
        };
        let outcome =
            family.present(cookie.generation, &cookie.secret, by, &keys, presented.lifetimes, now());
        let Outcome { answer, changed, event } = match outcome {
            Ok(outcome) => outcome,
            Err(unknown) => return Ok(Judged::Reply(without_key(&unknown, &family, presented))),
        };
        // Only a refresh that would succeed counts. Otherwise a caller who knows a session's id but not its
        // secret could use up its limit.
        if by == PresentedBy::Refresh && matches!(answer, Answer::Current { .. }) {
            let wait = self.refreshes.borrow_mut().take(family.id.as_str(), self.refresh_rate()?, now_ms());
            if let Some(wait) = wait {
                return Ok(Judged::Reply(AccountReply::Wait(wait.0)));
            }
        }
        if matches!(event, Some(Event::Reused { .. })) {
            self.announce(Kind::Session, family.id.as_str(), 0, presented.lifetimes.access_token)?;
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
            Answer::Ended(reason) => Judged::Reply(AccountReply::Ended(reason)),
            Answer::Current { cookie, set } => Judged::Living(Box::new(family), set.then_some(cookie)),
        })
    }

    /// Scope `local` ends this session for every generation that was ever valid: the holder of an old one may
    /// not use the session, but ending it harms no user. The other scopes require a cookie that passes the
    /// same checks as on a cookie route, where an old generation is reuse.
    pub(super) fn sign_out(
        &self,
        presented: &Presented,
        scope: SignOutScope,
        asker: &Asker,
        why: What,
    ) -> Result<AccountReply> {
        if scope == SignOutScope::Local {
            return self.sign_out_here(presented, asker, why);
        }
        let family = match self.judge(presented, PresentedBy::OtherRequest, asker)? {
            Judged::Living(family, _) => family,
            Judged::Reply(reply) => return Ok(reply),
        };
        let mut ended = 0;
        for mut other in self.store().families()? {
            if scope == SignOutScope::Global || other.id != family.id {
                ended += usize::from(self.finish(&mut other, presented.lifetimes.access_token)?);
            }
        }
        let which = if scope == SignOutScope::Global { "global" } else { "others" };
        self.record(asker.event(why, now()).session(&family.id).sessions(ended).reason(which))?;
        Ok(AccountReply::Done)
    }

    fn sign_out_here(&self, presented: &Presented, asker: &Asker, why: What) -> Result<AccountReply> {
        let (Some((mut family, cookie)), keys) = (self.family_of(presented)?, read_keys(&presented.keys)?)
        else {
            return Ok(AccountReply::Ended(SessionEndReason::None));
        };
        Ok(match family.standing(cookie.generation, &cookie.secret, &keys, now()) {
            Err(unknown) => without_key(&unknown, &family, presented),
            Ok(Standing::Unknown) => AccountReply::Ended(SessionEndReason::None),
            Ok(Standing::Ended(reason)) => AccountReply::Ended(reason),
            Ok(Standing::Current | Standing::Predecessor | Standing::Old) => {
                self.finish(&mut family, presented.lifetimes.access_token)?;
                self.record(asker.event(why, now()).session(&family.id).sessions(1).reason("local"))?;
                AccountReply::Done
            }
        })
    }

    fn family_of(&self, presented: &Presented) -> Result<Option<(Family, RefreshCookie)>> {
        let Some(cookie) = presented.cookie().filter(|cookie| cookie.account == self.id()) else {
            return Ok(None);
        };
        Ok(self.store().family(&cookie.family)?.map(|family| (family, cookie)))
    }

    fn refresh_rate(&self) -> Result<Rate> {
        Ok(self.config()?.limits.refresh)
    }
}

/// The result for a cookie whose key is not among those sent with the call. If that key was removed, its
/// sessions end; an expired session is over in any case; otherwise the Worker's copy of the keys is too old.
fn without_key(unknown: &UnknownKey, family: &Family, presented: &Presented) -> AccountReply {
    if unknown.id.as_ref().is_some_and(|id| presented.removed.contains(id)) {
        AccountReply::Ended(SessionEndReason::Revoked)
    } else if now() >= family.expires_at {
        AccountReply::Ended(SessionEndReason::Expired)
    } else {
        AccountReply::UnknownKey
    }
}
