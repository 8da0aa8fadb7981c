//! Redirect URIs. A requested one must equal a registered one byte for byte, except for the port on this machine
//! (OAuth 2.1 section 2.3.1).

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::wire::Origin;

/// A redirect URI that a client may register: `https`, `http` on the user's machine, or a private-use scheme of a
/// native app (RFC 8252 section 7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectUri(String);

/// Why a redirect URI is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidRedirectUri {
    /// It has a fragment (RFC 6749 section 3.1.2).
    Fragment,
    /// It is not absolute, is longer than 1,024 bytes, has a host in another spelling than the one that browsers send,
    /// user information, a dot segment, or characters that are not allowed in URLs.
    Malformed,
    /// `http` to another machine.
    Insecure,
    /// A scheme that an app on the user's machine may not claim: one without a dot (RFC 8252 section 7.1).
    Scheme,
}

impl InvalidRedirectUri {
    /// What is wrong, as a sentence.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Fragment => "A redirect URI must not have a fragment.",
            Self::Malformed => {
                "A redirect URI is an absolute URL of at most 1024 characters without user information and dot segments."
            }
            Self::Insecure => "A redirect URI with http must be on localhost, 127.0.0.1 or [::1].",
            Self::Scheme => {
                "The scheme of a redirect URI is https, http on a loopback address, or a reversed domain name of the app."
            }
        }
    }
}

impl fmt::Display for InvalidRedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.description())
    }
}

/// The maximum length in bytes.
const MAX_BYTES: usize = 1024;

/// The hosts of the user's own machine. `localhost` is not recommended (RFC 8252 section 8.3), but browsers resolve
/// it to the loopback addresses, and many native clients use it.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

impl RedirectUri {
    /// Checks a redirect URI.
    ///
    /// # Errors
    /// [`InvalidRedirectUri`].
    pub fn parse(text: &str) -> Result<Self, InvalidRedirectUri> {
        use InvalidRedirectUri::{Fragment, Insecure, Malformed, Scheme};
        if text.contains('#') {
            return Err(Fragment);
        }
        let is_allowed = |b: u8| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b);
        if text.len() > MAX_BYTES || !text.bytes().all(is_allowed) {
            return Err(Malformed);
        }
        let (scheme, rest) = text.split_once(':').ok_or(Malformed)?;
        match scheme {
            "https" | "http" => {
                let end =
                    scheme.len() + 3 + rest.strip_prefix("//").and_then(after_authority).ok_or(Malformed)?;
                let origin =
                    text.get(..end).and_then(|origin| Origin::parse(origin).ok()).ok_or(Malformed)?;
                if scheme == "http" && !LOOPBACK.contains(&origin.host()) {
                    return Err(Insecure);
                }
            }
            scheme if is_private_use(scheme) => {
                if !rest.starts_with('/') || rest.contains('@') {
                    return Err(Malformed);
                }
            }
            _ => return Err(Scheme),
        }
        if has_dot_segment(rest) { Err(Malformed) } else { Ok(Self(text.to_owned())) }
    }

    /// The URI as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a request may name this URI: it is the same, or it differs only in the port, and both are on the
    /// user's machine, where an app listens on whichever port is free (RFC 8252 section 7.3).
    #[must_use]
    pub fn permits(&self, requested: &str) -> bool {
        if self.0 == requested {
            return true;
        }
        match (loopback(&self.0), loopback(requested)) {
            (Some(registered), Some(other)) => registered == other && Self::parse(requested).is_ok(),
            (_, _) => false,
        }
    }

    /// Whether it leads to the user's machine by http.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        loopback(&self.0).is_some()
    }

    /// Whether it has a private-use scheme, which any app on the user's machine can claim.
    #[must_use]
    pub fn is_private_use(&self) -> bool {
        self.0.split_once(':').is_some_and(|(scheme, _)| is_private_use(scheme))
    }

    /// Where the user's answer goes, as users can recognise it: the host, or the private-use scheme.
    #[must_use]
    pub fn host(&self) -> &str {
        let Some((scheme, rest)) = self.0.split_once(':') else { return "" };
        let authority = rest.strip_prefix("//").filter(|_| !self.is_private_use());
        authority.map_or(scheme, |rest| rest.split(['/', '?']).next().unwrap_or_default())
    }

    /// Its origin, if it has one that browsers know.
    #[must_use]
    pub fn origin(&self) -> Option<Origin> {
        let end = self.0.match_indices('/').nth(2).map_or(self.0.len(), |(at, _)| at);
        let origin = self.0.get(..end)?;
        Origin::parse(origin.split('?').next()?).ok()
    }
}

