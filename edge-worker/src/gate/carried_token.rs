//! Tokens that a proxy in front of the Worker puts into a header or a cookie of its own, as Cloudflare Access does.
//!
//! The browser attaches the cookie, and the proxy its header, to every request, also to one that another site's page caused. So such a
//! token counts for reading; for anything else, a browser must say that a page of our own sent the request.

use auth_core::gate::browser::{comes_from_us, is_safe, opens_socket};
use auth_core::wire::find_foreign_cookie;

use crate::config::{Carriers, Config};
use crate::service::Context;

/// What a request carries besides the `Authorization` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Carried<'a> {
    /// Nothing.
    Absent,
    /// Several tokens, or what can't be one.
    Malformed,
    /// A token, not looked at yet.
    Token {
        /// The token.
        token: &'a str,
        /// The issuers whose tokens are carried there, by index into the configuration.
        issuers: Vec<usize>,
        /// Whether only browsers send it: it is in a cookie.
        by_cookie: bool,
    },
}

/// What the request carries for one of these issuers: in a header, or else in a cookie.
pub(super) fn find<'a>(context: &'a Context, issuers: &[usize]) -> Carried<'a> {
    let header = |name: &str| context.incoming.header(name).map_or(Ok(None), |value| Ok(Some(value)));
    match pick(&context.config, issuers, |carriers| carriers.header.as_deref(), header, false) {
        Carried::Absent => {
            let cookies = || context.incoming.header("cookie");
            let cookie = |name: &str| find_foreign_cookie(cookies(), name).map_err(|_| Several);
            pick(&context.config, issuers, |carriers| carriers.cookie.as_deref(), cookie, true)
        }
        found => found,
    }
}

/// There are several values of one name.
struct Several;

fn pick<'a>(
    config: &Config,
    issuers: &[usize],
    name_in: impl Fn(&Carriers) -> Option<&str>,
    value_of: impl Fn(&str) -> Result<Option<&'a str>, Several>,
    by_cookie: bool,
) -> Carried<'a> {
    let mut found: Option<(&'a str, Vec<usize>)> = None;
    for index in issuers {
        let Some(name) = config.issuers.get(*index).and_then(|issuer| name_in(&issuer.carriers)) else {
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

/// Whether another site's page may have caused the request. A client that isn't a browser sends neither `Origin` nor Fetch Metadata.
pub(super) fn may_be_forged(context: &Context, by_cookie: bool) -> bool {
    let reads = is_safe(context.incoming.method()) && !opens_socket(context.incoming.whole());
    let header = |name| context.incoming.header(name);
    let browser = by_cookie || header("origin").is_some() || header("sec-fetch-site").is_some();
    !reads && browser && !comes_from_us(&context.config.gate(), context.incoming.whole())
}
