//! The parameter `resource` (RFC 8707): what a token is for.

use super::error::{OAuthError, OAuthFailure};
use super::policy::OAuthPolicy;
use crate::wire::{Form, Origin};

/// The names of the service as a whole, whose tokens have the configured audience, as opposed to one of its resources.
#[derive(Clone, Copy, Debug)]
pub struct WholeService<'a> {
    /// The issuer, which the metadata of the service as a whole states as its resource (RFC 9728).
    pub issuer: &'a Origin,
    /// The configured audience: the `aud` of these tokens.
    pub audience: &'a str,
}

impl WholeService<'_> {
    /// Whether this is one of the names. URL parsers add a slash to the issuer.
    #[must_use]
    pub fn is(&self, identifier: &str) -> bool {
        identifier == self.audience
            || identifier.strip_suffix('/').unwrap_or(identifier) == self.issuer.as_str()
    }
}

/// The identifier of the requested resource; `None` for the service as a whole, which is also meant if the request names
/// no resource.
pub(super) fn read_resource<'p>(
    form: &Form,
    policy: &'p OAuthPolicy,
    whole: WholeService<'_>,
) -> Result<Option<&'p str>, OAuthFailure> {
    let Some(identifier) = form.get("resource") else { return Ok(None) };
    match policy.resource(identifier) {
        Some(resource) => Ok(Some(&resource.identifier)),
        None if whole.is(identifier) => Ok(None),
        None => Err(OAuthFailure::new(OAuthError::InvalidTarget, "The service has no such resource.")),
    }
}

/// The resource that a request with a code or a refresh token names (RFC 8707 section 2.2): an identifier, the empty text
/// for the service as a whole, or `None` if it names none and means what was granted.
#[must_use]
pub fn named_resource(form: &Form, policy: &OAuthPolicy, whole: WholeService<'_>) -> Option<String> {
    let identifier = form.get("resource")?;
    let is_whole = policy.resource(identifier).is_none() && whole.is(identifier);
    Some(if is_whole { String::new() } else { identifier.to_owned() })
}

/// Whether what [`named_resource`] returned is what was granted. `granted`: `None` for the service as a whole.
pub(super) fn is_granted(granted: Option<&str>, named: Option<&str>) -> bool {
    named.is_none_or(|named| named == granted.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{WholeService, is_granted, named_resource, read_resource};
    use crate::oauth::OAuthError;
    use crate::oauth::policy::tests::policy;
    use crate::wire::{Form, Origin};

    const MCP: &str = "https://auth.example.com/mcp";

    #[test]
    fn the_service_as_a_whole_has_two_names_and_each_resource_has_one() {
        let issuer = Origin::parse("https://auth.example.com").unwrap();
        let whole = WholeService { issuer: &issuer, audience: "https://api.example.com" };
        let policy = policy();
        let unknown = Err(OAuthError::InvalidTarget);
        for (resource, read, named) in [
            ("", Ok(None), None),
            ("https://auth.example.com", Ok(None), Some("")),
            ("https://auth.example.com/", Ok(None), Some("")),
            ("https://api.example.com", Ok(None), Some("")),
            (MCP, Ok(Some(MCP)), Some(MCP)),
            ("https://api.example.com/", unknown, Some("https://api.example.com/")),
            ("https://API.example.com", unknown, Some("https://API.example.com")),
            ("https://auth.example.com//", unknown, Some("https://auth.example.com//")),
            ("https://auth.example.com/mcp/", unknown, Some("https://auth.example.com/mcp/")),
            ("https://evil.example", unknown, Some("https://evil.example")),
        ] {
            let form = Form::parse(format!("resource={resource}").as_bytes()).unwrap();
            let found = read_resource(&form, &policy, whole).map_err(|failure| failure.error);
            assert_eq!(found, read, "{resource}");
            assert_eq!(named_resource(&form, &policy, whole).as_deref(), named, "{resource}");
        }
        // A deployer may give a resource the name of the audience; its scopes count.
        let whole = WholeService { issuer: &issuer, audience: MCP };
        let form = Form::parse(format!("resource={MCP}").as_bytes()).unwrap();
        assert_eq!(read_resource(&form, &policy, whole), Ok(Some(MCP)));
        assert_eq!(named_resource(&form, &policy, whole).as_deref(), Some(MCP));
    }

    #[test]
    fn a_token_request_names_what_was_granted_or_nothing() {
        for (granted, named, is) in [
            (None, None, true),
            (None, Some(""), true),
            (None, Some(MCP), false),
            (Some(MCP), None, true),
            (Some(MCP), Some(MCP), true),
            (Some(MCP), Some(""), false),
            (Some(MCP), Some("https://auth.example.com/other"), false),
        ] {
            assert_eq!(is_granted(granted, named), is, "{granted:?} {named:?}");
        }
    }
}
