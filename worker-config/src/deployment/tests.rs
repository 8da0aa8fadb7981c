//! Every mistake that a file can have, with its whole line.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Deployment, Report, check};

/// A file with a valid top level, and a valid environment `production`.
fn file() -> Value {
    let objects = json!({"bindings": [
        {"name": "ACCOUNT", "class_name": "Account"},
        {"name": "DIRECTORY", "class_name": "Directory"},
        {"name": "KEYRING", "class_name": "Keyring"},
        {"name": "REVOCATIONS", "class_name": "Revocations"},
        {"name": "LIMITER", "class_name": "Limiter"},
        {"name": "HASHER", "class_name": "Hasher"},
    ]});
    let routes = json!([{"path": "/api/*", "methods": ["GET"], "access": "token", "upstream": "api"}]);
    let latchkey = |issuer: &str| {
        json!({
            "issuer": issuer,
            "audience": format!("{issuer}/api"),
            "upstreams": {"api": {"service": "API"}},
            "routes": routes,
        })
    };
    let mut production = latchkey("https://app.latchkey.test");
    production["keys"] = json!({"secret_bindings": ["SEALING"]});
    json!({
        "name": "latchkey",
        "migrations": [
            {"tag": "v1", "new_sqlite_classes": ["Account", "Directory", "Keyring", "Revocations"]},
            {"tag": "v2", "new_sqlite_classes": ["Limiter", "Hasher"]},
        ],
        "durable_objects": objects,
        "services": [{"binding": "API", "service": "notes"}],
        "vars": {"LATCHKEY": latchkey("http://localhost:8787")},
        "env": {"production": {
            "workers_dev": false,
            "routes": [{"pattern": "app.latchkey.test", "custom_domain": true}],
            "durable_objects": objects,
            "services": [{"binding": "API", "service": "notes"}],
            "vars": {"LATCHKEY": production},
        }},
    })
}

/// The file with one value changed, or removed if it is `null`.
fn with(pointer: &str, value: Value) -> Value {
    let mut file = file();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match file.pointer_mut(parent).unwrap() {
        Value::Object(members) if value.is_null() => drop(members.remove(name)),
        Value::Object(members) => drop(members.insert(name.into(), value)),
        Value::Array(items) if value.is_null() => drop(items.remove(name.parse().unwrap())),
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        other => panic!("{other}"),
    }
    file
}

fn of(file: &Value, environment: Option<&str>) -> Report {
    check(&Deployment { file, environment, local_secrets: None })
}

fn lines(report: &Report) -> Vec<String> {
    report.errors.iter().map(|finding| finding.error.to_string()).collect()
}

fn production(pointer: &str, value: Value) -> Vec<String> {
    lines(&of(&with(&format!("/env/production/{pointer}"), value), Some("production")))
}

#[test]
fn a_valid_file_has_no_mistakes_and_the_secrets_that_must_exist_are_listed() {
    let report = of(&file(), Some("production"));
    assert_eq!(report, Report { secrets: vec!["SEALING".into()], ..Report::default() });
    assert_eq!(of(&file(), None), Report::default());
}

#[test]
fn an_environment_must_exist_and_inherits_no_variables() {
    assert_eq!(
        lines(&of(&file(), Some("staging"))),
        [
            "env.staging: found the environments production, expected [env.staging]; `npx latchkey-worker init --env staging` adds it, and --env names another one"
        ]
    );
    assert_eq!(
        lines(&of(&json!({}), Some("production"))),
        [
            "env.production: found no environments, expected [env.production]; `npx latchkey-worker init --env production` adds it, and --env names another one"
        ]
    );
    assert_eq!(
        production("vars", Value::Null),
        [
            "env.production.vars.LATCHKEY: found nothing, expected the table [env.production.vars.LATCHKEY], because an environment inherits no vars from the top level"
        ]
    );
    assert_eq!(
        lines(&of(&with("/vars", Value::Null), None)),
        ["vars.LATCHKEY: found nothing, expected the table [vars.LATCHKEY]"]
    );
    assert_eq!(
        production("vars/LATCHKEY", json!("{issuer}")),
        [
            r#"env.production.vars.LATCHKEY: found "{issuer}", expected a table, or its JSON: key must be a string at line 1 column 2"#
        ]
    );
    let table = file()["env"]["production"]["vars"]["LATCHKEY"].to_string();
    assert_eq!(production("vars/LATCHKEY", json!(table)), [""; 0], "JSON");
}

