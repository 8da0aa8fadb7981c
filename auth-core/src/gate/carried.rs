//! Tokens that a proxy in front of the Worker puts into a header or a cookie of its own, as Cloudflare Access
//! does.
//!
//! The browser attaches the cookie, and the proxy its header, to every request, also to one that another
//! site's page caused. So such a token counts for reading; for anything else, a browser must say that a page
//! of the service's own sent the request.

use super::browser::{comes_from_us, is_safe, opens_socket};
use super::head::Head;
use super::policy::{Carriers, Policy};
use crate::wire::find_foreign_cookie;

/// What a request carries besides the `Authorization` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Carried<'r> {
    /// Nothing.
    Absent,
    /// Several tokens, or something that can't be one.
    Malformed,
    /// A token that has not been read yet.
    Token {
        /// The token.
        token: &'r str,
        /// The issuers whose tokens are carried there, by index.
        issuers: Vec<usize>,
        /// Whether only browsers send it: it is in a cookie.
        by_cookie: bool,
    },
}

/// Whether proxies carry tokens of one of these issuers.
pub(super) fn may_carry(policy: &Policy<'_>, issuers: &[usize]) -> bool {
    let carriers = issuers.iter().filter_map(|index| Some(&policy.issuers.get(*index)?.carriers));
    carriers.into_iter().any(|carriers| *carriers != Carriers::default())
}

/// What the request carries for one of these issuers: in a header, or else in a cookie.
pub(super) fn find<'r>(policy: &Policy<'_>, head: &'r Head, issuers: &[usize]) -> Carried<'r> {
    let header = |name: &str| Ok(head.header(name));
    match pick(policy, issuers, |carriers| carriers.header.as_deref(), header, false) {
        Carried::Absent => {
            let cookie = |name: &str| find_foreign_cookie(head.header("cookie"), name).map_err(|_| Several);
            pick(policy, issuers, |carriers| carriers.cookie.as_deref(), cookie, true)
        }
        found => found,
    }
}

/// There are several values of one name.
struct Several;

fn pick<'r>(
    policy: &Policy<'_>,
    issuers: &[usize],
    name_in: impl Fn(&Carriers) -> Option<&str>,
    value_of: impl Fn(&str) -> Result<Option<&'r str>, Several>,
    by_cookie: bool,
) -> Carried<'r> {
    let mut found: Option<(&'r str, Vec<usize>)> = None;
    for index in issuers {
        let Some(name) = policy.issuers.get(*index).and_then(|issuer| name_in(&issuer.carriers)) else {
            continue;
        };
        match (value_of(name), &mut found) {
            (Ok(None), _) => {}
            (Ok(Some(token)), None) => found = Some((token, vec![*index])),
            (Ok(Some(token)), Some((known, issuers))) if token == *known => issuers.push(*index),
            (Ok(Some(_)), Some(_)) | (Err(Several), _) => return Carried::Malformed,
        }
    }
    match found {
        None => Carried::Absent,
        // Several headers of one name arrive joined by a comma.
        Some((token, _)) if token.is_empty() || token.bytes().any(|b| matches!(b, b' ' | b'\t' | b',')) => {
            Carried::Malformed
        }
        Some((token, issuers)) => Carried::Token { token, issuers, by_cookie },
    }
}

/// Whether another site's page may have caused the request. A client that is not a browser sends neither
/// `Origin` nor Fetch Metadata.
pub(super) fn may_be_forged(policy: &Policy<'_>, head: &Head, by_cookie: bool) -> bool {
    let reads = is_safe(head.method()) && !opens_socket(head);
    let browser = by_cookie || head.header("origin").is_some() || head.header("sec-fetch-site").is_some();
    !reads && browser && !comes_from_us(policy, head)
}
