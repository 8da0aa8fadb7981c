//! What a cookie can ask of its account.

use auth_core::limits::Rate;
use auth_core::revocation::Kind;
use auth_core::rotation::{Answer, Event, Family, Outcome, Standing, UnknownKey};
use auth_core::wire::{RefreshCookie, SessionEndReason, SignOutScope};
use worker::Result;

use super::store::AccountRow;
use super::{Account, events, living, now, now_ms, read_keys};
use crate::audit::{Asker, Kind as What};
use crate::objects::protocol::{AccountReply, Presented};

impl Account {
    pub(super) fn refresh(
        &self,
        account: &AccountRow,
        presented: &Presented,
        asker: &Asker,
    ) -> Result<AccountReply> {
        let (Some((mut family, cookie)), keys) = (self.family_of(presented)?, read_keys(&presented.keys)?)
        else {
            return Ok(AccountReply::Ended(SessionEndReason::None));
        };
        let outcome = family.present(cookie.generation, &cookie.secret, &keys, presented.lifetimes, now());
        let Outcome { answer, changed, event } = match outcome {
            Ok(outcome) => outcome,
            Err(unknown) => return Ok(without_key(&unknown, &family, presented)),
        };
        // Only what would be renewed counts: whoever knows a session's id but not its secret can't use up its share.
        if matches!(answer, Answer::Current { .. }) {
            let wait = self.refreshes.borrow_mut().take(&family.id, self.refresh_rate()?, now_ms());
            if let Some(wait) = wait {
                return Ok(AccountReply::Wait(wait.0));
            }
        }
        if matches!(event, Some(Event::Reused { .. })) {
            self.announce(Kind::Session, family.id.clone(), 0, presented.lifetimes.access_token)?;
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
            Answer::Ended(reason) => AccountReply::Ended(reason),
            Answer::Current { cookie, set } => {
                let cookie = set.then(|| (cookie, family.expires_at.since(now())));
                AccountReply::Session(Box::new(living(account, &family, cookie)))
            }
        })
    }

    pub(super) fn admit(&self, account: &AccountRow, presented: &Presented) -> Result<AccountReply> {
        let (Some((family, cookie)), keys) = (self.family_of(presented)?, read_keys(&presented.keys)?) else {
            return Ok(AccountReply::Ended(SessionEndReason::None));
        };
        Ok(match family.admits(cookie.generation, &cookie.secret, &keys, presented.lifetimes, now()) {
            Err(unknown) => without_key(&unknown, &family, presented),
            Ok(Err(reason)) => AccountReply::Ended(reason),
            Ok(Ok(())) => AccountReply::Session(Box::new(living(account, &family, None))),
        })
    }

    /// Ends this session for any generation that was ever real: whoever holds an old one may not use the session, but
    /// nobody is harmed when he ends it. The other scopes need a cookie that could be used.
    pub(super) fn sign_out(
        &self,
        presented: &Presented,
        scope: SignOutScope,
        asker: &Asker,
        why: What,
    ) -> Result<AccountReply> {
        let (Some((mut family, cookie)), keys) = (self.family_of(presented)?, read_keys(&presented.keys)?)
        else {
            return Ok(AccountReply::Ended(SessionEndReason::None));
        };
        if scope == SignOutScope::Local {
            return Ok(match family.standing(cookie.generation, &cookie.secret, &keys, now()) {
                Err(unknown) => without_key(&unknown, &family, presented),
                Ok(Standing::Unknown) => AccountReply::Ended(SessionEndReason::None),
                Ok(Standing::Ended(reason)) => AccountReply::Ended(reason),
                Ok(Standing::Current | Standing::Predecessor | Standing::Old) => {
                    self.finish(&mut family, presented.lifetimes.access_token)?;
                    self.record(asker.event(why, now()).session(&family.id).sessions(1).reason("local"))?;
                    AccountReply::Done
                }
            });
        }
        match family.admits(cookie.generation, &cookie.secret, &keys, presented.lifetimes, now()) {
            Err(unknown) => return Ok(without_key(&unknown, &family, presented)),
            Ok(Err(reason)) => return Ok(AccountReply::Ended(reason)),
            Ok(Ok(())) => {}
        }
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

/// What a cookie means whose key didn't come along: a key that was removed before its time takes its sessions with it, a session
/// that has expired is over whatever made it, and otherwise the Worker's copy of the keys is too old.
fn without_key(unknown: &UnknownKey, family: &Family, presented: &Presented) -> AccountReply {
    if presented.removed.contains(&unknown.id) {
        AccountReply::Ended(SessionEndReason::Revoked)
    } else if now() >= family.expires_at {
        AccountReply::Ended(SessionEndReason::Expired)
    } else {
        AccountReply::UnknownKey
    }
}