/// Where the authority ends.
fn after_authority(rest: &str) -> Option<usize> {
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    (end > 0).then_some(end)
}

/// A scheme in lower case with a dot: a domain name of the app's maker in reverse order.
fn is_private_use(scheme: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b);
    scheme.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
        && scheme.bytes().all(fits)
        && scheme.split('.').all(|part| !part.is_empty())
        && scheme.contains('.')
}

/// Whether a segment of the path is `.` or `..`, written out or escaped. Browsers remove such segments, so the URI to
/// which they go would not be the one that was compared.
fn has_dot_segment(rest: &str) -> bool {
    let path = rest.split('?').next().unwrap_or_default().to_ascii_lowercase().replace("%2e", ".");
    path.split('/').any(|segment| segment == "." || segment == "..")
}

/// The host and what follows the port, of a URI on the user's machine.
fn loopback(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let host = LOOPBACK.into_iter().find(|host| rest.starts_with(host))?;
    let after = rest.get(host.len()..)?;
    let after = match after.strip_prefix(':') {
        Some(port) => port.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => after,
    };
    (after.is_empty() || after.starts_with(['/', '?'])).then_some((host, after))
}

impl TryFrom<String> for RedirectUri {
    type Error = InvalidRedirectUri;

    fn try_from(text: String) -> Result<Self, InvalidRedirectUri> {
        Self::parse(&text)
    }
}

impl From<RedirectUri> for String {
    fn from(uri: RedirectUri) -> Self {
        uri.0
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidRedirectUri, RedirectUri};

    fn uri(text: &str) -> RedirectUri {
        RedirectUri::parse(text).unwrap()
    }

    #[test]
    fn accepts_the_three_kinds_of_redirect_uris() {
        for (text, host) in [
            ("https://app.example.com", "app.example.com"),
            ("https://app.example.com/callback", "app.example.com"),
            ("https://app.example.com:8443/callback?kind=1", "app.example.com:8443"),
            ("https://app.example.com?x=1", "app.example.com"),
            ("http://127.0.0.1/callback", "127.0.0.1"),
            ("http://127.0.0.1:49152/callback", "127.0.0.1:49152"),
            ("http://[::1]:3000/", "[::1]:3000"),
            ("http://localhost:3000/callback", "localhost:3000"),
            ("com.example.app:/callback", "com.example.app"),
            ("com.example.app://callback/x", "com.example.app"),
        ] {
            assert_eq!(uri(text).host(), host, "{text}");
        }
        assert_eq!(uri("https://a.example/b").origin().unwrap().as_str(), "https://a.example");
        assert_eq!(uri("https://a.example?b=/c/d").origin().unwrap().as_str(), "https://a.example");
        assert_eq!(uri("com.example.app:/a").origin(), None);
        assert!(uri("http://localhost/").is_loopback() && !uri("https://localhost/").is_loopback());
        assert!(uri("com.example.app:/a").is_private_use() && !uri("https://a.example").is_private_use());
    }

