//! Responses that carry an access token and nothing else (RFC 6749 section 4.4.3, RFC 8693 section 2.2.1).

use auth_core::oauth::Client;
use auth_core::secret::{SecretText, expose};
use auth_core::token::{AccessClaims, mint};
use serde::Serialize;

use super::authorization_code::proof_used;
use crate::context::Context;
use crate::http::json;
use crate::oauth::{OAuthAnswer, OAuthRefusal};
use crate::objects::protocol::oauth::ProvenKey;
use crate::objects::{Unavailable, client};
use crate::signatures::KeySigner;

/// The body of the response.
#[derive(Serialize)]
struct Issued {
    #[serde(serialize_with = "expose")]
    access_token: SecretText,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<&'static str>,
    /// `Bearer`, or `DPoP` for a bound token (RFC 9449 section 5).
    token_type: &'static str,
    expires_in: u64,
    scope: String,
}

/// Uses up the proof of the request's key. No account decides on these grants: the client's own object does.
///
/// # Errors
/// `invalid_dpop_proof` if it was used before.
pub(super) async fn use_up(
    context: &Context,
    of: &Client,
    key: Option<&ProvenKey>,
) -> Result<(), OAuthRefusal> {
    match key {
        Some(key) if !client::use_once(&context.env, &of.id, key.once.clone()).await? => Err(proof_used()),
        Some(_) | None => Ok(()),
    }
}

/// Signs the token. `issued_token_type`: for the exchange of tokens.
pub(super) async fn respond(
    context: &Context,
    claims: AccessClaims,
    issued_token_type: Option<&'static str>,
) -> OAuthAnswer {
    let keys = client::keys(&context.env).await?;
    let signer = KeySigner { backend: context.config.signatures, key: &keys.signing };
    let access_token =
        mint(&claims, &signer).await.map_err(|fault| Unavailable::because("signer", fault.0))?;
    let issued = Issued {
        access_token,
        issued_token_type,
        token_type: if claims.cnf.is_some() { "DPoP" } else { "Bearer" },
        expires_in: claims.exp.since(claims.iat),
        scope: claims.scope,
    };
    Ok(json(200, &issued)?)
}
