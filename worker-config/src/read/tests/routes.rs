//! Routes.

use serde_json::{Value, json};

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

fn lines(config: &Value) -> Vec<String> {
    parse(config).err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn a_route_needs_a_method_that_the_runtime_delivers() {
    let delivered = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, QUERY, ACL, CHECKOUT, COPY, LOCK, MERGE, MKACTIVITY, MKCOL, MOVE, NOTIFY, PROPFIND, PROPPATCH, PURGE, REPORT, SEARCH, SUBSCRIBE, UNLOCK, UNSUBSCRIBE";
    assert_eq!(
        lines(&with("/routes/0/methods", json!(["ARCHIVE", "LINK"]))),
        [format!(
            r#"routes[0].methods: found ["ARCHIVE","LINK"], expected at least one method that the Workers runtime delivers: {delivered}"#
        )]
    );
    assert_eq!(lines(&with("/routes/0/methods", json!(["ARCHIVE", "GET"]))), [""; 0]);
}

/// The gate tries the likeliest paths of the route against all routes, as it would a request.
#[test]
fn a_route_that_no_request_can_reach_is_an_error() {
    let at = |path: &str| {
        let mut config = good();
        config["routes"] = json!([
            {"path": path, "methods": ["GET"], "access": "public", "upstream": "api"},
            {"path": "/api/*", "methods": ["GET"], "access": "token", "upstream": "api"},
            {"path": "/api/notes", "methods": ["GET"], "access": "token", "upstream": "api"},
        ]);
        lines(&config)
    };
    let ambiguous = "/a.php/b.php/c.php/d.php/e.php";
    let reason = "the gate rejects every such path, because servers may read it in more than one way";
    for path in [ambiguous.to_owned(), format!("{ambiguous}/*")] {
        assert_eq!(
            at(&path),
            [format!(
                "routes[0].path: found \"{path}\", expected a path that can reach this route: {reason}"
            )]
        );
    }
    for path in ["/*", "/", "/api", "/api/notes/*", "/index.php/api/notes", "/a.php/b.php/c.php/d.php"] {
        assert_eq!(at(path), [""; 0], "{path}");
    }
}

#[test]
fn scopes_and_roles_that_no_token_of_the_service_has_are_errors() {
    assert_eq!(
        lines(&with("/routes/0/scopes", json!(["notes:write"]))),
        [
            r#"routes[0].scopes: found ["notes:write"], expected no scopes, because tokens of this service have none: require roles, or accept the tokens of another issuer with `issuers`"#
        ]
    );
    let long = "r".repeat(65);
    assert_eq!(
        lines(&with("/routes/0/roles", json!(["admin", long]))),
        [format!(
            r#"routes[0].roles: found "{long}", expected roles of at most 64 characters, because users of this service have no others"#
        )]
    );
    let mut foreign = with("/routes/0/scopes", json!(["notes:write"]));
    foreign["issuers"] = json!({"x": {"issuer": "https://x.example", "audience": "a", "algorithms": ["RS256"], "jwks_url": "https://x.example/jwks"}});
    foreign["routes"][0]["issuers"] = json!(["own", "x"]);
    assert_eq!(lines(&foreign), [""; 0]);
}
