//! What anybody may read: the keys, the metadata, and whether the Worker is up.

use auth_core::wire::paths;
use serde_json::json as value;
use worker::Response;

use super::Context;
use crate::http::{Answered, Refusal, json};
use crate::objects::{Unavailable, client};
use crate::signatures::public_jwk;

/// How long anybody may go by a copy, in seconds.
const FRESH: &str = "public, max-age=300";

/// `GET /healthz`
pub(super) fn health() -> Answered {
    json(200, &value!({"status": "ok"}))
}

/// `GET /.well-known/jwks.json` (RFC 7517): public members only.
pub(super) async fn jwks(context: &Context) -> Answered {
    let keys = client::keys(&context.env).await?;
    let public: Result<Vec<_>, _> = keys.public.keys().iter().map(public_jwk).collect();
    let public = public.map_err(|_| Unavailable::because("keyring", "a key that is none"))?;
    cacheable(json(200, &value!({"keys": public}))?)
}

/// `GET /.well-known/oauth-authorization-server` (RFC 8414).
pub(super) fn metadata(context: &Context) -> Answered {
    let issuer = context.config.issuer.as_str();
    cacheable(json(
        200,
        &value!({
            "issuer": issuer,
            "jwks_uri": format!("{issuer}{}", paths::JWKS),
            "response_types_supported": [],
            "grant_types_supported": [],
            "token_endpoint_auth_methods_supported": [],
            "access_token_signing_alg_values_supported": ["ES256"],
        }),
    )?)
}

fn cacheable(response: Response) -> Result<Response, Refusal> {
    response.headers().set("Cache-Control", FRESH)?;
    Ok(response)
}
