//! Public documents: the keys, the metadata, and whether the Worker is up.

use auth_core::dpop;
use auth_core::oauth::Resource;
use auth_core::token::Algorithm;
use auth_core::wire::{ErrorCode, Origin, paths};
use serde_json::{Value, json as value};
use worker::Response;

use super::Context;
use crate::http::{Answered, Refusal, json};
use crate::oauth::discovery;
use crate::objects::{Unavailable, client};
use crate::signatures::public_jwk;

/// `Cache-Control` of public documents: caches may reuse them for 300 seconds.
const FRESH: &str = "public, max-age=300";

/// `GET /healthz`
pub(super) fn health() -> Answered {
    json(200, &value!({"status": "ok"}))
}

/// `GET /.well-known/jwks.json` (RFC 7517): public members only.
pub(super) async fn jwks(context: &Context) -> Answered {
    let keys = client::keys(&context.env).await?;
    let public: Option<Vec<_>> = keys.public.keys().iter().map(public_jwk).collect();
    let public = public.ok_or_else(|| Unavailable::because("keyring", "malformed key"))?;
    cacheable(json(200, &value!({"keys": public}))?)
}

/// `GET /.well-known/oauth-authorization-server` (RFC 8414), and with OAuth `GET /.well-known/openid-configuration`.
pub(super) fn metadata(context: &Context) -> Answered {
    let issuer = context.config.issuer.as_str();
    let mut document = value!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}{}", paths::JWKS),
        "response_types_supported": [],
        "grant_types_supported": [],
        "token_endpoint_auth_methods_supported": [],
        "access_token_signing_alg_values_supported": ["ES256"],
    });
    if let (Some(policy), Value::Object(members)) = (&context.config.oauth, &mut document) {
        members.extend(discovery::members(&context.config, policy));
    } else if let (false, Value::Object(members)) =
        (context.config.service_credentials.is_empty(), &mut document)
    {
        for (name, path) in
            [("revocation_endpoint", paths::REVOKE), ("introspection_endpoint", paths::INTROSPECT)]
        {
            members.insert(name.to_owned(), value!(format!("{issuer}{path}")));
            members.insert(format!("{name}_auth_methods_supported"), value!(["client_secret_basic"]));
        }
    }
    cacheable(json(200, &document)?)
}

/// `GET /.well-known/webauthn` (WebAuthn Level 3 section 5.11): the origins at which passkeys of this host may be used.
pub(super) fn related_origins(context: &Context) -> Answered {
    let passkeys = context.config.passkeys.as_ref();
    let origins = passkeys.map(|passkeys| passkeys.relying_party.origins()).unwrap_or_default();
    let origins: Vec<&str> = origins.iter().map(Origin::as_str).collect();
    cacheable(json(200, &value!({"origins": origins}))?)
}

/// `GET /.well-known/oauth-protected-resource` (RFC 9728): the issuers whose tokens the gate accepts, and how
/// it accepts them. Followed by the path of a protected resource: the same for that resource.
pub(super) fn resource_metadata(context: &Context, resource: &str) -> Answered {
    let config = &context.config;
    if !resource.is_empty() {
        let resources = config.oauth.iter().flat_map(|oauth| &oauth.resources);
        let found = resources.into_iter().find(|known| known.path == resource);
        let Some(Resource { identifier, scopes, .. }) = found else {
            return Err(Refusal::new(ErrorCode::NotFound));
        };
        return cacheable(json(
            200,
            &value!({
                "resource": identifier,
                "authorization_servers": [config.issuer.as_str()],
                "bearer_methods_supported": ["header"],
                "dpop_signing_alg_values_supported": dpop::ALGORITHMS.map(Algorithm::as_str),
                "scopes_supported": scopes.iter().collect::<Vec<_>>(),
            }),
        )?);
    }
    let issuers: Vec<&str> = config.issuers.iter().map(|issuer| issuer.policy.issuer()).collect();
    let mut scopes: Vec<&str> =
        config.routes.iter().flat_map(|route| &route.requires.scopes).map(String::as_str).collect();
    scopes.sort_unstable();
    scopes.dedup();
    cacheable(json(
        200,
        &value!({
            "resource": config.issuer.as_str(),
            "authorization_servers": issuers,
            "jwks_uri": format!("{}{}", config.issuer, paths::JWKS),
            "bearer_methods_supported": ["header"],
            "scopes_supported": scopes,
        }),
    )?)
}

fn cacheable(response: Response) -> Result<Response, Refusal> {
    response.headers().set("Cache-Control", FRESH)?;
    Ok(response)
}
