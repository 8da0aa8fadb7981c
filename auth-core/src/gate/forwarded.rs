//! Reads the request about which a proxy asks: from the proxy's headers, or from the path and the method of
//! its own request.
//!
//! Each kind of proxy states the request in its own way, so a second statement may come from the client. If
//! two statements differ, the service rejects the request.

use std::rc::Rc;

use super::browser::{is_safe, opens_socket};
use super::head::{Head, is_plain_authority};
use super::path::CanonicalPath;
use super::policy::Route;
use super::route::{Choice, Target, choose};
use crate::api_key::contains_key;
use crate::wire::paths;

/// Headers with the method (Traefik and Caddy; nginx and HAProxy).
const METHOD_HEADERS: [&str; 2] = ["x-forwarded-method", "x-original-method"];

/// Headers with the request target: path and query, or a whole URL (Traefik and Caddy; nginx and HAProxy;
/// Kubernetes' ingress-nginx).
const URI_HEADERS: [&str; 3] = ["x-forwarded-uri", "x-original-uri", "x-original-url"];

/// The request that a proxy asks about.
#[derive(Debug)]
pub struct Forwarded<'a> {
    /// Whether the request only reads, according to the proxy. A WebSocket request never does, whatever its
    /// method.
    pub only_reads: bool,
    /// The method, if the proxy states it.
    pub method: Option<&'a str>,
    /// The path, if the proxy states it.
    pub path: Option<String>,
    /// The route that decides about the path. `None`: the proxy only asks who the caller is.
    pub route: Option<Rc<Route>>,
}

/// The headers contradict each other or are ambiguous, or no route for the path allows the method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAllowed;

/// Whether the proxy states the request, or a part of it, in headers.
#[must_use]
pub fn is_stated(head: &Head) -> bool {
    METHOD_HEADERS.iter().chain(&URI_HEADERS).any(|name| head.header(name).is_some())
}

impl<'a> Forwarded<'a> {
    /// Reads what the proxy states. Without a method the request is judged as an unsafe one.
    ///
    /// # Errors
    /// [`NotAllowed`].
    pub fn of(routes: &[Rc<Route>], head: &'a Head) -> Result<Self, NotAllowed> {
        let stated =
            |names: &[&str]| -> Vec<&'a str> { names.iter().filter_map(|name| head.header(name)).collect() };
        let (mut methods, mut uris) = (stated(&METHOD_HEADERS), stated(&URI_HEADERS));
        let path = head.path().strip_prefix(paths::VERIFY).unwrap_or_default();
        let appended = format!("{path}{}", head.query());
        if !path.is_empty() {
            uris.push(&appended);
        }
        // Most proxies ask by GET, whatever the original method is. The others keep the original one.
        if !path.is_empty() || head.method() != "GET" {
            methods.push(head.method());
        }
        let route = route(routes, &uris, &methods)?;
        // Where there is a route, all statements agree.
        let path = uris.first().and_then(|uri| target_of(uri).ok()).map(|(path, _)| path.as_str().to_owned());
        Ok(Self {
            only_reads: only_reads(&methods) && !opens_socket(head),
            method: methods.first().copied(),
            path,
            route,
        })
    }
}

fn only_reads(methods: &[&str]) -> bool {
    !methods.is_empty() && methods.iter().all(|method| is_safe(method))
}

/// The route that decides about the path. A proxy asks about resources that it protects, so a public route
/// admits no anonymous caller: it counts as no route.
fn route(routes: &[Rc<Route>], uris: &[&str], methods: &[&str]) -> Result<Option<Rc<Route>>, NotAllowed> {
    let Some((uri, others)) = uris.split_first() else { return Ok(None) };
    let (path, query) = target_of(uri)?;
    if others.iter().any(|other| target_of(other) != Ok((path, query))) {
        return Err(NotAllowed);
    }
    let method = match methods.split_first() {
        Some((method, others)) if others.iter().all(|other| other == method) => method,
        Some(_) => return Err(NotAllowed),
        None => "POST",
    };
    let protected = || routes.iter().any(|route| !route.access.is_public() && route.pattern.matches(path));
    match choose(routes, Target { path, query, method }) {
        Choice::Route { route, .. } => Ok((!route.access.is_public()).then(|| Rc::clone(route))),
        Choice::MethodNotAllowed { .. } if protected() => Err(NotAllowed),
        Choice::Ambiguous => Err(NotAllowed),
        Choice::MethodNotAllowed { .. } | Choice::None => Ok(None),
    }
}

