//! The part of the machine that judges the token of a request: where it is, and which routes accept it.
//!
//! Tokens of other issuers and of users' own sessions are accepted where tokens are. A token for which an API key
//! was exchanged is accepted where keys are, because the exchange must not open routes that are closed to keys. A
//! token of an OAuth client permits what its scopes say and no more, so it is accepted only where a route names
//! scopes, and only for the audience of that route.

use super::authorization::Authorization;
use super::carried::{self, Carried};
use super::judge::{Admitted, Judge};
use super::original::Original;
use super::policy::{OWN_ISSUER, Route};
use super::requirements::require_scopes;
use super::tokens::{Presented, Tokens};
use super::verdict::{Denial, Step};
use super::view::View;
use crate::id::SessionKind;
use crate::revocation::Bound;
use crate::token::Caller;

/// The token of a request, verified.
pub(super) struct Shown<'r, T> {
    pub(super) presented: Presented<T>,
    /// The token's text, if the scheme of the `Authorization` header is `DPoP`, so that the request has to prove that
    /// the client has the token's key.
    pub(super) with_proof: Option<&'r str>,
}

impl<V: View> Tokens<'_, V> {
    /// The token in the `Authorization` header.
    pub(super) fn bearer<'r>(
        &self,
        authorization: Option<&'r str>,
        issuers: &[usize],
    ) -> Step<Shown<'r, V::Token>, V::Token> {
        let (token, with_proof) = match Authorization::read(authorization) {
            Authorization::Absent => return Err(Denial::NoCredentials.into()),
            Authorization::Malformed => return Err(Denial::Malformed("authorization_header").into()),
            Authorization::Bearer(token) => (token, None),
            Authorization::DPoP(token) => (token, Some(token)),
        };
        Ok(Shown { presented: self.verified(token, issuers)?, with_proof })
    }
}

