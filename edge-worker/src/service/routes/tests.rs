use auth_core::wire::paths;

use super::{Found, Guard, Operation, ROUTES, find};

fn methods(path: &str) -> Vec<(&'static str, Operation)> {
    let Some(Found::Path { path, .. }) = find(path) else { panic!("{path}") };
    let routes = ROUTES.iter().filter(|route| route.path == path);
    routes.flat_map(|route| route.methods.iter().map(|method| (*method, route.operation))).collect()
}

fn id(path: &str) -> String {
    match find(path) {
        Some(Found::Path { id, .. }) => id,
        other => panic!("{path}: {other:?}"),
    }
}

#[test]
fn the_routes_are_those_of_the_contract() {
    assert_eq!(methods("/healthz"), [("GET", Operation::Health), ("HEAD", Operation::Health)]);
    assert_eq!(methods("/auth/sign-in"), [("POST", Operation::SignIn)]);
    assert_eq!(methods("/auth/ticket"), [("POST", Operation::Ticket)]);
    assert_eq!(methods("/auth/sessions"), [("GET", Operation::ListSessions)]);
    assert_eq!(methods("/auth/sessions/abc"), [("DELETE", Operation::RevokeSession)]);
    assert_eq!(methods("/auth/providers/linked"), [("GET", Operation::ListLinked)]);
    assert_eq!(methods("/auth/providers/google"), [("DELETE", Operation::UnlinkProvider)]);
    assert_eq!(
        methods("/auth/providers/google/callback"),
        [("GET", Operation::ProviderReturned), ("POST", Operation::ProviderPosted)]
    );
    assert_eq!(id("/auth/providers/google/callback"), "google");
    assert_eq!(id("/auth/sessions/a-b_c"), "a-b_c");
    assert_eq!(id("/auth/sessions"), "");
    let metadata = "/.well-known/oauth-protected-resource";
    for resource in ["", "/mcp", "/mcp/admin", "/"] {
        let path = format!("{metadata}{resource}");
        assert_eq!(id(&path), resource);
        let expected = [("GET", Operation::ResourceMetadata), ("HEAD", Operation::ResourceMetadata)];
        assert_eq!(methods(&path), expected);
    }
    assert_eq!(find("/.well-known/oauth-protected-resource2"), None);
    let found = |id: &str, key: &str| {
        let path = "/admin/users/{id}/api-keys/{key}";
        Some(Found::Path { path, id: id.to_owned(), key: key.to_owned() })
    };
    assert_eq!(find("/admin/users/0a/api-keys/key.x"), found("0a", "key.x"));
    for path in ["/admin/users/0a/api-keys/", "/admin/users//api-keys/x", "/admin/users/0a/api-keys/x/y"] {
        assert_eq!(find(path), Some(Found::Nothing), "{path}");
    }
}

#[test]
fn the_admin_routes_are_those_of_the_contract() {
    use Operation as Is;
    for (path, expected) in [
        ("/admin/users", &[("GET", Is::FindUser), ("POST", Is::CreateUser)][..]),
        ("/admin/users/0a1b", &[("GET", Is::ViewUser), ("DELETE", Is::DeleteUser)]),
        ("/admin/users/0a1b/roles", &[("PUT", Is::SetRoles)]),
        ("/admin/users/0a1b/disable", &[("POST", Is::Disable)]),
        ("/admin/users/0a1b/enable", &[("POST", Is::Enable)]),
        ("/admin/users/0a1b/password", &[("POST", Is::ResetPassword)]),
        ("/admin/users/0a1b/sign-out", &[("POST", Is::EndSessions)]),
        ("/admin/users/0a1b/events", &[("GET", Is::Events)]),
        ("/admin/users/0a1b/provider-tokens", &[("GET", Is::ProviderTokens)]),
        (
            "/admin/users/0a1b/api-keys",
            &[("POST", Is::AddUserApiKey), ("GET", Is::UserApiKeys), ("DELETE", Is::EndUserApiKeys)],
        ),
        ("/admin/users/0a1b/api-keys/key.x", &[("PATCH", Is::NameUserApiKey), ("DELETE", Is::EndUserApiKey)]),
        ("/admin/keys", &[("GET", Is::ListKeys)]),
        ("/admin/keys/rotate", &[("POST", Is::RotateKeys)]),
        ("/admin/keys/0a1b/retire", &[("POST", Is::RetireKey)]),
    ] {
        assert_eq!(methods(path), expected, "{path}");
        assert_eq!(id(path), if path.contains("0a1b") { "0a1b" } else { "" });
    }
}

#[test]
fn every_route_that_changes_something_has_a_guard() {
    for route in ROUTES {
        let reads = route.methods.iter().all(|method| ["GET", "HEAD"].contains(method));
        assert!(reads || !matches!(route.guard, Guard::Open | Guard::Public), "{route:?}");
        // What a client of any origin may call reads no cookie, so it is none of the paths of users.
        let of_clients = route.path.starts_with("/oauth/");
        assert!(
            of_clients || !matches!(route.guard, Guard::Clients | Guard::Navigation | Guard::Form),
            "{route:?}"
        );
        let of_programs = route.path.starts_with("/admin/")
            || [paths::REVOKE, paths::INTROSPECT, paths::TOKEN].contains(&route.path);
        assert_eq!(route.guard == Guard::Programs, of_programs, "{route:?}");
    }
}

