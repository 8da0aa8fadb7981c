//! The route that decides.

use std::rc::Rc;

use super::path::CanonicalPath;
use crate::config::Route;

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
    /// No route is about this path, so nobody may go there.
    None,
}

/// Chooses by the path first, then by the method: among the routes about the path only the most specific ones count, so
/// that a method which a narrow route doesn't let through can't slip out by a wide one.
#[must_use]
pub fn choose<'r>(routes: &'r [Rc<Route>], path: CanonicalPath<'_>, method: &str) -> Choice<'r> {
    let about = || routes.iter().enumerate().filter(|(_, route)| route.pattern.matches(path));
    let Some(most) = about().map(|(_, route)| route.pattern.specificity()).max() else {
        return Choice::None;
    };
    let candidates = || about().filter(|(_, route)| route.pattern.specificity() == most);
    match candidates().find(|(_, route)| route.methods.iter().any(|allowed| allowed == method)) {
        Some((index, route)) => Choice::Route { index, route },
        None => {
            let methods: Vec<&str> =
                candidates().flat_map(|(_, route)| &route.methods).map(String::as_str).collect();
            Choice::MethodNotAllowed { allow: methods.join(", ") }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use auth_core::revocation::Bound;

    use super::{Choice, choose};
    use crate::config::{Access, Requirements, Route};
    use crate::gate::path::CanonicalPath;
    use crate::gate::pattern::Pattern;

    fn route(path: &str, methods: &[&str]) -> Rc<Route> {
        Rc::new(Route {
            pattern: Pattern::parse(path).unwrap(),
            methods: methods.iter().map(ToString::to_string).collect(),
            access: Access::Public,
            requires: Requirements::default(),
            revocation: Bound::None,
            without_revocations: false,
            upstream: "u".into(),
            forward_authorization: false,
            cache_as_upstream_says: false,
        })
    }

    fn chosen(routes: &[Rc<Route>], method: &str, path: &str) -> String {
        match choose(routes, CanonicalPath::parse(path).unwrap(), method) {
            Choice::Route { index, route } => {
                assert!(Rc::ptr_eq(&routes[index], route));
                route.pattern.to_string()
            }
            Choice::MethodNotAllowed { allow } => format!("405 {allow}"),
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
    fn a_method_cannot_slip_out_by_a_wider_route() {
        let routes = [route("/*", &["GET", "DELETE"]), route("/api/*", &["GET"])];
        assert_eq!(chosen(&routes, "DELETE", "/api/x"), "405 GET");
        assert_eq!(chosen(&routes, "get", "/api/x"), "405 GET");
    }
}
