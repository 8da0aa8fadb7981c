//! A client's request for authorization (RFC 6749 section 4.1.1, RFC 7636, RFC 8707, RFC 9449 section 10, OpenID
//! Connect Core section 3.1.2.1).

use serde::{Deserialize, Serialize};

use super::client::{Client, GrantType};
use super::error::{OAuthError, OAuthFailure};
use super::pkce::{CodeChallenge, is_thumbprint};
use super::policy::OAuthPolicy;
use super::resource::{WholeService, read_resource};
use super::scope::{STANDARD_SCOPES, Scope};
use crate::id::ClientId;
use crate::wire::Form;

/// The maximum length of `state`, in bytes. It is a part of URLs.
const MAX_STATE: usize = 1024;

/// The maximum length of `nonce` and `login_hint`, in bytes.
const MAX_TEXT: usize = 256;

/// A checked request of a known client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorizationRequest {
    /// The client.
    pub client_id: ClientId,
    /// Where the answer goes. One of the client's redirect URIs permits it.
    pub redirect_uri: String,
    /// The client's own text, which the answer repeats.
    pub state: Option<String>,
    /// The scopes that the client requests and may request. Scopes that the service or the resource does not have
    /// are left out (OpenID Connect Core section 3.1.2.1).
    pub scope: Scope,
    /// The identifier of the resource; `None`: the configured `audience`.
    pub resource: Option<String>,
    /// PKCE's challenge, with the method S256.
    pub code_challenge: CodeChallenge,
    /// The `nonce` of the ID token.
    pub nonce: Option<String>,
    /// Which pages the user must or must not see.
    pub prompt: Prompt,
    /// The user must have proved a credential within so many seconds.
    pub max_age: Option<u64>,
    /// The authentication context classes that the client prefers, best first.
    pub acr_values: Vec<String>,
    /// The thumbprint of the key to which the tokens will be bound.
    pub dpop_jkt: Option<String>,
    /// What the client believes to be the user's address.
    pub login_hint: Option<String>,
}

/// `prompt` (OpenID Connect Core section 3.1.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Pages are shown if they are needed.
    #[default]
    AsNeeded,
    /// No page may be shown (`none`).
    None,
    /// The user must choose what is asked of them again.
    Again {
        /// `login` or `select_account`: the user must prove a credential.
        login: bool,
        /// `consent`: the user must consent.
        consent: bool,
    },
}

/// Why a request is rejected, and how the client learns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// The user sees the reason. The redirect URI is not known to be the client's, so nothing is sent to it (RFC 6749
    /// section 4.1.2.1).
    ShowUser(OAuthFailure),
    /// The client gets the error at its redirect URI.
    Redirect {
        /// One of the client's redirect URIs permits it.
        redirect_uri: String,
        /// The client's own text.
        state: Option<String>,
        /// What is wrong.
        failure: OAuthFailure,
    },
}

impl Rejected {
    /// What is wrong.
    #[must_use]
    pub const fn failure(&self) -> OAuthFailure {
        match self {
            Self::ShowUser(failure) | Self::Redirect { failure, .. } => *failure,
        }
    }
}

impl AuthorizationRequest {
    /// Reads a request of this client: the query or the form of `/oauth/authorize`, or the form of `/oauth/par`. Unknown
    /// parameters are ignored (RFC 6749 section 3.1).
    ///
    /// # Errors
    /// [`Rejected`].
    pub fn read(
        form: &Form,
        client: &Client,
        policy: &OAuthPolicy,
        whole: WholeService<'_>,
    ) -> Result<Self, Rejected> {
        let show =
            |description| Rejected::ShowUser(OAuthFailure::new(OAuthError::InvalidRequest, description));
        let redirect_uri = form.get("redirect_uri").ok_or_else(|| show("The redirect_uri is missing."))?;
        if client.redirect_uri(redirect_uri).is_none() {
            return Err(show("The redirect_uri is not one that the client has registered."));
        }
        let state = form.get("state").filter(|state| state.len() <= MAX_STATE).map(ToOwned::to_owned);
        if form.get("state").is_some() && state.is_none() {
            return Err(show("The state is longer than 1024 bytes."));
        }
        read_rest(form, client, policy, whole, redirect_uri, state.as_deref())
            .map_err(|failure| Rejected::Redirect { redirect_uri: redirect_uri.to_owned(), state, failure })
    }

    /// Reads what a device requests (RFC 8628 section 3.1): the scope, and the identifier of the resource.
    ///
    /// # Errors
    /// [`OAuthFailure`].
    pub fn read_access(
        form: &Form,
        client: &Client,
        policy: &OAuthPolicy,
        whole: WholeService<'_>,
    ) -> Result<(Scope, Option<String>), OAuthFailure> {
        let resource = read_resource(form, policy, whole)?;
        Ok((read_scope(form, client, policy, resource)?, resource.map(ToOwned::to_owned)))
    }

    /// Whether the client asks for an ID token.
    #[must_use]
    pub fn is_openid(&self) -> bool {
        self.scope.contains("openid")
    }
}

