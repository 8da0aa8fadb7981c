//! The members of a client's metadata, each read as RFC 7591 section 2 defines it, and what may be in them depending on
//! who has written them.

use serde_json::{Map, Value};

use super::super::client::{GrantType, GrantTypes};
use super::super::client_assertion::ASSERTION_ALGORITHMS;
use super::super::error::{OAuthError, OAuthFailure};
use super::super::policy::OAuthPolicy;
use super::super::redirect_uri::RedirectUri;
use super::super::scope::Scope;
use crate::token::{KeySet, VerificationKey, parse_jwks};
use crate::wire::Origin;

/// The maximum length of a name, in characters.
const MAX_NAME: usize = 64;

/// The maximum number of redirect URIs.
const MAX_REDIRECT_URIS: usize = 16;

/// Who has written the metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetadataOrigin<'a> {
    /// An administrator.
    Administrator,
    /// The client, in a registration.
    Registration,
    /// The owner of the document at a URL of this origin.
    Document(&'a Origin),
}

/// How a client wants to authenticate (`token_endpoint_auth_method`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthenticationMethod {
    /// Not at all.
    None,
    /// By a secret that the service chooses.
    Secret,
    /// By assertions.
    PrivateKeyJwt,
}

pub(super) const fn invalid(description: &'static str) -> OAuthFailure {
    OAuthFailure::new(OAuthError::InvalidClientMetadata, description)
}

/// The text of a member that may be missing.
pub(super) fn text<'m>(members: &'m Map<String, Value>, name: &str) -> Result<Option<&'m str>, OAuthFailure> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(invalid("A member of the metadata that is a text has another type.")),
    }
}

pub(super) fn flag(members: &Map<String, Value>, name: &str) -> Result<Option<bool>, OAuthFailure> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(invalid("A member of the metadata that is true or false has another type.")),
    }
}

/// The texts of a member that may be missing.
pub(super) fn texts<'m>(
    members: &'m Map<String, Value>,
    name: &str,
) -> Result<Option<Vec<&'m str>>, OAuthFailure> {
    let wrong = invalid("A member of the metadata that is a list of texts has another type.");
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(items)) => {
            items.iter().map(Value::as_str).collect::<Option<_>>().ok_or(wrong).map(Some)
        }
        Some(_) => Err(wrong),
    }
}

/// A name for users. It must not contain characters that change the direction of the text around it.
pub(super) fn read_name(
    members: &Map<String, Value>,
    origin: &MetadataOrigin<'_>,
    redirect_uris: &[RedirectUri],
) -> Result<String, OAuthFailure> {
    let is_invisible = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    match (text(members, "client_name")?.map(str::trim), origin) {
        (Some(name), _) if (1..=MAX_NAME).contains(&name.chars().count()) && !name.contains(is_invisible) => {
            Ok(name.to_owned())
        }
        (None | Some(""), MetadataOrigin::Document(origin)) => Ok(origin.host().to_owned()),
        (None | Some(""), MetadataOrigin::Registration) if !redirect_uris.is_empty() => {
            Ok(redirect_uris.first().map(RedirectUri::host).unwrap_or_default().to_owned())
        }
        (_, _) => Err(invalid("The client_name has 1 to 64 characters, none of which is invisible.")),
    }
}

pub(super) fn read_method(
    members: &Map<String, Value>,
    is_trusted: bool,
) -> Result<AuthenticationMethod, OAuthFailure> {
    match text(members, "token_endpoint_auth_method")? {
        None | Some("none") => Ok(AuthenticationMethod::None),
        Some("private_key_jwt") => Ok(AuthenticationMethod::PrivateKeyJwt),
        Some("client_secret_basic" | "client_secret_post") if is_trusted => Ok(AuthenticationMethod::Secret),
        Some(_) => Err(invalid("The token_endpoint_auth_method is none or private_key_jwt.")),
    }
}

pub(super) fn read_keys(
    members: &Map<String, Value>,
    is_valid_key: impl Fn(&VerificationKey) -> bool,
) -> Result<(Option<Value>, KeySet), OAuthFailure> {
    let jwks = members.get("jwks").filter(|jwks| jwks.is_object());
    let jwks = jwks.ok_or(invalid(
        "A client with private_key_jwt has its public keys in jwks; jwks_uri is not supported.",
    ))?;
    let (keys, _) = parse_jwks(jwks.to_string().as_bytes(), &ASSERTION_ALGORITHMS, is_valid_key)
        .map_err(|_| invalid("The jwks have no public key that the service can use."))?;
    Ok((Some(jwks.clone()), keys))
}

/// The grants that the service has; others are left out. The default is the one of RFC 7591 section 2. A client that
/// an administrator has not written gets tokens only by users.
pub(super) fn read_grants(
    members: &Map<String, Value>,
    is_trusted: bool,
) -> Result<GrantTypes, OAuthFailure> {
    let Some(values) = texts(members, "grant_types")? else {
        return Ok(GrantTypes::of([GrantType::AuthorizationCode]));
    };
    let of_users = [GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::DeviceCode];
    let permitted = GrantType::ALL.iter().copied().filter(|grant| is_trusted || of_users.contains(grant));
    let grants = GrantTypes::of(permitted.filter(|grant| values.contains(&grant.value())));
    if grants.iter().all(|grant| grant == GrantType::RefreshToken) {
        return Err(invalid("The grant_types have none by which the client can get a first token."));
    }
    Ok(grants)
}

/// In a document, redirect URIs of other sites and private-use schemes are left out: the client is known by the origin
/// of its document, and its users could not tell who gets the answer.
pub(super) fn read_redirect_uris(
    members: &Map<String, Value>,
    origin: &MetadataOrigin<'_>,
) -> Result<Vec<RedirectUri>, OAuthFailure> {
    let texts = texts(members, "redirect_uris")?.unwrap_or_default();
    if texts.len() > MAX_REDIRECT_URIS {
        return Err(OAuthFailure::new(
            OAuthError::InvalidRedirectUri,
            "There are more than 16 redirect_uris.",
        ));
    }
    let mut uris = Vec::new();
    for text in texts {
        let parsed = RedirectUri::parse(text);
        match origin {
            MetadataOrigin::Document(origin) => uris.extend(
                parsed.ok().filter(|uri| uri.is_loopback() || uri.origin().as_ref() == Some(*origin)),
            ),
            MetadataOrigin::Administrator | MetadataOrigin::Registration => {
                uris.push(parsed.map_err(|error| {
                    OAuthFailure::new(OAuthError::InvalidRedirectUri, error.description())
                })?)
            }
        }
    }
    Ok(uris)
}

/// The scopes of the deployer's API that the client states and the service has. A client that registers itself may
/// request all of them if it states none, because its users decide.
pub(super) fn read_scopes(
    members: &Map<String, Value>,
    policy: &OAuthPolicy,
    is_trusted: bool,
) -> Result<Scope, OAuthFailure> {
    match text(members, "scope")? {
        Some(scope) => {
            let scope = Scope::parse(scope).map_err(|_| invalid("The scope is malformed."))?;
            Ok(scope.filtered(|token| policy.scope(token).is_some()))
        }
        None if is_trusted => Ok(Scope::default()),
        None => Ok(policy.all_scopes()),
    }
}
