//! About which tokens a caller may learn by introspection, and what (RFC 7662).

use super::client::Client;
use super::policy::OAuthPolicy;
use crate::token::AccessClaims;

/// A caller of the introspection endpoint that has been authenticated.
#[derive(Clone, Copy, Debug)]
pub enum Introspector<'a> {
    /// A service with a credential of its own, which may ask about every token.
    Service,
    /// An OAuth client.
    Client {
        /// The client.
        client: &'a Client,
        /// The deployer's policy, which names the server of each resource.
        policy: &'a OAuthPolicy,
    },
}

impl Introspector<'_> {
    /// Whether the caller may learn about a valid token with these claims. A client may learn about a token that was
    /// issued to it, and about a client's token for the resource whose server it is (RFC 7662 section 4). Tokens of the
    /// app's own sessions and of API keys are for no resource alone, and no client may learn about them.
    #[must_use]
    pub fn may_know(&self, claims: &AccessClaims) -> bool {
        match self {
            Self::Service => true,
            Self::Client { client, policy } => {
                client.is_confidential()
                    && claims.sid.kind().is_of_client()
                    && (claims.client_id == client.id.as_str() || policy.is_server(client, &claims.aud))
            }
        }
    }

    /// Whether the response states the user's address as `username`: to a client only if the user has granted it.
    #[must_use]
    pub fn may_know_address(&self, claims: &AccessClaims) -> bool {
        match self {
            Self::Service => true,
            Self::Client { .. } => claims.scope.split(' ').any(|token| token == "email"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Introspector;
    use crate::oauth::client::tests::client;
    use crate::oauth::policy::tests::policy;
    use crate::oauth::{Client, ClientAuthentication, ClientOrigin};
    use crate::time::UnixTime;
    use crate::token::AccessClaims;

    const MCP: &str = "https://auth.example.com/mcp";
    const ADMIN: &str = "https://auth.example.com/mcp/admin";

    fn claims(client: &str, aud: &str, sid: &str, scope: &str) -> AccessClaims {
        AccessClaims {
            iss: "https://auth.example.com".into(),
            sub: "user".into(),
            aud: aud.into(),
            client_id: client.into(),
            iat: UnixTime(1_800_000_000),
            exp: UnixTime(1_800_000_300),
            auth_time: None,
            acr: None,
            amr: vec![],
            jti: "t".into(),
            sid: sid.into(),
            epoch: 3,
            roles: vec![],
            scope: scope.into(),
            email: None,
            email_verified: None,
            cnf: None,
            metadata: None,
        }
    }

    fn confidential(id: &str) -> Client {
        let authentication = ClientAuthentication::Secret { sha256: vec![] };
        Client { id: id.into(), authentication, ..client() }
    }

    #[test]
    fn a_client_learns_about_its_own_tokens_and_those_for_the_resource_whose_server_it_is() {
        let policy = policy();
        let learns = |client: &Client, of: &str, aud: &str, sid: &str| {
            let by = Introspector::Client { client, policy: &policy };
            by.may_know(&claims(of, aud, sid, "mcp:tools"))
        };
        let (server, notes) = (confidential("mcp-server"), confidential("notes"));
        for (of, aud, sid, by_server, by_notes) in [
            ("notes", MCP, "grant.x", true, true),
            ("notes", MCP, "client.notes", true, true),
            ("another", MCP, "grant.x", true, false),
            ("notes", ADMIN, "grant.x", false, true),
            ("another", "api", "grant.x", false, false),
            ("mcp-server", "api", "grant.x", true, false),
            // Tokens of the app's own sessions and of API keys, whatever else they state.
            ("notes", MCP, "browser", false, false),
            ("mcp-server", MCP, "key.x", false, false),
        ] {
            assert_eq!(learns(&server, of, aud, sid), by_server, "server: {of} {aud} {sid}");
            assert_eq!(learns(&notes, of, aud, sid), by_notes, "notes: {of} {aud} {sid}");
            assert!(Introspector::Service.may_know(&claims(of, aud, sid, "")));
        }
        let public = Client { authentication: ClientAuthentication::None, ..server.clone() };
        let described_itself = Client { origin: ClientOrigin::Dynamic, ..server };
        for client in [public, described_itself] {
            assert!(!learns(&client, "notes", MCP, "grant.x"), "{client:?}");
        }
    }

    #[test]
    fn a_client_learns_the_address_only_if_the_user_has_granted_it() {
        let (policy, client) = (policy(), confidential("notes"));
        let by = Introspector::Client { client: &client, policy: &policy };
        for (scope, learns) in [("openid email", true), ("email", true), ("openid", false), ("email2", false)]
        {
            let claims = claims("notes", "api", "grant.x", scope);
            assert_eq!(by.may_know_address(&claims), learns, "{scope}");
            assert!(Introspector::Service.may_know_address(&claims));
        }
    }
}