    #[test]
    fn rejects_what_is_no_redirect_uri() {
        use InvalidRedirectUri::{Fragment, Insecure, Malformed, Scheme};
        let long = format!("https://app.example.com/{}", "a".repeat(1024));
        for (text, why) in [
            ("https://app.example.com/#", Fragment),
            ("https://app.example.com/#a", Fragment),
            ("", Malformed),
            ("/callback", Malformed),
            ("callback", Malformed),
            ("https:/app.example.com", Malformed),
            ("https://", Malformed),
            ("https:///callback", Malformed),
            ("https://user@app.example.com/", Malformed),
            ("https://user:x@app.example.com/", Malformed),
            ("https://App.example.com/", Malformed),
            ("https://app.example.com:443/", Malformed),
            ("https://app.example.com:0/", Malformed),
            ("https://app.example.com\\.evil.example/", Malformed),
            ("https://app.example.com/ x", Malformed),
            ("https://app.example.com/ä", Malformed),
            ("https://app.example.com/a/../b", Malformed),
            ("https://app.example.com/%2E%2e/b", Malformed),
            ("https://app.example.com/.%2e", Malformed),
            ("https://app.example.com/./b", Malformed),
            ("https://app.example.com/<x>", Malformed),
            (&long, Malformed),
            ("http://app.example.com/", Insecure),
            ("http://127.0.0.2/", Insecure),
            ("http://localhost.example.com/", Insecure),
            ("http://a.localhost/", Insecure),
            ("HTTPS://app.example.com/", Scheme),
            ("javascript:alert(1)", Scheme),
            ("data:text/html,x", Scheme),
            ("myapp:/callback", Scheme),
            ("myapp://callback", Scheme),
            ("ftp://app.example.com/", Scheme),
            (".app:/x", Scheme),
            ("com..app:/x", Scheme),
            ("com.example.app:callback", Malformed),
            ("com.example.app://user@host/", Malformed),
        ] {
            assert_eq!(RedirectUri::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn a_request_names_the_registered_uri_byte_for_byte() {
        let registered = uri("https://app.example.com/callback");
        assert!(registered.permits("https://app.example.com/callback"));
        for other in [
            "https://app.example.com/callback/",
            "https://app.example.com/callback?x=1",
            "https://app.example.com/Callback",
            "https://app.example.com/callbac%6b",
            "https://app.example.com/callback/../x",
            "https://app.example.com:8443/callback",
            "https://app.example.com.evil.example/callback",
            "https://app.example.com@evil.example/callback",
            "https://evil.example/callback",
            "https://app-example.com/callback",
            "http://app.example.com/callback",
            "https://app.example.com/callback#x",
            "",
        ] {
            assert!(!registered.permits(other), "{other}");
        }
    }

    #[test]
    fn only_the_port_may_differ_and_only_on_the_user_s_machine() {
        for registered in ["http://127.0.0.1/callback", "http://127.0.0.1:1/callback"] {
            let registered = uri(registered);
            for port in ["", ":1", ":49152", ":65535"] {
                assert!(registered.permits(&format!("http://127.0.0.1{port}/callback")), "{port}");
            }
            for other in [
                "http://127.0.0.1:0/callback",
                "http://127.0.0.1:65536/callback",
                "http://127.0.0.1:/callback",
                "http://127.0.0.1:80/callback",
                "http://127.0.0.1:1/other",
                "http://127.0.0.1:1/callback?x",
                "http://127.0.0.1:1@evil.example/callback",
                "http://127.0.0.1.evil.example/callback",
                "http://127.0.0.11/callback",
                "http://localhost:1/callback",
                "http://[::1]:1/callback",
                "https://127.0.0.1:1/callback",
            ] {
                assert!(!registered.permits(other), "{other}");
            }
        }
        assert!(uri("http://localhost/cb").permits("http://localhost:3000/cb"));
        assert!(uri("http://[::1]/cb").permits("http://[::1]:3000/cb"));
        assert!(!uri("https://localhost/cb").permits("https://localhost:3000/cb"));
        assert!(!uri("com.example.app:/cb").permits("com.example.app:/cb2"));
    }
}