fn read_rest(
    form: &Form,
    client: &Client,
    policy: &OAuthPolicy,
    whole: WholeService<'_>,
    redirect_uri: &str,
    state: Option<&str>,
) -> Result<AuthorizationRequest, OAuthFailure> {
    let fail = OAuthFailure::new;
    let invalid = |description| fail(OAuthError::InvalidRequest, description);
    for (name, error) in [
        ("request", OAuthError::RequestNotSupported),
        ("request_uri", OAuthError::RequestUriNotSupported),
        ("registration", OAuthError::RegistrationNotSupported),
    ] {
        if form.get(name).is_some() {
            return Err(fail(error, "The request has a parameter that the service does not support."));
        }
    }
    match form.get("response_type") {
        Some("code") => {}
        Some(_) => return Err(fail(OAuthError::UnsupportedResponseType, "The only response_type is code.")),
        None => return Err(invalid("The response_type is missing.")),
    }
    if form.get("response_mode").is_some_and(|mode| mode != "query") {
        return Err(invalid("The only response_mode is query."));
    }
    if !client.grants.contains(GrantType::AuthorizationCode) {
        return Err(fail(OAuthError::UnauthorizedClient, "The client may not use authorization codes."));
    }
    if form.get("code_challenge").is_some() && form.get("code_challenge_method") != Some("S256") {
        return Err(invalid("The code_challenge_method must be S256."));
    }
    let code_challenge =
        form.get("code_challenge").ok_or_else(|| invalid("The code_challenge is missing."))?;
    let code_challenge = CodeChallenge::parse(code_challenge)
        .ok_or_else(|| invalid("The code_challenge is not base64url of a SHA-256 hash."))?;
    let resource = read_resource(form, policy, whole)?;
    let scope = read_scope(form, client, policy, resource)?;
    let dpop_jkt = form.get("dpop_jkt");
    if dpop_jkt.is_some_and(|jkt| !is_thumbprint(jkt)) {
        return Err(invalid("The dpop_jkt is not base64url of a SHA-256 hash."));
    }
    let max_age = form.get("max_age").map(|text| {
        let digits = Some(text).filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
        digits
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| invalid("The max_age is not a number of seconds."))
    });
    let text = |name| form.get(name).filter(|text| text.len() <= MAX_TEXT).map(ToOwned::to_owned);
    let nonce = text("nonce");
    if form.get("nonce").is_some() && nonce.is_none() {
        return Err(invalid("The nonce is longer than 256 bytes."));
    }
    let acr_values = Scope::parse(form.get("acr_values").unwrap_or_default())
        .map_err(|_| invalid("The acr_values are malformed."))?;
    Ok(AuthorizationRequest {
        client_id: client.id.clone(),
        redirect_uri: redirect_uri.to_owned(),
        state: state.map(ToOwned::to_owned),
        scope,
        resource: resource.map(ToOwned::to_owned),
        code_challenge,
        nonce,
        prompt: read_prompt(form.get("prompt"))?,
        max_age: max_age.transpose()?,
        acr_values: acr_values.iter().map(ToOwned::to_owned).collect(),
        dpop_jkt: dpop_jkt.map(ToOwned::to_owned),
        login_hint: text("login_hint"),
    })
}

/// What remains of the requested scope; the default is what the client may request of the resource (RFC 6749 section
/// 3.3). A scope that exists and that the client may not request is an error, because a
/// client with another configuration would hardly notice that it is missing.
fn read_scope(
    form: &Form,
    client: &Client,
    policy: &OAuthPolicy,
    resource: Option<&str>,
) -> Result<Scope, OAuthFailure> {
    let invalid = |description| OAuthFailure::new(OAuthError::InvalidScope, description);
    let requested = match form.get("scope") {
        Some(scope) => Scope::parse(scope).map_err(|_| invalid("The scope is malformed."))?,
        None => client.scopes.clone(),
    };
    if requested.iter().any(|token| policy.knows(token) && !client.may_request(token)) {
        return Err(invalid("The client may not request one of these scopes."));
    }
    let resource = resource.and_then(|identifier| policy.resource(identifier));
    let is_of_resource = |token: &str| {
        resource.is_none_or(|resource| resource.scopes.contains(token)) || STANDARD_SCOPES.contains(&token)
    };
    let scope = requested.filtered(|token| policy.knows(token) && is_of_resource(token));
    if scope.is_empty() {
        return Err(invalid("The service or the resource has none of these scopes."));
    }
    Ok(scope)
}

fn read_prompt(prompt: Option<&str>) -> Result<Prompt, OAuthFailure> {
    let invalid =
        OAuthFailure::new(OAuthError::InvalidRequest, "The prompt is not one that the service supports.");
    let Some(prompt) = prompt else { return Ok(Prompt::AsNeeded) };
    if prompt == "none" {
        return Ok(Prompt::None);
    }
    let (mut login, mut consent) = (false, false);
    for word in prompt.split(' ') {
        match word {
            "login" | "select_account" => login = true,
            "consent" => consent = true,
            _ => return Err(invalid),
        }
    }
    Ok(Prompt::Again { login, consent })
}

#[cfg(test)]
pub(super) mod tests;
