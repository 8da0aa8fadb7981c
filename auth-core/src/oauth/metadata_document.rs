//! Client ID metadata documents (draft-ietf-oauth-client-id-metadata-document): the `client_id` is the URL of a document
//! with the client's metadata.
//!
//! The URL comes from whichever page leads a user to the service, so the service must not fetch what only it can reach.

use serde_json::{Map, Value};

use super::client::{Client, ClientOrigin};
use super::client_metadata::{ClientMetadata, MetadataOrigin};
use super::policy::OAuthPolicy;
use crate::id::ClientId;
use crate::token::VerificationKey;
use crate::wire::{Origin, parse_object};

/// The maximum size of a document in bytes (section 6.6 of the draft recommends 5 KB).
pub const MAX_DOCUMENT_BYTES: u32 = 5 * 1024;

/// How long the service waits for a document, in milliseconds.
pub const DOCUMENT_TIMEOUT_MS: u64 = 10_000;

/// For how long a document is used at most, in seconds: seven days.
const MAX_DOCUMENT_AGE: u64 = 7 * 86_400;

/// For how long a document is used whose response does not say, in seconds: five minutes.
const DEFAULT_DOCUMENT_AGE: u64 = 300;

/// Why a client ID metadata document is not used. For the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnusableDocument {
    /// The URL is not https, or has no path, a fragment, user information, a dot segment or a port.
    Url,
    /// The host is not a public name, or is an address.
    Host,
    /// The response is not a complete one with status 200 that arrives in time and has the permitted size.
    Response,
    /// Its type is not JSON.
    ContentType,
    /// It is not a JSON object without duplicate names.
    Malformed,
    /// Its `client_id` is another one.
    OtherClient,
    /// It has a secret, which every reader knows.
    Secret,
    /// Its metadata is invalid; the text says what.
    Metadata(&'static str),
}

impl UnusableDocument {
    /// What is wrong, for the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Url => {
                "the client_id is not an https URL with a path and without port, fragment and dot segments"
            }
            Self::Host => "the host of the client_id is not a public name",
            Self::Response => "the document can't be fetched",
            Self::ContentType => "the document is not application/json",
            Self::Malformed => "the document is not a JSON object",
            Self::OtherClient => "the client_id in the document is not its URL",
            Self::Secret => "the document has a client_secret",
            Self::Metadata(description) => description,
        }
    }
}

/// The URL of a document that may be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentUrl {
    origin: Origin,
    path: String,
}

impl DocumentUrl {
    /// Checks a URL. `on_this_machine`: the service is on a developer's machine, and so may the document be, with http
    /// and with any port.
    ///
    /// # Errors
    /// [`UnusableDocument::Url`], [`UnusableDocument::Host`].
    pub fn parse(id: &ClientId, on_this_machine: bool) -> Result<Self, UnusableDocument> {
        let url = id.as_str();
        let start = url.find("://").ok_or(UnusableDocument::Url)? + 3;
        let slash = url.get(start..).and_then(|rest| rest.find('/')).ok_or(UnusableDocument::Url)?;
        let (origin, path) = url.split_at_checked(start + slash).ok_or(UnusableDocument::Url)?;
        // Its canonical form has neither user information nor the default port.
        let origin = Origin::parse(origin).map_err(|_| UnusableDocument::Url)?;
        let is_allowed = |b: u8| b.is_ascii_graphic() && !b"#\"<>\\^`{|}".contains(&b);
        let folded = path.split('?').next().unwrap_or_default().to_ascii_lowercase().replace("%2e", ".");
        let has_dots = folded.split('/').any(|segment| segment == "." || segment == "..");
        if path == "/" || has_dots || !path.bytes().all(is_allowed) {
            return Err(UnusableDocument::Url);
        }
        if on_this_machine && origin.is_local() {
            return Ok(Self { origin, path: path.to_owned() });
        }
        let authority = origin.as_str().strip_prefix("https://").ok_or(UnusableDocument::Url)?;
        if authority != origin.host() {
            return Err(UnusableDocument::Url);
        }
        if !is_public_name(origin.host()) {
            return Err(UnusableDocument::Host);
        }
        Ok(Self { origin, path: path.to_owned() })
    }

