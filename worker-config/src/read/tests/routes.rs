//! Routes.

use serde_json::{Value, json};

use super::{good, parse, with};
use crate::Access;

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
        for (key, value) in [
            ("roles", json!(["admin"])),
            ("scopes", json!(["x"])),
            ("acr", json!("aal2")),
            ("max_auth_age", json!(60)),
        ] {
            let mut config = with("/routes/2", route(access));
            config["routes"][2][key] = value;
            assert_eq!(parse(&config).unwrap_err()[0].key, "routes[2].access", "{access} {key}");
        }
    }
    let config = parse(&with("/routes/2", route("optional"))).unwrap();
    assert!(config.routes[2].access.anonymous && config.routes[2].access.session);
}

#[test]
fn a_route_may_require_an_acr_of_the_issuers_that_it_accepts() {
    let acr =
        |acr: Value| parse(&with("/routes/0/acr", acr)).map(|config| config.routes[0].requires.acr.clone());
    assert_eq!(acr(json!("aal2")).unwrap(), ["aal2"]);
    assert_eq!(acr(json!(["aal1", "aal2"])).unwrap(), ["aal1", "aal2"]);
    assert_eq!(parse(&good()).unwrap().routes[0].requires.acr, [""; 0]);
    let error = acr(json!("mfa")).unwrap_err()[0].to_string();
    assert_eq!(
        error,
        "routes[0].acr: found \"mfa\", expected \"aal1\" or \"aal2\" (two factors), because tokens of this service have no other values"
    );
    // Other issuers have values of their own.
    let mut config = with("/routes/0/acr", json!(["aal2", "urn:x:mfa"]));
    config["issuers"] = json!({"x": {"issuer": "x", "audience": "a", "algorithms": ["ES256"], "jwks_url": "https://x.test/k"}});
    config["routes"][0]["issuers"] = json!(["own", "x"]);
    config["routes"][0]["revocation"] = json!("5s");
    assert_eq!(parse(&config).unwrap().routes[0].requires.acr, ["aal2", "urn:x:mfa"]);
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
            r#"routes[0].scopes: found ["notes:write"], expected scopes of api_keys.scopes or oauth.scopes, because no caller of this service has others: add them there, require roles, or accept the tokens of another issuer with `issuers`"#
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

#[test]
fn a_route_accepts_one_kind_of_credential_or_a_list_of_them() {
    let access = |access: Value| {
        let mut config = with("/routes/0/access", access);
        config["api_keys"] = json!({});
        parse(&config).map(|config| config.routes[0].access).map_err(|errors| errors.len())
    };
    let any = Access::TOKEN_OR_SESSION.and(Access::API_KEY);
    for (written, expected) in [
        (json!("token"), Access::TOKEN),
        (json!("api-key"), Access::API_KEY),
        (json!("session"), Access::SESSION),
        (json!("token-or-session"), Access::TOKEN_OR_SESSION),
        (json!(["token"]), Access::TOKEN),
        (json!(["session", "token"]), Access::TOKEN_OR_SESSION),
        (json!(["token", "api-key"]), Access::TOKEN.and(Access::API_KEY)),
        (json!(["api-key", "session", "token"]), any),
    ] {
        assert_eq!(access(written.clone()), Ok(expected), "{written}");
    }
    for written in [
        json!([]),
        json!(["token", "token"]),
        json!(["public"]),
        json!(["token", "optional"]),
        json!(["token-or-session", "api-key"]),
        json!(["Token"]),
        json!([["token"]]),
        json!("api_key"),
        json!(null),
    ] {
        assert_eq!(access(written.clone()), Err(1), "{written}");
    }
}

#[test]
fn a_route_for_api_keys_needs_their_table_and_allows_nothing_that_a_key_cannot_meet() {
    let route = |more: Value, api_keys: Option<Value>| {
        let mut config = with("/routes/0/access", json!(["token", "api-key"]));
        for (name, value) in more.as_object().unwrap() {
            config["routes"][0][name] = value.clone();
        }
        if let Some(table) = api_keys {
            config["api_keys"] = table;
        }
        lines(&config)
    };
    let keys = || Some(json!({"scopes": ["notes:read"]}));
    assert_eq!(route(json!({}), keys()), [""; 0]);
    assert_eq!(route(json!({"scopes": ["notes:read"], "roles": ["admin"]}), keys()), [""; 0]);
    for (more, api_keys, key) in [
        (json!({}), None, "routes[0].access: "),
        (json!({"acr": "aal2"}), keys(), "routes[0].acr: "),
        (json!({"max_auth_age": 60}), keys(), "routes[0].max_auth_age: "),
        (json!({"forward_authorization": true}), keys(), "routes[0].forward_authorization: "),
        (json!({"scopes": ["notes:read", "notes:write"]}), keys(), "routes[0].scopes: "),
        (json!({}), Some(json!({"environment": "LIVE"})), "api_keys.environment: "),
        (json!({}), Some(json!({"scopes": ["a", "a"]})), "api_keys.scopes: "),
    ] {
        let found = route(more.clone(), api_keys);
        assert!(found.iter().any(|line| line.starts_with(key)), "{more} {found:?}");
    }
}

#[test]
fn a_route_belongs_to_the_nearest_resource_above_it_and_every_resource_lets_clients_in() {
    let config = |routes: &[(&str, Value, &[&str])]| {
        let mut config = with(
            "/oauth",
            json!({
                "scopes": {"mcp:tools": {"description": "Use tools"}, "notes:read": {"description": "Read notes"}},
                "resources": {"/mcp": {"scopes": ["mcp:tools"]}, "/mcp/notes": {"scopes": ["mcp:tools", "notes:read"]}},
            }),
        );
        let route = |(path, access, scopes): &(&str, Value, &[&str])| json!({"path": path, "methods": ["GET"], "access": access, "scopes": scopes, "upstream": "api"});
        config["routes"] = routes.iter().map(route).collect();
        config
    };
    let token = || json!("token");
    let whole: [(&str, Value, &[&str]); 5] = [
        ("/mcp", token(), &["mcp:tools"]),
        ("/mcp/*", token(), &[]),
        ("/mcp/notes/*", json!(["token", "session"]), &["notes:read"]),
        ("/notes/*", token(), &["notes:read"]),
        ("/mcp2", token(), &["mcp:tools"]),
    ];
    let parsed = parse(&config(&whole)).unwrap();
    let resources: Vec<Option<&str>> =
        parsed.routes.iter().map(|route| route.resource.as_ref().map(|found| &*found.path)).collect();
    assert_eq!(resources, [Some("/mcp"), Some("/mcp"), Some("/mcp/notes"), None, None]);
    assert_eq!(parsed.user_scopes, ["mcp:tools", "notes:read"]);
    let closed = |path: &str| {
        format!(
            r#"oauth.resources: found "{path}", expected the path of a resource with at least one route at or below it that has "token" in access and names scopes: OAuth clients have access to no other routes"#
        )
    };
    let [first, _, third, ..] = &whole;
    for (routes, expected) in [
        (vec![third.clone()], closed("/mcp")),
        (vec![first.clone()], closed("/mcp/notes")),
        (vec![("/mcp", token(), &[][..]), third.clone()], closed("/mcp")),
        (vec![("/mcp", json!("session"), &["mcp:tools"][..]), third.clone()], closed("/mcp")),
        (
            vec![first.clone(), third.clone(), ("/mcp/x", token(), &["notes:read"][..])],
            r#"routes[2].scopes: found "notes:read", expected scopes of oauth.resources."/mcp", because OAuth clients can't request others for this resource"#.to_owned(),
        ),
        (
            vec![first.clone(), third.clone(), ("/x", token(), &["unknown"][..])],
            r#"routes[2].scopes: found ["unknown"], expected scopes of api_keys.scopes or oauth.scopes, because no caller of this service has others: add them there, require roles, or accept the tokens of another issuer with `issuers`"#.to_owned(),
        ),
    ] {
        assert_eq!(lines(&config(&routes)), [expected]);
    }
}