#[test]
fn every_path_is_the_service_s_and_has_one_reading() {
    for route in ROUTES {
        assert!(paths::is_of_service(route.path), "{route:?}");
        let path = route.path.replace("{id}", "0a1b").replace("{key}", "key.x");
        assert!(matches!(find(&path), Some(Found::Path { path, .. }) if path == route.path), "{path}");
        // One path may be written out where others have an id, before them.
        let fitting = ROUTES.iter().filter(|other| super::parts_in(other.path, &path).is_some());
        let with_id: std::collections::HashSet<_> =
            fitting.map(|other| other.path).filter(|path| path.contains("{id}")).collect();
        assert!(with_id.len() <= 1, "{path}");
        let same = |other: &&super::Route| {
            other.path == route.path && other.methods.iter().any(|method| route.methods.contains(method))
        };
        assert_eq!(ROUTES.iter().filter(same).count(), 1, "{route:?}");
    }
    for path in paths::ALL {
        assert!(ROUTES.iter().any(|route| route.path == *path), "{path}");
    }
}

/// The paths in a document, from a code span or a URL on.
fn paths_in(text: &str) -> Vec<&str> {
    let mut found = vec![];
    for start in ["/auth/", "/oauth/", "/admin/", "/.well-known/", "/healthz"] {
        for (at, _) in text.match_indices(start) {
            let (before, rest) = text.split_at(at);
            let path = rest.split(|c: char| !c.is_ascii_alphanumeric() && !"/{}-.*".contains(c)).next();
            // A path follows white space, a quotation mark or a parenthesis, and no host.
            let begins = before.chars().next_back().is_none_or(|c| c.is_whitespace() || "`\"'(".contains(c));
            found.extend(path.filter(|_| begins).map(|path| path.trim_end_matches('.')));
        }
    }
    found
}

#[test]
fn documents_name_only_paths_that_exist() {
    let mut named = 0;
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let documents = ["", "docs", "edge-worker"].map(|folder| std::fs::read_dir(root.join(folder)).unwrap());
    for document in documents.into_iter().flatten().map(|entry| entry.unwrap().path()) {
        if document.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let text = std::fs::read_to_string(&document).unwrap();
        for path in paths_in(&text) {
            // The table calls every segment that is a name `{id}`.
            let path = path.replace("{name}", "{id}");
            let path = path.as_str();
            let whole_folder = ["/auth/", "/auth/*", "/oauth/", "/oauth/*"].contains(&path);
            if !whole_folder {
                let exists =
                    ROUTES.iter().any(|route| route.path == path) || find(path) == Some(Found::Verify);
                assert!(exists, "{}: {path}", document.display());
                named += 1;
            }
        }
    }
    assert!(named > 40, "{named}");
}

#[test]
fn paths_under_auth_never_reach_the_gate() {
    for path in [
        "/auth",
        "/auth/",
        "/auth/x",
        "/auth/sign-in/",
        "/auth/sessions/",
        "/auth/sessions/a/b",
        "/auth/sessions/{id}/",
        "/auth/sessions/a;b/c",
        "/AUTH/refresh",
        "/Auth",
        "/auth%2frefresh",
        "/auth;x/refresh",
        "/auth//refresh",
        "/admin/users/",
        "/admin/users//roles",
        "/admin/users/a/",
        "/admin/users/a/other",
        "/admin/users/a/roles/b",
        "/Admin/users",
        "/admin/users%2fa",
        "/admin/users;x/a",
        "/admin/keys/",
        "/admin/keys/a",
        "/admin/keys//retire",
        "/admin/keys/a/b/retire",
        "/admin/keys/retire",
        "/ADMIN/keys",
        "/oauth",
        "/oauth/",
        "/oauth/other",
        "/OAuth/par",
        "/oauth%2fpar",
        "/oauth//par",
        "/admin/clients/a/other",
    ] {
        assert_eq!(find(path), Some(Found::Nothing), "{path}");
    }
    for path in [
        "/",
        "/api",
        "/authors",
        "/auth-x",
        "/auth.html",
        "/x/auth/refresh",
        "/.well-known/other",
        "/healthz/x",
        "/admin",
        "/admin/",
        "/admin/users-x",
        "/admin/usersx",
        "/x/admin/users",
        "/oauthx",
        "/oauth-callback",
        "/x/oauth/par",
    ] {
        assert_eq!(find(path), None, "{path}");
    }
}

#[test]
fn a_proxy_appends_the_original_path() {
    assert_eq!(methods("/auth/verify"), [("GET", Operation::Verify)]);
    for path in
        ["/auth/verify/", "/auth/verify/api/x", "/auth/verify//x", "/auth/verify/../x", "/auth/verify/%2e"]
    {
        assert_eq!(find(path), Some(Found::Verify), "{path}");
    }
    for path in ["/auth/verify;/x", "/auth/verifyx/y", "/auth/verify%2fx", "/auth/Verify/x"] {
        assert_eq!(find(path), Some(Found::Nothing), "{path}");
    }
}
