//! Where the browser goes when the provider has answered.

use crate::wire::{ErrorCode, Method, Origin};

/// The maximum length of a stated address, in bytes. The page that waits for a signed-in user has an address with a
/// sealed request in it, and the longest address still fits into the cookie of the flows.
pub(super) const MAX_BYTES: usize = 2_048;

/// The parameters with the error code, and with the methods of a second factor.
const ERROR: &str = "error";
const METHODS: &str = "methods";

/// A page of the service's own origin, or of an origin whose pages may call the service, as an absolute URL.
///
/// The URL is never relative when it is sent, so no reading of a path can lead to another origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnTo {
    url: String,
    /// The length of the origin within `url`.
    origin: usize,
}

/// The text is not the address of a page to which the browser may return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidReturnTo;

impl ReturnTo {
    /// Reads a path of the origin `own`, or an absolute URL whose origin is listed. Both may have a query and
    /// a fragment. They are visible ASCII without backslashes, which browsers read as slashes.
    ///
    /// # Errors
    /// [`InvalidReturnTo`].
    pub fn parse(
        text: &str,
        own: &Origin,
        is_listed: impl FnOnce(&str) -> bool,
    ) -> Result<Self, InvalidReturnTo> {
        let is_plain = text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        if text.len() > MAX_BYTES || !is_plain {
            return Err(InvalidReturnTo);
        }
        let (origin, path) = match text.strip_prefix('/') {
            Some(_) => (own.as_str(), text),
            None => split(text)
                .filter(|(origin, _)| Origin::parse(origin).is_ok() && is_listed(origin))
                .ok_or(InvalidReturnTo)?,
        };
        // A path that begins with two slashes has no meaning that a page could rely on.
        if path.starts_with("//") {
            return Err(InvalidReturnTo);
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        Ok(Self { url: [origin, slash, path].concat(), origin: origin.len() })
    }

    /// The first page of this origin: where a browser goes whose flow is not known.
    #[must_use]
    pub fn root(own: &Origin) -> Self {
        Self { url: [own.as_str(), "/"].concat(), origin: own.as_str().len() }
    }

    /// Reads the URL from a flow whose seal was checked. `None` if it is not one.
    pub(super) fn from_sealed(url: &str) -> Option<Self> {
        let (origin, path) = split(url)?;
        path.starts_with('/').then(|| Self { url: url.to_owned(), origin: origin.len() })
    }

    /// The absolute URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// The page's origin.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.url.get(..self.origin).unwrap_or_default()
    }

    /// The URL with `error=<code>` in its query, in place of any that it had, and with `methods=<method>,…` if
    /// there are methods by which the user can go on.
    #[must_use]
    pub fn with_error(&self, code: ErrorCode, methods: &[Method]) -> String {
        let (rest, fragment) = match self.url.split_once('#') {
            Some((rest, fragment)) => (rest, ["#", fragment].concat()),
            None => (self.url.as_str(), String::new()),
        };
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let name =
            |pair: &&str| pair.split('=').next().is_some_and(|name| ![ERROR, METHODS, ""].contains(&name));
        let kept = query.split('&').filter(name).map(|pair| [pair, "&"].concat()).collect::<String>();
        let methods: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
        let methods =
            if methods.is_empty() { String::new() } else { ["&methods=", &methods.join(",")].concat() };
        [path, "?", &kept, ERROR, "=", code.as_str(), &methods, &fragment].concat()
    }
}

/// The origin of an absolute URL, and the rest.
fn split(url: &str) -> Option<(&str, &str)> {
    let authority = url.find("://")?.checked_add(3)?;
    let end = url.get(authority..)?.find(['/', '?', '#']).map_or(url.len(), |at| authority + at);
    Some((url.get(..end)?, url.get(end..)?))
}

#[cfg(test)]
mod tests {
    use super::ReturnTo;
    use crate::wire::{ErrorCode, Method, Origin};

    fn read(text: &str) -> Option<String> {
        let own = Origin::parse("https://auth.example.com").unwrap();
        let is_listed = |origin: &str| {
            ["https://auth.example.com", "https://app.example.com", "http://localhost:5173"].contains(&origin)
        };
        ReturnTo::parse(text, &own, is_listed).ok().map(|page| page.as_str().to_owned())
    }

