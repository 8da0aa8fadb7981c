//! What the ways of all providers have in common: requests to them, and what went wrong.

use auth_core::provider::{Client, ClientProof, FlowSecrets, Identity, TokenAnswer, token_request};
use auth_core::secret::SecretText;
use auth_core::wire::ErrorCode;
use serde_json::json;

use crate::config::Provider;
use crate::context::Context;
use crate::http::{Outbound, Peer, Refusal, Reply};
use crate::log;

/// The timeout for each complete response of a provider, in milliseconds.
const TIMEOUT_MS: u64 = 5_000;

/// The maximum size of a response, in bytes.
const MAX_BYTES: u32 = 64 * 1024;

/// What did not work at the provider. For the log; it contains nothing secret.
#[derive(Debug)]
pub struct Failed {
    /// The step: `metadata`, `answer`, `token`, `id_token`, `user`, `client_secret`.
    pub step: &'static str,
    /// The cause.
    pub cause: String,
}

impl Failed {
    pub(super) fn at(step: &'static str, cause: impl Into<String>) -> Self {
        Self { step, cause: cause.into() }
    }

    /// Writes the failure to the log, and returns what the user learns.
    #[must_use]
    pub fn logged(&self, context: &Context, provider: &Provider) -> Refusal {
        let particulars = json!({"provider": provider.name, "step": self.step, "cause": self.cause});
        log::line("provider_failed", &context.incoming.id, particulars);
        Refusal::new(ErrorCode::ProviderFailed)
    }
}

/// What the provider says about a user who returned from it.
pub struct Identified {
    /// The user.
    pub identity: Identity,
    /// The tokens.
    pub tokens: TokenAnswer,
}

/// Where the browser returns from this provider.
pub(super) fn redirect_uri(context: &Context, provider: &Provider) -> String {
    [context.config.issuer.as_str(), "/auth/providers/", &provider.name, "/callback"].concat()
}

/// The client secret, or Apple's private key; `None` for a public client.
pub(super) fn secret_of(context: &Context, provider: &Provider) -> Result<Option<SecretText>, Failed> {
    let Some(binding) = &provider.client_secret_binding else { return Ok(None) };
    let secret =
        context.env.secret(binding).map_err(|error| Failed::at("client_secret", error.to_string()))?;
    Ok(Some(SecretText::new(secret.to_string())))
}

/// Exchanges a code for tokens.
pub(super) async fn exchange(
    context: &Context,
    provider: &Provider,
    endpoint: &str,
    code: &SecretText,
    secrets: &FlowSecrets,
    proof: ClientProof<'_>,
) -> Result<TokenAnswer, Failed> {
    let redirect_uri = redirect_uri(context, provider);
    let client = Client { id: &provider.client_id, redirect_uri: &redirect_uri };
    let request = token_request(client, code, secrets, proof);
    let authorization = request.authorization.as_ref().map(|value| ("Authorization", value.expose()));
    let headers: Vec<(&str, &str)> =
        [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")]
            .into_iter()
            .chain(authorization)
            .collect();
    let body = Some(request.body.expose());
    let reply = ask("token", endpoint, "POST", &headers, body).await?;
    TokenAnswer::parse(reply.status, reply.body.as_bytes()).map_err(|invalid| {
        Failed::at("token", [invalid.as_str(), ", status ", &reply.status.to_string()].concat())
    })
}

/// Asks the provider's API with the user's access token.
pub(super) async fn ask_api(step: &'static str, url: &str, tokens: &TokenAnswer) -> Result<Reply, Failed> {
    let authorization = ["Bearer ", tokens.access_token.expose()].concat();
    // GitHub requires a User-Agent.
    let headers =
        [("Authorization", &*authorization), ("Accept", "application/json"), ("User-Agent", "latchkey")];
    ask(step, url, "GET", &headers, None).await
}

pub(super) async fn ask(
    step: &'static str,
    url: &str,
    method: &'static str,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> Result<Reply, Failed> {
    let request = Outbound { method, path: url, headers, body, timeout_ms: TIMEOUT_MS, max_bytes: MAX_BYTES };
    Peer::url("").exchange(request).await.map_err(|cause| Failed::at(step, cause))
}
