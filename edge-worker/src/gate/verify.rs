//! Verifying the token in a request: our own issuer's, with the keys at hand, asked for again when it names another.

use auth_core::time::UnixTime;
use auth_core::token::{AccessClaims, Refusal as Check, Unverified, Verified, VerifyError, mask};
use serde_json::json;
use worker::Env;

use super::bearer::Bearer;
use crate::config::Config;
use crate::http::{Incoming, Refusal};
use crate::log;
use crate::objects::client;
use crate::signatures::Verifier;

/// The verified token of a request.
///
/// # Errors
/// `invalid_token`, the same for every check that failed; `unavailable` when keys or backend can't be had. The log names
/// the check.
pub async fn bearer_token(
    env: &Env,
    config: &Config,
    incoming: &Incoming,
) -> Result<Verified<AccessClaims>, Refusal> {
    let header = incoming.header("authorization");
    match Bearer::read(header.as_deref()) {
        Bearer::Absent => Err(Refusal::invalid_token(config.issuer.as_str(), false)),
        Bearer::Malformed => Err(refused(config, incoming, "authorization_header", "")),
        Bearer::Token(token) => match verify(env, config, token).await {
            Ok(verified) => Ok(verified),
            Err(Failure::Refused(check)) => Err(refused(config, incoming, check.as_str(), token)),
            Err(Failure::Unavailable(refusal)) => Err(refusal),
        },
    }
}

enum Failure {
    Refused(Check),
    Unavailable(Refusal),
}

async fn verify(env: &Env, config: &Config, token: &str) -> Result<Verified<AccessClaims>, Failure> {
    let unverified = Unverified::parse(token).map_err(Failure::Refused)?;
    let unavailable = |error| Failure::Unavailable(Refusal::from(error));
    let now = UnixTime(worker::Date::now().as_millis() / 1000);
    let backend = Verifier(config.signatures);
    let keys = client::keys(env).await.map_err(unavailable)?;
    let first = unverified.verify(&config.policy, &keys.public, &backend, now).await;
    let verdict = match first {
        Err(VerifyError::Refused(Check::UnknownKey)) => {
            let keys = client::keys_again(env).await.map_err(unavailable)?;
            unverified.verify(&config.policy, &keys.public, &backend, now).await
        }
        verdict => verdict,
    };
    verdict.map_err(|error| match error {
        VerifyError::Refused(check) => Failure::Refused(check),
        VerifyError::Fault(_) => Failure::Unavailable(Refusal::unavailable()),
    })
}

/// Logs which check failed; the caller learns only that one did.
pub fn refused(config: &Config, incoming: &Incoming, check: &str, token: &str) -> Refusal {
    log::line(
        "token_refused",
        &incoming.id,
        json!({"check": check, "token": mask(token), "path": incoming.path}),
    );
    Refusal::invalid_token(config.issuer.as_str(), true)
}
