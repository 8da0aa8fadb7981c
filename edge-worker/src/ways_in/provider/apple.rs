//! Apple's client secret: a JWT that the service signs by the key that Apple has given it.

use auth_core::provider::{apple_client_secret, private_key_of_pem};
use auth_core::secret::SecretText;
use ct_codecs::{Base64UrlSafeNoPadding, Encoder};

use super::exchange::Failed;
use crate::config::{OpenIdProvider, Provider, SigningKeyIds};
use crate::platform::now;
use crate::signatures::sign_by_pkcs8;

const STEP: &str = "client_secret";

/// A client secret for the next five minutes.
pub(super) async fn client_secret(
    provider: &Provider,
    openid: &OpenIdProvider,
    ids: &SigningKeyIds,
    key: &SecretText,
) -> Result<SecretText, Failed> {
    let SigningKeyIds { team_id, key_id } = ids;
    let key = private_key_of_pem(key.expose());
    let key = key.ok_or_else(|| Failed::at(STEP, "the secret is not a private key in PEM"))?;
    let audience = openid.issuer.policy.issuer();
    let input = apple_client_secret(&provider.client_id, team_id, key_id, audience, now());
    let signature = sign_by_pkcs8(&key, input.as_bytes()).await.map_err(|fault| Failed::at(STEP, fault.0))?;
    let signature = Base64UrlSafeNoPadding::encode_to_string(signature);
    let signature = signature.map_err(|error| Failed::at(STEP, error.to_string()))?;
    Ok(SecretText::new([&*input, ".", &signature].concat()))
}
