//! What is read, and what is refused by which key.

use serde_json::{Value, json};

use super::parse;
use crate::config::{Access, SignUpPolicy, Target};

fn good() -> Value {
    json!({
        "issuer": "https://auth.example.com",
        "audience": "https://api.example.com",
        "upstreams": {"api": {"service": "API"}, "old": {"url": "https://old.example.com", "secret_binding": "S"}},
        "routes": [
            {"path": "/api/*", "methods": ["GET"], "access": "token", "upstream": "api", "roles": ["admin"]},
            {"path": "/api/*", "methods": ["POST"], "access": "token", "upstream": "old"},
            {"path": "/", "methods": ["GET"], "access": "public", "upstream": "api"},
        ]
    })
}

fn foreign() -> Value {
    json!({"issuer": "https://x.example", "audience": "a", "algorithms": ["RS256"], "jwks_url": "https://x.example/jwks"})
}

fn changed(name: &str, value: Value) -> Value {
    let mut issuer = foreign();
    issuer[name] = value;
    issuer
}

/// The good configuration with one place changed.
fn with(pointer: &str, value: Value) -> Value {
    let mut config = good();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match config.pointer_mut(parent).unwrap() {
        Value::Object(object) => drop(object.insert(name.into(), value)),
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        other => panic!("{other}"),
    }
    config
}

#[test]
fn defaults_are_the_safe_ones() {
    let config = parse(&good()).unwrap();
    assert_eq!(config.sign_up, SignUpPolicy::Closed);
    assert_eq!(config.lifetimes, auth_core::rotation::Lifetimes::default());
    assert_eq!(config.routes[0].access, Access::Token);
    assert_eq!(config.routes[0].requires.roles, ["admin"]);
    assert_eq!(config.routes[0].revocation, auth_core::revocation::Bound::Within(5_000));
    assert!(matches!(config.upstreams["old"].target, Target::Url { .. }));
    assert!(config.lists_origin("https://auth.example.com"));
    assert!(!config.lists_origin("https://auth.example.com.evil.example"));
}

#[test]
fn an_error_names_the_key_what_it_found_and_what_it_expected() {
    let errors = parse(&with("/sign_up", json!("yes"))).unwrap_err();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].to_string(), r#"sign_up: found "yes", expected "open" or "closed""#);
    let errors = parse(&with("/upstreams/old/prot", json!(8080))).unwrap_err();
    assert_eq!(errors.len(), 1);
    assert_eq!(
        errors[0].to_string(),
        "upstreams.old.prot: found 8080, expected one of the keys timeout, service, url, secret_binding"
    );
}

#[test]
fn all_errors_are_told_at_once() {
    let errors = parse(&json!({"issuer": 1, "extra": true, "routes": [{"path": "x"}]})).unwrap_err();
    let keys: Vec<_> = errors.iter().map(|error| error.key.as_str()).collect();
    let expected = [
        "issuer",
        "audience",
        "routes[0].path",
        "routes[0].methods",
        "routes[0].access",
        "routes[0].upstream",
        "extra",
    ];
    assert_eq!(keys, expected);
    assert_eq!(parse(&Value::Null).unwrap_err()[0].to_string(), "LATCHKEY: found nothing, expected a table");
}

#[test]
fn what_is_wrong_is_refused_by_its_key() {
    for (pointer, value, key) in [
        ("/issuer", json!("http://auth.example.com"), "issuer"),
        ("/issuer", json!("https://auth.example.com/"), "issuer"),
        ("/audience", json!(""), "audience"),
        ("/sing_up", json!("open"), "sing_up"),
        ("/allowed_origins", json!(["https://a.example", "*"]), "allowed_origins"),
        ("/allowed_origins", json!(["http://a.example"]), "allowed_origins"),
        ("/access_token_ttl", json!(0), "access_token_ttl"),
        ("/access_token_ttl", json!(1.5), "access_token_ttl"),
        ("/replay_window", json!("60"), "replay_window"),
        ("/signatures", json!("openssl"), "signatures"),
        ("/upstreams/api", json!({}), "upstreams.api.url"),
        ("/upstreams/api", json!({"service": ""}), "upstreams.api.service"),
        ("/upstreams/api", json!({"service": "A", "port": 1}), "upstreams.api.port"),
        ("/upstreams/old", json!({"url": "https://old.example.com"}), "upstreams.old.secret_binding"),
        (
            "/upstreams/old",
            json!({"url": "https://old.example.com/x", "secret_binding": "S"}),
            "upstreams.old.url",
        ),
        ("/routes/0/path", json!("api/*"), "routes[0].path"),
        ("/routes/0/path", json!("/auth/x"), "routes[0].path"),
        ("/routes/0/methods", json!([]), "routes[0].methods"),
        ("/routes/0/methods", json!(["get"]), "routes[0].methods"),
        ("/routes/0/access", json!("Public"), "routes[0].access"),
        ("/routes/0/access", json!("public"), "routes[0].access"),
        ("/routes/0/upstream", json!("nowhere"), "routes[0].upstream"),
        ("/routes/1/methods", json!(["GET", "POST"]), "routes[1].path"),
        ("/routes/0/roles", json!(["a b"]), "routes[0].roles"),
    ] {
        let errors = parse(&with(pointer, value.clone())).unwrap_err();
        assert!(errors.iter().any(|error| error.key == key), "{pointer} {value}: {errors:?}");
    }
}

#[test]
fn another_issuer_is_read_whole() {
    let mut config = with("/issuers", json!({"x": changed("typ", json!(["at+jwt", "JWT"]))}));
    config["routes"][0]["issuers"] = json!(["own", "x"]);
    let parsed = parse(&config).unwrap();
    assert_eq!(parsed.issuers.len(), 2);
    assert_eq!(parsed.routes[0].requires.issuers, [0, 1]);
    config["routes"][0]["revocation"] = json!("strict");
    assert_eq!(parse(&config).unwrap_err()[0].key, "routes[0].revocation");
}
