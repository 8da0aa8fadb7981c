//! GitHub's OAuth, without ID tokens: GitHub's API says who the user is.

use auth_core::provider::{ClientProof, ExpectedIssuer, FlowSecrets, github_user, read_answer};
use auth_core::wire::{Form, Origin};

use super::exchange::{Failed, Identified, ask_api, exchange, secret_of};
use crate::config::Provider;
use crate::context::Context;

/// The origin of GitHub itself, whose API has a host of its own.
const GITHUB: &str = "https://github.com";

pub(super) fn authorization_endpoint(origin: &Origin) -> String {
    [origin.as_str(), "/login/oauth/authorize"].concat()
}

/// Where the API is: a GitHub Enterprise Server has it under a path.
fn api(origin: &Origin) -> String {
    if origin.as_str() == GITHUB {
        "https://api.github.com".to_owned()
    } else {
        [origin.as_str(), "/api/v3"].concat()
    }
}

pub(super) async fn identify(
    context: &Context,
    provider: &Provider,
    origin: &Origin,
    answer: &Form,
    secrets: &FlowSecrets,
) -> Result<Identified, Failed> {
    // GitHub's authorization server metadata (RFC 8414) names this issuer.
    let issuer = [origin.as_str(), "/login/oauth"].concat();
    let expected = ExpectedIssuer { issuer: Some(&issuer), is_required: false };
    let code = read_answer(answer, expected).map_err(|why| Failed::at("answer", why.as_str()))?;
    let secret = secret_of(context, provider)?;
    let proof = secret.as_ref().map_or(ClientProof::None, ClientProof::InBody);
    let endpoint = [origin.as_str(), "/login/oauth/access_token"].concat();
    let tokens = exchange(context, provider, &endpoint, &code, secrets, proof).await?;
    let api = api(origin);
    let user = ask_api("user", &[&*api, "/user"].concat(), &tokens).await?;
    let emails = ask_api("user", &[&*api, "/user/emails"].concat(), &tokens).await?;
    let (user, emails) = ((user.status, user.body.as_bytes()), (emails.status, emails.body.as_bytes()));
    let identity = github_user(origin.as_str(), user, emails);
    let identity = identity.ok_or_else(|| Failed::at("user", "not an answer about a user"))?;
    Ok(Identified { identity, tokens })
}
