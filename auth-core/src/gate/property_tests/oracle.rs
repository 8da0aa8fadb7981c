//! The oracle.

use super::cases::{Binding, Flaw, Shown};
use super::world::{AUDIENCE, FOREIGN, OWN, RESOURCE, World};
use crate::token::Caller;

impl World {
    /// Who may pass, and as whom: the claims of the one who does. Stated without the machine.
    pub(super) fn may_pass(&self, method: &str, path: &str) -> Option<Option<Caller>> {
        let truth = &self.truth;
        let (by_token, by_cookie) = match path {
            "/public" => return Some(None),
            "/page" | "/page-mfa" => (false, true),
            "/both" | "/optional" | "/any" | "/mcp" => {
                let shows = self.shown.is_token() || self.shown.is_api_key();
                (shows, !shows)
            }
            _ => (true, false),
        };
        if by_cookie {
            let shows = match self.shown {
                Shown::Cookie | Shown::TokenAndCookie => true,
                Shown::CookieFromAnotherSite => method == "GET",
                _ => false,
            };
            let meets = path != "/page-mfa" || truth.present_acr == "aal2";
            let session = (shows && truth.account_agrees && meets).then(|| self.present());
            return if path == "/optional" { Some(session) } else { session.map(Some) };
        }
        assert!(by_token);
        if self.shown.is_of_client() {
            return self.client_may_pass(path).then(|| Some(self.caller(OWN)));
        }
        let takes_keys = path.starts_with("/key") || path == "/any";
        if self.shown.is_api_key() {
            let permitted = match path {
                "/key-scope" => truth.has_scope,
                "/key-admin" => truth.is_admin,
                _ => true,
            };
            let valid = self.shown == Shown::ApiKey && truth.account_agrees && truth.inside != Some(false);
            return (takes_keys && valid && permitted).then(|| Some(self.caller(OWN)));
        }
        let accepted = match self.shown {
            Shown::ExchangedToken => takes_keys,
            Shown::OwnToken | Shown::TokenAndCookie => !["/foreign", "/key", "/key-admin"].contains(&path),
            Shown::ForeignToken => path == "/foreign" || path == "/any-mfa",
            _ => false,
        };
        let alive = match path {
            "/bound" | "/allow" | "/key-bound" | "/mcp" => !truth.revoked,
            "/strict" | "/strict-mfa" | "/key-strict" | "/scope-strict" => truth.account_agrees,
            _ => true,
        };
        let meets = match path {
            "/admin" | "/key-admin" | "/mcp/admin" => truth.is_admin,
            // A user has the scopes that users can give to their keys.
            "/key-scope" => self.shown != Shown::ExchangedToken || truth.has_scope,
            "/fresh" => truth.authenticated <= 600,
            "/mfa" | "/mcp/mfa" => truth.acr == Some("aal2"),
            // What the account says of the session counts, not what the token says.
            "/strict-mfa" => truth.present_acr == "aal2",
            "/any-mfa" => truth.acr == Some("aal2") || truth.acr == Some("urn:x:mfa"),
            _ => true,
        };
        let from = if self.shown == Shown::ForeignToken { FOREIGN } else { OWN };
        (accepted && truth.genuine && !truth.key_removed && alive && meets).then(|| Some(self.caller(from)))
    }

    /// Whether the token of an OAuth client opens this path. A token that opens nothing by its scopes opens nothing at
    /// all.
    fn client_may_pass(&self, path: &str) -> bool {
        let truth = &self.truth;
        let audience = match path {
            "/scope" | "/scope-strict" | "/key-scope" => AUDIENCE,
            "/mcp" | "/mcp/admin" | "/mcp/mfa" => RESOURCE,
            _ => return false,
        };
        let alive = match path {
            "/scope-strict" => truth.account_agrees,
            "/mcp" => !truth.revoked,
            _ => true,
        };
        let granted = self.shown == Shown::GrantedToken;
        let meets = match path {
            "/mcp/admin" => granted && truth.is_admin,
            "/mcp/mfa" => granted && truth.acr == Some("aal2"),
            _ => true,
        };
        let valid = truth.genuine
            && !truth.key_removed
            && truth.audience == audience
            && matches!(truth.binding, Binding::Bearer | Binding::Proved(Flaw::Nothing));
        valid && alive && truth.has_scope && meets
    }
}
