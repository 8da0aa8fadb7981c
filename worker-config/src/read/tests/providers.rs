//! Providers.

use auth_core::gate::KeySource;
use serde_json::{Value, json};

use super::{parse, with};
use crate::{Config, ProviderKind};

fn google() -> Value {
    json!({"issuer": "https://accounts.google.test", "client_id": "c", "client_secret_binding": "S"})
}

fn apple() -> Value {
    json!({"kind": "apple", "client_id": "c", "client_secret_binding": "S", "team_id": "T", "key_id": "K"})
}

fn github() -> Value {
    json!({"kind": "github", "client_id": "c", "client_secret_binding": "S"})
}

/// The provider with one key changed, or removed if the value is null.
fn changed(mut provider: Value, name: &str, value: Value) -> Value {
    match value {
        Value::Null => drop(provider.as_object_mut().unwrap().remove(name)),
        value => provider[name] = value,
    }
    provider
}

fn read(name: &str, provider: Value) -> Result<Config, String> {
    let errors = |errors: Vec<crate::ConfigError>| {
        errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    parse(&with("/providers", json!({name: provider}))).map_err(errors)
}

#[test]
fn each_kind_has_the_defaults_of_its_provider() {
    for (provider, label, scopes, discovery) in [
        (
            google(),
            "p",
            vec!["openid", "email", "profile"],
            Some("https://accounts.google.test/.well-known/openid-configuration"),
        ),
        (
            apple(),
            "Apple",
            vec!["openid", "email", "name"],
            Some("https://appleid.apple.com/.well-known/openid-configuration"),
        ),
        (github(), "GitHub", vec!["user:email"], None),
    ] {
        let config = read("p", provider).unwrap();
        let [provider] = config.providers.as_slice() else { panic!("one provider") };
        assert_eq!((provider.name.as_str(), provider.label.as_str()), ("p", label));
        assert_eq!(provider.scopes, scopes);
        assert!(!provider.keep_tokens);
        match &provider.kind {
            ProviderKind::OpenId(openid) => {
                assert_eq!(Some(openid.discovery_url.as_str()), discovery);
                assert!(
                    matches!(&openid.issuer.keys, KeySource::Discovery(url) if Some(url.as_str()) == discovery)
                );
                assert_eq!(openid.issuer.name, "providers.p");
            }
            ProviderKind::GitHub { origin } => {
                assert_eq!((origin.as_str(), discovery), ("https://github.com", None));
            }
        }
    }
}

#[test]
fn the_discovery_document_of_several_tenants_is_that_of_their_kind() {
    let discovery = |issuer: &str, tenants: Value| {
        let provider = changed(changed(google(), "issuer", json!(issuer)), "tenants", tenants);
        match &read("p", provider).unwrap().providers[0].kind {
            ProviderKind::OpenId(openid) => openid.discovery_url.clone(),
            ProviderKind::GitHub { .. } => panic!("not GitHub"),
        }
    };
    let entra = "https://login.microsoftonline.com/{tenantid}/v2.0";
    let document = |tenant: &str| {
        format!("https://login.microsoftonline.com/{tenant}/v2.0/.well-known/openid-configuration")
    };
    assert_eq!(discovery(entra, json!("any")), document("common"));
    assert_eq!(discovery(entra, json!(["a-b"])), document("organizations"));
    assert_eq!(discovery(entra, json!(["a-b", "9188040d-6c67-4c5b-b112-36a304b66dad"])), document("common"));
    assert_eq!(discovery("https://login.microsoftonline.com/a-b/v2.0", Value::Null), document("a-b"));
    assert_eq!(
        discovery("https://example.auth0.test/", Value::Null),
        "https://example.auth0.test/.well-known/openid-configuration"
    );
    assert_eq!(
        discovery("http://localhost:8787/provider", Value::Null),
        "http://localhost:8787/provider/.well-known/openid-configuration"
    );
}

#[test]
fn a_public_client_has_no_secret_but_only_with_openid_connect() {
    let without = |provider: Value| read("p", changed(provider, "client_secret_binding", Value::Null));
    assert_eq!(without(google()).unwrap().providers[0].client_secret_binding, None);
    for provider in [apple(), github()] {
        let expected =
            "providers.p.client_secret_binding: found nothing, expected the name of a Worker secret";
        assert_eq!(without(provider).unwrap_err(), expected);
    }
}

#[test]
fn every_error_of_a_provider_names_its_key() {
    for (provider, error) in [
        (
            changed(google(), "issuer", Value::Null),
            "providers.p.issuer: found nothing, expected an https URL",
        ),
        (
            changed(google(), "issuer", json!("http://accounts.google.test")),
            "providers.p.issuer: found \"http://acc",
        ),
        (changed(google(), "issuer", json!("https://a.test/x#y")), "providers.p.issuer: "),
        (changed(github(), "issuer", json!("https://github.test/path")), "providers.p.issuer: "),
        (
            changed(google(), "issuer", json!("https://login.microsoftonline.com/common/v2.0")),
            "providers.p.issuer: found \"https://login.microsoftonline.com/common/v2.0\", expected the tenant's id",
        ),
        (
            changed(google(), "issuer", json!("https://login.microsoftonline.com/{tenantid}/v2.0")),
            "providers.p.tenants: found nothing, expected a list of the ids",
        ),
        (changed(google(), "tenants", json!("any")), "providers.p.tenants: found \"any\", expected nothing"),
        (
            changed(github(), "tenants", json!("any")),
            "providers.p.tenants: found \"any\", expected no such key",
        ),
        (
            changed(google(), "client_id", Value::Null),
            "providers.p.client_id: found nothing, expected a non-empty text",
        ),
        (changed(google(), "team_id", json!("T")), "providers.p.team_id: found \"T\", expected no such key"),
        (
            changed(apple(), "team_id", Value::Null),
            "providers.p.team_id: found nothing, expected a non-empty text",
        ),
        (changed(apple(), "key_id", json!(7)), "providers.p.key_id: found 7, expected a non-empty text"),
        (
            changed(google(), "kind", json!("saml")),
            "providers.p.kind: found \"saml\", expected \"oidc\", \"apple\" or",
        ),
        (
            changed(google(), "scopes", json!(["email"])),
            "providers.p.scopes: found [\"email\"], expected a list of scopes",
        ),
        (changed(google(), "scopes", json!(["openid", "a b"])), "providers.p.scopes: "),
        (
            changed(google(), "keep_tokens", json!(true)),
            "providers.p.keep_tokens: found true, expected false, unless",
        ),
        (changed(google(), "secret", json!("s")), "providers.p.secret: found \"s\", expected "),
    ] {
        let found = read("p", provider).unwrap_err();
        assert!(found.starts_with(error), "{found}\n{error}");
        assert_eq!(found.lines().count(), 1, "{found}");
    }
    for name in ["linked", "", "Google", "a b", "a/b", "a.b", &"a".repeat(33)] {
        let found = read(name, google()).unwrap_err();
        assert!(found.contains("expected a name of 1 to 32 lower-case letters"), "{found}");
    }
}

#[test]
fn tokens_are_kept_only_if_they_can_be_encrypted() {
    let mut config = with("/providers", json!({"p": changed(google(), "keep_tokens", json!(true))}));
    config["keys"] = json!({"secret_bindings": ["S"]});
    assert!(parse(&config).unwrap().providers[0].keep_tokens);
}
