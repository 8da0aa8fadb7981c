//! What the reader accepts, and which key each error names.

use serde_json::{Value, json};

mod issuers;
mod mail;
mod oauth;
mod passkeys;
mod providers;
mod routes;
mod upstreams;

use super::parse;
use crate::{Access, SignUpPolicy, Target};

fn good() -> Value {
    json!({
        "issuer": "https://auth.latchkey.test",
        "audience": "https://api.latchkey.test",
        "upstreams": {"api": {"service": "API"}, "old": {"url": "https://old.latchkey.test", "secret_binding": "S"}},
        "routes": [
            {"path": "/api/*", "methods": ["GET"], "access": "token", "upstream": "api", "roles": ["admin"]},
            {"path": "/api/*", "methods": ["POST"], "access": "token", "upstream": "old"},
            {"path": "/", "methods": ["GET"], "access": "public", "upstream": "api"},
        ]
    })
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
    assert_eq!(config.routes[0].access, Access::TOKEN);
    assert_eq!(config.routes[0].requires.roles, ["admin"]);
    assert_eq!(config.routes[0].revocation, auth_core::revocation::Bound::Within(5_000));
    assert!(matches!(config.upstreams["old"].target, Target::Url { .. }));
    assert!(config.lists_origin("https://auth.latchkey.test"));
    assert!(!config.lists_origin("https://auth.latchkey.test.evil.example"));
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
        "upstreams.old.prot: found 8080, expected one of the keys service, url, secret_binding, timeout, preserve_host, case_sensitive"
    );
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
        ("/issuer", json!("http://auth.latchkey.test"), "issuer"),
        ("/issuer", json!("https://auth.latchkey.test/"), "issuer"),
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
        ("/upstreams/old", json!({"url": "https://old.latchkey.test"}), "upstreams.old.secret_binding"),
        (
            "/upstreams/old",
            json!({"url": "https://old.latchkey.test/x", "secret_binding": "S"}),
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
        ("/routes/0/acr", json!(""), "routes[0].acr"),
        ("/routes/0/acr", json!([]), "routes[0].acr"),
        ("/routes/0/acr", json!("a b"), "routes[0].acr"),
        ("/routes/0/acr", json!(2), "routes[0].acr"),
        ("/routes/0/acr", json!("aal3"), "routes[0].acr"),
        ("/routes/0/acr", json!(["aal2", "mfa"]), "routes[0].acr"),
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
fn an_unknown_key_is_an_error_that_names_the_nearest_key() {
    for (pointer, value, line) in [
        ("/sing_up", json!("open"), r#"sing_up: found "open", expected no such key; did you mean sign_up?"#),
        (
            "/limits",
            json!({"atempts": 1}),
            "limits.atempts: found 1, expected no such key; did you mean attempts?",
        ),
        (
            "/routes/0/revokation",
            json!("5s"),
            r#"routes[0].revokation: found "5s", expected no such key; did you mean revocation?"#,
        ),
        (
            "/upstreams/api/url",
            json!("https://api.latchkey.test"),
            r#"upstreams.api.url: found "https://api.latchkey.test", expected no such key, because `service` is set"#,
        ),
        (
            "/keys",
            json!({"x": 1}),
            "keys.x: found 1, expected one of the keys secret_bindings, rotation_period, publish_ahead, retire_after",
        ),
    ] {
        let errors = parse(&with(pointer, value)).unwrap_err();
        assert_eq!(errors.iter().map(ToString::to_string).collect::<Vec<_>>(), [line]);
    }
}

#[test]
fn tables_by_name_and_lists_of_tables_are_told_apart() {
    for (pointer, value, line) in [
        (
            "/upstreams",
            json!([]),
            "upstreams: found [], expected a table whose keys are names, each with a table",
        ),
        ("/routes", json!({}), "routes: found {}, expected a list of tables"),
        ("/routes/0", json!("/api/*"), r#"routes[0]: found "/api/*", expected a table"#),
        ("/limits", json!(3), "limits: found 3, expected a table"),
    ] {
        let errors = parse(&with(pointer, value)).unwrap_err();
        assert_eq!(errors[0].to_string(), line);
    }
}

#[test]
fn placeholders_are_errors_unless_the_service_is_on_this_machine() {
    let mut config = with("/audience", json!("https://app.example.com/api"));
    let errors = parse(&config).unwrap_err();
    assert_eq!(
        errors.iter().map(ToString::to_string).collect::<Vec<_>>(),
        [
            r#"audience: found "https://app.example.com/api", expected a value of your own in place of the placeholder app.example.com"#
        ]
    );
    config["issuer"] = json!("http://localhost:8787");
    assert!(parse(&config).is_ok());
}

#[test]
fn the_defaults_of_the_keys_are_those_of_the_core() {
    let config = parse(&good()).unwrap();
    assert_eq!(config.limits, crate::Limits::default());
    assert_eq!(config.passwords, crate::PasswordRules::default());
    assert_eq!(config.lifetimes, auth_core::rotation::Lifetimes::default());
}

/// Every key of the tables, with its path in a configuration that has an entry of each table.
fn every_key(keys: &crate::keys::TableKeys, pointer: &str) -> Vec<(String, bool)> {
    use crate::keys::Type;
    let keys = keys.keys.iter().flat_map(|key| {
        let here = format!("{pointer}/{}", key.name);
        let (inner, is_table) = match key.value {
            Type::Table(keys) => (every_key(keys, &here), true),
            Type::Named(keys) => (every_key(keys, &format!("{here}/x")), true),
            Type::Tables(keys) => (every_key(keys, &format!("{here}/0")), true),
            _ => (vec![], false),
        };
        core::iter::once((here, is_table)).chain(inner)
    });
    keys.collect()
}

#[test]
fn every_key_of_the_tables_is_read() {
    let mut config = good();
    config["sign_in"] =
        json!({"elsewhere": {"url": "https://users.latchkey.test", "secret_binding": "S", "path": "/"}});
    config["issuers"] = json!({"x": {"issuer": "x", "audience": "a", "algorithms": ["ES256"], "jwks_url": "https://x.test/k"}});
    config["providers"] = json!({"x": {"kind": "apple", "client_id": "c", "client_secret_binding": "S", "team_id": "T", "key_id": "K"}});
    config["hooks"] = json!({"url": "https://hooks.latchkey.test", "secret_binding": "S", "path": "/"});
    config["upstreams"] = json!({"x": {"url": "https://x.test", "secret_binding": "S"}});
    config["routes"] = json!([
        {"path": "/", "methods": ["GET"], "access": "public", "upstream": "x"},
        {"path": "/x", "methods": ["GET"], "access": "token", "upstream": "x", "scopes": ["x"]},
    ]);
    config["oauth"] = json!({
        "scopes": {"x": {"description": "X"}},
        "resources": {"/x": {"scopes": ["x"]}},
        "clients": {"x": {"name": "X", "redirect_uris": ["https://x.test/cb"]}},
    });
    config["mail"] = json!({"adapter": "cloudflare", "from": "a@x.test", "texts": {"x": {}}});
    for table in ["api_keys", "keys", "limits", "passwords", "passkeys", "second_factor", "user"] {
        config[table] = json!({});
    }
    assert_eq!(parse(&config).err(), None);
    let keys = every_key(&crate::keys::LATCHKEY, "");
    assert!(keys.len() > 90, "{}", keys.len());
    for (pointer, is_table) in keys {
        // The names of resources are paths.
        let pointer = pointer.replace("/resources/x/", "/resources/~1x/");
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let mut wrong = config.clone();
        let invalid = if is_table { json!(3) } else { json!({"?": 1}) };
        wrong.pointer_mut(parent).unwrap()[name] = invalid;
        let errors = parse(&wrong).unwrap_err();
        // The sources of an issuer's keys have one error.
        let key = match name {
            "jwks_url" | "discovery_url" => "keys",
            "secret_binding" if parent == "/issuers/x" => "keys",
            name => name,
        };
        let path = format!("{parent}/{key}").replace("/0/", "[0]/").replace('/', ".").replace("~1", "/");
        let path = path.trim_start_matches('.');
        assert!(errors.iter().any(|error| error.key == path), "{pointer}: {errors:?}");
    }
}

#[test]
fn the_claim_for_the_metadata_collides_with_no_other() {
    assert_eq!(parse(&good()).unwrap().metadata_claim, None);
    let claim = |name: Value| parse(&with("/user", json!({"metadata_claim": name})));
    for name in ["https://app.latchkey.test/metadata", "urn:x:metadata", "metadata", "app_metadata", "x"] {
        assert_eq!(claim(json!(name)).unwrap().metadata_claim.as_deref(), Some(name));
    }
    let long = "x".repeat(129);
    for name in
        ["", "sub", "roles", "epoch", "amr", "Email", "cnf", "exp", "a b", "\u{e4}", "a\"", "a\\", &long]
    {
        let errors = claim(json!(name)).unwrap_err();
        let keys: Vec<_> = errors.iter().map(|error| error.key.as_str()).collect();
        assert_eq!(keys, ["user.metadata_claim"], "{name}");
    }
    for name in [json!(null), json!(1), json!(["x"])] {
        assert!(claim(name).is_err());
    }
}

#[test]
fn the_hook_is_a_binding_or_a_url_and_always_has_a_secret() {
    let hooks = |table: Value| parse(&with("/hooks", table)).map(|config| config.hooks.unwrap());
    let rest = json!({"secret_binding": "S", "path": "/latchkey?x=1"});
    let and = |name: &str, value: Value| {
        let mut table = rest.clone();
        table[name] = value;
        table
    };
    let bound = hooks(and("service", json!("HOOKS"))).unwrap();
    assert_eq!(bound.target, Target::Service { binding: "HOOKS".into() });
    assert_eq!((&*bound.secret_binding, &*bound.path, bound.timeout_ms), ("S", "/latchkey?x=1", 5_000));
    for url in ["https://hooks.latchkey.test", "http://localhost:8080"] {
        let Target::Url { origin, secret_binding: None } = hooks(and("url", json!(url))).unwrap().target
        else {
            panic!("{url}")
        };
        assert_eq!(origin.as_str(), url);
    }
    assert_eq!(parse(&good()).unwrap().hooks, None);
    let both =
        json!({"service": "HOOKS", "url": "https://hooks.latchkey.test", "secret_binding": "S", "path": "/"});
    for (table, key) in [
        (rest.clone(), "hooks.url"),
        (both, "hooks.url"),
        (and("url", json!("http://hooks.latchkey.test")), "hooks.url"),
        (and("url", json!("https://hooks.latchkey.test/x")), "hooks.url"),
        (and("service", json!("")), "hooks.service"),
        (json!({"service": "HOOKS", "path": "/"}), "hooks.secret_binding"),
        (json!({"service": "HOOKS", "secret_binding": "S"}), "hooks.path"),
        (json!({"service": "HOOKS", "secret_binding": "S", "path": "//x"}), "hooks.path"),
        (
            json!({"service": "HOOKS", "secret_binding": "S", "path": "/", "timeout_ms": 99}),
            "hooks.timeout_ms",
        ),
        (json!({"service": "HOOKS", "secret_binding": "S", "path": "/", "events": []}), "hooks.events"),
        (json!("HOOKS"), "hooks"),
    ] {
        let errors = hooks(table.clone()).unwrap_err();
        assert_eq!(errors.iter().map(|error| error.key.as_str()).collect::<Vec<_>>(), [key], "{table}");
    }
}

#[test]
fn a_jurisdiction_is_one_that_the_platform_has() {
    let jurisdiction = |value: Value| parse(&with("/jurisdiction", value)).map(|config| config.jurisdiction);
    assert_eq!(parse(&good()).unwrap().jurisdiction, None);
    assert_eq!(jurisdiction(json!("eu")).unwrap(), Some(crate::Jurisdiction::Eu));
    assert_eq!(jurisdiction(json!("fedramp")).unwrap(), Some(crate::Jurisdiction::FedRamp));
    for bad in [json!("EU"), json!("us"), json!(""), json!(["eu"]), json!(null)] {
        assert_eq!(jurisdiction(bad).unwrap_err()[0].key, "jurisdiction");
    }
}
