//! ID tokens (OpenID Connect Core section 2): who has signed in at a client, and how.

use ct_codecs::{Base64UrlSafeNoPadding, Encoder};
use serde::Serialize;

use crate::credential::{Assurance, AuthenticationMethod};
use crate::id::{AccountId, ClientId, SessionId};
use crate::secret::SecretText;
use crate::time::UnixTime;
use crate::token::{BackendFault, Signer, mint_other};

/// The `typ` of ID tokens. Access tokens have another one.
const TYP_ID_TOKEN: &str = "JWT";

/// The claims of an ID token. Its `typ` is not that of access tokens, so that it is never accepted as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IdTokenClaims {
    /// The service's issuer identifier.
    pub iss: String,
    /// The account's id.
    pub sub: AccountId,
    /// The client.
    pub aud: ClientId,
    /// When it was issued.
    pub iat: UnixTime,
    /// When it expires: with the access token that is issued with it.
    pub exp: UnixTime,
    /// When the user last proved a credential in the session that granted access.
    pub auth_time: UnixTime,
    /// The assurance of that session.
    pub acr: Assurance,
    /// How the user authenticated (RFC 8176).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<AuthenticationMethod>,
    /// The value of the authorization request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The client's session: the `sid` of the access token that is issued with it.
    pub sid: SessionId,
    /// The hash of the access token that is issued with it.
    pub at_hash: String,
}

impl IdTokenClaims {
    /// Signs the claims as a compact JWS with the signer's key.
    ///
    /// # Errors
    /// [`BackendFault`] when the signer fails.
    pub async fn mint<S: Signer>(&self, signer: &S) -> Result<SecretText, BackendFault> {
        mint_other(TYP_ID_TOKEN, self, signer).await
    }
}

/// The claim `at_hash`: the left half of the access token's SHA-256, base64url (OpenID Connect Core section
/// 3.1.3.6), for ID tokens that are signed with ES256.
#[must_use]
pub fn at_hash(access_token: &SecretText) -> String {
    let hash = hmac_sha256::Hash::hash(access_token.expose().as_bytes());
    let (left, _) = hash.split_at(hash.len() / 2);
    // 16 bytes always encode.
    Base64UrlSafeNoPadding::encode_to_string(left).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::at_hash;
    use crate::secret::SecretText;

    #[test]
    fn the_hash_is_that_of_the_specification() {
        // OpenID Connect Core appendix A.3: the access token and the ID token of an authorization response.
        let token = SecretText::new("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y".into());
        assert_eq!(at_hash(&token), "77QmUPtjPfzWtF2AnpK9RQ");
    }
}