    #[test]
    fn a_path_is_one_of_the_services_own_origin() {
        for (text, url) in [
            ("/", "https://auth.example.com/"),
            ("/settings?tab=1#top", "https://auth.example.com/settings?tab=1#top"),
            ("/?a=b", "https://auth.example.com/?a=b"),
            ("/a//b", "https://auth.example.com/a//b"),
            ("/%2f%2fevil.example", "https://auth.example.com/%2f%2fevil.example"),
            ("/@evil.example", "https://auth.example.com/@evil.example"),
            ("/.evil.example", "https://auth.example.com/.evil.example"),
        ] {
            assert_eq!(read(text).as_deref(), Some(url), "{text}");
        }
    }

    #[test]
    fn a_url_has_a_listed_origin() {
        for (text, url) in [
            ("https://app.example.com", "https://app.example.com/"),
            ("https://app.example.com/a?b#c", "https://app.example.com/a?b#c"),
            ("https://app.example.com?b", "https://app.example.com/?b"),
            ("https://app.example.com#/route", "https://app.example.com/#/route"),
            ("http://localhost:5173/a", "http://localhost:5173/a"),
        ] {
            assert_eq!(read(text).as_deref(), Some(url), "{text}");
        }
    }

    /// The usual attacks on open redirects. Each begins at another origin in some browser or parser.
    #[test]
    fn nothing_leads_to_another_origin() {
        for text in [
            "",
            "//evil.example",
            "///evil.example",
            "////evil.example/%2e%2e",
            "/\\evil.example",
            "\\\\evil.example",
            "/\\/evil.example",
            "\\/\\/evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/\r\nLocation: https://evil.example",
            " //evil.example",
            "/ /evil.example",
            "\u{0}//evil.example",
            "/\u{7f}",
            "/\u{2028}",
            "/\u{ff0f}evil.example",
            "evil.example",
            "evil.example/path",
            ".evil.example",
            "@evil.example",
            "?next=/",
            "#top",
            "javascript:alert(1)",
            "JavaScript://app.example.com/%0aalert(1)",
            "data:text/html,x",
            "vbscript:x",
            "https:evil.example",
            "https:/evil.example",
            "https:///evil.example",
            "https://evil.example",
            "https://evil.example/https://app.example.com",
            "https://evil.example?https://app.example.com/",
            "https://app.example.com.evil.example/",
            "https://app.example.com@evil.example/",
            "https://app.example.com:pass@evil.example/",
            "https://user@app.example.com/",
            "https://app.example.com:444/",
            "https://app.example.com:443/",
            "https://APP.example.com/",
            "HTTPS://app.example.com/",
            "http://app.example.com/",
            "https://app.example.com\\@evil.example/",
            "https://app.example.com%2eevil.example/",
            "https://app.example.com//evil.example",
            "https://app.example.com./",
            "https://[::1]/",
            "http://localhost:5174/",
            "http://localhost.evil.example:5173/",
            "wss://app.example.com/",
            &format!("/{}", "a".repeat(2_048)),
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn an_error_is_in_the_query_once() {
        let own = Origin::parse("https://auth.example.com").unwrap();
        for (text, url) in [
            ("/", "/?error=provider_failed"),
            ("/a?b=c", "/a?b=c&error=provider_failed"),
            ("/a#b?c", "/a?error=provider_failed#b?c"),
            ("/a?b=c&#d", "/a?b=c&error=provider_failed#d"),
            ("/?error=other&b=c&error", "/?b=c&error=provider_failed"),
            ("/?", "/?error=provider_failed"),
        ] {
            let page = ReturnTo::parse(text, &own, |_| false).unwrap();
            assert_eq!(
                page.with_error(ErrorCode::ProviderFailed, &[]),
                format!("https://auth.example.com{url}"),
                "{text}"
            );
            assert_eq!(page.origin(), own.as_str());
        }
        assert_eq!(ReturnTo::root(&own).as_str(), "https://auth.example.com/");
        let methods = [Method::Totp, Method::RecoveryCode];
        assert_eq!(
            ReturnTo::root(&own).with_error(ErrorCode::SecondFactorRequired, &methods),
            "https://auth.example.com/?error=second_factor_required&methods=totp,recovery_code"
        );
    }
}
