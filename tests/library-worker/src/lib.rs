//! A Worker of another project, which uses Latchkey's verifier as a library: the example of
//! `edge_worker::verifier`, and one path more, at which both signature backends judge vectors. It is run on
//! the bare runtime by `tests/verifier`.

#![cfg(target_arch = "wasm32")]

mod vectors;

use edge_worker::verifier::{Refusal, TokenRequest};
use edge_worker::{Verifier, problem};
use worker::{Context, Env, Request, Response, Result, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, platform: Context) -> Result<Response> {
    let path = request.path();
    if path == "/vectors" {
        return vectors::judge(request).await;
    }
    let variable = |name| env.var(name).map(|value| value.to_string());
    let (issuer, audience, keys) = (variable("ISSUER")?, variable("AUDIENCE")?, variable("JWKS_URL")?);
    let settings = Verifier::of(&issuer, &audience);
    let settings = if path == "/" { settings } else { settings.client_scopes(&["notes:read"]) };
    let verifier = settings.jwks_url(&keys).map_err(|error| error.to_string())?;
    let verified = if path.starts_with("/proxied/") {
        behind_a_proxy(&verifier, &request, &platform).await
    } else {
        let verified = verifier.verify(&request, &platform).await;
        verified.map(|token| token.claims().subject.clone())
    };
    match verified {
        Ok(subject) => Response::ok(format!("Hello, {subject}.")),
        Err(refusal) => Ok(problem(&refusal)),
    }
}

/// As if a proxy had received the request at this URL.
async fn behind_a_proxy(
    verifier: &Verifier,
    request: &Request,
    platform: &Context,
) -> core::result::Result<String, Refusal> {
    let url = format!("https://api.example.com/v1{}", request.path());
    let (method, headers) = (request.inner().method(), request.headers());
    let (authorization, proof) = (headers.get("Authorization")?, headers.get("DPoP")?);
    let as_sent = TokenRequest {
        method: &method,
        url: &url,
        authorization: authorization.as_deref(),
        proof: proof.as_deref(),
    };
    Ok(verifier.verify_as_sent(&as_sent, platform).await?.claims().subject.clone())
}