    /// The origin.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The path and the query.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Reads the body of the document at this URL.
    ///
    /// # Errors
    /// [`UnusableDocument`].
    pub fn read(
        &self,
        body: &[u8],
        policy: &OAuthPolicy,
        is_valid_key: impl Fn(&VerificationKey) -> bool,
    ) -> Result<Client, UnusableDocument> {
        let members: Map<String, Value> = parse_object(body).map_err(|_| UnusableDocument::Malformed)?;
        let url = [self.origin.as_str(), &self.path].concat();
        if members.get("client_id").and_then(Value::as_str) != Some(&url) {
            return Err(UnusableDocument::OtherClient);
        }
        if members.contains_key("client_secret") || members.contains_key("client_secret_expires_at") {
            return Err(UnusableDocument::Secret);
        }
        let written_by = MetadataOrigin::Document(&self.origin);
        let metadata = ClientMetadata::read(&members, policy, &written_by, is_valid_key)
            .map_err(|failure| UnusableDocument::Metadata(failure.description))?;
        Ok(metadata.client(url.into(), ClientOrigin::MetadataDocument, Vec::new(), 0))
    }
}

/// Whether a host is a name that the public DNS can have: several labels, not all digits at the end (an address), and none
/// of the names that networks use inside (RFC 6761, RFC 6762, RFC 8375). Addresses are never public names, so no form of a
/// private address is one.
fn is_public_name(host: &str) -> bool {
    const INSIDE: [&str; 9] =
        ["localhost", "local", "internal", "intranet", "private", "corp", "home", "lan", "arpa"];
    let Some((before, last)) = host.rsplit_once('.') else { return false };
    !before.is_empty()
        && !INSIDE.contains(&last)
        && last.bytes().any(|b| b.is_ascii_lowercase())
        // A last label such as 0x7f is read as a number, and the host as an address (URL standard, "ends in a number").
        && !last.starts_with("0x")
}

/// For how long a document may be used, in seconds: as its `Cache-Control` says (RFC 9111 section 5.2.2), and not longer
/// than seven days.
#[must_use]
pub fn document_age(cache_control: Option<&str>) -> u64 {
    let Some(header) = cache_control else { return DEFAULT_DOCUMENT_AGE };
    let directives = || header.split(',').map(|directive| directive.trim().to_ascii_lowercase());
    if directives()
        .any(|directive| ["no-store", "no-cache"].contains(&directive.split('=').next().unwrap_or_default()))
    {
        return 0;
    }
    let max_age = directives().find_map(|directive| {
        let age = directive.strip_prefix("max-age=")?.trim_matches('"').to_owned();
        age.bytes().all(|b| b.is_ascii_digit()).then(|| age.parse().unwrap_or(MAX_DOCUMENT_AGE))
    });
    max_age.unwrap_or(DEFAULT_DOCUMENT_AGE).min(MAX_DOCUMENT_AGE)
}

