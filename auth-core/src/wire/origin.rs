//! Web origins, compared as parsed values, never as prefixes or patterns.

use core::fmt;

/// A serialised `http` or `https` origin (RFC 6454): scheme, host in lower case, port when it isn't the default one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin(String);

/// The text is no origin in its canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidOrigin;

impl Origin {
    /// Takes only the canonical form that browsers send: no path (not even `/`), no user info, no upper case, no
    /// default port, an ASCII host (punycode where needed). `null` is no origin.
    ///
    /// # Errors
    /// [`InvalidOrigin`].
    pub fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        let (default_port, rest) = if let Some(rest) = text.strip_prefix("https://") {
            ("443", rest)
        } else if let Some(rest) = text.strip_prefix("http://") {
            ("80", rest)
        } else {
            return Err(InvalidOrigin);
        };
        let (host, port) = split_port(rest);
        let port_fits = port.is_none_or(|port| {
            port != default_port
                && !port.starts_with('0')
                && port.bytes().all(|b| b.is_ascii_digit())
                && port.parse::<u16>().is_ok()
        });
        if port_fits && is_host(host) { Ok(Self(text.to_owned())) } else { Err(InvalidOrigin) }
    }

    /// The origin as browsers write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether what is sent there can't be read on the way: `https`, or `http` to this very machine.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.0.starts_with("https://") || {
            let (host, _) = split_port(self.0.strip_prefix("http://").unwrap_or_default());
            host == "localhost" || host.ends_with(".localhost") || host == "[::1]" || is_loopback_v4(host)
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `host:port` in two; an IPv6 address keeps its brackets.
fn split_port(rest: &str) -> (&str, Option<&str>) {
    match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        Some(_) | None => (rest, None),
    }
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<core::net::Ipv6Addr>().is_ok_and(|parsed| parsed.to_string() == address);
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
    };
    (1..=253).contains(&host.len()) && host.split('.').all(label)
}

fn is_loopback_v4(host: &str) -> bool {
    host.parse::<core::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn check_35_only_canonical_origins_are_origins() {
        for text in [
            "https://a.example",
            "http://localhost:8787",
            "https://xn--bcher-kva.example:8443",
            "https://[::1]:8443",
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
            "https://*.example",
        ] {
            assert!(Origin::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn only_this_machine_is_secure_without_tls() {
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
