//! How a request states which client sends it (RFC 6749 section 2.3, OAuth 2.1 section 2.4).

use ct_codecs::{Base64, Decoder, Encoder, Hex};
use hmac_sha256::Hash;

use super::client::{Client, ClientAuthentication, parse_client_id};
use super::error::{OAuthError, OAuthFailure};
use crate::id::ClientId;
use crate::secret::SecretText;
use crate::wire::Form;

/// The client as the request states it. Nothing is verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PresentedClient {
    /// Only its id.
    Id(ClientId),
    /// Its id and a secret.
    Secret {
        /// The id.
        id: ClientId,
        /// The secret.
        secret: SecretText,
    },
    /// A signed assertion (RFC 7521 section 4.2), which names the client itself.
    Assertion {
        /// The id, if it is also stated outside the assertion.
        id: Option<ClientId>,
        /// The assertion.
        assertion: SecretText,
    },
}

/// `client_assertion_type` of a signed JWT (RFC 7523 section 2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl PresentedClient {
    /// Reads the `Authorization` header and the form.
    ///
    /// # Errors
    /// `invalid_request` if the request uses more than one method, or states two ids; `invalid_client` if it states no
    /// client, or is malformed.
    pub fn read(authorization: Option<&str>, form: &Form) -> Result<Self, OAuthFailure> {
        let twice = OAuthFailure::new(
            OAuthError::InvalidRequest,
            "The request authenticates the client by two methods.",
        );
        let invalid = |description| OAuthFailure::new(OAuthError::InvalidClient, description);
        let malformed = |_| invalid("The client_id is malformed.");
        let stated = form.get("client_id").map(parse_client_id).transpose().map_err(malformed)?;
        let secret = form.get("client_secret").map(|secret| SecretText::new(secret.to_owned()));
        let assertion = form.get("client_assertion").map(|assertion| SecretText::new(assertion.to_owned()));
        let kind = form.get("client_assertion_type");
        let methods = [authorization.is_some(), secret.is_some(), assertion.is_some() || kind.is_some()];
        if methods.into_iter().filter(|used| *used).count() > 1 {
            return Err(twice);
        }
        if let Some(header) = authorization {
            let (id, secret) =
                basic(header).ok_or_else(|| invalid("The Authorization header is not a client's."))?;
            let id = parse_client_id(&id).map_err(malformed)?;
            if stated.is_some_and(|stated| stated != id) {
                let description = "The client_id is not the one of the Authorization header.";
                return Err(OAuthFailure::new(OAuthError::InvalidRequest, description));
            }
            // A public client may send an empty secret (RFC 6749 section 2.3.1).
            return Ok(if secret.expose().is_empty() { Self::Id(id) } else { Self::Secret { id, secret } });
        }
        match (stated, secret, assertion, kind) {
            (id, None, Some(assertion), Some(JWT_BEARER)) => Ok(Self::Assertion { id, assertion }),
            (_, _, Some(_), _) | (_, _, None, Some(_)) => Err(invalid(
                "The client_assertion_type is not supported, or the client_assertion is missing.",
            )),
            (Some(id), Some(secret), None, None) => Ok(Self::Secret { id, secret }),
            (Some(id), None, None, None) => Ok(Self::Id(id)),
            (None, _, None, None) => Err(invalid("The client_id is missing.")),
        }
    }

    /// Whether this is the client as far as its id and its secret tell: a public client states only its id, and the secret
    /// of another is one of those that it has. Compared in constant time. An assertion is verified elsewhere.
    #[must_use]
    pub fn is(&self, client: &Client) -> bool {
        match (self, &client.authentication) {
            (Self::Id(id), ClientAuthentication::None) => *id == client.id,
            (Self::Secret { id, secret }, ClientAuthentication::Secret { sha256 }) => {
                let Ok(hash) = Hex::encode_to_string(Hash::hash(secret.expose().as_bytes())) else {
                    return false;
                };
                // Each is compared, so that the time does not tell which one matches.
                let matches =
                    |found, known: &String| found | ct_codecs::verify(known.as_bytes(), hash.as_bytes());
                sha256.iter().fold(false, matches) && *id == client.id
            }
            (Self::Id(_) | Self::Secret { .. } | Self::Assertion { .. }, _) => false,
        }
    }
}

