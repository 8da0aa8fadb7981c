//! The calls that present a client's refresh token. [`auth_core::rotation`] decides what it means, as for a cookie.

use auth_core::oauth::Delegation;
use auth_core::rotation::{Answer, PresentedBy, Standing};
use auth_core::wire::SessionEndReason;
use serde_json::json;
use worker::Result;

use crate::audit::Kind as What;
use crate::log;
use crate::objects::account::presenting::without_key;
use crate::objects::account::store::AccountRow;
use crate::objects::account::{Account, Decide, now, now_ms, read_keys};
use crate::objects::call::Done;
use crate::objects::protocol::oauth::{
    DelegatedSession, EndDelegated, RefreshDelegated, RefreshedDelegation,
};
use crate::objects::protocol::session::CookieRejected;

const UNKNOWN: CookieRejected = CookieRejected::Ended(SessionEndReason::None);

impl Decide for RefreshDelegated {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Self { presented, request, key, asker } = self;
        // Nothing is stored before the end, so a request that is rejected leaves the session as it is.
        let judged = at.present(&presented, presented.refresh_token(), PresentedBy::Refresh)?;
        let (family, outcome) = match judged {
            Ok(judged) => judged,
            Err(rejected) => return Ok(Some(Err(rejected))),
        };
        let is_active = match outcome.answer {
            Answer::Current { .. } => true,
            // The secret was never valid, so the request learns nothing of the session.
            Answer::Ended(SessionEndReason::None) => return Ok(Some(Err(UNKNOWN))),
            Answer::Ended(
                SessionEndReason::Expired
                | SessionEndReason::Idle
                | SessionEndReason::Revoked
                | SessionEndReason::Reused,
            ) => false,
        };
        let Some(delegation) = family.delegation.as_deref() else { return Ok(Some(Err(UNKNOWN))) };
        let proven = key.as_ref().map(|key| key.jkt.as_str());
        let scope = match delegation.refresh(&request, family.jkt.as_deref(), proven) {
            Ok(scope) => scope,
            Err(rejection) => {
                let session = &family.id;
                let reason = rejection.as_str();
                let details = json!({"account": at.id(), "session": session, "client": request.client_id, "reason": reason});
                log::line("refresh_token_rejected", &asker.request_id, details);
                return Ok(Some(Ok(RefreshedDelegation::Rejected(rejection))));
            }
        };
        if is_active {
            let rate = at.config()?.limits.refresh;
            let wait = at.refreshes.borrow_mut().take(family.id.as_str(), rate, now_ms());
            if let Some(wait) = wait {
                return Ok(Some(Ok(RefreshedDelegation::Wait(wait.0))));
            }
            match &key {
                Some(key) if !at.uses_up(&key.once)? => return Ok(Some(Ok(RefreshedDelegation::ProofUsed))),
                Some(_) | None => {}
            }
        }
        let accepted = match at.settle(family, outcome, &asker)? {
            Ok(accepted) => accepted,
            Err(rejected) => return Ok(Some(Err(rejected))),
        };
        let session = at.delegated_session(&account, &accepted.family, accepted.cookie)?;
        at.store().use_grant(&session.delegation.grant, now())?;
        let session = DelegatedSession { scope, ..*session };
        Ok(Some(Ok(RefreshedDelegation::Session(Box::new(session)))))
    }

    /// Reuse ends the session.
    fn ends_something(&self) -> bool {
        true
    }
}

/// Any generation that was ever valid ends the session: the holder of an old one may not use the session, but ending
/// it harms no user. A token of another client counts as unknown (RFC 7009 section 2.1).
impl Decide for EndDelegated {
    fn decide(self, at: &Account, _: AccountRow) -> Result<Self::Reply> {
        let Self { presented, client_id, asker } = self;
        let keys = read_keys(&presented.keys)?;
        let Some((mut family, token)) = at.family_of(presented.refresh_token())? else {
            return Ok(Some(Err(UNKNOWN)));
        };
        let is_its =
            |granted: &Delegation| client_id.as_ref().is_none_or(|client| granted.client_id == *client);
        if !family.delegation.as_deref().is_some_and(is_its) {
            return Ok(Some(Err(UNKNOWN)));
        }
        Ok(Some(match family.standing(token.generation, &token.secret, &keys, now()) {
            Err(unknown) => Err(without_key(&unknown, &family, &presented)),
            Ok(Standing::Unknown) => Err(UNKNOWN),
            Ok(Standing::Ended(reason)) => Err(CookieRejected::Ended(reason)),
            Ok(Standing::Current | Standing::Predecessor | Standing::Old) => {
                at.finish(&mut family)?;
                let event = asker.event(What::RefreshTokenRevoked, now()).session(&family.id);
                at.record(event.sessions(1))?;
                Ok(Done {})
            }
        }))
    }

    fn ends_something(&self) -> bool {
        true
    }
}
