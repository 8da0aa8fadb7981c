//! The one-time ticket: its form in a URL, and finding it in an untrusted query.
//!
//! `WebSocket` and `EventSource` can't send an `Authorization` header. The service therefore issues a URL
//! that contains a ticket, valid once within 30 seconds, for that URL and the page's origin (see
//! [`crate::ticket`]). The gate removes the ticket before it forwards the request.

use ct_codecs::{Base64UrlSafeNoPadding, Encoder};

use super::Origin;
use super::cookie_header::is_id;
use super::cookie_header::parse_secret;
use crate::id::{AccountId, TokenId};
use crate::secret::SecretBytes;

/// The query parameter that contains a ticket. It is always the last one.
pub const TICKET_PARAMETER: &str = "latchkey-ticket";

/// The format's version, the first part of the value.
const VERSION: &str = "1";

/// The content of a ticket: its account, the token that requested it, and the secret that proves both.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// The account's id: the Durable Object's own id.
    pub account: AccountId,
    /// The `jti` of the access token that requested it.
    pub token_id: TokenId,
    /// 32 random bytes.
    pub secret: SecretBytes,
}

/// The ticket in a query.
#[derive(Clone, Debug)]
pub enum TicketLookup<'q> {
    /// There is no parameter with the name.
    Absent,
    /// There is a parameter with the name that the service never wrote: more than one, not at the end, or not
    /// in the form of a ticket.
    Malformed,
    /// There is one, well-formed. Whether it is valid is for the account to decide.
    Found {
        /// The ticket.
        ticket: Ticket,
        /// The query without the ticket, as it was before: with its `?`, or empty.
        rest: &'q str,
    },
}

impl Ticket {
    /// The URL with the ticket added. The URL must have no fragment.
    #[must_use]
    pub fn on(&self, url: &str) -> String {
        let separator = match url.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some(_) => "&",
        };
        // 32 bytes always encode; the empty fallback would be refused by `parse`.
        let secret = Base64UrlSafeNoPadding::encode_to_string(self.secret.expose()).unwrap_or_default();
        format!("{url}{separator}{TICKET_PARAMETER}={VERSION}.{}.{}.{secret}", self.account, self.token_id)
    }

    fn parse(value: &str) -> Option<Self> {
        let (account, rest) = value.strip_prefix(VERSION)?.strip_prefix('.')?.split_once('.')?;
        let (token_id, secret) = rest.split_once('.')?;
        let secret = parse_secret(secret)?;
        let named = is_id(account) && is_id(token_id);
        named.then(|| Self { account: account.into(), token_id: token_id.into(), secret })
    }
}

/// Finds a ticket in a raw query (with its `?`; empty if there is none). The parameter's name must match byte
/// for byte.
#[must_use]
pub fn find_ticket(query: &str) -> TicketLookup<'_> {
    let value = |parameter| match str::strip_prefix(parameter, TICKET_PARAMETER) {
        Some("") => Some(""),
        Some(rest) => rest.strip_prefix('='),
        None => None,
    };
    let parameters = query.strip_prefix('?').unwrap_or_default();
    let mut found = parameters.split('&').filter_map(value);
    let Some(first) = found.next() else { return TicketLookup::Absent };
    let (before, last) =
        parameters.rsplit_once('&').map_or(("", parameters), |(before, last)| (before, last));
    match (found.next(), value(last), Ticket::parse(first)) {
        (None, Some(_), Some(ticket)) => {
            // Remove the separator before the ticket too, or the whole query if it has no other parameter.
            let rest = if last.len() == parameters.len() { 0 } else { before.len() + 1 };
            TicketLookup::Found { ticket, rest: query.get(..rest).unwrap_or_default() }
        }
        (_, _, _) => TicketLookup::Malformed,
    }
}

/// A URL for which a ticket is requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketTarget<'u> {
    /// Its origin. For a WebSocket it is that of the corresponding page (`wss:` becomes `https:`).
    pub origin: Origin,
    /// Its path, unchanged.
    pub path: &'u str,
    /// Its query with the `?`; empty if it has no content.
    pub query: &'u str,
}

impl<'u> TicketTarget<'u> {
    /// Accepts absolute `http`, `https`, `ws` and `wss` URLs in the spelling in which browsers send them,
    /// because a ticket is valid for one spelling only: no user info, no fragment, and no query that browsers
    /// would escape or that already has a ticket.
    #[must_use]
    pub fn parse(url: &'u str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let scheme = match scheme {
            "http" | "ws" => "http",
            "https" | "wss" => "https",
            _ => return None,
        };
        let (authority, rest) = rest.split_at_checked(rest.find('/')?)?;
        let (path, query) = rest.split_at_checked(rest.find('?').unwrap_or(rest.len()))?;
        let is_kept = |b: u8| b.is_ascii_graphic() && !b"\"#'<>".contains(&b);
        let fits = query.bytes().all(is_kept) && matches!(find_ticket(query), TicketLookup::Absent);
        let origin = Origin::parse(&format!("{scheme}://{authority}")).ok()?;
        fits.then_some(Self { origin, path, query: if query == "?" { "" } else { query } })
    }
}