impl<V: View> Judge<'_, V> {
    /// The holder of the request's token on a route: accepted there, and not revoked within the route's bound.
    pub(super) fn token(&self, route: &Route) -> Step<Admitted<V::Token>, V::Token> {
        let shown = self.shown(&route.requires.issuers)?;
        self.accepted_token(route, shown, Original::of(self.head))
    }

    /// The same for the request that a proxy asks about, without tokens where another proxy puts them.
    pub(super) fn forwarded_token(
        &self,
        route: &Route,
        original: Original<'_>,
    ) -> Step<Admitted<V::Token>, V::Token> {
        let shown = self.bearer(&route.requires.issuers)?;
        self.accepted_token(route, shown, original)
    }

    fn accepted_token(
        &self,
        route: &Route,
        shown: Shown<'_, V::Token>,
        original: Original<'_>,
    ) -> Step<Admitted<V::Token>, V::Token> {
        let known = shown.presented.token.as_ref();
        let caller = known.verified.claims();
        let is_own = known.issuer == OWN_ISSUER;
        match if is_own { caller.kind() } else { SessionKind::Browser } {
            SessionKind::Browser if route.access.token => {}
            SessionKind::ApiKey if route.access.api_key => {}
            SessionKind::Browser => return Err(Denial::invalid("token_not_accepted").into()),
            SessionKind::ApiKey => return Err(Denial::invalid("api_key_not_accepted").into()),
            SessionKind::Grant | SessionKind::Client => self.accepts_client(route, caller)?,
        }
        self.check_binding(&shown, is_own, original)?;
        self.unrevoked(route.revocation, route.without_revocations, shown.presented)
    }

    /// Whether the route accepts a token of an OAuth client, if it has the scopes that the route names.
    fn accepts_client(&self, route: &Route, caller: &Caller) -> Result<(), Denial> {
        if !route.access.token || route.requires.scopes.is_empty() {
            return Err(Denial::ClosedToClients);
        }
        let audience =
            route.resource.as_deref().map_or(self.policy.audience, |resource| &resource.identifier);
        if caller.audience.as_deref() == Some(audience) {
            Ok(())
        } else {
            Err(Denial::invalid("client_audience"))
        }
    }

    /// The holder of a token of this service in the `Authorization` header, whose account has been asked: a user's
    /// own session, or an API key. A token of an OAuth client is not accepted, because nothing says which scopes it
    /// needs.
    pub(super) fn own_bearer(&self) -> Step<Admitted<V::Token>, V::Token> {
        let shown = self.bearer(&[OWN_ISSUER])?;
        match shown.presented.token.as_ref().verified.claims().kind() {
            SessionKind::Browser | SessionKind::ApiKey => {}
            SessionKind::Grant | SessionKind::Client => return Err(Denial::ClosedToClients.into()),
        }
        self.check_binding(&shown, true, Original::of(self.head))?;
        self.unrevoked(Bound::Strict, false, shown.presented)
    }

    /// The user whose own session's token is in the `Authorization` header. Whether it was revoked is not asked.
    /// Tokens of OAuth clients and of API keys are not accepted: a third party must not be able to change
    /// credentials, list sessions or get tickets.
    ///
    /// # Errors
    /// [`super::Stop`].
    pub fn user(&self) -> Step<V::Token, V::Token> {
        let shown = self.bearer(&[OWN_ISSUER])?;
        match shown.presented.token.as_ref().verified.claims().kind() {
            SessionKind::Browser => {}
            SessionKind::ApiKey => return Err(Denial::invalid("api_key_not_accepted").into()),
            SessionKind::Grant | SessionKind::Client => return Err(Denial::ClosedToClients.into()),
        }
        self.check_binding(&shown, true, Original::of(self.head))?;
        Ok(shown.presented.token)
    }

    /// The OAuth client to which a user has granted these scopes, whose account has been asked. For the service's
    /// own resources: the token may be for any audience of this service.
    ///
    /// # Errors
    /// [`super::Stop`].
    pub fn granted(&self, scopes: &[String]) -> Step<Admitted<V::Token>, V::Token> {
        let shown = self.bearer(&[OWN_ISSUER])?;
        let caller = shown.presented.token.as_ref().verified.claims();
        match caller.kind() {
            SessionKind::Grant => {}
            SessionKind::Browser | SessionKind::ApiKey | SessionKind::Client => {
                return Err(Denial::invalid("no_grant").into());
            }
        }
        self.check_binding(&shown, true, Original::of(self.head))?;
        require_scopes(caller, scopes)?;
        self.unrevoked(Bound::Strict, false, shown.presented)
    }

    /// A token of the service's own, which is not the request's. Whether it was revoked is not asked.
    ///
    /// # Errors
    /// [`super::Stop`].
    pub fn own_token(&self, token: &str) -> Step<V::Token, V::Token> {
        self.tokens().verified(token, &[OWN_ISSUER]).map(|presented| presented.token)
    }

    /// The request's token: in the `Authorization` header, or where a proxy puts tokens of an issuer. The
    /// latter never makes up for an `Authorization` header.
    fn shown(&self, issuers: &[usize]) -> Step<Shown<'_, V::Token>, V::Token> {
        if self.head.header("authorization").is_some() || !carried::may_carry(&self.policy, issuers) {
            return self.bearer(issuers);
        }
        let head = self.whole()?;
        match carried::find(&self.policy, head, issuers) {
            Carried::Absent => Err(Denial::NoCredentials.into()),
            Carried::Malformed => Err(Denial::Malformed("token_header").into()),
            Carried::Token { by_cookie, .. } if carried::may_be_forged(&self.policy, head, by_cookie) => {
                Err(Denial::invalid("token_from_another_site").into())
            }
            Carried::Token { token, issuers, .. } => {
                Ok(Shown { presented: self.tokens().verified(token, &issuers)?, with_proof: None })
            }
        }
    }

    /// The token in the `Authorization` header.
    fn bearer(&self, issuers: &[usize]) -> Step<Shown<'_, V::Token>, V::Token> {
        self.tokens().bearer(self.head.header("authorization"), issuers)
    }

    pub(super) fn tokens(&self) -> Tokens<'_, V> {
        Tokens { issuers: self.policy.issuers, view: self.view, facts: self.facts, now: self.now }
    }
}
