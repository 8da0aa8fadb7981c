//! `GET /.well-known/oauth-authorization-server` (RFC 8414) and `GET /.well-known/openid-configuration` (OpenID Connect
//! Discovery): one document at both paths. It names only what exists.

use auth_core::dpop;
use auth_core::oauth::{ASSERTION_ALGORITHMS, GrantType, OAuthPolicy, Registration, STANDARD_SCOPES};
use auth_core::token::Algorithm;
use auth_core::wire::paths;
use serde_json::{Map, Value, json as value};

use crate::config::Config;

/// The methods by which confidential clients authenticate. Only these may introspect tokens.
const CONFIDENTIAL: [&str; 3] = ["client_secret_basic", "client_secret_post", "private_key_jwt"];

/// The names of algorithms. EdDSA with Ed25519 has two (RFC 9864).
fn algorithms(all: &[Algorithm]) -> Value {
    let names = all.iter().map(|algorithm| algorithm.as_str());
    names.chain(["Ed25519"]).collect()
}

/// The members about the authorization server.
pub(crate) fn members(config: &Config, policy: &OAuthPolicy) -> Map<String, Value> {
    let url = |path: &str| value!(format!("{}{path}", config.issuer));
    let scopes: Vec<&str> =
        STANDARD_SCOPES.into_iter().chain(policy.scopes.iter().map(|scope| &*scope.name)).collect();
    let authentication: Vec<&str> = ["none"].into_iter().chain(CONFIDENTIAL).collect();
    let grants: Vec<&str> = GrantType::ALL.iter().map(|grant| grant.value()).collect();
    let mut document = Map::new();
    for (name, member) in [
        ("authorization_endpoint", url("/oauth/authorize")),
        ("token_endpoint", url(paths::OAUTH_TOKEN)),
        ("pushed_authorization_request_endpoint", url(paths::OAUTH_PAR)),
        ("userinfo_endpoint", url(paths::OAUTH_USERINFO)),
        ("device_authorization_endpoint", url("/oauth/device_authorization")),
        ("revocation_endpoint", url(paths::OAUTH_REVOKE)),
        ("revocation_endpoint_auth_methods_supported", value!(authentication)),
        ("introspection_endpoint", url(paths::OAUTH_INTROSPECT)),
        ("introspection_endpoint_auth_methods_supported", value!(CONFIDENTIAL)),
        ("scopes_supported", value!(scopes)),
        ("response_types_supported", value!(["code"])),
        ("response_modes_supported", value!(["query"])),
        ("grant_types_supported", value!(grants)),
        ("token_endpoint_auth_methods_supported", value!(authentication)),
        ("token_endpoint_auth_signing_alg_values_supported", algorithms(&ASSERTION_ALGORITHMS)),
        ("revocation_endpoint_auth_signing_alg_values_supported", algorithms(&ASSERTION_ALGORITHMS)),
        ("introspection_endpoint_auth_signing_alg_values_supported", algorithms(&ASSERTION_ALGORITHMS)),
        ("dpop_signing_alg_values_supported", algorithms(&dpop::ALGORITHMS)),
        ("code_challenge_methods_supported", value!(["S256"])),
        ("authorization_response_iss_parameter_supported", value!(true)),
        ("client_id_metadata_document_supported", value!(policy.metadata_documents)),
        ("request_parameter_supported", value!(false)),
        ("request_uri_parameter_supported", value!(false)),
        ("claims_parameter_supported", value!(false)),
        ("prompt_values_supported", value!(["none", "login", "consent", "select_account"])),
        ("subject_types_supported", value!(["public"])),
        ("id_token_signing_alg_values_supported", value!(["ES256"])),
    ] {
        document.insert(name.to_owned(), member);
    }
    if policy.registration == Registration::Open {
        document.insert("registration_endpoint".to_owned(), url(paths::OAUTH_REGISTER));
    }
    document
}
