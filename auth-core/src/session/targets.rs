//! The origins to which the access token may be sent.

use percent_encoding::percent_decode;

use crate::wire::Origin;

/// The first segment of the service's paths ([`crate::wire::paths`]).
const SERVICE_ROOT: &[u8] = b"auth";

const ADD_ORIGIN: &str = "If the access token may go there, add it to the option apiOrigins of createClient.";

/// The configured origins.
#[derive(Clone, Debug)]
pub struct Targets {
    service: Origin,
    apis: Vec<Origin>,
}

impl Targets {
    /// Creates the targets of a service and its APIs; `None` stands for the service's own origin.
    ///
    /// # Errors
    /// The first text that is not an origin to which a token may be sent: `https`, or `http` on this
    /// computer.
    pub fn new(service: &str, apis: Option<Vec<String>>) -> Result<Self, String> {
        let parse = |text: &str| {
            let origin = Origin::parse(text).ok().filter(Origin::is_secure);
            origin.ok_or_else(|| String::from(text))
        };
        let service = parse(service)?;
        let Some(named) = apis else {
            return Ok(Self { apis: vec![service.clone()], service });
        };
        let mut apis = Vec::with_capacity(named.len());
        for text in named {
            apis.push(parse(&text)?);
        }
        Ok(Self { service, apis })
    }

    /// The service's origin.
    #[must_use]
    pub const fn service(&self) -> &Origin {
        &self.service
    }

    /// Whether the token may be sent to this URL, given as an URL parser has split it.
    ///
    /// The page may not call the service's own paths, because some of them return a token.
    #[must_use]
    pub fn allows(&self, origin: &str, path: &str) -> bool {
        self.names(origin) && !self.is_services_own(origin, path)
    }

    /// Why the token may not go to an address that [`Self::allows`] rejects, in words for a developer.
    #[must_use]
    pub fn why_not(&self, origin: &str, path: &str) -> String {
        if self.is_services_own(origin, path) {
            return [origin, path, " is one of the service's own paths, which pages don't call."].concat();
        }
        let page = page_origin(origin);
        if !page.starts_with("http") {
            return String::from("The token goes to http and https addresses only.");
        }
        let mut named = String::new();
        for api in &self.apis {
            named.push_str(if named.is_empty() { "\"" } else { ", \"" });
            named.push_str(api.as_str());
            named.push('"');
        }
        ["apiOrigins: found [", &named, "], expected \"", &page, "\" in it. ", ADD_ORIGIN].concat()
    }

    /// Whether it is one of the service's own paths. The page does not get responses from there either,
    /// whatever redirects led to it.
    #[must_use]
    pub fn is_services_own(&self, origin: &str, path: &str) -> bool {
        origin == self.service.as_str() && is_service_path(path)
    }

    /// Whether a page may have a ticket for this address. A socket's origin stands for that of the pages
    /// beside it: `wss:` is `https:`.
    #[must_use]
    pub fn allows_ticket(&self, origin: &str, path: &str) -> bool {
        self.allows(&page_origin(origin), path)
    }

    /// Whether this origin, from which a response came, is a configured API.
    #[must_use]
    pub fn names(&self, origin: &str) -> bool {
        self.apis.iter().any(|api| api.as_str() == origin)
    }
}

/// The origin of the pages beside a socket: `wss:` is `https:`. Any other origin is returned as it is.
fn page_origin(origin: &str) -> String {
    match origin.strip_prefix("ws") {
        Some(rest) => ["http", rest].concat(),
        None => String::from(origin),
    }
}

/// Whether some server could read this as a path under `/auth`, however it normalises escapes, case and
/// slashes. Dot segments that an URL parser has left are rejected in any case.
fn is_service_path(path: &str) -> bool {
    let Some(mut path) = unescape(path) else { return true };
    path.make_ascii_lowercase();
    let mut segments = path
        .split(|b| matches!(b, b'/' | b'\\'))
        .filter(|segment| !segment.is_empty() && *segment != b".")
        .peekable();
    segments.peek().is_some_and(|first| *first == SERVICE_ROOT) || segments.any(|segment| segment == b"..")
}