/// The user name and the password of HTTP Basic (RFC 7617), each form-encoded (RFC 6749 section 2.3.1).
fn basic(header: &str) -> Option<(String, SecretText)> {
    let (scheme, value) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(Base64::decode_to_vec(value, None).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((decoded(id)?, SecretText::new(decoded(secret)?)))
}

/// One value of a form. A character that the encoding would have escaped is an error only where it would separate
/// two values.
fn decoded(text: &str) -> Option<String> {
    let text = text.replace('&', "%26").replace('=', "%3D");
    let form = Form::parse(["v=", &text].concat().as_bytes()).ok()?;
    Some(form.get("v").unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use ct_codecs::{Base64, Encoder, Hex};

    use super::{JWT_BEARER, OAuthError, PresentedClient};
    use crate::oauth::client::tests::client;
    use crate::oauth::{Client, ClientAuthentication};
    use crate::secret::SecretText;
    use crate::wire::Form;

    fn header(text: &str) -> String {
        format!("Basic {}", Base64::encode_to_string(text).unwrap())
    }

    fn read(authorization: Option<&str>, form: &str) -> Result<PresentedClient, OAuthError> {
        let form = Form::parse(form.as_bytes()).unwrap();
        PresentedClient::read(authorization, &form).map_err(|failure| failure.error)
    }

    fn with_secret(id: &str, secret: &str) -> Result<PresentedClient, OAuthError> {
        Ok(PresentedClient::Secret { id: id.into(), secret: SecretText::new(secret.to_owned()) })
    }

    #[test]
    fn a_client_is_stated_by_one_of_four_methods() {
        assert_eq!(read(None, "client_id=notes"), Ok(PresentedClient::Id("notes".into())));
        assert_eq!(read(None, "client_id=notes&client_secret=s"), with_secret("notes", "s"));
        assert_eq!(read(Some(&header("notes:s")), ""), with_secret("notes", "s"));
        assert_eq!(
            read(Some(&header("notes:s").replace("Basic", "basic")), "client_id=notes"),
            with_secret("notes", "s")
        );
        assert_eq!(read(Some(&header("notes:")), ""), Ok(PresentedClient::Id("notes".into())));
        let form = format!("client_assertion=a.b.c&client_assertion_type={JWT_BEARER}");
        let assertion = SecretText::new("a.b.c".into());
        assert_eq!(
            read(None, &form),
            Ok(PresentedClient::Assertion { id: None, assertion: assertion.clone() })
        );
        let id = Some("notes".into());
        assert_eq!(
            read(None, &format!("{form}&client_id=notes")),
            Ok(PresentedClient::Assertion { id, assertion })
        );
    }

    #[test]
    fn the_parts_of_basic_are_form_encoded() {
        let url = "https://client.example/metadata.json";
        for (text, secret) in [
            ("https%3A%2F%2Fclient.example%2Fmetadata.json:a%2Bb%3A%25", "a+b:%"),
            ("https%3a%2f%2fclient.example/metadata.json:a+b", "a b"),
            ("https%3A//client.example/metadata.json:a:b=c&d", "a:b=c&d"),
        ] {
            assert_eq!(read(Some(&header(text)), ""), with_secret(url, secret), "{text}");
        }
    }

    #[test]
    fn more_than_one_method_is_an_invalid_request() {
        let basic = header("notes:s");
        let assertion = format!("client_assertion=a&client_assertion_type={JWT_BEARER}");
        for (authorization, form) in [
            (Some(&*basic), "client_id=notes&client_secret=s"),
            (Some(&*basic), "client_secret=s"),
            (Some(&*basic), &*assertion),
            (None, &format!("{assertion}&client_id=notes&client_secret=s")),
            (Some(&*basic), "client_id=other"),
        ] {
            assert_eq!(read(authorization, form), Err(OAuthError::InvalidRequest), "{form}");
        }
    }

    #[test]
    fn a_request_without_a_client_is_rejected() {
        for (authorization, form) in [
            (None, ""),
            (None, "client_id="),
            (None, "client_secret=s"),
            (None, "client_id=a%20b"),
            (None, "client_id=notes&client_assertion=a"),
            (None, "client_id=notes&client_assertion_type=x"),
            (None, "client_assertion=a&client_assertion_type=urn%3Aother"),
            (Some("Bearer x"), "client_id=notes"),
            (Some("Basic"), "client_id=notes"),
            (Some("Basic ==="), "client_id=notes"),
            (Some(&*header("notes")), "client_id=notes"),
            (Some(&*header("a%zz:s")), ""),
            (Some(&*header("%ff:s")), ""),
            (Some(&*header("a b:s")), ""),
        ] {
            assert_eq!(read(authorization, form), Err(OAuthError::InvalidClient), "{authorization:?} {form}");
        }
    }

    #[test]
    fn a_client_authenticates_as_it_is_registered() {
        let hash = |secret: &str| Hex::encode_to_string(hmac_sha256::Hash::hash(secret.as_bytes())).unwrap();
        let public = client();
        let sha256 = vec![hash("old"), hash("new")];
        let confidential = Client { authentication: ClientAuthentication::Secret { sha256 }, ..client() };
        let id = read(None, "client_id=notes").unwrap();
        assert!(id.is(&public) && !id.is(&confidential));
        for (secret, fits) in [("old", true), ("new", true), ("other", false), (&*hash("old"), false)] {
            let presented = with_secret("notes", secret).unwrap();
            assert_eq!(presented.is(&confidential), fits, "{secret}");
            assert!(!presented.is(&public), "{secret}");
        }
        assert!(!with_secret("other", "old").unwrap().is(&confidential));
        assert!(!read(None, "client_id=other").unwrap().is(&public));
        let form = format!("client_id=notes&client_assertion=a&client_assertion_type={JWT_BEARER}");
        assert!(!read(None, &form).unwrap().is(&public));
    }
}
