//! Opens a client's session for an authorization code.

use auth_core::id::{ClientId, SessionId};
use auth_core::oauth::{CodeRejection, CodeVerdict, Delegation, PresentedCode, RefreshToken, StoredCode};
use auth_core::rotation::{Family, Lifetimes, Opening, RefreshKeys};
use auth_core::secret::SecretBytes;
use auth_core::wire::RefreshCookie;
use serde_json::json;
use worker::{Error, Result};

use crate::audit::{Asker, Kind as What};
use crate::log;
use crate::objects::Unavailable;
use crate::objects::account::store::{AccountRow, Standing};
use crate::objects::account::{Account, Decide, now, read_keys};
use crate::objects::protocol::oauth::{CodeRequest, DelegatedSession, NotRedeemed, RedeemCode};
use crate::random;

impl Decide for RedeemCode {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Self { request, keys, asker } = self;
        if account.standing == Standing::Disabled {
            return Ok(Some(Err(NotRedeemed::Invalid)));
        }
        let Some(code) = at.store().code(&request.hash)? else {
            return Ok(Some(Err(NotRedeemed::Invalid)));
        };
        let presented = PresentedCode {
            client_id: &request.client_id,
            redirect_uri: request.redirect_uri.as_deref(),
            code_verifier: &request.code_verifier,
            resource: request.resource.as_deref(),
            jkt: request.key.as_ref().map(|key| key.jkt.as_str()),
        };
        match code.present(presented, now()) {
            CodeVerdict::Rejected(rejection) => {
                let details =
                    json!({"account": at.id(), "client": request.client_id, "reason": rejection.as_str()});
                log::line("authorization_code_rejected", &asker.request_id, details);
                let refused = match rejection {
                    CodeRejection::Resource => NotRedeemed::Resource,
                    CodeRejection::OtherClient
                    | CodeRejection::RedirectUri
                    | CodeRejection::Verifier
                    | CodeRejection::Key
                    | CodeRejection::Expired => NotRedeemed::Invalid,
                };
                Ok(Some(Err(refused)))
            }
            CodeVerdict::Replayed(session) => {
                at.end_replayed(&session, &request.client_id, &asker)?;
                Ok(Some(Err(NotRedeemed::Invalid)))
            }
            CodeVerdict::Redeem => at.redeem(&account, request, code, &read_keys(&keys)?, &asker).map(Some),
        }
    }

    /// A second use ends what the first has opened.
    fn ends_something(&self) -> bool {
        true
    }
}

impl Account {
    fn redeem(
        &self,
        account: &AccountRow,
        request: CodeRequest,
        code: StoredCode,
        keys: &RefreshKeys,
        asker: &Asker,
    ) -> Result<core::result::Result<Box<DelegatedSession>, NotRedeemed>> {
        let family = self.delegated_family(&request, &code, keys, asker)?;
        let Ok(cookie) = family.cookie(keys) else { return Ok(Err(NotRedeemed::UnknownKey)) };
        match &request.key {
            Some(key) if !self.uses_up(&key.once)? => return Ok(Err(NotRedeemed::ProofUsed)),
            Some(_) | None => {}
        }
        self.make_room_for_client(&request.client_id, asker)?;
        self.store().forget_families(now())?;
        self.store().insert(&family)?;
        self.later(|aftermath| aftermath.forget_at = Some(Family::kept_until(family.expires_at)));
        let event = asker.event(What::ClientSignedIn, now()).session(&family.id);
        self.record(event.id(request.client_id.as_str()))?;
        self.store().use_grant(&code.grant, now())?;
        let nonce = code.terms.nonce.clone();
        self.store().spend_code(&request.hash, code, &family.id)?;
        let cookie = request.refreshes.then_some(cookie);
        let mut session = self.delegated_session(account, &family, cookie)?;
        session.nonce = nonce;
        Ok(Ok(session))
    }

    fn delegated_family(
        &self,
        request: &CodeRequest,
        code: &StoredCode,
        keys: &RefreshKeys,
        asker: &Asker,
    ) -> Result<Family> {
        let failed = |error: Unavailable| Error::from(error.cause);
        let opening = Opening {
            account: self.id(),
            id: SessionId::granted(&random::id().map_err(failed)?),
            nonce: SecretBytes::new(random::bytes::<32>().map_err(failed)?),
            authenticated_at: code.authenticated_at,
            methods: code.methods.clone(),
            user_agent: asker.source.user_agent.clone(),
            address: asker.source.client_address.clone(),
        };
        let mut lifetimes = self.config()?.lifetimes;
        if !request.refreshes {
            // The session ends with its only access token.
            let life = lifetimes.access_token;
            lifetimes = Lifetimes { idle_expiry: life, absolute_expiry: life, ..lifetimes };
        }
        let terms = &code.terms;
        let delegation = Delegation {
            grant: code.grant.clone(),
            client_id: terms.client_id.clone(),
            scope: terms.scope.clone(),
            resource: terms.resource.clone(),
        };
        let jkt = request.key.as_ref().filter(|_| request.binds_refresh).map(|key| key.jkt.clone());
        let family = Family::open(opening, keys, lifetimes, now());
        Ok(Family { jkt, delegation: Some(Box::new(delegation)), ..family })
    }

    /// What the client's tokens contain. `generation`: the generation that the response sends.
    pub(super) fn delegated_session(
        &self,
        account: &AccountRow,
        family: &Family,
        generation: Option<RefreshCookie>,
    ) -> Result<Box<DelegatedSession>> {
        let delegation = family.delegation.as_deref().cloned();
        let delegation = delegation.ok_or_else(|| Error::from("the session was not granted to a client"))?;
        Ok(Box::new(DelegatedSession {
            session: self.living(account, family, None)?,
            scope: delegation.scope.clone(),
            delegation,
            nonce: None,
            refresh_token: generation.and_then(RefreshToken::of).map(|token| token.text()),
        }))
    }

    /// A code was used a second time: two parties have it and its verifier (OAuth 2.1 section 4.1.3).
    fn end_replayed(&self, session: &SessionId, client: &ClientId, asker: &Asker) -> Result<()> {
        let Some(mut family) = self.store().family(session)? else { return Ok(()) };
        if self.finish(&mut family)? {
            let event = asker.event(What::AuthorizationCodeReused, now()).session(session);
            self.record(event.id(client.as_str()).sessions(1))?;
        }
        Ok(())
    }

    /// Limits the number of active sessions per client: one more ends those of the same client that have been idle
    /// longest.
    fn make_room_for_client(&self, client: &ClientId, asker: &Asker) -> Result<()> {
        let most = usize::try_from(self.config()?.sessions_per_account).unwrap_or(usize::MAX);
        let is_of_client = |family: &Family| {
            family.delegation.as_ref().is_some_and(|granted| granted.client_id == *client)
                && family.ended(now()).is_none()
        };
        let mut families: Vec<_> = self.store().families()?.into_iter().filter(is_of_client).collect();
        // The store returns the newest first, and the sort is stable.
        families.sort_by_key(|family| core::cmp::Reverse(family.last_used_at));
        for family in families.iter_mut().skip(most.saturating_sub(1)) {
            self.finish(family)?;
            let event = asker.event(What::SessionReplaced, now()).session(&family.id);
            self.record(event.sessions(1).reason("too_many_sessions"))?;
        }
        Ok(())
    }
}
