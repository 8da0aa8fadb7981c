//! Methods (RFC 9110 section 9): which ones a route may list.

/// The methods of the IANA registry and others in wide use, except [`RESERVED`] ones.
pub const KNOWN: [&str; 41] = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "QUERY",
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "COPY",
    "LABEL",
    "LINK",
    "LOCK",
    "M-SEARCH",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "NOTIFY",
    "ORDERPATCH",
    "PROPFIND",
    "PROPPATCH",
    "PURGE",
    "REBIND",
    "REPORT",
    "SEARCH",
    "SUBSCRIBE",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UNSUBSCRIBE",
    "UPDATE",
    "VERSION-CONTROL",
];

/// Tokens that no route may list.
///
/// - `TRACE`, and Microsoft's `TRACK`: the upstream would send the request back to the client, with the gate's secret in it.
///   The Fetch standard forbids both.
/// - `CONNECT` names no path, so no route can match it.
/// - `*` and `PRI` are reserved by the IANA registry. `*` would read like "all methods".
pub const RESERVED: [&str; 5] = ["CONNECT", "TRACE", "TRACK", "PRI", "*"];

/// What a route may list, for an error message.
pub const EXPECTED: &str = "any token of RFC 9110 in its exact letter case, such as GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, PROPFIND, REPORT or QUERY, but not CONNECT, TRACE, TRACK, PRI or *";

/// The methods that the Workers runtime delivers. It answers any other one itself with 501, whatever a route
/// lists (`tests/worker/bare/methods.ts`).
pub const DELIVERED: [&str; 25] = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "QUERY",
    "ACL",
    "CHECKOUT",
    "COPY",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCOL",
    "MOVE",
    "NOTIFY",
    "PROPFIND",
    "PROPPATCH",
    "PURGE",
    "REPORT",
    "SEARCH",
    "SUBSCRIBE",
    "UNLOCK",
    "UNSUBSCRIBE",
];

/// Whether the Workers runtime delivers requests with this method.
#[must_use]
pub fn is_delivered(method: &str) -> bool {
    DELIVERED.contains(&method)
}

/// Whether a route may list this method. Methods are case-sensitive (RFC 9110 section 9.1), so another
/// spelling of a known method is an error: it would never match.
#[must_use]
pub fn may_be_listed(method: &str) -> bool {
    let is_spelling_of = |known: &&str| known.eq_ignore_ascii_case(method);
    is_token(method)
        && !RESERVED.iter().any(is_spelling_of)
        && KNOWN.iter().find(|known| is_spelling_of(known)).is_none_or(|known| *known == method)
}

/// RFC 9110 section 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::{KNOWN, may_be_listed};

    #[test]
    fn a_route_may_list_any_token() {
        for method in KNOWN.into_iter().chain(["ARCHIVE", "x", "purge-all", "!#$%&'*+-.^_`|~09azAZ", "**"]) {
            assert!(may_be_listed(method), "{method}");
        }
    }

    #[test]
    fn rejects_non_tokens_and_patterns_that_never_match() {
        for method in [
            "",
            " ",
            "GET ",
            " GET",
            "GET, POST",
            "GET,POST",
            "GET/1",
            "MÖVE",
            "A\nB",
            "A\0",
            "A:",
            "(A)",
            "A\u{7f}",
            "get",
            "Post",
            "propfind",
            "CONNECT",
            "connect",
            "TRACE",
            "Trace",
            "TRACK",
            "PRI",
            "*",
        ] {
            assert!(!may_be_listed(method), "{method:?}");
        }
    }
}
