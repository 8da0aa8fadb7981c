//! What the reader accepts, and which key each error names.

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

/// The valid configuration with one value changed.
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
        "upstreams.old.prot: found 8080, expected one of the keys timeout, case_sensitive, preserve_host, service, url, secret_binding"
    );
}

#[test]
fn a_route_lists_any_methods_and_an_error_states_which_are_valid() {
    let config = parse(&with("/routes/0/methods", json!(["PROPFIND", "QUERY", "ARCHIVE"]))).unwrap();
    assert_eq!(config.routes[0].methods, ["PROPFIND", "QUERY", "ARCHIVE"]);
    let valid = "any token of RFC 9110 in its exact letter case, such as GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, PROPFIND, REPORT or QUERY, but not CONNECT, TRACE, TRACK, PRI or *";
    for (methods, expected) in [
        (json!(["GET", "get"]), vec![format!(r#"routes[0].methods: found "get", expected {valid}"#)]),
        (
            json!(["*", "PROPFIND", "TRACE"]),
            ["*", "TRACE"]
                .map(|name| format!(r#"routes[0].methods: found "{name}", expected {valid}"#))
                .to_vec(),
        ),
        (json!([]), vec![format!("routes[0].methods: found [], expected a list of methods: {valid}")]),
    ] {
        let errors = parse(&with("/routes/0/methods", methods)).unwrap_err();
        assert_eq!(errors.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn reports_all_errors_at_once() {
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
fn limits_of_attempts_and_of_the_password_queue_are_read() {
    let config = parse(&good()).unwrap();
    assert_eq!(
        (config.limits.sign_in.attempts.most, config.limits.sign_in.attempts.window_ms),
        (200, 900_000)
    );
    assert_eq!((config.passwords.queue.places, config.passwords.queue.per_address), (64, 2));
    let mut given = with("/limits", json!({"attempts": 3, "attempt_window": 4}));
    given["passwords"] = json!({"queue": 5, "queue_per_address": 6});
    let config = parse(&given).unwrap();
    assert_eq!((config.limits.sign_in.attempts.most, config.limits.sign_in.attempts.window_ms), (3, 4_000));
    assert_eq!((config.passwords.queue.places, config.passwords.queue.per_address), (5, 6));
    for (pointer, value, key) in [
        ("/limits", json!({"attempts": 0}), "limits.attempts"),
        ("/passwords", json!({"queue_per_address": 0}), "passwords.queue_per_address"),
    ] {
        let errors = parse(&with(pointer, value)).unwrap_err();
        assert_eq!(errors.iter().map(|error| error.key.as_str()).collect::<Vec<_>>(), [key]);
    }
}

#[test]
fn every_error_names_its_key() {
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
        ("/routes/0/methods", json!("GET"), "routes[0].methods"),
        ("/routes/0/methods", json!(["get"]), "routes[0].methods"),
        ("/routes/0/methods", json!(["GET", "TRACE"]), "routes[0].methods"),
        ("/routes/0/methods", json!(["GET, POST"]), "routes[0].methods"),
        ("/routes/0/methods", json!([1]), "routes[0].methods"),
        ("/routes/0/access", json!("Public"), "routes[0].access"),
        ("/routes/0/access", json!("public"), "routes[0].access"),
        ("/routes/0/upstream", json!("nowhere"), "routes[0].upstream"),
        ("/routes/1/methods", json!(["GET", "POST"]), "routes[1].path"),
        ("/routes/0/roles", json!(["a b"]), "routes[0].roles"),
        ("/routes/0/max_auth_age", json!(0), "routes[0].max_auth_age"),
        ("/routes/0/max_auth_age", json!("600s"), "routes[0].max_auth_age"),
        ("/reauthentication", json!(0), "reauthentication"),
    ] {
        let errors = parse(&with(pointer, value.clone())).unwrap_err();
        assert!(errors.iter().any(|error| error.key == key), "{pointer} {value}: {errors:?}");
    }
}

#[test]
fn check_42_rejects_intervals_too_short_for_verifiers() {
    let keys = |config: &Value| parse(config).map(|config| config.keys);
    let default = keys(&good()).unwrap();
    assert_eq!(
        (default.rotation_period, default.publish_ahead, default.retire_after),
        (30 * 86_400, 3600, 3600)
    );
    assert!(default.secret_bindings.is_empty());
    for (name, value) in [
        ("rotation_period", json!(959)),
        ("publish_ahead", json!(959)),
        ("retire_after", json!(119)),
        ("secret_bindings", json!("S")),
        ("secret_bindings", json!([""])),
        ("rotation", json!(1)),
    ] {
        let wrong = json!({name: value});
        let errors = keys(&with("/keys", wrong)).unwrap_err();
        assert_eq!(errors[0].key, format!("keys.{name}"), "{errors:?}");
        let mut local = with("/keys", json!({name: value}));
        local["issuer"] = json!("http://localhost:8787");
        assert_eq!(keys(&local).is_ok(), value.is_u64() && name != "rotation", "{name} on this machine");
    }
    let least = json!({"rotation_period": 960, "publish_ahead": 960, "retire_after": 120, "secret_bindings": ["A", "B"]});
    assert_eq!(keys(&with("/keys", least)).unwrap().secret_bindings, ["A", "B"]);
    for wrong in [json!(0), json!(1001), json!("3")] {
        assert_eq!(parse(&with("/sessions_per_account", wrong)).unwrap_err()[0].key, "sessions_per_account");
    }
    assert_eq!(parse(&good()).unwrap().sessions_per_account, 100);
}

#[test]
fn external_credentials_are_read_and_require_closed_sign_up() {
    let there = |value: Value| with("/sign_in", json!({ "elsewhere": value }));
    let read = |value: Value| parse(&there(value)).map(|config| config.elsewhere.unwrap());
    let by_service = read(json!({"service": "USERS", "path": "/sign-in"})).unwrap();
    assert_eq!(by_service.target, Target::Service { binding: "USERS".into() });
    assert_eq!((by_service.path.as_str(), by_service.timeout_ms), ("/sign-in", 5_000));
    let url = json!({"url": "https://users.example.com", "secret_binding": "S", "path": "/a?b=c", "timeout_ms": 100});
    let by_url = read(url.clone()).unwrap();
    assert!(matches!(by_url.target, Target::Url { secret_binding: Some(_), .. }));
    assert!(parse(&good()).unwrap().elsewhere.is_none());
    assert!(parse(&with("/sign_in", json!({}))).unwrap().elsewhere.is_none());

    let changed = |name: &str, value: Value| {
        let mut changed = url.clone();
        changed[name] = value;
        changed
    };
    for (value, key) in [
        (json!("https://users.example.com"), ""),
        (json!({"service": "USERS"}), ".path"),
        (changed("url", json!("http://users.example.com")), ".url"),
        (changed("url", json!("https://users.example.com/sign-in")), ".url"),
        (changed("secret_binding", json!("")), ".secret_binding"),
        (changed("path", json!("sign-in")), ".path"),
        (changed("path", json!("//evil.example")), ".path"),
        (changed("path", json!("/\\evil.example")), ".path"),
        (changed("path", json!("/a b")), ".path"),
        (changed("path", json!("/a#b")), ".path"),
        (changed("timeout_ms", json!(99)), ".timeout_ms"),
        (changed("timeout_ms", json!(30_001)), ".timeout_ms"),
        (changed("timeout", json!(5)), ".timeout"),
    ] {
        let errors = parse(&there(value.clone())).unwrap_err();
        assert_eq!(errors[0].key, ["sign_in.elsewhere", key].concat(), "{value}");
    }
    assert_eq!(parse(&with("/sign_in", json!({"here": {}}))).unwrap_err()[0].key, "sign_in.here");
    let mut open = there(url);
    open["sign_up"] = json!("open");
    assert_eq!(parse(&open).unwrap_err()[0].key, "sign_up");
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
        (changed("issuer", json!("https://auth.example.com")), ""),
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

#[test]
fn check_19_routes_that_differ_only_in_letter_case_require_case_sensitive_upstreams() {
    let second = json!({"path": "/API/*", "methods": ["PUT"], "access": "public", "upstream": "old"});
    let with_case = |api: bool, old: bool| {
        let mut config = with("/routes/2", second.clone());
        config["upstreams"]["api"]["case_sensitive"] = json!(api);
        config["upstreams"]["old"]["case_sensitive"] = json!(old);
        parse(&config)
    };
    let errors = with_case(false, false).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "routes[2].path: found \"/API/*\", expected the letter case of /api/*, or case_sensitive = true on the upstreams of both routes"
    );
    assert!(with_case(true, false).is_err());
    assert!(with_case(false, true).is_err());
    let config = with_case(true, true).unwrap();
    assert!(config.routes.iter().all(|route| route.case_sensitive));
    assert!(!parse(&good()).unwrap().routes[0].case_sensitive);
    assert_eq!(
        parse(&with("/upstreams/api/case_sensitive", json!("yes"))).unwrap_err()[0].key,
        "upstreams.api.case_sensitive"
    );
}

#[test]
fn preserve_host_is_rejected_where_it_can_never_work() {
    let at = |issuer: &str, url: &str| {
        let mut config = with("/upstreams/old/url", json!(url));
        config["upstreams"]["old"]["preserve_host"] = json!(true);
        config["issuer"] = json!(issuer);
        parse(&config)
    };
    let issuer = "https://auth.example.com";
    let config = at(issuer, "https://origin.example.com").unwrap();
    assert!(config.upstreams["old"].preserve_host);
    assert!(!config.upstreams["api"].preserve_host);
    assert!(at("https://example.com", "https://a.b.example.com").is_ok());
    for (issuer, url, expected) in [
        (issuer, issuer, "another host in the Cloudflare zone of https://auth.example.com"),
        (
            issuer,
            "https://origin.example.org",
            "another host in the Cloudflare zone of https://auth.example.com",
        ),
        (issuer, "https://notexample.com", "another host in the Cloudflare zone of https://auth.example.com"),
        (
            issuer,
            "https://origin.example.com:8443",
            r#"url = "https://origin.example.com:8443" is not https"#,
        ),
        (issuer, "https://192.0.2.1", r#"url = "https://192.0.2.1" is not https"#),
        (issuer, "https://[2001:db8::a]", r#"url = "https://[2001:db8::a]" is not https"#),
        (issuer, "http://localhost:3000", r#"url = "http://localhost:3000" is not https"#),
        (
            "http://localhost:8787",
            "https://origin.example.com",
            r#"issuer = "http://localhost:8787" is not https"#,
        ),
        (
            "https://example.com:8443",
            "https://origin.example.com",
            r#"issuer = "https://example.com:8443" is not"#,
        ),
    ] {
        let errors = at(issuer, url).unwrap_err();
        assert_eq!(errors.len(), 1, "{errors:?}");
        let message = errors[0].to_string();
        assert!(
            message.starts_with("upstreams.old.preserve_host: found true, expected false, "),
            "{message}"
        );
        assert!(message.contains(expected), "{message}");
    }
    let errors = parse(&with("/upstreams/api/preserve_host", json!(true))).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "upstreams.api.preserve_host: found true, expected no such key: an upstream behind a service binding receives the public URL"
    );
    assert_eq!(
        parse(&with("/upstreams/old/preserve_host", json!("yes"))).unwrap_err()[0].key,
        "upstreams.old.preserve_host"
    );
}

#[test]
fn paths_of_the_service_itself_have_no_route() {
    let at = |path: &str| parse(&with("/routes/0/path", json!(path)));
    for path in [
        "/auth",
        "/auth/*",
        "/auth/x",
        "/AUTH/*",
        "/admin/users",
        "/admin/users/*",
        "/Admin/keys/x",
        "/.well-known/jwks.json",
        "/.well-known/oauth-protected-resource",
        "/healthz",
    ] {
        assert_eq!(at(path).unwrap_err()[0].key, "routes[0].path", "{path}");
    }
    for path in ["/authors/*", "/admin/*", "/.well-known/*", "/admin/reports"] {
        assert!(at(path).is_ok(), "{path}");
    }
}