#[test]
fn the_readers_own_errors_have_the_path_in_the_file() {
    let report = of(&with("/env/production/vars/LATCHKEY/sing_up", json!("open")), Some("production"));
    assert_eq!(lines(&report), [r#"sing_up: found "open", expected no such key; did you mean sign_up?"#]);
    assert_eq!(report.errors[0].path, "env.production.vars.LATCHKEY.sing_up");
    let mut several = with("/env/production/vars/LATCHKEY/sing_up", json!("open"));
    several["env"]["production"]["services"] = json!([]);
    assert_eq!(
        lines(&of(&several, Some("production"))).len(),
        2,
        "with mistakes of both kinds, both are reported"
    );
}

#[test]
fn placeholders_are_mistakes_anywhere_in_the_environment() {
    assert_eq!(
        production("services/0/service", json!("your-api")),
        [
            r#"env.production.services[0].service: found "your-api", expected a value of your own in place of the placeholder your-api"#
        ]
    );
    assert_eq!(
        production("vars/LATCHKEY/audience", json!("https://app.example.com/api")),
        [
            r#"audience: found "https://app.example.com/api", expected a value of your own in place of the placeholder app.example.com"#
        ]
    );
    assert_eq!(
        lines(&of(&with("/vars/LATCHKEY/audience", json!("<your audience>")), None)),
        [
            r#"audience: found "<your audience>", expected a value of your own in place of the placeholder <your audience>"#
        ],
        "also on localhost"
    );
    let mut elsewhere = with("/services/0/service", json!("your-api"));
    elsewhere["env"]["staging"] = json!({"route": "example.com/*"});
    assert_eq!(lines(&of(&elsewhere, Some("production"))), [""; 0], "not those of other environments");
    assert_eq!(
        production("vars/BANNER", json!("<b>example.com</b>")),
        [""; 0],
        "nor in variables of other code"
    );
}

#[test]
fn bindings_are_not_inherited() {
    assert_eq!(
        production("services", Value::Null),
        [
            r#"upstreams.api.service: found API, which is not bound, expected the name of a service binding; add one to `services`, with binding = "API""#
        ]
    );
    assert_eq!(production("services", json!([])).len(), 1,);
    let kv = json!([{"binding": "API", "id": "1"}]);
    let mut both = with("/env/production/services", Value::Null);
    both["env"]["production"]["kv_namespaces"] = kv;
    assert_eq!(
        lines(&of(&both, Some("production"))),
        [
            r#"upstreams.api.service: found API, which is a KV namespace, expected the name of a service binding; add one to `services`, with binding = "API""#
        ]
    );
    assert_eq!(production("durable_objects", Value::Null).len(), 6);
    let mut assets = with("/env/production/services", Value::Null);
    assets["assets"] = json!({"directory": "dist", "binding": "API"});
    assert_eq!(
        lines(&of(&assets, Some("production"))),
        [""; 0],
        "static assets are inherited, and are called like a service"
    );
}

#[test]
fn every_class_has_its_binding_and_a_migration_to_sqlite() {
    assert_eq!(
        production("durable_objects/bindings/5", Value::Null),
        [
            r#"env.production.durable_objects.bindings: found no binding HASHER, expected a binding { name = "HASHER", class_name = "Hasher" }"#
        ]
    );
    assert_eq!(
        production("durable_objects/bindings/5/class_name", json!("Hash")),
        [r#"env.production.durable_objects.bindings[5].class_name: found "Hash", expected "Hasher""#]
    );
    assert_eq!(
        lines(&of(&with("/migrations/1", Value::Null), Some("production"))),
        [
            r#"migrations: found no migration for Limiter, Hasher, expected a migration of these classes; add [[migrations]] with a new tag and new_sqlite_classes = ["Limiter","Hasher"]"#
        ]
    );
    let old = json!({"tag": "v2", "new_sqlite_classes": ["Limiter"], "new_classes": ["Hasher"]});
    assert_eq!(
        lines(&of(&with("/migrations/1", old), None)),
        [
            r#"migrations: found Hasher in new_classes, expected the class in new_sqlite_classes, because the objects store their data in SQLite"#
        ]
    );
    let mut renamed = file();
    renamed["migrations"][1] = json!({"tag": "v2", "new_sqlite_classes": ["Limiter", "Hash"]});
    renamed["migrations"]
        .as_array_mut()
        .unwrap()
        .push(json!({"tag": "v3", "renamed_classes": [{"from": "Hash", "to": "Hasher"}]}));
    assert_eq!(lines(&of(&renamed, None)), [""; 0]);
    renamed["migrations"].as_array_mut().unwrap().push(json!({"tag": "v4", "deleted_classes": ["Hasher"]}));
    assert_eq!(lines(&of(&renamed, None)).len(), 1);
    let mut with_oauth = file();
    with_oauth["vars"]["LATCHKEY"]["oauth"] = json!({});
    assert_eq!(
        lines(&of(&with_oauth, None)),
        [
            r#"durable_objects.bindings: found no binding CLIENTS, expected a binding { name = "CLIENTS", class_name = "Clients" }"#,
            r#"durable_objects.bindings: found no binding DEVICES, expected a binding { name = "DEVICES", class_name = "Devices" }"#,
        ]
    );
    let mut other = file();
    other["durable_objects"]["bindings"][5]["script_name"] = json!("hasher-worker");
    other["migrations"][1] = json!({"tag": "v2", "new_sqlite_classes": ["Limiter"]});
    assert_eq!(lines(&of(&other, None)), [""; 0], "a class of another Worker");
}

#[test]
fn a_deployed_environment_has_an_https_issuer_at_one_of_its_addresses() {
    assert_eq!(
        production("vars/LATCHKEY/issuer", json!("http://localhost:8787")),
        [
            r#"issuer: found "http://localhost:8787", expected an https origin, because [env.production] is deployed; http works on localhost only"#
        ]
    );
    assert_eq!(
        lines(&of(&with("/routes", json!(["app.latchkey.test/*"])), None)),
        [
            r#"issuer: found "http://localhost:8787", expected an https origin, because the top level is deployed; http works on localhost only"#
        ]
    );
    assert_eq!(
        production(
            "routes",
            json!(["www.latchkey.test/*", {"pattern": "app.latchkey.test/api/*", "zone_name": "latchkey.test"}])
        ),
        [
            r#"issuer: found "https://app.latchkey.test", expected the host of one of the routes (www.latchkey.test/*, app.latchkey.test/api/*), one of which must contain /auth/refresh; add { pattern = "app.latchkey.test", custom_domain = true } to `routes`"#
        ]
    );
    for routes in [
        json!(["app.latchkey.test/*"]),
        json!(["https://*.latchkey.test/*"]),
        json!([{"pattern": "app.latchkey.test/auth/*", "zone_name": "latchkey.test"}]),
    ] {
        assert_eq!(production("routes", routes.clone()), [""; 0], "{routes}");
    }
    let mut single = with("/env/production/routes", Value::Null);
    single["env"]["production"]["route"] = json!("app.latchkey.test/*");
    assert_eq!(lines(&of(&single, Some("production"))), [""; 0]);
}

#[test]
fn a_worker_without_a_route_is_at_workers_dev_or_behind_another_worker() {
    let with_workers_dev = |workers_dev: Value, issuer: &str| {
        let mut file = with("/env/production/routes", Value::Null);
        file["env"]["production"]["workers_dev"] = workers_dev;
        file["env"]["production"]["vars"]["LATCHKEY"]["issuer"] = json!(issuer);
        of(&file, Some("production"))
    };
    assert_eq!(
        lines(&with_workers_dev(json!(true), "https://app.latchkey.test")),
        [
            r#"issuer: found "https://app.latchkey.test", expected an address of the Worker, which is at workers.dev only: add { pattern = "app.latchkey.test", custom_domain = true } to `routes`, or set workers_dev = false if another Worker or Pages project at that host passes on the requests"#
        ]
    );
    let behind = with_workers_dev(json!(false), "https://app.latchkey.test");
    assert_eq!(behind.errors, []);
    assert_eq!(
        behind.warnings[0].error.to_string(),
        "env.production.routes: found nothing, expected an address; without one, another Worker or Pages project at app.latchkey.test must pass on the requests by a service binding"
    );
    let at_workers_dev = "https://latchkey-production.me.workers.dev";
    assert_eq!(lines(&with_workers_dev(json!(true), at_workers_dev)), [""; 0]);
    assert_eq!(
        lines(&with_workers_dev(json!(true), "https://latchkey.me.workers.dev")),
        [
            r#"issuer: found "https://latchkey.me.workers.dev", expected https://latchkey-production.<your subdomain>.workers.dev, the address of the Worker latchkey-production"#
        ]
    );
    assert_eq!(
        lines(&with_workers_dev(json!(false), at_workers_dev)),
        [
            r#"issuer: found "https://latchkey-production.me.workers.dev", expected an origin of one of the routes, because workers_dev is false"#
        ]
    );
    let second = of(&with("/env/production/workers_dev", json!(true)), Some("production"));
    assert_eq!(second.errors, []);
    assert_eq!(
        second.warnings[0].error.to_string(),
        "env.production.workers_dev: found true, expected false, because the Worker would have a second address beside its issuer"
    );
}

#[test]
fn secrets_are_not_in_the_file_and_on_this_machine_they_are_in_dev_vars() {
    assert_eq!(
        production("vars/SEALING", json!("0123456789abcdef0123456789abcdef")),
        [
            "keys.secret_bindings[0]: found SEALING, which is a variable in this file, expected the name of a Worker secret, whose value is not in this file; remove it from `vars`"
        ]
    );
    let local = with("/vars/LATCHKEY/keys", json!({"secret_bindings": ["SEALING"]}));
    let with_secrets = |secrets: Option<&BTreeMap<String, usize>>| {
        lines(&check(&Deployment { file: &local, environment: None, local_secrets: secrets }))
    };
    let expected = "expected a secret of at least 32 bytes in .dev.vars; `npx latchkey-worker secret --local` creates it";
    assert_eq!(
        with_secrets(None),
        [format!("keys.secret_bindings[0]: found SEALING, which is not in .dev.vars, {expected}")]
    );
    assert_eq!(
        with_secrets(Some(&BTreeMap::from([("SEALING".into(), 31)]))),
        [format!("keys.secret_bindings[0]: found SEALING, which has 31 bytes in .dev.vars, {expected}")]
    );
    assert_eq!(with_secrets(Some(&BTreeMap::from([("SEALING".into(), 32)]))), [""; 0]);
    assert_eq!(
        lines(&of(&with("/env/production/services/0/binding", json!("SEALING")), Some("production"))),
        [
            "keys.secret_bindings[0]: found SEALING, which is a service binding, expected the name of a Worker secret of at least 32 bytes",
            r#"upstreams.api.service: found API, which is not bound, expected the name of a service binding; add one to `services`, with binding = "API""#,
        ]
    );
}
