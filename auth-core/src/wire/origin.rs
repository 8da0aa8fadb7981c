//! Web origins, compared as parsed values, never as prefixes or patterns.

use core::fmt;

/// A serialised `http` or `https` origin (RFC 6454): scheme, host in lower case, and the port unless it is
/// the default one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(String);

/// The text is not an origin in its canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidOrigin;

impl Origin {
    /// Accepts only the canonical form that browsers send: no path (not even `/`), no user info, no upper
    /// case, no default port, an ASCII host (punycode if needed). `null` is not an origin.
    ///
    /// # Errors
    /// [`InvalidOrigin`].
    pub fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        let (default_port, rest) = if let Some(rest) = text.strip_prefix("https://") {
            (&b"443"[..], rest)
        } else if let Some(rest) = text.strip_prefix("http://") {
            (&b"80"[..], rest)
        } else {
            return Err(InvalidOrigin);
        };
        let (host, port) = split_port(rest.as_bytes());
        let port_fits =
            port.is_none_or(|port| port != default_port && is_number(port, u16::MAX.into()) && port != b"0");
        if port_fits && is_host(host) { Ok(Self(String::from(text))) } else { Err(InvalidOrigin) }
    }

    /// The origin in the form that browsers send.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host, without scheme and port. An IPv6 address keeps its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        let authority = self.0.split_once("://").map_or("", |(_, authority)| authority);
        let (host, _) = split_port(authority.as_bytes());
        authority.get(..host.len()).unwrap_or_default()
    }

    /// Whether requests to it can't be read in transit: `https`, or `http` to the same machine.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.starts_with("https://") || self.is_local()
    }

    /// Whether its host is this machine: `localhost` or a name below it (RFC 6761 section 6.3), or a loopback
    /// address.
    #[must_use]
    pub fn is_local(&self) -> bool {
        let host = self.host().as_bytes();
        host == b"localhost" || host.ends_with(b".localhost") || host == b"[::1]" || is_loopback_v4(host)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// The functions below work on bytes, because searching in `str` would need more code than all of them.

/// Splits `host:port`. An IPv6 address keeps its brackets.
fn split_port(rest: &[u8]) -> (&[u8], Option<&[u8]>) {
    let mut parts = rest.rsplitn(2, |b| *b == b':');
    match (parts.next(), parts.next()) {
        (Some(port), Some(host)) if !port.ends_with(b"]") => (host, Some(port)),
        _ => (rest, None),
    }
}

fn is_host(host: &[u8]) -> bool {
    if let Some(address) = host.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")) {
        return is_ipv6(address);
    }
    let fits = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
    let mut labels = host.split(|b| *b == b'.');
    (1..=253).contains(&host.len())
        && labels.all(|label| (1..=63).contains(&label.len()) && label.iter().all(fits))
}

/// Whether it is an address in the form that browsers write (URL standard, "IPv6 serializer"): eight pieces
/// without leading zeros, and `::` for the first of the longest runs of zeros. `core::net` would be a tenth
/// of the vault's size, and writes embedded IPv4 addresses differently.
fn is_ipv6(address: &[u8]) -> bool {
    let gap = address.windows(2).position(|pair| pair == b"::");
    let (head, tail) = match gap {
        Some(at) => (address.get(..at), address.get(at + 2..)),
        None => (Some(address), Some(&[][..])),
    };
    let (Some(before), Some(after)) = (head.and_then(zeros), tail.and_then(zeros)) else { return false };
    if gap.is_none() {
        return before.len() == 8 && longest_run(&before) < 2;
    }
    let left_out = 8_usize.saturating_sub(before.len() + after.len());
    left_out >= 2
        && before.last() != Some(&true)
        && after.first() != Some(&true)
        && longest_run(&before) < left_out
        && longest_run(&after) <= left_out
}

/// For each piece, whether it is zero; `None` if one is not a valid piece.
fn zeros(pieces: &[u8]) -> Option<Vec<bool>> {
    let mut zeros = Vec::new();
    if !pieces.is_empty() {
        for piece in pieces.split(|b| *b == b':') {
            let number = (1..=4).contains(&piece.len())
                && !piece.starts_with(b"0")
                && piece.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
            if !number && piece != b"0" {
                return None;
            }
            zeros.push(piece == b"0");
        }
    }
    Some(zeros)
}

