//! What a verified token says.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::numeric_date::whole_seconds;
use super::refusal::Refusal;
use crate::credential::{Assurance, AuthenticationMethod};
use crate::id::{AccountId, SessionId, SessionKind, TokenId};
use crate::time::UnixTime;
use crate::wire::Metadata;

/// A set of claims that can be read from a payload whose registered claims (`iss`, `aud`, `exp`, `nbf`,
/// `iat`) have been judged already.
pub trait ClaimSet: Sized {
    /// What has to be known about the issuer to read them.
    type Names;

    /// Reads the payload.
    ///
    /// # Errors
    /// [`Refusal::Claims`] when a claim is missing or of the wrong type.
    fn from_payload(payload: &Map<String, Value>, names: &Self::Names) -> Result<Self, Refusal>;
}

/// An access token of this service (RFC 9068). Every field is mandatory, so no token is issued without it,
/// except the address, the metadata, the key to which it is bound, and the three that say how the user
/// authenticated: a token for which an API key was exchanged, and one that an OAuth client got for itself, state
/// no authentication, because no user has proved a credential for them. Tokens of an earlier version have neither
/// `acr` nor `amr`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccessClaims {
    /// The service's issuer identifier.
    pub iss: String,
    /// The account's id; the client's id in a token that a client got for itself (RFC 9068 section 2.2).
    pub sub: AccountId,
    /// The resource server that the token is for: the configured audience, or a resource (RFC 8707).
    pub aud: String,
    /// The client it was issued to: the app's, or an OAuth client's (RFC 9068 section 2.2).
    pub client_id: String,
    /// When it was issued.
    pub iat: UnixTime,
    /// When it ends; at that second it is over.
    pub exp: UnixTime,
    /// When the user last proved a credential; a refresh leaves it unchanged (RFC 9068 section 2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<UnixTime>,
    /// The assurance of the session's authentication (RFC 9068 section 2.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr: Option<Assurance>,
    /// How the user authenticated in the session (RFC 9068 section 2.2.1).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<AuthenticationMethod>,
    /// The token's own id.
    pub jti: TokenId,
    /// The session it belongs to: the family's id, the id of the API key for which it was exchanged, or what
    /// stands for a client that acts for itself ([`crate::id::SessionKind`]).
    pub sid: SessionId,
    /// The account's counter; a role change, a disable and a password change raise it.
    pub epoch: u64,
    /// What the deployer gave the user. In a token of an OAuth client: those that its scopes name.
    pub roles: Vec<String>,
    /// Space-separated (RFC 6749 section 3.3).
    pub scope: String,
    /// The user's address (OpenID Connect Core section 5.1), where the deployer has upstreams told about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the service has verified that address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// The key to which the token is bound (RFC 9449 section 6.1). Without it the token is a bearer token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// The user's metadata, where the deployer has named a claim for it.
    #[serde(skip)]
    pub metadata: Option<MetadataClaim>,
}

/// The claim that binds a token to a key (RFC 7800, RFC 9449 section 6.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// The SHA-256 thumbprint of the public key (RFC 7638), base64url.
    pub jkt: String,
}

/// The claim with the user's metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataClaim {
    /// Its name, which the deployer chooses.
    pub name: String,
    /// The metadata.
    pub metadata: Metadata,
}

impl ClaimSet for AccessClaims {
    type Names = ();

    fn from_payload(payload: &Map<String, Value>, (): &()) -> Result<Self, Refusal> {
        let sid: SessionId = text(payload, "sid")?.into();
        let auth_time = whole_seconds(payload, "auth_time")?;
        let states_authentication = match sid.kind() {
            SessionKind::Browser | SessionKind::Grant => true,
            SessionKind::ApiKey | SessionKind::Client => false,
        };
        if auth_time.is_none() && states_authentication {
            return Err(Refusal::Claims);
        }
        Ok(Self {
            iss: text(payload, "iss")?,
            sub: text(payload, "sub")?.into(),
            aud: text(payload, "aud")?,
            client_id: text(payload, "client_id")?,
            iat: whole_seconds(payload, "iat")?.ok_or(Refusal::Claims)?,
            exp: whole_seconds(payload, "exp")?.ok_or(Refusal::Claims)?,
            auth_time,
            acr: or_absent(payload, "acr")?,
            amr: or_absent(payload, "amr")?.unwrap_or_default(),
            jti: text(payload, "jti")?.into(),
            sid,
            epoch: payload.get("epoch").and_then(Value::as_u64).ok_or(Refusal::Claims)?,
            roles: texts(payload, "roles")?,
            scope: payload.get("scope").and_then(Value::as_str).ok_or(Refusal::Claims)?.to_owned(),
            email: payload.get("email").and_then(Value::as_str).map(ToOwned::to_owned),
            email_verified: payload.get("email_verified").and_then(Value::as_bool),
            cnf: or_absent(payload, "cnf")?,
            metadata: None,
        })
    }
}

fn text(payload: &Map<String, Value>, name: &str) -> Result<String, Refusal> {
    payload
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .map(ToOwned::to_owned)
        .ok_or(Refusal::Claims)
}

/// A claim that tokens of the previous version do not have.
fn or_absent<T: DeserializeOwned>(payload: &Map<String, Value>, name: &str) -> Result<Option<T>, Refusal> {
    payload.get(name).map(|value| T::deserialize(value).map_err(|_| Refusal::Claims)).transpose()
}

fn texts(payload: &Map<String, Value>, name: &str) -> Result<Vec<String>, Refusal> {
    let items = payload.get(name).and_then(Value::as_array).ok_or(Refusal::Claims)?;
    items.iter().map(|item| item.as_str().map(ToOwned::to_owned).ok_or(Refusal::Claims)).collect()
}
