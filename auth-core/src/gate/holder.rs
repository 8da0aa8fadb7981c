//! The part of the machine that serves verifiers without routes, in Workers of other projects.

use super::policy::OWN_ISSUER;
use super::proof::Proved;
use super::requirements::require_scopes;
use super::tokens::Tokens;
use super::verdict::{Denial, Step};
use super::view::View;

/// A request at a verifier without routes.
#[derive(Clone, Copy, Debug)]
pub struct TokenRequest<'r> {
    /// The method, in its exact letter case.
    pub method: &'r str,
    /// The absolute URL as the client knows it. Query and fragment are ignored.
    pub url: &'r str,
    /// The `Authorization` header. Several are joined by commas.
    pub authorization: Option<&'r str>,
    /// The `DPoP` header (RFC 9449 section 4.1). Several are joined by commas.
    pub proof: Option<&'r str>,
}

impl<V: View> Tokens<'_, V> {
    /// The holder of the request's token, by the rules of a route without requirements on users. The verifier's only
    /// issuer is the first of these. A token of a Latchkey service that an OAuth client holds must have all
    /// `client_scopes`, of which there must be at least one. A token that is bound to a key needs a proof of it.
    ///
    /// # Errors
    /// [`super::Stop`].
    pub fn holder(&self, request: &TokenRequest<'_>, client_scopes: &[String]) -> Step<V::Token, V::Token> {
        let shown = self.bearer(request.authorization, &[OWN_ISSUER])?;
        let caller = shown.presented.token.as_ref().verified.claims();
        let is_of_client = caller.kind().is_of_client();
        if is_of_client && client_scopes.is_empty() {
            return Err(Denial::ClosedToClients.into());
        }
        self.check_binding(&shown, false, |bound| {
            let TokenRequest { method, url, proof, .. } = *request;
            self.prove(bound, &Proved { method, urls: &[url], proof })
        })?;
        if is_of_client {
            require_scopes(caller, client_scopes)?;
        }
        Ok(shown.presented.token)
    }
}
