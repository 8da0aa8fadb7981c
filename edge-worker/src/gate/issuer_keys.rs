//! The keys of an issuer: our own from the Keyring, those of the configuration, and foreign ones by URL
//! (`foreign_keys`).

use std::rc::Rc;

use auth_core::gate::IssuerKeys;
use auth_core::secret::SecretText;
use auth_core::token::{Algorithm, KeyMaterial, KeySet, VerificationKey};
use worker::{Context, Env};

use super::foreign_keys;
use crate::config::{Issuer, KeySource, MIN_SECRET_BYTES};
use crate::objects::{Unavailable, client};

/// The keys to verify a token of this issuer with, which names `kid`.
///
/// # Errors
/// [`Unavailable`] if there are no keys that may still be used.
pub async fn keys_for(
    env: &Env,
    platform: &Context,
    issuer: &Issuer,
    kid: Option<&str>,
    now_ms: u64,
) -> Result<IssuerKeys, Unavailable> {
    match &issuer.keys {
        KeySource::Own => own_keys(env, platform, kid, now_ms).await,
        KeySource::Static(keys) => Ok(IssuerKeys { keys: Rc::clone(keys), stamp: 0, age_ms: 0 }),
        KeySource::Secret(binding) => secret_key(env, binding),
        KeySource::Jwks(_) | KeySource::Discovery(_) => {
            foreign_keys::keys(platform, issuer, kid, now_ms).await
        }
    }
}

/// The keys of this issuer as they are in this isolate, if nothing has to be done about them first.
#[must_use]
pub fn cached(issuer: &Issuer, now_ms: u64) -> Option<IssuerKeys> {
    match &issuer.keys {
        KeySource::Own => {
            let keys = client::cached_keys(now_ms)?;
            let age_ms = keys.age_ms(now_ms);
            Some(IssuerKeys { keys: Rc::clone(&keys.public), stamp: keys.stamp, age_ms })
        }
        KeySource::Static(keys) => Some(IssuerKeys { keys: Rc::clone(keys), stamp: 0, age_ms: 0 }),
        KeySource::Secret(_) => None,
        KeySource::Jwks(_) | KeySource::Discovery(_) => foreign_keys::cached(issuer, now_ms),
    }
}

async fn own_keys(
    env: &Env,
    platform: &Context,
    kid: Option<&str>,
    now_ms: u64,
) -> Result<IssuerKeys, Unavailable> {
    let keys = client::keys_renewed_aside(env, platform).await?;
    let keys = match kid {
        Some(kid) if !keys.public.has_id(kid) => client::keys_again(env).await?,
        Some(_) | None => keys,
    };
    let age_ms = keys.age_ms(now_ms);
    Ok(IssuerKeys { keys: Rc::clone(&keys.public), stamp: keys.stamp, age_ms })
}

fn secret_key(env: &Env, binding: &str) -> Result<IssuerKeys, Unavailable> {
    let secret =
        env.secret(binding).map_err(|error| Unavailable::because("shared secret", error))?.to_string();
    if secret.len() < MIN_SECRET_BYTES {
        return Err(Unavailable::because("shared secret", "fewer than 32 bytes"));
    }
    let material = KeyMaterial::Secret(SecretText::new(secret));
    let key = VerificationKey { kid: String::new(), algorithm: Algorithm::Hs256, material };
    let keys = KeySet::new(vec![key]).map_err(|_| Unavailable::because("shared secret", "more than one"))?;
    Ok(IssuerKeys { keys: Rc::new(keys), stamp: 0, age_ms: 0 })
}
