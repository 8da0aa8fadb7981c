//! Other issuers.

use serde_json::{Value, json};

use super::{parse, with};

fn foreign() -> Value {
    json!({"issuer": "https://x.example", "audience": "a", "algorithms": ["RS256"], "jwks_url": "https://x.example/jwks"})
}

fn changed(name: &str, value: Value) -> Value {
    let mut issuer = foreign();
    issuer[name] = value;
    issuer
}

#[test]
fn reads_every_key_of_another_issuer() {
    let mut config = with("/issuers", json!({"x": changed("typ", json!(["at+jwt", "JWT"]))}));
    config["routes"][0]["issuers"] = json!(["own", "x"]);
    let parsed = parse(&config).unwrap();
    assert_eq!(parsed.issuers.len(), 2);
    assert_eq!(parsed.routes[0].requires.issuers, [0, 1]);
    config["routes"][0]["revocation"] = json!("strict");
    assert_eq!(parse(&config).unwrap_err()[0].key, "routes[0].revocation");
}

#[test]
fn an_issuers_address_is_read_only_if_upstreams_are_told_about_it() {
    let with_claim = |email_headers: bool, claim: Value| {
        let mut config = with("/issuers", json!({"x": changed("email_claim", claim)}));
        config["email_headers"] = json!(email_headers);
        parse(&config)
    };
    let config = with_claim(true, json!("mail.work")).unwrap();
    assert!(config.email_headers);
    assert!(config.issuers.iter().all(|issuer| issuer.names.email.is_some()));
    let config = parse(&with("/issuers", json!({"x": foreign()}))).unwrap();
    assert!(!config.email_headers);
    assert!(config.issuers.iter().all(|issuer| issuer.names.email.is_none()));
    let mut only_own = with("/issuers", json!({"x": foreign()}));
    only_own["email_headers"] = json!(true);
    let config = parse(&only_own).unwrap();
    assert!(config.issuers[0].names.email.is_some() && config.issuers[1].names.email.is_none());
    for (email_headers, claim, expected) in [
        (false, json!("mail"), r#"found "mail", expected no such key unless email_headers is true"#),
        (true, json!(1), "found 1, expected the name of a claim, or a path"),
    ] {
        let errors = with_claim(email_headers, claim).unwrap_err();
        assert!(
            errors[0].to_string().starts_with(&format!("issuers.x.email_claim: {expected}")),
            "{}",
            errors[0]
        );
    }
}

#[test]
fn check_13_every_error_of_an_issuer_names_its_key() {
    let point = json!({
        "kty": "EC", "crv": "P-256", "kid": "k",
        "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
    });
    let changed_key = |name: &str, value: Value| {
        let mut key = point.clone();
        key[name] = value;
        json!({"keys": [key]})
    };
    let by_keys =
        |keys: Value| json!({"issuer": "i", "audience": "a", "algorithms": ["ES256"], "keys": keys});
    let by_secret = |algorithms: Value| json!({"issuer": "i", "audience": "a", "algorithms": algorithms, "secret_binding": "S"});
    for good in [
        foreign(),
        by_keys(json!({"keys": [point]})),
        by_keys(json!([point])),
        by_secret(json!(["HS256"])),
        by_keys(json!([point, point])),
        by_keys(json!([point, {"kty": "RSA", "use": "enc", "kid": "e", "n": "x", "e": "AQAB"}])),
        changed("leeway", json!(60)),
        changed("typ", json!("any")),
        changed("audience", json!(["a", "b"])),
        changed("audience_claim", json!("client_id")),
        changed("roles_claim", json!(r"resource_access.app\.acme\.com.roles")),
        changed("roles_claim", json!(["resource_access", "app.acme.com", "roles"])),
        changed("fallback_subject_claim", json!("common_name")),
        changed("max_token_bytes", json!(16_384)),
        changed("token_header", json!("cf-access-jwt-assertion")),
        changed("token_cookie", json!("CF_Authorization")),
        changed("jwks_url", json!("http://127.0.0.1:8080/jwks?x=1")),
    ] {
        parse(&with("/issuers", json!({"x": good}))).unwrap();
    }
    for (issuer, key) in [
        (changed("issuer", json!("")), "issuer"),
        (changed("issuer", json!("https://auth.latchkey.test")), ""),
        (changed("audience", json!("")), "audience"),
        (changed("audience", json!([])), "audience"),
        (changed("audience", json!(["a", ""])), "audience"),
        (changed("audience", json!({"a": true})), "audience"),
        (changed("audience", Value::Null), "audience"),
        (changed("audience_claim", json!("")), "audience_claim"),
        (changed("roles_claim", json!("a\\b")), "roles_claim"),
        (changed("roles_claim", json!([])), "roles_claim"),
        (changed("max_token_bytes", json!(0)), "max_token_bytes"),
        (changed("token_header", json!("authorization")), "token_header"),
        (changed("token_header", json!("latchkey-token")), "token_header"),
        (changed("token_header", json!("X Token")), "token_header"),
        (changed("token_cookie", json!("__Host-Http-latchkey")), "token_cookie"),
        (changed("token_cookie", json!("a=b")), "token_cookie"),
        (changed("max_token_bytes", json!(16_385)), "max_token_bytes"),
        (changed("algorithms", json!([])), "algorithms"),
        (changed("algorithms", json!(["none"])), "algorithms"),
        (changed("algorithms", json!(["RS512"])), "algorithms"),
        (changed("algorithms", json!(["RS256", "HS256"])), "algorithms"),
        (changed("typ", json!("")), "typ"),
        (changed("typ", json!([])), "typ"),
        (changed("leeway", json!(61)), "leeway"),
        (changed("leeway", json!(-1)), "leeway"),
        (changed("subject_claim", json!("")), "subject_claim"),
        (changed("extra", json!(1)), "extra"),
        (changed("jwks_url", json!("http://x.example/jwks")), "keys"),
        (changed("jwks_url", json!("ftp://x.example/jwks")), "keys"),
        (changed("jwks_url", json!("https://user@x.example/jwks")), "keys"),
        (changed("jwks_url", json!("https://x.example/jwks#a")), "keys"),
        (changed("jwks_url", json!("https://x.example/a b")), "keys"),
        (changed("jwks_url", json!("/jwks")), "keys"),
        (changed("discovery_url", json!("https://x.example/.well-known/openid-configuration")), "keys"),
        (changed("keys", json!({"keys": [point]})), "keys"),
        (changed("secret_binding", json!("S")), "keys"),
        (changed("jwks_url", Value::Null), "keys"),
        (by_secret(json!(["ES256"])), "keys"),
        (by_secret(json!(["HS256", "ES256"])), "algorithms"),
        (by_keys(json!({"keys": []})), "keys"),
        (by_keys(json!([point, {"kty": "oct", "kid": "s", "k": "c2VjcmV0"}])), "keys"),
        (by_keys(json!([point, null])), "keys"),
        (by_keys(json!([{"kty": "oct", "kid": "k", "k": "c2VjcmV0"}])), "keys"),
        (by_keys(changed_key("d", json!("c2VjcmV0"))), "keys"),
        (by_keys(changed_key("y", json!("axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY"))), "keys"),
        (by_keys(changed_key("crv", json!("P-384"))), "keys"),
        (by_keys(json!("k")), "keys"),
    ] {
        let errors = parse(&with("/issuers", json!({"x": issuer}))).unwrap_err();
        let expected = if key.is_empty() { "issuers".to_owned() } else { format!("issuers.x.{key}") };
        assert!(errors.iter().any(|error| error.key == expected), "{issuer}: {errors:?}");
    }
    let twice = parse(&with("/issuers", json!({"x": foreign(), "y": foreign()}))).unwrap_err();
    assert_eq!(twice[0].key, "issuers.y.issuer");
    assert!(parse(&with("/issuers", json!({"own": foreign()}))).is_err());
}

#[test]
fn check_19_where_a_proxy_puts_tokens_no_upstream_looks() {
    let mut entry = changed("token_header", json!("x-token"));
    entry["token_cookie"] = json!("token");
    let mut config = with("/issuers", json!({"x": entry}));
    config["strip_headers"] = json!(["x-tenant"]);
    let config = parse(&config).unwrap();
    assert_eq!(config.strip_headers, ["x-tenant", "x-token"]);
    assert_eq!(config.token_cookies, ["token"]);
}

#[test]
fn check_10_two_entries_of_one_issuer_differ_in_audience_or_algorithm() {
    let secret = json!({
        "issuer": "https://x.example", "audience": "a", "algorithms": ["HS256"], "secret_binding": "S",
    });
    for (other, ambiguous) in [
        (foreign(), true),
        (changed("audience", json!(["b", "a"])), true),
        (changed("algorithms", json!(["ES256", "RS256"])), true),
        (changed("typ", json!("any")), true),
        (changed("audience", json!("b")), false),
        (changed("algorithms", json!(["ES256"])), false),
        (changed("audience_claim", json!("azp")), false),
        (secret, false),
    ] {
        for issuers in [json!({"x": foreign(), "y": other}), json!({"y": foreign(), "x": other})] {
            let errors = parse(&with("/issuers", issuers)).err().unwrap_or_default();
            assert_eq!(errors.iter().any(|error| error.key == "issuers.y.issuer"), ambiguous, "{other}");
            assert_eq!(errors.len(), usize::from(ambiguous), "{other}: {errors:?}");
        }
    }
}

#[test]
fn check_10_an_issuer_of_several_tenants_says_which() {
    let template = "https://login.microsoftonline.com/{tenantid}/v2.0";
    let common = "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration";
    let of = |issuer: &str, tenants: Value, discovery: &str| {
        let mut entry = changed("issuer", json!(issuer));
        let members = entry.as_object_mut().unwrap();
        members.remove("jwks_url");
        members.insert("discovery_url".into(), json!(discovery));
        if !tenants.is_null() {
            members.insert("tenants".into(), tenants);
        }
        parse(&with("/issuers", json!({"x": entry}))).err().unwrap_or_default()
    };
    assert_eq!(of(template, json!("any"), common), []);
    assert_eq!(of(template, json!(["72f988bf-86f1-41af-91ab-2d7cd011db47"]), common), []);
    let single = "https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0";
    assert_eq!(of(single, Value::Null, &format!("{single}/.well-known/openid-configuration")), []);
    for (issuer, tenants, key, expected) in [
        (
            template,
            Value::Null,
            "tenants",
            r#"found nothing, expected a list of the ids of the tenants whose tokens are accepted, or "any""#,
        ),
        (template, json!([]), "tenants", "found [], expected a list"),
        (template, json!("all"), "tenants", r#"found "all", expected a list"#),
        (template, json!(["a/b"]), "tenants", r#"found ["a/b"], expected a list"#),
        (
            single,
            json!("any"),
            "tenants",
            r#"found "any", expected nothing, because issuer doesn't contain {tenantid}"#,
        ),
        ("{tenantid}{tenantid}", json!("any"), "tenants", "expected an issuer that contains {tenantid} once"),
        (
            single,
            Value::Null,
            "discovery_url",
            "expected the URL of one tenant's document, or an issuer with {tenantid} and the key tenants",
        ),
        (
            "https://login.microsoftonline.com/common/v2.0",
            Value::Null,
            "issuer",
            "{tenantid} in place of the tenant's id",
        ),
        (
            "https://login.microsoftonline.com/{tenantId}/v2.0",
            Value::Null,
            "issuer",
            "{tenantid} in place of the tenant's id",
        ),
        (
            "https://sts.windows.net/organizations/",
            Value::Null,
            "issuer",
            "{tenantid} in place of the tenant's id",
        ),
    ] {
        let errors = of(issuer, tenants, common);
        assert_eq!(errors[0].key, format!("issuers.x.{key}"), "{errors:?}");
        assert!(errors[0].to_string().contains(expected), "{}", errors[0]);
    }
}