/// Path and query. A space would separate two header lines that a server has joined.
fn target_of(uri: &str) -> Result<(CanonicalPath<'_>, &str), NotAllowed> {
    let after_origin = match uri.split_once("://") {
        Some(("http" | "https", rest)) => {
            let (authority, target) =
                rest.split_at_checked(rest.find(['/', '?', '#']).unwrap_or(rest.len())).ok_or(NotAllowed)?;
            if !is_plain_authority(authority) {
                return Err(NotAllowed);
            }
            target
        }
        Some(_) | None => uri,
    };
    let (path, query) = after_origin
        .split_at_checked(after_origin.find('?').unwrap_or(after_origin.len()))
        .ok_or(NotAllowed)?;
    if !query.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(NotAllowed);
    }
    if contains_key(path) || contains_key(query) {
        return Err(NotAllowed);
    }
    CanonicalPath::parse(path).map(|path| (path, query)).map_err(|_| NotAllowed)
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::{Forwarded, NotAllowed, only_reads, route};
    use crate::gate::policy::tests::guarded;
    use crate::gate::{Access, Head, Route};

    fn routes() -> Vec<Rc<Route>> {
        vec![
            guarded("/*", &["GET"], Access::PUBLIC, false),
            guarded("/api/*", &["GET"], Access::TOKEN, false),
            guarded("/api/*", &["POST", "PUT"], Access::SESSION, false),
            guarded("/api/open", &["GET"], Access::PUBLIC, false),
            guarded("/read/*", &["GET"], Access::TOKEN_OR_SESSION, false),
        ]
    }

    fn name(access: Access) -> &'static str {
        match access {
            Access::TOKEN => "Token",
            Access::SESSION => "Session",
            Access::TOKEN_OR_SESSION => "TokenOrSession",
            _ => "another",
        }
    }

    fn judged(uris: &[&str], methods: &[&str]) -> String {
        match route(&routes(), uris, methods) {
            Ok(Some(route)) => format!("{} {}", route.pattern, name(route.access)),
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
            // Without a method the request is judged as a POST. Two methods must be the same.
            (&["/api/x"], &[], "/api/* Session"),
            (&["/api/x"], &["PUT", "POST"], "not allowed"),
            (&["/api/x"], &["GET", "GET"], "/api/* Token"),
            (&["/api/x"], &["PUT, PUT"], "not allowed"),
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
            // Two lines of one header, which the platform joins: the client's may be the first.
            (&["/y, /api/x"], &["GET"], "not allowed"),
            (&["/y?z, /api/x"], &["GET"], "not allowed"),
            (&["/api/x?y, /y"], &["GET"], "not allowed"),
            (&["/api/x?y,z"], &["GET"], "/api/* Token"),
            (&[""], &["GET"], "not allowed"),
            (&["api/x"], &["GET"], "not allowed"),
            (&["*"], &["OPTIONS"], "not allowed"),
            (&["https://app.example.com"], &["GET"], "not allowed"),
            (&["ftp://h/api/x"], &["GET"], "not allowed"),
            (&["HTTP://h/api/x"], &["GET"], "not allowed"),
            (&["https://[::1]:8443/api/x"], &["GET"], "/api/* Token"),
            // The path starts elsewhere for another parser.
            (&["https://h?/api/x"], &["GET"], "not allowed"),
            (&["https://h#/api/x"], &["GET"], "not allowed"),
            (&[r"https://h\y/api/x"], &["GET"], "not allowed"),
            (&["https://u@h/api/x"], &["GET"], "not allowed"),
            (&["https://h%2fy/api/x"], &["GET"], "not allowed"),
        ] {
            assert_eq!(judged(uris, methods), expected, "{uris:?} {methods:?}");
        }
    }

    /// The route and whether the request only reads, from a whole head.
    fn judged_head(method: &str, target: &str, headers: &[(&str, &str)]) -> String {
        let fields: String = headers.iter().map(|(name, value)| format!("\n{name}\n{value}")).collect();
        let text = format!("{method}\nhttps://auth.example.com{target}{fields}");
        match Forwarded::of(&routes(), &Head::whole(text)) {
            Ok(Forwarded { only_reads, route, .. }) => {
                let route = route.map_or_else(
                    || "who".into(),
                    |route| format!("{} {}", route.pattern, name(route.access)),
                );
                if only_reads { format!("{route}, reads") } else { route }
            }
            Err(NotAllowed) => "not allowed".into(),
        }
    }

    #[test]
    fn check_19_a_proxy_that_appends_the_path_keeps_the_method() {
        for (method, target, headers, expected) in [
            ("GET", "/auth/verify/api/x?y=/z", &[][..], "/api/* Token, reads"),
            ("PUT", "/auth/verify/api/x", &[], "/api/* Session"),
            ("DELETE", "/auth/verify/api/x", &[], "not allowed"),
            ("HEAD", "/auth/verify/x", &[], "who, reads"),
            ("DELETE", "/auth/verify/", &[], "who"),
            ("GET", "/auth/verify/read/x", &[("sec-websocket-version", "13")], "/read/* TokenOrSession"),
            ("GET", "/auth/verify//api/x", &[], "not allowed"),
            ("GET", "/auth/verify/x/../api/x", &[], "not allowed"),
            ("GET", "/auth/verify/x/%2e%2e/api/x", &[], "not allowed"),
            ("GET", "/auth/verify/API/x", &[], "not allowed"),
            ("GET", "/auth/verify/api/x?_method=PUT", &[], "not allowed"),
            // What a client sends in addition has no effect, or the request is rejected.
            ("GET", "/auth/verify/api/x", &[("x-forwarded-uri", "/x")], "not allowed"),
            ("GET", "/auth/verify/x", &[("x-original-uri", "/api/x")], "not allowed"),
            ("PUT", "/auth/verify/api/x", &[("x-forwarded-method", "GET")], "not allowed"),
            ("GET", "/auth/verify/api/x", &[("x-original-method", "PUT")], "not allowed"),
            ("GET", "/auth/verify/api/x", &[("x-forwarded-prefix", "/read")], "/api/* Token, reads"),
            ("GET", "/auth/verify/api/x", &[("x-envoy-original-path", "/x")], "/api/* Token, reads"),
            ("GET", "/auth/verify/api/x", &[("x-forwarded-uri", "/api/x")], "/api/* Token, reads"),
        ] {
            assert_eq!(judged_head(method, target, headers), expected, "{method} {target} {headers:?}");
        }
    }

    #[test]
    fn check_19_a_proxy_that_states_the_path_may_keep_the_method() {
        const PATH: (&str, &str) = ("x-forwarded-uri", "/api/x");
        for (method, target, headers, expected) in [
            ("GET", "/auth/verify", &[PATH, ("x-forwarded-method", "PUT")][..], "/api/* Session"),
            ("PUT", "/auth/verify", &[PATH, ("x-forwarded-method", "PUT")], "/api/* Session"),
            ("PUT", "/auth/verify", &[PATH], "/api/* Session"),
            ("PUT", "/auth/verify", &[PATH, ("x-forwarded-method", "GET")], "not allowed"),
            ("DELETE", "/auth/verify", &[PATH, ("x-forwarded-method", "GET")], "not allowed"),
            ("HEAD", "/auth/verify", &[("x-forwarded-uri", "/x")], "who, reads"),
            // Its own query does not belong to the original request.
            (
                "GET",
                "/auth/verify?_method=PUT",
                &[PATH, ("x-forwarded-method", "GET")],
                "/api/* Token, reads",
            ),
            // GET may be the method of the question only, so the request is judged as a POST.
            ("GET", "/auth/verify", &[PATH], "/api/* Session"),
        ] {
            assert_eq!(judged_head(method, target, headers), expected, "{method} {target} {headers:?}");
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
