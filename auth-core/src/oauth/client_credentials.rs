//! Tokens that a client gets for itself (RFC 6749 section 4.4).

use super::client::{Client, GrantType};
use super::error::{OAuthError, OAuthFailure};
use super::policy::OAuthPolicy;
use super::resource::{WholeService, read_resource};
use super::scope::{STANDARD_SCOPES, Scope};
use crate::wire::Form;

/// What a client's own token permits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientGrant {
    /// Its scope: at least one token.
    pub scope: Scope,
    /// The identifier of the resource that it is for; `None`: the configured audience.
    pub resource: Option<String>,
}

impl ClientGrant {
    /// Decides about the form of a client that has been authenticated.
    ///
    /// A request without `scope` gets all that the client may have at this resource. One that names a scope gets exactly
    /// that or an error, because no user is shown what is left.
    ///
    /// # Errors
    /// `unauthorized_client`, `invalid_target` or `invalid_scope`.
    pub fn read(
        form: &Form,
        client: &Client,
        policy: &OAuthPolicy,
        whole: WholeService<'_>,
    ) -> Result<Self, OAuthFailure> {
        let fail = OAuthFailure::new;
        let is_trusted = client.is_confidential() && client.is_registered_by_operator();
        if !is_trusted || !client.grants.contains(GrantType::ClientCredentials) {
            return Err(fail(OAuthError::UnauthorizedClient, "The client may not get tokens for itself."));
        }
        let resource = read_resource(form, policy, whole)?;
        let permitted = permitted(client, policy, resource, |token| !STANDARD_SCOPES.contains(&token));
        let scope = match form.get("scope") {
            None => permitted,
            Some(requested) => {
                let requested = Scope::parse(requested)
                    .map_err(|_| fail(OAuthError::InvalidScope, "The scope is malformed."))?;
                if !permitted.covers(&requested) {
                    return Err(fail(
                        OAuthError::InvalidScope,
                        "The client may not have one of these scopes at this resource.",
                    ));
                }
                requested
            }
        };
        if scope.is_empty() {
            return Err(fail(OAuthError::InvalidScope, "The client may have no scope at this resource."));
        }
        Ok(Self { scope, resource: resource.map(ToOwned::to_owned) })
    }
}

/// The scopes of a client that the service has, that the resource has, and that fulfil the condition.
pub(super) fn permitted(
    client: &Client,
    policy: &OAuthPolicy,
    resource: Option<&str>,
    condition: impl Fn(&str) -> bool,
) -> Scope {
    let resource = resource.and_then(|identifier| policy.resource(identifier));
    client.scopes.filtered(|token| {
        condition(token)
            && policy.scope(token).is_some()
            && resource.is_none_or(|resource| resource.scopes.contains(token))
    })
}

#[cfg(test)]
mod tests {
    use super::ClientGrant;
    use crate::oauth::client::tests::client;
    use crate::oauth::policy::tests::policy;
    use crate::oauth::{
        Client, ClientAuthentication, ClientOrigin, GrantType, GrantTypes, OAuthError, WholeService,
    };
    use crate::wire::{Form, Origin};

    fn machine() -> Client {
        Client {
            authentication: ClientAuthentication::Secret { sha256: vec![] },
            grants: GrantTypes::of([GrantType::ClientCredentials]),
            ..client()
        }
    }

    fn read(form: &str, client: &Client) -> Result<(String, Option<String>), OAuthError> {
        let issuer = Origin::parse("https://auth.example.com").unwrap();
        let form = Form::parse(form.as_bytes()).unwrap();
        let whole = WholeService { issuer: &issuer, audience: "https://api.example.com" };
        let grant = ClientGrant::read(&form, client, &policy(), whole).map_err(|failure| failure.error)?;
        Ok((grant.scope.to_string(), grant.resource))
    }

    #[test]
    fn a_client_gets_what_it_may_have_at_the_resource_and_no_scope_of_users() {
        let mcp = "https://auth.example.com/mcp";
        let admin = "https://auth.example.com/mcp/admin";
        for (form, scope, resource) in [
            ("", "notes:read mcp:tools", None),
            ("scope=", "notes:read mcp:tools", None),
            ("scope=mcp:tools", "mcp:tools", None),
            ("resource=https://auth.example.com", "notes:read mcp:tools", None),
            ("resource=https://api.example.com", "notes:read mcp:tools", None),
            ("resource=https://auth.example.com/mcp", "notes:read mcp:tools", Some(mcp)),
            ("resource=https://auth.example.com/mcp/admin", "mcp:tools", Some(admin)),
            ("scope=mcp:tools&resource=https://auth.example.com/mcp/admin", "mcp:tools", Some(admin)),
        ] {
            let granted = Ok((scope.to_owned(), resource.map(ToOwned::to_owned)));
            assert_eq!(read(form, &machine()), granted, "{form}");
        }
        for (form, error) in [
            ("scope=notes:write", OAuthError::InvalidScope),
            ("scope=unknown", OAuthError::InvalidScope),
            ("scope=openid", OAuthError::InvalidScope),
            ("scope=mcp:tools+offline_access", OAuthError::InvalidScope),
            ("scope=mcp:tools++notes:read", OAuthError::InvalidScope),
            ("scope=notes:read&resource=https://auth.example.com/mcp/admin", OAuthError::InvalidScope),
            ("resource=https://evil.example/mcp", OAuthError::InvalidTarget),
        ] {
            assert_eq!(read(form, &machine()), Err(error), "{form}");
        }
    }

    #[test]
    fn only_a_confidential_client_of_the_operator_with_this_grant_gets_tokens_for_itself() {
        for client in [
            Client { origin: ClientOrigin::Dynamic, ..machine() },
            Client { origin: ClientOrigin::MetadataDocument, ..machine() },
            Client { authentication: ClientAuthentication::None, ..machine() },
            Client { grants: GrantTypes::usual(), ..machine() },
        ] {
            assert_eq!(read("", &client), Err(OAuthError::UnauthorizedClient));
        }
        let without = Client { scopes: crate::oauth::Scope::default(), ..machine() };
        assert_eq!(read("", &without), Err(OAuthError::InvalidScope));
    }
}
