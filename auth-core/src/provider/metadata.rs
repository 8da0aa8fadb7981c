//! A provider's discovery document (OpenID Connect Discovery section 3).

use serde_json::Value;

use crate::wire::{Origin, parse_object};

/// The part of a discovery document that a sign-in needs. Key sets are found by `token::foreign_keys`'
/// reader of the same document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The provider's page.
    pub authorization_endpoint: String,
    /// Where a code is exchanged for tokens.
    pub token_endpoint: String,
    /// Where the provider says more about the user, if it does.
    pub userinfo_endpoint: Option<String>,
    /// Whether every answer names the provider (RFC 9207 section 3).
    pub names_issuer: bool,
    /// Whether the client secret can be sent in the body (`client_secret_post`); otherwise it is sent in the
    /// header `Authorization` (`client_secret_basic`), which is the default.
    pub takes_secret_in_body: bool,
}

/// The document can't be used. For the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidMetadata {
    /// It is no JSON object.
    Malformed,
    /// It is another issuer's.
    OtherIssuer,
    /// An endpoint is missing, or is not an https URL.
    Endpoint,
}

impl InvalidMetadata {
    /// The word in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "the discovery document is no JSON object",
            Self::OtherIssuer => "the discovery document is another issuer's",
            Self::Endpoint => {
                "the discovery document names no https authorization_endpoint or token_endpoint"
            }
        }
    }
}

impl Metadata {
    /// Reads the document that was found at `url`. `issuer` is the configured one, compared byte for byte
    /// (OpenID Connect Discovery section 4.3). A document that came by https leads to no endpoint by http.
    ///
    /// # Errors
    /// [`InvalidMetadata`].
    pub fn parse(document: &[u8], issuer: &str, url: &str) -> Result<Self, InvalidMetadata> {
        let document = parse_object(document).map_err(|_| InvalidMetadata::Malformed)?;
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        if text("issuer") != Some(issuer) {
            return Err(InvalidMetadata::OtherIssuer);
        }
        let may_be_http = url.starts_with("http://");
        let endpoint =
            |name: &str| text(name).filter(|url| is_endpoint(url, may_be_http)).map(ToOwned::to_owned);
        let required = |name: &str| endpoint(name).ok_or(InvalidMetadata::Endpoint);
        let methods = document.get("token_endpoint_auth_methods_supported").and_then(Value::as_array);
        Ok(Self {
            authorization_endpoint: required("authorization_endpoint")?,
            token_endpoint: required("token_endpoint")?,
            userinfo_endpoint: endpoint("userinfo_endpoint"),
            names_issuer: document.get("authorization_response_iss_parameter_supported")
                == Some(&Value::Bool(true)),
            takes_secret_in_body: methods
                .is_some_and(|methods| methods.iter().any(|name| name == "client_secret_post")),
        })
    }
}

/// Whether it is an https URL (or one of this machine) without user info and fragment. It may have a query
/// (RFC 6749 section 3.1).
fn is_endpoint(url: &str, may_be_http: bool) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let end = scheme.len() + 3 + rest.find(['/', '?']).unwrap_or(rest.len());
    let is_plain = url.bytes().all(|b| b.is_ascii_graphic() && b != b'\\' && b != b'#');
    let origin = url.get(..end).and_then(|origin| Origin::parse(origin).ok());
    is_plain && origin.is_some_and(|origin| origin.is_secure()) && (scheme == "https" || may_be_http)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{InvalidMetadata, Metadata};

    fn document() -> Value {
        json!({
            "issuer": "https://i.example",
            "authorization_endpoint": "https://i.example/authorize?tenant=1",
            "token_endpoint": "https://tokens.example/token",
            "jwks_uri": "https://i.example/jwks",
        })
    }

    fn read(document: &Value) -> Result<Metadata, InvalidMetadata> {
        Metadata::parse(
            document.to_string().as_bytes(),
            "https://i.example",
            "https://i.example/.well-known/x",
        )
    }

    fn changed(name: &str, value: Value) -> Value {
        let mut document = document();
        document[name] = value;
        document
    }

    #[test]
    fn what_a_document_leaves_out_is_the_default_of_its_standard() {
        let metadata = read(&document()).unwrap();
        assert_eq!(metadata.authorization_endpoint, "https://i.example/authorize?tenant=1");
        assert_eq!(metadata.userinfo_endpoint, None);
        assert!(!metadata.names_issuer && !metadata.takes_secret_in_body);
        assert!(
            read(&changed("authorization_response_iss_parameter_supported", json!(true)))
                .unwrap()
                .names_issuer
        );
        let methods = |methods: Value| {
            read(&changed("token_endpoint_auth_methods_supported", methods)).unwrap().takes_secret_in_body
        };
        assert!(methods(json!(["client_secret_basic", "client_secret_post"])));
        assert!(!methods(json!(["private_key_jwt"])) && !methods(json!("client_secret_post")));
    }

    #[test]
    fn a_document_of_another_issuer_or_with_other_endpoints_is_rejected() {
        for issuer in [
            json!("https://i.example/"),
            json!("https://j.example"),
            json!(null),
            json!(["https://i.example"]),
        ] {
            assert_eq!(read(&changed("issuer", issuer)), Err(InvalidMetadata::OtherIssuer));
        }
        for endpoint in [
            json!("http://i.example/token"),
            json!("http://localhost:1/token"),
            json!("https://user@i.example/token"),
            json!("https://i.example/token#x"),
            json!("https://i.example/a b"),
            json!("https://i.example\\token"),
            json!("/token"),
            json!("javascript:alert(1)"),
            json!(""),
            json!(null),
            json!(7),
        ] {
            for name in ["authorization_endpoint", "token_endpoint"] {
                assert_eq!(
                    read(&changed(name, endpoint.clone())),
                    Err(InvalidMetadata::Endpoint),
                    "{endpoint}"
                );
            }
            assert_eq!(read(&changed("userinfo_endpoint", endpoint)).unwrap().userinfo_endpoint, None);
        }
        for text in ["", "[]", "null", "<!doctype html>", r#"{"issuer":"https://i.example","issuer":"x"}"#] {
            assert_eq!(
                Metadata::parse(text.as_bytes(), "https://i.example", "https://i.example/x"),
                Err(InvalidMetadata::Malformed)
            );
        }
    }

    #[test]
    fn a_provider_on_this_machine_may_have_endpoints_without_tls() {
        let document = json!({
            "issuer": "http://localhost:1",
            "authorization_endpoint": "http://localhost:1/authorize",
            "token_endpoint": "http://localhost:1/token",
        });
        let read = |url| Metadata::parse(document.to_string().as_bytes(), "http://localhost:1", url);
        assert!(read("http://localhost:1/x").is_ok());
        assert_eq!(read("https://localhost:1/x"), Err(InvalidMetadata::Endpoint));
    }
}
