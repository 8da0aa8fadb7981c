use super::{AuthorizationRequest, OAuthError, Prompt, Rejected};
use crate::oauth::client::tests::client;
use crate::oauth::policy::tests::policy;
use crate::oauth::{Client, GrantTypes, WholeService};
use crate::wire::{Form, Origin};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn read_as(client: &Client, changes: &[(&str, &str)]) -> Result<AuthorizationRequest, Rejected> {
    let mut parameters = vec![
        ("client_id", "notes"),
        ("redirect_uri", "https://notes.example/callback"),
        ("response_type", "code"),
        ("scope", "openid notes:read"),
        ("state", "s"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changes {
        parameters.retain(|(known, _)| known != name);
        parameters.push((name, value));
    }
    let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let issuer = Origin::parse("https://auth.example.com").unwrap();
    let whole = WholeService { issuer: &issuer, audience: "https://api.example.com" };
    AuthorizationRequest::read(&Form::parse(text.as_bytes()).unwrap(), client, &policy(), whole)
}

pub(crate) fn read(changes: &[(&str, &str)]) -> Result<AuthorizationRequest, Rejected> {
    read_as(&client(), changes)
}

#[test]
fn reads_every_parameter() {
    let request = read(&[
        ("redirect_uri", "http://127.0.0.1:5000/callback"),
        ("resource", "https://auth.example.com/mcp"),
        ("scope", "openid mcp:tools"),
        ("nonce", "n"),
        ("max_age", "0"),
        ("acr_values", "aal2 aal1"),
        ("dpop_jkt", CHALLENGE),
        ("login_hint", "anna@example.com"),
        ("prompt", "consent login"),
        ("response_mode", "query"),
        ("display", "page"),
    ])
    .unwrap();
    assert_eq!(request.redirect_uri, "http://127.0.0.1:5000/callback");
    assert_eq!(request.resource.as_deref(), Some("https://auth.example.com/mcp"));
    assert_eq!((request.scope.to_string(), request.is_openid()), ("openid mcp:tools".into(), true));
    assert_eq!((request.nonce.as_deref(), request.max_age), (Some("n"), Some(0)));
    assert_eq!((request.state.as_deref(), request.acr_values.len()), (Some("s"), 2));
    assert_eq!(request.dpop_jkt.as_deref(), Some(CHALLENGE));
    assert_eq!(request.login_hint.as_deref(), Some("anna@example.com"));
    assert_eq!(request.prompt, Prompt::Again { login: true, consent: true });
    let least = read(&[("state", "")]).unwrap();
    assert_eq!((least.state, least.resource, least.prompt), (None, None, Prompt::AsNeeded));
}

#[test]
fn nothing_is_sent_to_an_unknown_redirect_uri() {
    for uri in ["", "https://evil.example/", "https://notes.example/callback/", "http://127.0.0.1/other"] {
        assert!(matches!(read(&[("redirect_uri", uri)]), Err(Rejected::ShowUser(_))), "{uri}");
    }
    // Also if something else is wrong.
    let rejected = read(&[("redirect_uri", "https://evil.example/"), ("response_type", "token")]);
    assert!(matches!(rejected, Err(Rejected::ShowUser(_))));
    assert!(matches!(read(&[("state", &"s".repeat(1025))]), Err(Rejected::ShowUser(_))));
}

#[test]
fn every_other_error_goes_to_the_client_with_its_state() {
    use OAuthError as Is;
    let long = "n".repeat(257);
    for (name, value, error) in [
        ("response_type", "", Is::InvalidRequest),
        ("response_type", "token", Is::UnsupportedResponseType),
        ("response_type", "code id_token", Is::UnsupportedResponseType),
        ("response_mode", "fragment", Is::InvalidRequest),
        ("code_challenge", "", Is::InvalidRequest),
        ("code_challenge", "short", Is::InvalidRequest),
        ("code_challenge_method", "", Is::InvalidRequest),
        ("code_challenge_method", "plain", Is::InvalidRequest),
        ("code_challenge_method", "s256", Is::InvalidRequest),
        ("scope", "a  b", Is::InvalidScope),
        ("scope", "unknown", Is::InvalidScope),
        ("scope", "openid notes:write", Is::InvalidScope),
        ("resource", "https://auth.example.com/other", Is::InvalidTarget),
        ("resource", "https://auth.example.com/mcp/", Is::InvalidTarget),
        ("resource", "https://evil.example", Is::InvalidTarget),
        ("prompt", "none login", Is::InvalidRequest),
        ("prompt", "create", Is::InvalidRequest),
        ("max_age", "-1", Is::InvalidRequest),
        ("max_age", "+1", Is::InvalidRequest),
        ("max_age", "1.5", Is::InvalidRequest),
        ("nonce", &long, Is::InvalidRequest),
        ("dpop_jkt", "x", Is::InvalidRequest),
        ("request", "eyJ", Is::RequestNotSupported),
        ("request_uri", "https://notes.example/request", Is::RequestUriNotSupported),
        ("registration", "{}", Is::RegistrationNotSupported),
    ] {
        match read(&[(name, value)]) {
            Err(Rejected::Redirect { redirect_uri, state, failure }) => {
                assert_eq!(failure.error, error, "{name}={value}");
                assert_eq!(redirect_uri, "https://notes.example/callback");
                assert_eq!(state.as_deref(), Some("s"));
            }
            other => panic!("{name}={value}: {other:?}"),
        }
    }
    let without_codes = Client { grants: GrantTypes::default(), ..client() };
    assert_eq!(read_as(&without_codes, &[]).unwrap_err().failure().error, Is::UnauthorizedClient);
}

#[test]
fn a_scope_that_the_service_or_the_resource_does_not_have_is_left_out() {
    let scope = |changes: &[(&str, &str)]| read(changes).map(|request| request.scope.to_string());
    assert_eq!(scope(&[("scope", "openid phone notes:read")]), Ok("openid notes:read".into()));
    assert_eq!(scope(&[("scope", "")]), Ok("notes:read mcp:tools".into()), "the default");
    let admin = ("resource", "https://auth.example.com/mcp/admin");
    assert_eq!(scope(&[admin, ("scope", "")]), Ok("mcp:tools".into()), "the default");
    assert_eq!(scope(&[admin, ("scope", "notes:read mcp:tools email")]), Ok("mcp:tools email".into()));
    let failure = scope(&[admin, ("scope", "notes:read")]).unwrap_err().failure();
    assert_eq!(failure.error, OAuthError::InvalidScope);
}

#[test]
fn the_issuer_and_the_audience_name_the_service_as_a_whole() {
    for resource in ["https://auth.example.com", "https://auth.example.com/", "https://api.example.com"] {
        assert_eq!(read(&[("resource", resource)]).unwrap().resource, None, "{resource}");
    }
}

#[test]
fn a_request_is_stored_as_it_was_read() {
    let request = read(&[("prompt", "none"), ("resource", "https://auth.example.com/mcp")]).unwrap();
    let text = serde_json::to_vec(&request).unwrap();
    assert_eq!(crate::wire::read_json::<AuthorizationRequest>(&text).unwrap(), request);
}