fn longest_run(zeros: &[bool]) -> usize {
    zeros.split(|zero| !zero).map(<[bool]>::len).max().unwrap_or_default()
}

fn is_loopback_v4(host: &[u8]) -> bool {
    let octets = host.split(|b| *b == b'.');
    host.starts_with(b"127.")
        && octets.clone().count() == 4
        && octets.into_iter().all(|octet| is_number(octet, u8::MAX.into()))
}

/// Digits without leading zeros, for a number up to `most`.
fn is_number(digits: &[u8], most: u32) -> bool {
    (1..=5).contains(&digits.len())
        && (digits == b"0" || !digits.starts_with(b"0"))
        && digits.iter().all(u8::is_ascii_digit)
        && digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')) <= most
}

#[cfg(test)]
mod tests {
    use core::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::{Origin, is_ipv6, is_loopback_v4};

    proptest! {
        /// Pieces that are often zero, so that there are runs. Few of them embed an IPv4 address, which Rust
        /// writes with dots, unlike browsers.
        #[test]
        fn property_accepts_ipv6_as_the_standard_library_writes_it(
            pieces in prop::array::uniform8(prop_oneof![Just(0), Just(0), Just(1), any::<u16>()]),
        ) {
            let address = Ipv6Addr::from(pieces);
            prop_assume!(address.to_ipv4_mapped().is_none());
            prop_assert!(is_ipv6(address.to_string().as_bytes()));
        }

        #[test]
        fn property_rejects_ipv6_that_the_standard_library_writes_differently(text in "[0-2a:]{0,12}(::)?[0f:]{0,9}") {
            let canonical = text.parse::<Ipv6Addr>().is_ok_and(|address| address.to_string() == text);
            prop_assert_eq!(is_ipv6(text.as_bytes()), canonical, "{}", text);
        }

        #[test]
        fn property_loopback_is_what_the_standard_library_says(text in "(127|10)(\\.[0-9+]{0,3}){2,4}") {
            let loopback = text.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback());
            prop_assert_eq!(is_loopback_v4(text.as_bytes()), loopback, "{}", text);
        }
    }

    #[test]
    fn the_host_is_without_scheme_and_port() {
        for (text, host) in [
            ("https://a.example", "a.example"),
            ("http://localhost:8787", "localhost"),
            ("https://[::1]:8443", "[::1]"),
            ("https://[::1]", "[::1]"),
        ] {
            assert_eq!(Origin::parse(text).unwrap().host(), host);
        }
    }

    #[test]
    fn check_35_only_canonical_origins_are_origins() {
        for text in [
            "https://a.example",
            "http://localhost:8787",
            "https://xn--bcher-kva.example:8443",
            "https://[::1]:8443",
            "https://[::ffff:7f00:1]",
            "http://127.0.0.1",
        ] {
            assert_eq!(Origin::parse(text).unwrap().as_str(), text);
        }
        for text in [
            "",
            "null",
            "*",
            "a.example",
            "//a.example",
            "https://",
            "https:///",
            "https://a.example/",
            "https://a.example:443",
            "http://a.example:80",
            "https://A.example",
            "HTTPS://a.example",
            "https://a.example:0",
            "https://a.example:65536",
            "https://a.example:08443",
            "https://a.example:",
            "https://a.example:+1",
            "https://u@a.example",
            "https://a.example?x",
            "https://a.example#x",
            "https://a.example\\b",
            "https://a..example",
            "https://a.example.",
            "https://bücher.example",
            " https://a.example",
            "https://a.example ",
            "ftp://a.example",
            "https://[::1",
            "https://[0:0::1]",
            "https://[]",
            "https://[:]",
            "https://[::ffff:127.0.0.1]",
            "https://[1:2:3:4:5:6:7]",
            "https://[1:2:3:4:5:6:7:8:9]",
            "https://[::A]",
            "https://[fe80::1%eth0]",
            "https://*.example",
        ] {
            assert!(Origin::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn only_loopback_is_secure_without_tls() {
        for (text, secure) in [
            ("https://a.example", true),
            ("http://localhost:8787", true),
            ("http://app.localhost", true),
            ("http://127.0.0.1:1", true),
            ("http://[::1]", true),
            ("http://a.example", false),
            ("http://localhost.example", false),
            ("http://127.0.0.1.example", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(Origin::parse(text).unwrap().is_secure(), secure, "{text}");
        }
    }
}