/// Whether a response's `Content-Type` is that of a document: JSON, or a type whose name ends in `+json`.
#[must_use]
pub fn is_document_type(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{DocumentUrl, UnusableDocument, document_age, is_document_type};
    use crate::id::ClientId;
    use crate::oauth::policy::tests::policy;
    use crate::oauth::{Client, ClientAuthentication, ClientOrigin};

    const URL: &str = "https://client.example/metadata.json";

    fn parse(url: &str) -> Result<DocumentUrl, UnusableDocument> {
        DocumentUrl::parse(&ClientId::from(url), false)
    }

    #[test]
    fn a_document_is_at_an_https_url_of_a_public_name() {
        for (url, origin, path) in [
            (URL, "https://client.example", "/metadata.json"),
            (
                "https://a.b.client.example/oauth/client?v=1",
                "https://a.b.client.example",
                "/oauth/client?v=1",
            ),
            ("https://xn--bcher-kva.example/c", "https://xn--bcher-kva.example", "/c"),
            ("https://1.example/c", "https://1.example", "/c"),
        ] {
            let parsed = parse(url).unwrap();
            assert_eq!((parsed.origin().as_str(), parsed.path()), (origin, path));
        }
        for url in [
            "http://client.example/c",
            "https://client.example",
            "https://client.example/",
            "https://client.example?c",
            "https://client.example/c#f",
            "https://user@client.example/c",
            "https://user:pass@client.example/c",
            "https://client.example:8443/c",
            "https://client.example:443/c",
            "https://Client.example/c",
            "https://client.example/../c",
            "https://client.example/a/./c",
            "https://client.example/%2e%2E/c",
            "https://client.example/a/.%2e",
            "https://client.example\\@evil.example/c",
            "https://client.example/c c",
            "https:///c",
            "https://.example/c",
            "https://client..example/c",
            "ftp://client.example/c",
        ] {
            assert_eq!(parse(url), Err(UnusableDocument::Url), "{url}");
        }
    }

    #[test]
    fn no_document_is_fetched_from_inside_a_network() {
        for host in [
            "localhost",
            "a.localhost",
            "intranet",
            "printer.local",
            "metadata.google.internal",
            "router.lan",
            "nas.home.arpa",
            "1.0.0.127.in-addr.arpa",
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "8.8.8.8",
            "127.1",
            "2130706433",
            "a.0x7f",
            "0x7f.0.0.0x1",
            "[::1]",
            "[::ffff:7f00:1]",
            "[fc00::1]",
            "[fe80::1]",
            "[2606:4700::1]",
            "client.example.0",
        ] {
            assert_eq!(parse(&format!("https://{host}/c")), Err(UnusableDocument::Host), "{host}");
        }
        // In a form that browsers don't send, an address is no origin.
        for host in ["[::ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]", "client.example."] {
            assert_eq!(parse(&format!("https://{host}/c")), Err(UnusableDocument::Url), "{host}");
        }
    }

    #[test]
    fn a_service_on_a_developer_s_machine_fetches_from_that_machine_too() {
        let local = |url: &str| DocumentUrl::parse(&ClientId::from(url), true);
        for url in ["http://localhost:3000/c", "http://127.0.0.1:1/c", "https://[::1]/c", URL] {
            assert!(local(url).is_ok(), "{url}");
        }
        for url in [
            "http://client.example/c",
            "https://10.0.0.1/c",
            "http://localhost:3000/",
            "http://192.168.0.1/c",
        ] {
            assert!(local(url).is_err(), "{url}");
        }
    }

    fn read(document: serde_json::Value) -> Result<Client, UnusableDocument> {
        parse(URL).unwrap().read(document.to_string().as_bytes(), &policy(), |_| true)
    }

    #[test]
    fn a_document_describes_the_client_at_its_own_url() {
        let good =
            json!({"client_id": URL, "client_name": "Notes", "redirect_uris": ["https://client.example/cb"]});
        let client = read(good.clone()).unwrap();
        assert_eq!((client.id.as_str(), &*client.name), (URL, "Notes"));
        assert_eq!(client.origin, ClientOrigin::MetadataDocument);
        assert!(matches!(client.authentication, ClientAuthentication::None));
        assert!(!client.first_party && !client.dpop);
        for (name, value, why) in [
            ("client_id", json!("https://client.example/other.json"), UnusableDocument::OtherClient),
            ("client_id", json!(null), UnusableDocument::OtherClient),
            ("client_id", json!("https://client.example/metadata.json/"), UnusableDocument::OtherClient),
            ("client_secret", json!("s"), UnusableDocument::Secret),
            ("client_secret", json!(null), UnusableDocument::Secret),
            ("client_secret_expires_at", json!(0), UnusableDocument::Secret),
        ] {
            let mut document = good.clone();
            document[name] = value;
            assert_eq!(read(document.clone()).unwrap_err(), why, "{document}");
        }
        for (name, value) in [
            ("token_endpoint_auth_method", json!("client_secret_basic")),
            ("token_endpoint_auth_method", json!("client_secret_post")),
            ("token_endpoint_auth_method", json!("client_secret_jwt")),
            ("redirect_uris", json!(["https://evil.example/cb"])),
            ("grant_types", json!(["client_credentials"])),
        ] {
            let mut document = good.clone();
            document[name] = value;
            assert!(matches!(read(document.clone()), Err(UnusableDocument::Metadata(_))), "{document}");
        }
        let url = parse(URL).unwrap();
        for body in ["", "[]", "null", "<html>", r#"{"client_id":"a","client_id":"b"}"#] {
            let read = url.read(body.as_bytes(), &policy(), |_| true);
            assert_eq!(read.unwrap_err(), UnusableDocument::Malformed, "{body}");
        }
    }

    #[test]
    fn a_document_is_used_as_long_as_its_response_says_and_at_most_seven_days() {
        for (header, age) in [
            (None, 300),
            (Some("public"), 300),
            (Some("max-age=60"), 60),
            (Some("public, Max-Age=3600, must-revalidate"), 3600),
            (Some("max-age=\"60\""), 60),
            (Some("max-age=0"), 0),
            (Some("max-age=31536000"), 604_800),
            (Some("max-age=99999999999999999999999"), 604_800),
            (Some("max-age=-1"), 300),
            (Some("no-store, max-age=60"), 0),
            (Some("no-cache"), 0),
            (Some("no-cache=\"set-cookie\""), 0),
        ] {
            assert_eq!(document_age(header), age, "{header:?}");
        }
    }

    #[test]
    fn a_document_is_json() {
        for (content_type, is) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/oauth-client-id-metadata+json", true),
            ("text/html", false),
            ("text/json", false),
            ("application/jsonp", false),
            ("", false),
        ] {
            assert_eq!(is_document_type(content_type), is, "{content_type}");
        }
    }
}
