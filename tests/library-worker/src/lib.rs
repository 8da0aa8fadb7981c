//! A Worker of another project, which uses Latchkey's verifier as a library: the example of
//! `edge_worker::verifier`, and one path more, at which both signature backends judge vectors. It is run on
//! the bare runtime by `tests/verifier`.

#![cfg(target_arch = "wasm32")]

mod vectors;

use edge_worker::{Verifier, problem};
use worker::{Context, Env, Request, Response, Result, event};

#[event(fetch)]
async fn fetch(request: Request, env: Env, platform: Context) -> Result<Response> {
    if request.path() == "/vectors" {
        return vectors::judge(request).await;
    }
    let (issuer, keys) = (env.var("ISSUER")?.to_string(), env.var("JWKS_URL")?.to_string());
    let verifier = Verifier::of(&issuer, "https://api.example.com").jwks_url(&keys);
    match verifier.map_err(|error| error.to_string())?.verify(&request, &platform).await {
        Ok(token) => Response::ok(format!("Hello, {}.", token.claims().subject)),
        Err(refusal) => Ok(problem(&refusal)),
    }
}
