//! What a verified token says.

use serde::Serialize;
use serde_json::{Map, Value};

use super::numeric_date::whole_seconds;
use super::refusal::Refusal;
use crate::id::{AccountId, SessionId, TokenId};
use crate::time::UnixTime;

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

/// Our own access token (RFC 9068). Every field but the address is mandatory, so that none is ever minted or
/// accepted without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AccessClaims {
    /// The service's issuer identifier.
    pub iss: String,
    /// The account's id.
    pub sub: AccountId,
    /// Whom the token is for.
    pub aud: String,
    /// The client it was issued to.
    pub client_id: String,
    /// When it was issued.
    pub iat: UnixTime,
    /// When it ends; at that second it is over.
    pub exp: UnixTime,
    /// When the user last proved a credential; a refresh leaves it unchanged (RFC 9068 section 2.2.1).
    pub auth_time: UnixTime,
    /// The token's own id.
    pub jti: TokenId,
    /// The session it belongs to: the family's id.
    pub sid: SessionId,
    /// The account's counter; a role change, a disable and a password change raise it.
    pub epoch: u64,
    /// What the deployer gave the user.
    pub roles: Vec<String>,
    /// Space-separated (RFC 6749 section 3.3).
    pub scope: String,
    /// The user's address (OpenID Connect Core section 5.1), where the deployer has upstreams told about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the service has verified that address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
}

impl ClaimSet for AccessClaims {
    type Names = ();

    fn from_payload(payload: &Map<String, Value>, (): &()) -> Result<Self, Refusal> {
        Ok(Self {
            iss: text(payload, "iss")?,
            sub: text(payload, "sub")?.into(),
            aud: text(payload, "aud")?,
            client_id: text(payload, "client_id")?,
            iat: whole_seconds(payload, "iat")?.ok_or(Refusal::Claims)?,
            exp: whole_seconds(payload, "exp")?.ok_or(Refusal::Claims)?,
            auth_time: whole_seconds(payload, "auth_time")?.ok_or(Refusal::Claims)?,
            jti: text(payload, "jti")?.into(),
            sid: text(payload, "sid")?.into(),
            epoch: payload.get("epoch").and_then(Value::as_u64).ok_or(Refusal::Claims)?,
            roles: texts(payload, "roles")?,
            scope: payload.get("scope").and_then(Value::as_str).ok_or(Refusal::Claims)?.to_owned(),
            email: payload.get("email").and_then(Value::as_str).map(ToOwned::to_owned),
            email_verified: payload.get("email_verified").and_then(Value::as_bool),
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

fn texts(payload: &Map<String, Value>, name: &str) -> Result<Vec<String>, Refusal> {
    let items = payload.get(name).and_then(Value::as_array).ok_or(Refusal::Claims)?;
    items.iter().map(|item| item.as_str().map(ToOwned::to_owned).ok_or(Refusal::Claims)).collect()
}
