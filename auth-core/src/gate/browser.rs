//! What a browser says about the page that sent a request. No script in a page can set these headers (Fetch,
//! section "Forbidden request-header"); a program can send anything, but has no user's cookie.

use super::head::Head;
use super::policy::Policy;

/// The methods that only read (RFC 9110 section 9.2.1), without TRACE.
#[must_use]
pub fn is_safe(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

/// Whether the request asks for a WebSocket (RFC 6455 section 4.1), or for any other upgrade. A proxy that
/// asks about a request drops `Upgrade`, which is hop-by-hop, but not the other headers of a handshake.
#[must_use]
pub fn opens_socket(head: &Head) -> bool {
    ["upgrade", "sec-websocket-key", "sec-websocket-version"].iter().any(|name| head.header(name).is_some())
}

/// Whether the browser says that a page of the service's own origin, or of a listed one, sent the request.
#[must_use]
pub fn comes_from_us(policy: &Policy<'_>, head: &Head) -> bool {
    match head.header("origin") {
        Some(origin) => policy.lists_origin(origin),
        None => head.header("sec-fetch-site") == Some("same-origin"),
    }
}

/// Whether the response is a document that the browser is about to show, so that it stores the response's
/// cookies. A prefetched or prerendered document may never be shown, so it counts as a subresource.
#[must_use]
pub fn shows_document(head: &Head) -> bool {
    // What browsers send for prefetched and prerendered documents; the last two are older.
    let ahead_of_time = ["sec-purpose", "purpose", "x-moz"];
    is_navigation(head) && !opens_socket(head) && ahead_of_time.iter().all(|name| head.header(name).is_none())
}

/// Whether a page's script or a frame requested something that is meant to be opened as a page of its own. Pages that
/// the service shows to users have the origin of the app, so without this check a script in the app's page could read
/// their forms and send them. A program that sends no such header has no user's cookie.
#[must_use]
pub fn is_no_document(head: &Head) -> bool {
    head.header("sec-fetch-dest").is_some_and(|destination| destination != "document")
}

/// A document navigation, not one in a frame (Fetch Metadata, sections 2.1 and 2.2).
fn is_navigation(head: &Head) -> bool {
    head.header("sec-fetch-mode") == Some("navigate") && head.header("sec-fetch-dest") == Some("document")
}

/// A link on another site: the browser omits a `Strict` cookie, so a signed-in user would be rejected.
#[must_use]
pub fn is_navigation_from_another_site(head: &Head) -> bool {
    head.method() == "GET" && is_navigation(head) && head.header("sec-fetch-site") == Some("cross-site")
}

/// Whether the browser says that a page of another site has caused the request.
#[must_use]
pub fn is_from_another_site(head: &Head) -> bool {
    head.header("sec-fetch-site") == Some("cross-site")
}

/// Whether the request is of a kind for which there are tickets, because a page can't send a header with it:
/// a WebSocket or an event stream.
#[must_use]
pub fn cannot_carry_a_header(head: &Head) -> bool {
    let is = |name, value| head.header(name).is_some_and(|header| header.trim().eq_ignore_ascii_case(value));
    head.method() == "GET" && (is("upgrade", "websocket") || is("accept", "text/event-stream"))
}

/// The origin of the page that sent the request. Browsers send `Origin` with each WebSocket, and with an event stream
/// to another origin. With an event stream to the page's own origin they send only `Sec-Fetch-Site: same-origin`.
/// Empty if the request has neither, as requests of programs do: no ticket of a page is valid then.
#[must_use]
pub fn asking_origin<'r>(policy: &Policy<'r>, head: &'r Head) -> &'r str {
    match head.header("origin") {
        Some(origin) => origin,
        None if head.header("sec-fetch-site") == Some("same-origin") => {
            let here = head.origin();
            // Behind a proxy, the request may name another host than the one that the browser used.
            if policy.lists_origin(here) { here } else { policy.origin.as_str() }
        }
        None => "",
    }
}

/// Whether the request is a CORS preflight.
#[must_use]
pub fn is_preflight(head: &Head) -> bool {
    head.method() == "OPTIONS"
        && head.header("origin").is_some()
        && head.header("access-control-request-method").is_some()
}

#[cfg(test)]
mod tests {
    use super::{Head, is_no_document};

    #[test]
    fn only_a_navigation_asks_for_a_document() {
        let head = |fields: &str| Head::whole(format!("GET\nhttps://auth.example.com/oauth/consent{fields}"));
        for destination in ["empty", "iframe", "frame", "embed", "object", "script", "serviceworker", ""] {
            assert!(is_no_document(&head(&format!("\nsec-fetch-dest\n{destination}"))), "{destination}");
        }
        assert!(!is_no_document(&head("\nsec-fetch-dest\ndocument")));
        assert!(!is_no_document(&head("")), "a program");
    }
}