/// Decodes escapes until none is left; `None` after four rounds.
fn unescape(path: &str) -> Option<Vec<u8>> {
    let mut path = path.as_bytes().to_vec();
    for _ in 0..4 {
        let decoded: Vec<u8> = percent_decode(&path).collect();
        if decoded.len() == path.len() {
            return Some(decoded);
        }
        path = decoded;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Targets;

    fn targets() -> Targets {
        Targets::new(
            "https://auth.example.com",
            Some(vec!["https://auth.example.com".into(), "https://api.example.com".into()]),
        )
        .unwrap()
    }

    #[test]
    fn check_48_origins_are_compared_whole() {
        let targets = targets();
        assert!(targets.allows("https://api.example.com", "/anything"));
        for origin in [
            "https://api.example.com.evil.example",
            "https://evil-api.example.com",
            "https://api.example.com:8443",
            "http://api.example.com",
            "https://example.com",
            "https://API.example.com",
            "null",
            "",
        ] {
            assert!(!targets.allows(origin, "/"), "{origin}");
        }
    }

    #[test]
    fn a_rejected_address_is_explained() {
        assert_eq!(
            targets().why_not("http://localhost:5173", "/api"),
            "apiOrigins: found [\"https://auth.example.com\", \"https://api.example.com\"], expected \
             \"http://localhost:5173\" in it. If the access token may go there, add it to the option apiOrigins of \
             createClient."
        );
        let socket = targets().why_not("wss://live.example.com", "/");
        assert!(socket.contains("expected \"https://live.example.com\" in it"), "{socket}");
        assert_eq!(targets().why_not("null", "/x"), "The token goes to http and https addresses only.");
        assert_eq!(
            targets().why_not("https://auth.example.com", "/auth/refresh"),
            "https://auth.example.com/auth/refresh is one of the service's own paths, which pages don't call."
        );
    }

    #[test]
    fn check_48_a_sockets_origin_is_that_of_the_pages_beside_it() {
        let targets = targets();
        assert!(targets.allows_ticket("https://api.example.com", "/x"));
        assert!(targets.allows_ticket("wss://api.example.com", "/x"));
        for (origin, path) in [
            ("ws://api.example.com", "/x"),
            ("wss://evil.example", "/x"),
            ("wss://api.example.com.evil.example", "/x"),
            ("wss://auth.example.com", "/auth/refresh"),
            ("wsss://api.example.com", "/x"),
            ("wshttps://api.example.com", "/x"),
            ("ws", "/x"),
            ("null", "/x"),
        ] {
            assert!(!targets.allows_ticket(origin, path), "{origin}");
        }
        assert!(Targets::new("http://localhost:1", None).unwrap().allows_ticket("ws://localhost:1", "/x"));
    }

    #[test]
    fn the_services_own_paths_are_not_for_the_page() {
        let targets = targets();
        for path in [
            "/auth",
            "/auth/refresh",
            "//auth/refresh",
            "/AUTH/refresh",
            "/%61uth/refresh",
            "/%2561uth/refresh",
            "/%252525252561uth",
            "/auth%2Frefresh",
            "/%2fauth/refresh",
            "/\\auth/refresh",
            "/.//auth/x",
            "/api/%2e%2e/auth/refresh",
            "/api/..%2fauth/refresh",
        ] {
            assert!(!targets.allows("https://auth.example.com", path), "{path}");
            assert!(targets.allows("https://api.example.com", path), "{path}");
        }
        for path in ["/", "/api/me", "/authors", "/api/auth", "/%", "/%zz", "/100%/auth"] {
            assert!(targets.allows("https://auth.example.com", path), "{path}");
        }
    }

    #[test]
    fn without_api_origins_only_the_service_gets_tokens_and_only_securely() {
        let targets = Targets::new("http://localhost:8787", None).unwrap();
        assert!(targets.allows("http://localhost:8787", "/api/me"));
        for bad in ["http://a.example", "https://a.example/", "https://a.example/x", "a.example", "*", ""] {
            assert_eq!(Targets::new(bad, None).unwrap_err(), bad);
            assert_eq!(Targets::new("https://ok.example", Some(vec![bad.into()])).unwrap_err(), bad);
        }
    }

    const NAMED: [&str; 2] = ["https://auth.example.com", "https://api.example.com"];

    /// Variations of a trusted name, as an attacker might use them.
    fn disguise() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            prop::sample::select(vec![
                ".",
                "@",
                ":",
                "/",
                "\\",
                "#",
                "?",
                "%2e",
                ".evil.example",
                ":443",
                ":8443",
                "http:",
                "wss:",
                "null",
            ])
            .prop_map(String::from),
            any::<char>().prop_map(String::from),
        ];
        (prop::sample::select(NAMED.to_vec()), any::<usize>(), 0..3usize, piece).prop_map(
            |(name, at, removed, piece)| {
                let at = at % (name.len() + 1);
                let end = (at + removed).min(name.len());
                name.chars().take(at).chain(piece.chars()).chain(name.chars().skip(end)).collect()
            },
        )
    }

    /// A path under `/auth`, in a spelling that is meant to hide it.
    fn spelling() -> impl Strategy<Value = String> {
        let letter = |plain: char| {
            (any::<bool>(), 0..4usize).prop_map(move |(upper, wraps)| {
                let plain = if upper { plain.to_ascii_uppercase() } else { plain };
                (0..wraps).fold(plain.to_string(), |text, wrap| match wrap {
                    0 => format!("%{:02x}", u32::from(plain)),
                    _ => text.replacen('%', "%25", 1),
                })
            })
        };
        let slash = || {
            prop::sample::select(vec![
                "/",
                "//",
                "\\",
                "/./",
                "%2f",
                "%5C",
                "/%2e/",
                "%252F",
                "/x/../",
                "/x/%2e%2E/",
            ])
        };
        let letters = "auth".chars().map(letter).collect::<Vec<_>>();
        (slash(), letters, prop::option::of((slash(), "[a-z0-9/.]{0,12}"))).prop_map(|(lead, name, tail)| {
            let tail = tail.map(|(slash, rest)| format!("{slash}{rest}")).unwrap_or_default();
            format!("{lead}{}{tail}", name.concat())
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        /// No token is sent to an origin that is not configured, whatever variation of a configured one it
        /// is.
        #[test]
        fn property_check_48_only_configured_origins_get_a_token(origin in disguise(), path in "/[ -~]{0,20}") {
            let named = NAMED.contains(&origin.as_str());
            prop_assert_eq!(targets().names(&origin), named);
            prop_assert!(named || !targets().allows(&origin, &path));
            let secure_socket = origin.strip_prefix("wss://").map(|host| format!("https://{host}"));
            let meant = secure_socket.is_some_and(|page| NAMED.contains(&page.as_str()));
            prop_assert!(named || meant || !targets().allows_ticket(&origin, &path));
        }

        /// Nor to one of the service's own paths, in any spelling.
        #[test]
        fn property_check_48_the_services_paths_are_known_in_every_spelling(path in spelling()) {
            prop_assert!(!targets().allows(NAMED[0], &path));
            prop_assert!(targets().is_services_own(NAMED[0], &path));
            prop_assert!(!targets().allows_ticket("wss://auth.example.com", &path));
        }
    }
}
