//! Routes.

use serde_json::json;

use super::{good, parse, with};

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
fn a_route_that_admits_anonymous_callers_cannot_require_anything_of_them() {
    let route =
        |access: &str| json!({"path": "/pages/*", "methods": ["GET"], "access": access, "upstream": "api"});
    for access in ["public", "optional"] {
        for (key, value) in
            [("roles", json!(["admin"])), ("scopes", json!(["x"])), ("max_auth_age", json!(60))]
        {
            let mut config = with("/routes/2", route(access));
            config["routes"][2][key] = value;
            assert_eq!(parse(&config).unwrap_err()[0].key, "routes[2].access", "{access} {key}");
        }
    }
    let config = parse(&with("/routes/2", route("optional"))).unwrap();
    assert!(config.routes[2].access.admits_anonymous() && config.routes[2].access.takes_cookie());
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
