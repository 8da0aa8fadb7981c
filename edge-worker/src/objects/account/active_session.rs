//! Active sessions: the one that an access token names, what responses say about it, and its end.

use auth_core::credential::Assurance;
use auth_core::revocation::{Kind, TokenFacts};
use auth_core::rotation::Family;
use auth_core::second_factor::granted_roles;
use auth_core::wire::{RefreshCookie, SessionEndReason, set_cookie};
use worker::Result;

use super::store::{AccountRow, Standing};
use super::{Account, now};
use crate::objects::protocol::session::{Bearing, LivingSession};

impl Account {
    /// The session of a user's own access token; `None` if the token is not valid any more, or an OAuth client's, which
    /// can change nothing of the account.
    pub(super) fn session_of(&self, account: &AccountRow, bearing: &Bearing) -> Result<Option<Family>> {
        Ok(self.any_session_of(account, bearing)?.filter(|family| family.delegation.is_none()))
    }

    /// The session of an access token, the user's own or an OAuth client's; `None` if the token is not valid any more.
    pub(super) fn any_session_of(&self, account: &AccountRow, bearing: &Bearing) -> Result<Option<Family>> {
        let family = self.store().family(&bearing.session)?.filter(|family| family.ended(now()).is_none());
        let facts = TokenFacts {
            account_open: account.standing == Standing::Open,
            account_epoch: account.epoch,
            session_active: family.is_some(),
            token_revoked: self.store().is_token_revoked(&bearing.token_id)?,
        };
        Ok(family.filter(|_| facts.accept(bearing.epoch)))
    }

    /// The session, as its tokens and responses describe it.
    pub(super) fn living(
        &self,
        account: &AccountRow,
        family: &Family,
        cookie: Option<(RefreshCookie, u64)>,
    ) -> Result<Box<LivingSession>> {
        let assurance = Assurance::of(&family.methods);
        let roles = granted_roles(account.roles.clone(), &self.config()?.second_factor.roles, assurance);
        Ok(Box::new(LivingSession {
            id: family.id.clone(),
            account: family.account.clone(),
            email: account.email.clone(),
            email_verified: account.email_verified,
            passkeys: account.passkeys,
            roles,
            second_factor: account.second_factor,
            profile: account.profile.clone(),
            metadata: account.metadata.clone(),
            epoch: account.epoch,
            created_at: family.created_at,
            authenticated_at: family.authenticated_at,
            methods: family.methods.clone(),
            expires_at: family.expires_at,
            idle_expires_at: family.idle_expires_at,
            cookie: cookie.map(|(cookie, max_age)| set_cookie(&cookie, max_age)),
        }))
    }

    /// Ends a session. Returns whether it was active.
    pub(super) fn finish(&self, family: &mut Family) -> Result<bool> {
        let lived = family.finish(SessionEndReason::Revoked, now());
        if lived {
            self.announce(Kind::Session, family.id.as_str(), 0)?;
            self.store().update(family)?;
        }
        Ok(lived)
    }
}
