//! What the deployer permits: `[LATCHKEY.oauth]`.

use std::rc::Rc;

use super::client::Client;
use super::scope::{STANDARD_SCOPES, Scope};
use crate::id::ClientId;

/// The checked configuration of the authorization server.
#[derive(Clone, Debug)]
pub struct OAuthPolicy {
    /// The path of the page at the issuer where users sign in. It gets the query `return_to`. Default: `/`.
    pub sign_in_page: String,
    /// The scopes of the deployer's API, in the order of the configuration. Standard ones are not among them.
    pub scopes: Vec<KnownScope>,
    /// The protected resources.
    pub resources: Vec<Resource>,
    /// The clients in the configuration.
    pub clients: Vec<Rc<Client>>,
    /// Whether the `client_id` may be the URL of a client ID metadata document. Default: true.
    pub metadata_documents: bool,
    /// Who may register clients. Default: [`Registration::Off`].
    pub registration: Registration,
}

/// A scope of the deployer's API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownScope {
    /// The scope token.
    pub name: String,
    /// What it permits, for users.
    pub description: String,
    /// The roles of the user that a token with this scope has. Default: none.
    pub roles: Vec<String>,
}

/// A protected resource (RFC 8707, RFC 9728): the paths of the issuer at and under one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The path, such as `/mcp`.
    pub path: String,
    /// The URL of the path: the value of `resource`, and the `aud` of the tokens for it.
    pub identifier: String,
    /// The scopes of tokens for it.
    pub scopes: Scope,
    /// The client with which the resource's own server authenticates. It may introspect the resource's tokens (RFC 7662)
    /// and exchange them (RFC 8693).
    pub server: Option<ClientId>,
}

/// Who may register clients by `POST /oauth/register` (RFC 7591).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Registration {
    /// The path does not exist.
    #[default]
    Off,
    /// Any client.
    Open,
}

impl OAuthPolicy {
    /// The resource with this identifier.
    #[must_use]
    pub fn resource(&self, identifier: &str) -> Option<&Resource> {
        self.resources.iter().find(|resource| resource.identifier == identifier)
    }

    /// The resource to which a path belongs: the one with the longest path that is the same or above it.
    #[must_use]
    pub fn resource_of(&self, path: &str) -> Option<&Resource> {
        let is_under = |resource: &&Resource| {
            path.strip_prefix(resource.path.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.resources.iter().filter(is_under).max_by_key(|resource| resource.path.len())
    }

    /// Whether this client is the server of the resource that this `aud` names. Only a client that authenticates itself and
    /// that the deployer or an administrator has registered can be.
    #[must_use]
    pub fn is_server(&self, client: &Client, audience: &str) -> bool {
        client.is_confidential()
            && client.is_registered_by_operator()
            && self.resource(audience).is_some_and(|resource| resource.server.as_ref() == Some(&client.id))
    }

    /// The deployer's scope of this name.
    #[must_use]
    pub fn scope(&self, name: &str) -> Option<&KnownScope> {
        self.scopes.iter().find(|scope| scope.name == name)
    }

    /// Whether the service has this scope: a standard one, or one of the deployer's.
    #[must_use]
    pub fn knows(&self, token: &str) -> bool {
        STANDARD_SCOPES.contains(&token) || self.scope(token).is_some()
    }

    /// All scopes of the deployer's.
    #[must_use]
    pub fn all_scopes(&self) -> Scope {
        Scope::of(self.scopes.iter().map(|scope| scope.name.as_str())).unwrap_or_default()
    }

    /// The roles that a token with this scope has, of those that the user has.
    #[must_use]
    pub fn roles(&self, scope: &Scope, of_user: &[String]) -> Vec<String> {
        let named = |role: &&String| {
            scope.iter().filter_map(|token| self.scope(token)).any(|scope| scope.roles.contains(role))
        };
        of_user.iter().filter(named).cloned().collect()
    }

    /// The client in the configuration with this id.
    #[must_use]
    pub fn client(&self, id: &ClientId) -> Option<&Rc<Client>> {
        self.clients.iter().find(|client| client.id == *id)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{KnownScope, OAuthPolicy, Registration, Resource, Scope};

    pub(crate) fn policy() -> OAuthPolicy {
        let scope = |name: &str, roles: &[&str]| KnownScope {
            name: name.into(),
            description: format!("Use {name}"),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        };
        let resource = |path: &str, scopes: &str| Resource {
            path: path.into(),
            identifier: format!("https://auth.example.com{path}"),
            scopes: Scope::parse(scopes).unwrap(),
            server: (path == "/mcp").then(|| "mcp-server".into()),
        };
        OAuthPolicy {
            sign_in_page: "/".into(),
            scopes: vec![
                scope("notes:read", &["reader"]),
                scope("notes:write", &["editor", "reader"]),
                scope("mcp:tools", &[]),
            ],
            resources: vec![resource("/mcp", "mcp:tools notes:read"), resource("/mcp/admin", "mcp:tools")],
            clients: vec![],
            metadata_documents: true,
            registration: Registration::Off,
        }
    }

    #[test]
    fn a_path_belongs_to_the_resource_with_the_longest_path_above_it() {
        let policy = policy();
        for (path, resource) in [
            ("/mcp", Some("/mcp")),
            ("/mcp/", Some("/mcp")),
            ("/mcp/x", Some("/mcp")),
            ("/mcp/admin", Some("/mcp/admin")),
            ("/mcp/admin/x", Some("/mcp/admin")),
            ("/mcp/administrator", Some("/mcp")),
            ("/mcpx", None),
            ("/MCP", None),
            ("/", None),
        ] {
            assert_eq!(policy.resource_of(path).map(|resource| &*resource.path), resource, "{path}");
        }
        assert!(policy.resource("https://auth.example.com/mcp").is_some());
        assert!(policy.resource("https://auth.example.com/mcp/").is_none());
    }

    #[test]
    fn a_token_has_the_roles_that_its_scopes_name_and_the_user_has() {
        let policy = policy();
        let roles = |scope: &str, of_user: &[&str]| {
            let of_user: Vec<String> = of_user.iter().map(|role| (*role).to_owned()).collect();
            policy.roles(&Scope::parse(scope).unwrap(), &of_user)
        };
        assert_eq!(roles("notes:read", &["reader", "editor", "admin"]), ["reader"]);
        assert_eq!(roles("notes:write mcp:tools", &["admin", "editor"]), ["editor"]);
        assert!(roles("mcp:tools openid", &["admin"]).is_empty());
        assert!(roles("notes:write", &[]).is_empty());
    }

    #[test]
    fn the_service_knows_its_scopes_and_the_standard_ones() {
        let policy = policy();
        for (token, known) in [("openid", true), ("email", true), ("notes:read", true), ("phone", false)] {
            assert_eq!(policy.knows(token), known, "{token}");
        }
        assert_eq!(policy.all_scopes().to_string(), "notes:read notes:write mcp:tools");
    }
}
