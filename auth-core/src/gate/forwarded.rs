//! Reads the request that a proxy asks about from the proxy's headers.
//!
//! Each kind of proxy sets its own headers, so a second header may come from the client. If two headers
//! differ, the service rejects the request.

use std::rc::Rc;

use super::browser::{is_safe, opens_socket};
use super::head::Head;
use super::path::CanonicalPath;
use super::policy::{Access, Policy, Route};
use super::route::{Choice, Target, choose};

/// Headers with the method (Traefik and Caddy; nginx).
const METHOD_HEADERS: [&str; 2] = ["x-forwarded-method", "x-original-method"];

/// Headers with the request target: path and query, or a whole URL.
const URI_HEADERS: [&str; 3] = ["x-forwarded-uri", "x-original-uri", "x-original-url"];

/// The request that a proxy asks about.
#[derive(Debug)]
pub struct Forwarded {
    /// Whether the request only reads, according to the proxy. A WebSocket request never does, whatever its
    /// method.
    pub only_reads: bool,
    /// The route that decides about the path. `None`: the proxy only asks who the caller is.
    pub route: Option<Rc<Route>>,
}

/// The headers contradict each other or are ambiguous, or no route for the path allows the method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAllowed;

impl Forwarded {
    /// Reads the proxy's headers. Without a method the request is judged as an unsafe one.
    pub fn of(policy: &Policy<'_>, head: &Head) -> Result<Self, NotAllowed> {
        let said =
            |names: &[&str]| -> Vec<&str> { names.iter().filter_map(|name| head.header(name)).collect() };
        let methods = said(&METHOD_HEADERS);
        Ok(Self {
            only_reads: only_reads(&methods) && !opens_socket(head),
            route: route(policy.routes, &said(&URI_HEADERS), &methods)?,
        })
    }
}

fn only_reads(methods: &[&str]) -> bool {
    !methods.is_empty() && methods.iter().all(|method| is_safe(method))
}

/// The route that decides about the path. A proxy asks about resources that it protects, so a public route
/// must not let everyone in: it counts as no route.
fn route(routes: &[Rc<Route>], uris: &[&str], methods: &[&str]) -> Result<Option<Rc<Route>>, NotAllowed> {
    let Some((uri, others)) = uris.split_first() else { return Ok(None) };
    let (path, query) = target_of(uri)?;
    if others.iter().any(|other| target_of(other) != Ok((path, query))) {
        return Err(NotAllowed);
    }
    let method = match methods.split_first() {
        Some((method, others)) if others.iter().all(|other| other == method) => method,
        Some(_) | None => "POST",
    };
    let protected =
        || routes.iter().any(|route| route.access != Access::Public && route.pattern.matches(path));
    match choose(routes, Target { path, query, method }) {
        Choice::Route { route, .. } => Ok((route.access != Access::Public).then(|| Rc::clone(route))),
        Choice::MethodNotAllowed { .. } if protected() => Err(NotAllowed),
        Choice::Ambiguous => Err(NotAllowed),
        Choice::MethodNotAllowed { .. } | Choice::None => Ok(None),
    }
}

/// Path and query.
fn target_of(uri: &str) -> Result<(CanonicalPath<'_>, &str), NotAllowed> {
    let after_origin = match uri.split_once("://") {
        Some(("http" | "https", rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default(),
        Some(_) | None => uri,
    };
    let (path, query) = after_origin
        .split_at_checked(after_origin.find('?').unwrap_or(after_origin.len()))
        .ok_or(NotAllowed)?;
    CanonicalPath::parse(path).map(|path| (path, query)).map_err(|_| NotAllowed)
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{NotAllowed, only_reads, route};
    use crate::gate::policy::tests::guarded;
    use crate::gate::{Access, Route};

    fn routes() -> Vec<Rc<Route>> {
        vec![
            guarded("/*", &["GET"], Access::Public, false),
            guarded("/api/*", &["GET"], Access::Token, false),
            guarded("/api/*", &["POST", "PUT"], Access::Session, false),
            guarded("/api/open", &["GET"], Access::Public, false),
            guarded("/read/*", &["GET"], Access::TokenOrSession, false),
        ]
    }

    fn judged(uris: &[&str], methods: &[&str]) -> String {
        match route(&routes(), uris, methods) {
            Ok(Some(route)) => format!("{} {:?}", route.pattern, route.access),
            Ok(None) => "who".into(),
            Err(NotAllowed) => "not allowed".into(),
        }
    }

    #[test]
    fn check_19_the_route_of_the_original_path_decides() {
        for (uris, methods, expected) in [
            (&[][..], &["GET"][..], "who"),
            (&["/api/x"], &["GET"], "/api/* Token"),
            (&["/api/x?y=//z"], &["GET"], "/api/* Token"),
            (&["https://app.example.com/api/x?y"], &["GET"], "/api/* Token"),
            (&["/api/x"], &["POST"], "/api/* Session"),
            (&["/api/x"], &["DELETE"], "not allowed"),
            (&["/api/x?y", "/api/x?y", "http://h/api/x?y"], &["PUT", "PUT"], "/api/* Session"),
            (&["/api/x", "/api/x?y"], &["GET"], "not allowed"),
            // Without a method, or with two that differ, the request is judged as a POST.
            (&["/api/x"], &[], "/api/* Session"),
            (&["/api/x"], &["GET", "DELETE"], "/api/* Session"),
            (&["/read/x"], &["GET"], "/read/* TokenOrSession"),
            (&["/read/x"], &[], "not allowed"),
            // A public route at the gate does not admit anonymous callers.
            (&["/"], &["GET"], "who"),
            (&["/x"], &["DELETE"], "who"),
            (&["/api/open"], &["GET"], "who"),
            (&["/api/open"], &["DELETE"], "not allowed"),
            // Spellings that a server may read as the path of another route, or as another method.
            (&["/API/x"], &["GET"], "not allowed"),
            (&["/api.json"], &["GET"], "not allowed"),
            (&["/index.php/api/x"], &["GET"], "not allowed"),
            (&["/Read/x"], &["GET"], "not allowed"),
            (&["/api/x?_method=PUT"], &["GET"], "not allowed"),
            (&["/api/x?_method=PUT"], &["POST"], "/api/* Session"),
            // All headers must name the same path.
            (&["/api/x", "/y"], &["GET"], "not allowed"),
            (&["/y", "/api/x"], &["GET"], "not allowed"),
            (&["/x/../api/x"], &["GET"], "not allowed"),
            (&["/%61pi/x"], &["GET"], "not allowed"),
            (&["//api/x"], &["GET"], "not allowed"),
            (&["/api%2fx"], &["GET"], "not allowed"),
            (&["/y, /api/x"], &["GET"], "not allowed"),
            (&[""], &["GET"], "not allowed"),
            (&["api/x"], &["GET"], "not allowed"),
            (&["*"], &["OPTIONS"], "not allowed"),
            (&["https://app.example.com"], &["GET"], "not allowed"),
            (&["ftp://h/api/x"], &["GET"], "not allowed"),
        ] {
            assert_eq!(judged(uris, methods), expected, "{uris:?} {methods:?}");
        }
    }

    #[test]
    fn check_19_a_request_only_reads_if_all_headers_say_so() {
        for methods in [&["GET"][..], &["HEAD"], &["OPTIONS"], &["GET", "GET"]] {
            assert!(only_reads(methods), "{methods:?}");
        }
        for methods in [&[][..], &["POST"], &["GET", "POST"], &["get"], &["GET, GET"], &[""], &["CONNECT"]] {
            assert!(!only_reads(methods), "{methods:?}");
        }
    }
}
