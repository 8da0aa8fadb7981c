//! The route that decides.

use std::rc::Rc;

use super::folding::{self, Lenience};
use super::head::Head;
use super::method_override::overriding_methods;
use super::path::CanonicalPath;
use super::policy::Route;

/// What of a request decides which route it takes.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Its path.
    pub path: CanonicalPath<'a>,
    /// Its query with the `?`; empty where there is none.
    pub query: &'a str,
    /// Its method.
    pub method: &'a str,
}

/// What the table of routes says about a request.
#[derive(Debug)]
pub enum Choice<'r> {
    /// This route decides.
    Route {
        /// Which one it is in the configuration.
        index: usize,
        /// The route.
        route: &'r Rc<Route>,
    },
    /// The path has routes, none for this method.
    MethodNotAllowed {
        /// The methods it has routes for, as an `Allow` header.
        allow: String,
    },
    /// A server could take the request for one about which another route decides.
    Ambiguous,
    /// No route is about this path, so it is denied.
    None,
}

/// Chooses by the path first, then by the method: among the routes that match the path only the most specific
/// ones count, so that a wide route cannot accept a method which a narrow route does not list.
#[must_use]
pub fn choose<'r>(routes: &'r [Rc<Route>], target: Target<'_>) -> Choice<'r> {
    let Target { path, query, method } = target;
    let about = || routes.iter().enumerate().filter(|(_, route)| route.pattern.matches(path));
    let most = about().map(|(_, route)| route.pattern.specificity()).max();
    let candidates = || about().filter(|(_, route)| Some(route.pattern.specificity()) == most);
    let case_sensitive = candidates().all(|(_, route)| route.case_sensitive);
    if has_rival(routes, path, most, case_sensitive) {
        return Choice::Ambiguous;
    }
    if most.is_none() {
        return Choice::None;
    }
    let by_method =
        |method: &str| candidates().find(|(_, route)| route.methods.iter().any(|allowed| allowed == method));
    match by_method(method) {
        Some((index, route)) => {
            let is_same = |other: &str| by_method(other).is_some_and(|(other, _)| other == index);
            let listed = routes.iter().flat_map(|route| &route.methods).map(String::as_str);
            if overriding_methods(query, listed).into_iter().all(is_same) {
                Choice::Route { index, route }
            } else {
                Choice::Ambiguous
            }
        }
        None => {
            let methods: Vec<&str> =
                candidates().flat_map(|(_, route)| &route.methods).map(String::as_str).collect();
            Choice::MethodNotAllowed { allow: methods.join(", ") }
        }
    }
}

/// The route that a request is for, if there is one.
#[must_use]
pub fn requested<'r>(routes: &'r [Rc<Route>], head: &Head) -> Option<&'r Route> {
    let path = CanonicalPath::parse(head.path()).ok()?;
    match choose(routes, Target { path, query: head.query(), method: head.method() }) {
        Choice::Route { route, .. } => Some(route),
        Choice::MethodNotAllowed { .. } | Choice::Ambiguous | Choice::None => None,
    }
}

