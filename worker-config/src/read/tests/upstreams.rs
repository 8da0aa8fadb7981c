//! Upstreams, and the external system that verifies passwords.

use serde_json::{Value, json};

use super::{good, parse, with};
use crate::Target;

#[test]
fn external_credentials_are_read_and_require_closed_sign_up() {
    let there = |value: Value| with("/sign_in", json!({ "elsewhere": value }));
    let read = |value: Value| parse(&there(value)).map(|config| config.elsewhere.unwrap());
    let by_service = read(json!({"service": "USERS", "path": "/sign-in"})).unwrap();
    assert_eq!(by_service.target, Target::Service { binding: "USERS".into() });
    assert_eq!((by_service.path.as_str(), by_service.timeout_ms), ("/sign-in", 5_000));
    let url = json!({"url": "https://users.latchkey.test", "secret_binding": "S", "path": "/a?b=c", "timeout_ms": 100});
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
        (json!("https://users.latchkey.test"), ""),
        (json!({"service": "USERS"}), ".path"),
        (changed("url", json!("http://users.latchkey.test")), ".url"),
        (changed("url", json!("https://users.latchkey.test/sign-in")), ".url"),
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
fn preserve_host_is_rejected_where_it_can_never_work() {
    let at = |issuer: &str, url: &str| {
        let mut config = with("/upstreams/old/url", json!(url));
        config["upstreams"]["old"]["preserve_host"] = json!(true);
        config["issuer"] = json!(issuer);
        parse(&config)
    };
    let issuer = "https://auth.latchkey.test";
    let config = at(issuer, "https://origin.latchkey.test").unwrap();
    assert!(config.upstreams["old"].preserve_host);
    assert!(!config.upstreams["api"].preserve_host);
    assert!(at("https://latchkey.test", "https://a.b.latchkey.test").is_ok());
    for (issuer, url, expected) in [
        (issuer, issuer, "another host in the Cloudflare zone of https://auth.latchkey.test"),
        (
            issuer,
            "https://origin.example.org",
            "another host in the Cloudflare zone of https://auth.latchkey.test",
        ),
        (
            issuer,
            "https://notlatchkey.test",
            "another host in the Cloudflare zone of https://auth.latchkey.test",
        ),
        (
            issuer,
            "https://origin.latchkey.test:8443",
            r#"url = "https://origin.latchkey.test:8443" is not https"#,
        ),
        (issuer, "https://192.0.2.1", r#"url = "https://192.0.2.1" is not https"#),
        (issuer, "https://[2001:db8::a]", r#"url = "https://[2001:db8::a]" is not https"#),
        (issuer, "http://localhost:3000", r#"url = "http://localhost:3000" is not https"#),
        (
            "http://localhost:8787",
            "https://origin.latchkey.test",
            r#"issuer = "http://localhost:8787" is not https"#,
        ),
        (
            "https://latchkey.test:8443",
            "https://origin.latchkey.test",
            r#"issuer = "https://latchkey.test:8443" is not"#,
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
