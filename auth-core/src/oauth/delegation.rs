//! What a session that a user has granted to a client permits, and which tokens the client gets by it.

use serde::{Deserialize, Serialize};

use super::client::Client;
use super::policy::OAuthPolicy;
use super::resource::is_granted;
use super::scope::{STANDARD_SCOPES, Scope};
use crate::id::{ClientId, GrantId};

/// How many grants of one account are stored. One more withdraws the one that has been unused longest.
pub const MAX_GRANTS: u64 = 100;

/// How often the time of a grant's last use is written, in seconds.
pub const LAST_USE_INTERVAL: u64 = 300;

/// What was granted to the client of a session. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegation {
    /// The grant, which the user can withdraw.
    pub grant: GrantId,
    /// The client.
    pub client_id: ClientId,
    /// The scope.
    pub scope: Scope,
    /// The resource (RFC 8707); `None`: the configured audience.
    pub resource: Option<String>,
}

/// What a client requests with a refresh token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefreshRequest {
    /// The client, which has been authenticated as far as it can be.
    pub client_id: ClientId,
    /// The parameter `scope` (RFC 6749 section 6).
    pub scope: Option<Scope>,
    /// The resource that the request names, as [`super::named_resource`] returns it.
    pub resource: Option<String>,
}

/// Why a refresh is rejected although the refresh token was issued once. It changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RefreshRejection {
    /// The token was issued to another client.
    OtherClient,
    /// The token is bound to a key that has not signed the request.
    Key,
    /// The request asks for a scope that was not granted.
    Scope,
    /// The request names a resource that was not granted.
    Resource,
}

impl RefreshRejection {
    /// The reason in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OtherClient => "other_client",
            Self::Key => "dpop_key",
            Self::Scope => "scope",
            Self::Resource => "resource",
        }
    }
}

impl Delegation {
    /// The scope of the access token that the client gets: what it asks for, or everything that was granted.
    /// `bound_to`: the thumbprint of the key to which the session's refresh tokens are bound. `proven`: that of the key
    /// of the request's DPoP proof (RFC 9449).
    ///
    /// # Errors
    /// [`RefreshRejection`].
    pub fn refresh(
        &self,
        request: &RefreshRequest,
        bound_to: Option<&str>,
        proven: Option<&str>,
    ) -> Result<Scope, RefreshRejection> {
        if request.client_id != self.client_id {
            return Err(RefreshRejection::OtherClient);
        }
        if bound_to.is_some() && bound_to != proven {
            return Err(RefreshRejection::Key);
        }
        if !is_granted(self.resource.as_deref(), request.resource.as_deref()) {
            return Err(RefreshRejection::Resource);
        }
        match &request.scope {
            None => Ok(self.scope.clone()),
            Some(scope) if self.scope.covers(scope) => Ok(scope.clone()),
            Some(_) => Err(RefreshRejection::Scope),
        }
    }
}

/// What remains of a granted scope: the deployer may have taken a scope from the client, the resource or the service
/// since the user granted it. `None`: the resource does not exist any more.
#[must_use]
pub fn still_permitted(
    granted: &Scope,
    client: &Client,
    policy: &OAuthPolicy,
    resource: Option<&str>,
) -> Option<Scope> {
    let resource = match resource {
        None => None,
        Some(identifier) => Some(policy.resource(identifier)?),
    };
    let is_of_resource = |token: &str| resource.is_none_or(|resource| resource.scopes.contains(token));
    Some(granted.filtered(|token| {
        STANDARD_SCOPES.contains(&token)
            || (policy.knows(token) && client.may_request(token) && is_of_resource(token))
    }))
}

#[cfg(test)]
mod tests {
    use super::{Delegation, RefreshRejection, RefreshRequest, still_permitted};
    use crate::oauth::Scope;
    use crate::oauth::client::tests::client;
    use crate::oauth::policy::tests::policy;

    #[test]
    fn a_scope_that_the_client_the_resource_or_the_service_has_lost_since_is_left_out() {
        let mut client = client();
        client.scopes = scope("notes:read mcp:tools gone");
        let policy = policy();
        for (granted, resource, permitted) in [
            ("openid notes:read notes:write", None, Some("openid notes:read")),
            ("gone email", None, Some("email")),
            ("mcp:tools notes:read", Some("https://auth.example.com/mcp/admin"), Some("mcp:tools")),
            ("openid notes:read", Some("https://auth.example.com/gone"), None),
        ] {
            let remains = still_permitted(&scope(granted), &client, &policy, resource);
            assert_eq!(remains, permitted.map(scope), "{granted} {resource:?}");
        }
    }

    fn scope(text: &str) -> Scope {
        Scope::parse(text).unwrap()
    }

    #[test]
    fn a_refresh_narrows_what_was_granted_and_never_widens_it() {
        let granted = Delegation {
            grant: "g".into(),
            client_id: "c".into(),
            scope: scope("a b"),
            resource: Some("https://s.example/mcp".into()),
        };
        let request = |asked: Option<&str>| RefreshRequest {
            client_id: "c".into(),
            scope: asked.map(scope),
            resource: None,
        };
        for (asked, expected) in [
            (None, Ok("a b")),
            (Some("a"), Ok("a")),
            (Some("b a"), Ok("b a")),
            (Some(""), Ok("")),
            (Some("c"), Err(RefreshRejection::Scope)),
            (Some("a b c"), Err(RefreshRejection::Scope)),
            (Some("A"), Err(RefreshRejection::Scope)),
        ] {
            for (bound_to, proven) in [(None, None), (None, Some("k")), (Some("k"), Some("k"))] {
                let answer = granted.refresh(&request(asked), bound_to, proven);
                assert_eq!(answer, expected.map(scope), "{asked:?}");
            }
        }
        for proven in [None, Some("l"), Some("")] {
            let answer = granted.refresh(&request(None), Some("k"), proven);
            assert_eq!(answer, Err(RefreshRejection::Key), "{proven:?}");
        }
        let other_client = RefreshRequest { client_id: "d".into(), ..request(None) };
        assert_eq!(granted.refresh(&other_client, None, None), Err(RefreshRejection::OtherClient));
        for (resource, is_granted) in
            [("https://s.example/mcp", true), ("https://s.example/mcp/", false), ("", false)]
        {
            let request = RefreshRequest { resource: Some(resource.into()), ..request(None) };
            let expected = if is_granted { Ok(scope("a b")) } else { Err(RefreshRejection::Resource) };
            assert_eq!(granted.refresh(&request, None, None), expected, "{resource}");
        }
    }
}