/// Whether some server could read the path as one that a more specific route is about. Where a reading leaves
/// names out, a route counts for as much more as the chosen route could have named of them.
///
/// A route that needs no credential is a rival in letter case only: behind it lies nothing that needs another
/// route's protection, and beside `/docs/*` there may well be a `/docs.css`.
fn has_rival(
    routes: &[Rc<Route>],
    path: CanonicalPath<'_>,
    most: Option<(usize, bool)>,
    case_sensitive: bool,
) -> bool {
    let names = folding::names(path.as_str());
    if folding::has_too_many_readings(&names) {
        return true;
    }
    folding::readings(&names).any(|reading| {
        routes.iter().any(|route| {
            let (depth, exact) = route.pattern.specificity();
            let is_public = route.access.anonymous;
            let lenience = Lenience {
                ignores_case: !(case_sensitive && route.case_sensitive),
                ignores_suffix: !is_public,
            };
            Some((depth + reading.dropped, exact)) > most
                && !(is_public && reading.dropped > 0)
                && route.pattern.may_match(reading, lenience)
                && !route.pattern.matches(path)
        })
    })
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{Choice, Target, choose};
    use crate::gate::path::CanonicalPath;
    use crate::gate::policy::tests::guarded;
    use crate::gate::policy::{Access, Route};

    fn route(path: &str, methods: &[&str]) -> Rc<Route> {
        guarded(path, methods, Access::PUBLIC, false)
    }

    fn chosen(routes: &[Rc<Route>], method: &str, path: &str) -> String {
        let (path, query) = path.split_at(path.find('?').unwrap_or(path.len()));
        let target = Target { path: CanonicalPath::parse(path).unwrap(), query, method };
        match choose(routes, target) {
            Choice::Route { index, route } => {
                assert!(Rc::ptr_eq(&routes[index], route));
                route.pattern.to_string()
            }
            Choice::MethodNotAllowed { allow } => format!("405 {allow}"),
            Choice::Ambiguous => "400".into(),
            Choice::None => "404".into(),
        }
    }

    #[test]
    fn the_most_specific_path_decides_whatever_the_order() {
        let mut routes = vec![
            route("/*", &["GET"]),
            route("/api/*", &["GET"]),
            route("/api/*", &["POST"]),
            route("/api", &["GET"]),
            route("/api/notes", &["GET"]),
        ];
        for _ in 0..2 {
            for (method, path, expected) in [
                ("GET", "/", "/*"),
                ("GET", "/x/y", "/*"),
                ("GET", "/api", "/api"),
                ("GET", "/api/", "/api"),
                ("GET", "/api/x", "/api/*"),
                ("POST", "/api/x", "/api/*"),
                ("GET", "/api/notes/", "/api/notes"),
                ("GET", "/api/notes/1", "/api/*"),
                ("POST", "/api/notes", "405 GET"),
                ("POST", "/x", "405 GET"),
            ] {
                assert_eq!(chosen(&routes, method, path), expected, "{method} {path}");
            }
            routes.reverse();
        }
        assert_eq!(chosen(&[route("/api/*", &["GET"])], "GET", "/x"), "404");
    }

    #[test]
    fn a_method_does_not_fall_through_to_a_less_specific_route() {
        let routes = [route("/*", &["GET", "DELETE"]), route("/api/*", &["GET"])];
        assert_eq!(chosen(&routes, "DELETE", "/api/x"), "405 GET");
        assert_eq!(chosen(&routes, "get", "/api/x"), "405 GET");
    }

    /// What gets past `/api/*`, `/admin`, `/report.pdf` and their like by the public `/*`, unless it is
    /// rejected.
    #[test]
    fn check_19_a_path_that_a_server_may_read_as_a_more_specific_one_is_rejected() {
        let token = |path: &str, case_sensitive| guarded(path, &["GET"], Access::TOKEN, case_sensitive);
        let routes = |case_sensitive| {
            vec![
                guarded("/*", &["GET"], Access::PUBLIC, case_sensitive),
                guarded("/docs/*", &["GET"], Access::PUBLIC, case_sensitive),
                guarded("/app.js", &["GET"], Access::PUBLIC, case_sensitive),
                token("/app/*", case_sensitive),
                token("/api/*", case_sensitive),
                guarded("/api/open/*", &["GET"], Access::PUBLIC, case_sensitive),
                token("/admin", case_sensitive),
                token("/administrator/*", case_sensitive),
                token("/report.pdf", case_sensitive),
                token("/user/@me", case_sensitive),
                token("/caf%C3%A9", case_sensitive),
            ]
        };
        let (ignoring, telling) = (routes(false), routes(true));
        for (path, expected) in [
            ("/API/secret", "/*"),
            ("/Api", "/*"),
            ("/aPi/open/x", "/*"),
            ("/api/Open/x", "/api/*"),
            ("/ADMIN/", "/*"),
            ("/Docs/x", "/*"),
            ("/user/@ME", "/*"),
        ] {
            assert_eq!(chosen(&ignoring, "GET", path), "400", "{path}");
            assert_eq!(chosen(&telling, "GET", path), expected, "{path}");
        }
        for path in [
            "/api;x/secret",
            "/api/open;x/secret",
            "/admin;jsessionid=1",
            "/api./secret",
            "/api../secret",
            "/api%20/secret",
            "/api+/secret",
            "/api.json",
            "/api.",
            "/api.php/secret",
            "/admin.json",
            "/admin/index.html",
            "/admin/Index",
            "/index.php/admin",
            "/index.php/api/secret",
            "/x/app.php/api/secret",
            "/x/y/default.aspx/admin/index.html",
            "/admin::$DATA",
            "/api:$I30:$INDEX_ALLOCATION/secret",
            "/ADMINI~1/x",
            "/ad12ab~1/x",
            "/(S(x))/api/secret",
            "/api/(A(x)F(y))/open/x",
            "/report",
            "/report.html",
            "/user/%40me",
            "/caf%c3%a9",
            "/cafe%CC%81",
            "/ap%C4%B1/x",
            "/adm%C3%ADn",
            "/%EF%BD%81pi/secret",
            "/api%E2%80%8B/secret",
            "/%EF%BC%8Fapi",
            "/x/%EF%BC%8E%EF%BC%8E/api",
        ] {
            for routes in [&ignoring, &telling] {
                assert_eq!(chosen(routes, "GET", path), "400", "{path}");
            }
        }
        for (path, expected) in [
            ("/api/secret", "/api/*"),
            ("/api/SECRET", "/api/*"),
            ("/api/secret.json", "/api/*"),
            ("/api/secret;v=1", "/api/*"),
            ("/api/index.html", "/api/*"),
            ("/api/x.php/api/y", "/api/*"),
            ("/api/a~1", "/api/*"),
            ("/app.js", "/app.js"),
            ("/docs.css", "/*"),
            ("/docs/index.html", "/docs/*"),
            ("/docs/x.php/docs/y", "/docs/*"),
            ("/index.html", "/*"),
            ("/admin/x", "/*"),
            ("/admin-3f2c.js", "/*"),
            ("/apis", "/*"),
            ("/x/api", "/*"),
            ("/x@example.com/api/y", "/*"),
            ("/%E6%97%A5%E6%9C%AC", "/*"),
        ] {
            for routes in [&ignoring, &telling] {
                assert_eq!(chosen(routes, "GET", path), expected, "{path}");
            }
        }
    }

    #[test]
    fn check_19_letter_case_counts_where_both_upstreams_say_so() {
        let routes = |wide: bool, narrow: bool| {
            vec![
                guarded("/*", &["GET"], Access::PUBLIC, wide),
                guarded("/api/*", &["GET"], Access::TOKEN, narrow),
            ]
        };
        for (wide, narrow, expected) in
            [(false, false, "400"), (false, true, "400"), (true, false, "400"), (true, true, "/*")]
        {
            assert_eq!(chosen(&routes(wide, narrow), "GET", "/API/x"), expected, "{wide} {narrow}");
        }
        let alone = |case_sensitive| [guarded("/api/*", &["GET"], Access::TOKEN, case_sensitive)];
        assert_eq!(chosen(&alone(false), "GET", "/API/x"), "400");
        assert_eq!(chosen(&alone(true), "GET", "/API/x"), "404");
    }

    #[test]
    fn check_19_a_query_cannot_ask_for_the_method_of_another_route() {
        let routes = [route("/api/*", &["GET", "POST"]), route("/api/*", &["DELETE"])];
        for (method, path, expected) in [
            ("POST", "/api/x?_method=DELETE", "400"),
            ("GET", "/api/x?a&X-HTTP-Method-Override=delete", "400"),
            ("POST", "/api/x?_method=PUT", "400"),
            ("POST", "/api/x?_method=GET", "/api/*"),
            ("DELETE", "/api/x?_method=DELETE", "/api/*"),
            ("DELETE", "/api/x?_method=GET", "400"),
            ("POST", "/api/x?_method=bayes", "/api/*"),
            ("PUT", "/api/x?_method=GET", "405 GET, POST, DELETE"),
            ("POST", "/api/x?_method=PROPFIND", "400"),
        ] {
            assert_eq!(chosen(&routes, method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn check_19_any_token_is_a_method_of_its_own() {
        let routes = [
            route("/*", &["GET", "PROPFIND", "ARCHIVE"]),
            route("/dav/*", &["PROPFIND", "REPORT", "MKCOL"]),
            route("/dav/*", &["ARCHIVE", "archive"]),
        ];
        for (method, path, expected) in [
            ("PROPFIND", "/dav/x", "/dav/*"),
            ("REPORT", "/dav/x", "/dav/*"),
            ("ARCHIVE", "/dav/x", "/dav/*"),
            ("archive", "/dav/x", "/dav/*"),
            ("Archive", "/dav/x", "405 PROPFIND, REPORT, MKCOL, ARCHIVE, archive"),
            ("propfind", "/dav/x", "405 PROPFIND, REPORT, MKCOL, ARCHIVE, archive"),
            ("GET", "/dav/x", "405 PROPFIND, REPORT, MKCOL, ARCHIVE, archive"),
            ("REPORT", "/x", "405 GET, PROPFIND, ARCHIVE"),
            ("TRACE", "/x", "405 GET, PROPFIND, ARCHIVE"),
            ("", "/x", "405 GET, PROPFIND, ARCHIVE"),
            // A method of another route cannot be requested in the query, whether the registry knows it or
            // not.
            ("PROPFIND", "/dav/x?_method=archive", "400"),
            ("PROPFIND", "/dav/x?_method=mkcol", "/dav/*"),
            ("ARCHIVE", "/dav/x?_method=ARCHIVE", "/dav/*"),
            ("ARCHIVE", "/dav/x?_method=PROPFIND", "400"),
        ] {
            assert_eq!(chosen(&routes, method, path), expected, "{method} {path}");
        }
    }
}
