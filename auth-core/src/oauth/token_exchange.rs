//! Token exchange (RFC 8693), which only narrows: a client exchanges an access token of a user's grant, or of a client,
//! for one with a part of its scopes, for the same or another resource, that does not live longer.
//!
//! The new token has the same `sub`, `sid`, `epoch` and authentication, so everything that ends the first one's session
//! ends it too. There is no impersonation and no delegation: `actor_token` is refused and `act` is not issued.

use super::client::{Client, GrantType};
use super::error::{OAuthError, OAuthFailure};
use super::policy::OAuthPolicy;
use super::resource::WholeService;
use super::scope::{STANDARD_SCOPES, Scope};
use crate::id::TokenId;
use crate::time::UnixTime;
use crate::token::{AccessClaims, Confirmation};
use crate::wire::Form;

/// The only type of token that is exchanged and issued (RFC 8693 section 3).
pub const ACCESS_TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:access_token";

/// A client's request, before anything is known about the token in it.
#[derive(Clone, Debug)]
pub struct ExchangeRequest<'f> {
    /// The token that is to be exchanged. It must be verified, and must not have been revoked.
    pub subject_token: &'f str,
    scope: Option<Scope>,
    target: Option<&'f str>,
}

/// What is true of every exchange at the moment.
#[derive(Clone, Copy, Debug)]
pub struct ExchangeTerms<'a> {
    /// The deployer's policy.
    pub policy: &'a OAuthPolicy,
    /// The names of the service as a whole.
    pub whole: WholeService<'a>,
    /// The most seconds the new token may live.
    pub lifetime: u64,
    /// The time.
    pub now: UnixTime,
}

impl<'f> ExchangeRequest<'f> {
    /// Reads the form of a client that has been authenticated.
    ///
    /// # Errors
    /// `unauthorized_client`, `invalid_request` or `invalid_scope`.
    pub fn read(form: &'f Form, client: &Client) -> Result<Self, OAuthFailure> {
        let fail = OAuthFailure::new;
        let invalid = |description| fail(OAuthError::InvalidRequest, description);
        let is_trusted = client.is_confidential() && client.is_registered_by_operator();
        if !is_trusted || !client.grants.contains(GrantType::TokenExchange) {
            return Err(fail(OAuthError::UnauthorizedClient, "The client may not exchange tokens."));
        }
        if form.get("actor_token").is_some() || form.get("actor_token_type").is_some() {
            return Err(invalid("The service does not support actor tokens."));
        }
        let subject_token =
            form.get("subject_token").ok_or_else(|| invalid("The subject_token is missing."))?;
        if form.get("subject_token_type") != Some(ACCESS_TOKEN_TYPE) {
            return Err(invalid("The subject_token_type must be that of access tokens."));
        }
        if form.get("requested_token_type").is_some_and(|requested| requested != ACCESS_TOKEN_TYPE) {
            return Err(invalid("The service issues only access tokens."));
        }
        let scope = form
            .get("scope")
            .map(Scope::parse)
            .transpose()
            .map_err(|_| fail(OAuthError::InvalidScope, "The scope is malformed."))?;
        let target = match (form.get("resource"), form.get("audience")) {
            (Some(resource), Some(audience)) if resource != audience => {
                return Err(fail(OAuthError::InvalidTarget, "A token is for one resource."));
            }
            (Some(target), _) | (None, Some(target)) => Some(target),
            (None, None) => None,
        };
        Ok(Self { subject_token, scope, target })
    }

    /// Decides which token the client gets for `subject`, the claims of a token that was verified and has not been
    /// revoked. `jkt` is the thumbprint of the key that has signed the request.
    ///
    /// # Errors
    /// `invalid_request` if this client may not exchange this token, `invalid_target`, `invalid_scope` or
    /// `invalid_dpop_proof`.
    pub fn decide(
        &self,
        client: &Client,
        subject: &AccessClaims,
        jkt: Option<&str>,
        terms: ExchangeTerms<'_>,
        jti: TokenId,
    ) -> Result<AccessClaims, OAuthFailure> {
        let fail = OAuthFailure::new;
        let ExchangeTerms { policy, whole, lifetime, now } = terms;
        let is_own = subject.client_id == client.id.as_str();
        let is_received = !is_own && policy.is_server(client, &subject.aud);
        if !subject.sid.kind().is_of_client() || !(is_own || is_received) {
            return Err(fail(
                OAuthError::InvalidRequest,
                "The subject_token is neither an access token of this client nor for its resource.",
            ));
        }
        let aud = self.target.unwrap_or(&subject.aud);
        let resource = policy.resource(aud);
        let aud = if resource.is_none() && whole.is(aud) { whole.audience } else { aud };
        if resource.is_none() && aud != whole.audience {
            return Err(fail(OAuthError::InvalidTarget, "The service has no such resource."));
        }
        // A bound token is of no use to a client that does not have its key (RFC 9449 section 1). The server of a resource
        // never has it: the token's client has proved it to the server, or to the gate in front of it, and the server
        // proves by its own credential that it is the token's audience. It gets a token for another resource only, because
        // one for its own would be the same token without the binding.
        let has_key = subject.cnf.as_ref().is_none_or(|bound| jkt == Some(&*bound.jkt));
        if !has_key && !is_received {
            return Err(fail(
                OAuthError::InvalidDpopProof,
                "The subject_token is bound to a key that has not signed the request.",
            ));
        }
        if !has_key && aud == subject.aud {
            return Err(fail(
                OAuthError::InvalidTarget,
                "The subject_token is bound to a key of its client: it is exchanged only for a token for another resource.",
            ));
        }
        let has = Scope::parse(&subject.scope)
            .map_err(|_| fail(OAuthError::InvalidRequest, "The subject_token has no valid scope."))?;
        let is_of_resource = |token: &str| {
            STANDARD_SCOPES.contains(&token)
                || resource.is_none_or(|resource| resource.scopes.contains(token))
        };
        let permitted = has.filtered(|token| client.may_request(token) && is_of_resource(token));
        let scope = self.scope.as_ref().unwrap_or(&permitted);
        if scope.is_empty() || !permitted.covers(scope) {
            return Err(fail(
                OAuthError::InvalidScope,
                "The scope is not a part of that of the subject_token at this resource.",
            ));
        }
        Ok(AccessClaims {
            aud: aud.to_owned(),
            client_id: client.id.as_str().to_owned(),
            iat: now,
            exp: subject.exp.min(now.plus(lifetime)),
            jti,
            roles: policy.roles(scope, &subject.roles),
            scope: scope.to_string(),
            cnf: jkt.map(|jkt| Confirmation { jkt: jkt.to_owned() }),
            // The address and the metadata were for the first token's resource.
            email: None,
            email_verified: None,
            metadata: None,
            ..subject.clone()
        })
    }
}

#[cfg(test)]
mod tests;