#[cfg(test)]
mod tests {
    use super::{Ticket, TicketLookup, TicketTarget, find_ticket};
    use crate::secret::SecretBytes;

    fn ticket() -> Ticket {
        Ticket { account: "acc1".into(), token_id: "jti-1_x".into(), secret: SecretBytes::new([0xfb; 32]) }
    }

    fn parameter() -> String {
        format!("latchkey-ticket=1.acc1.jti-1_x.{}-_s", "-_v7".repeat(10))
    }

    #[test]
    fn finds_the_ticket_and_restores_the_query() {
        let parameter = parameter();
        for (url, with_ticket, before) in [
            ("https://a/x", format!("https://a/x?{parameter}"), ""),
            ("https://a/x?", format!("https://a/x?{parameter}"), ""),
            ("https://a/x?a=b", format!("https://a/x?a=b&{parameter}"), "?a=b"),
            ("https://a/x?a&", format!("https://a/x?a&&{parameter}"), "?a&"),
            ("https://a/x?a=?", format!("https://a/x?a=?&{parameter}"), "?a=?"),
            ("https://a/x??", format!("https://a/x??&{parameter}"), "??"),
            ("https://a/x?&", format!("https://a/x?&&{parameter}"), "?&"),
        ] {
            assert_eq!(ticket().on(url), with_ticket);
            assert_eq!(TicketTarget::parse(url).unwrap().query, before, "{url}");
            let query = with_ticket.strip_prefix("https://a/x").unwrap();
            let TicketLookup::Found { ticket, rest } = find_ticket(query) else { panic!("{query}") };
            assert_eq!((ticket.account.as_str(), ticket.token_id.as_str()), ("acc1", "jti-1_x"));
            assert_eq!(ticket.secret.expose(), &[0xfb; 32]);
            assert_eq!(rest, before, "{query}");
        }
    }

    #[test]
    fn recognises_only_the_exact_name() {
        let good = parameter();
        for query in [
            String::new(),
            "?".into(),
            "?a=b".into(),
            good.clone(),
            format!("?x{good}"),
            format!("?{}", good.replacen("ticket=", "tickets=", 1)),
            format!("?{}", good.replacen("latchkey", "Latchkey", 1)),
            format!("?{}", good.replacen('-', "%2D", 1)),
            format!("?{}", good.replacen('-', "_", 1)),
            format!("?a={good}"),
            format!("?a=b;{good}"),
        ] {
            assert!(matches!(find_ticket(&query), TicketLookup::Absent), "{query}");
        }
    }

    #[test]
    fn rejects_parameters_that_it_never_writes() {
        let good = parameter();
        let with = |from: &str, to: &str| format!("?{}", good.replacen(from, to, 1));
        for query in [
            "?latchkey-ticket".into(),
            "?latchkey-ticket=".into(),
            format!("?{good}&a=b"),
            format!("?{good}&"),
            format!("?{good}&{good}"),
            format!("?latchkey-ticket&{good}"),
            format!("?{good}&latchkey-ticket"),
            format!("?{good}="),
            format!("?{good}%20"),
            with("=1.", "=2."),
            with("=1.", "=1%2E"),
            with("acc1", ""),
            with("acc1", "ac/c1"),
            with(".jti-1_x", ""),
            with("jti-1_x", ""),
            with("jti-1_x", "j%74i"),
            with("acc1", "a.b"),
            with("acc1", &"a".repeat(129)),
            with("-_s", "-_t"),
            with("-_s", "-_"),
            with("-_s", "-_s="),
            with("-_s", "+_s"),
        ] {
            assert!(matches!(find_ticket(&query), TicketLookup::Malformed), "{query}");
        }
    }

    #[test]
    fn accepts_urls_in_one_spelling_only() {
        let target = TicketTarget::parse("wss://api.example.com:8443/a/b?c=%27d").unwrap();
        assert_eq!(target.origin.as_str(), "https://api.example.com:8443");
        assert_eq!((target.path, target.query), ("/a/b", "?c=%27d"));
        assert_eq!(TicketTarget::parse("ws://localhost/a").unwrap().origin.as_str(), "http://localhost");
        for url in [
            "",
            "/a",
            "//a.example/x",
            "https://a.example",
            "https://a.example?x/",
            "https:/a.example/x",
            "https://user@a.example/x",
            "https://user:password@a.example/x",
            "https://A.example/x",
            "https://a.example:443/x",
            "https://a.example\\@b.example/x",
            "HTTPS://a.example/x",
            "ftp://a.example/x",
            "https://a.example/x?y#z",
            "https://a.example/x?y z",
            "https://a.example/x?y'z",
            "https://a.example/x?y\nz",
            "https://a.example/x?ü",
            "https://a.example/x?latchkey-ticket",
            "https://a.example/x?latchkey-ticket=1&y=z",
        ] {
            assert_eq!(TicketTarget::parse(url), None, "{url}");
        }
    }

    #[test]
    fn a_ticket_is_never_printed() {
        assert!(!format!("{:?}", ticket()).contains("251"), "0xfb");
    }
}
