//! The requests of the authorization code flow: the URL of the provider's page, and the exchange of the code.

use ct_codecs::{Base64, Base64UrlSafeNoPadding, Encoder};
use form_urlencoded::{Serializer, byte_serialize};
use serde_json::json;

use super::flow::FlowSecrets;
use crate::secret::SecretText;
use crate::time::UnixTime;

/// How long a client secret that the service signs is valid, in seconds. It is used at once.
const CLIENT_ASSERTION_LIFETIME: u64 = 300;

/// What the provider knows about the service.
#[derive(Clone, Copy, Debug)]
pub struct Client<'c> {
    /// The client id.
    pub id: &'c str,
    /// Where the browser returns. Each provider has an address of its own, so that an answer of one is never
    /// taken for another's (RFC 9700 section 4.4.2).
    pub redirect_uri: &'c str,
}

/// What the provider's page is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The scopes.
    pub scopes: &'a [String],
    /// Identifies the flow.
    pub state: &'a str,
    /// Whether the provider issues ID tokens, which repeat the nonce.
    pub with_nonce: bool,
    /// Whether the browser returns by a form that it posts, as Apple requires (OAuth 2.0 Form Post Response
    /// Mode).
    pub by_form: bool,
}

/// How the service proves that it is the client.
#[derive(Clone, Copy, Debug)]
pub enum ClientProof<'s> {
    /// It has no secret (RFC 6749 section 2.1, public client).
    None,
    /// The secret, in the body (`client_secret_post`).
    InBody(&'s SecretText),
    /// The secret, in the header `Authorization` (`client_secret_basic`).
    InHeader(&'s SecretText),
}

/// The request that exchanges a code for tokens.
#[derive(Debug)]
pub struct TokenRequest {
    /// The body, a form.
    pub body: SecretText,
    /// The header `Authorization`.
    pub authorization: Option<SecretText>,
}

/// The URL of the provider's page (RFC 6749 section 4.1.1), with PKCE (RFC 7636), which a provider that does
/// not support it ignores.
#[must_use]
pub fn authorization_url(
    endpoint: &str,
    client: Client<'_>,
    asked: Asked<'_>,
    secrets: &FlowSecrets,
) -> String {
    let mut query = Serializer::new(String::new());
    query
        .append_pair("response_type", "code")
        .append_pair("client_id", client.id)
        .append_pair("redirect_uri", client.redirect_uri)
        .append_pair("scope", &asked.scopes.join(" "))
        .append_pair("state", asked.state)
        .append_pair("code_challenge", &secrets.challenge())
        .append_pair("code_challenge_method", "S256");
    if asked.with_nonce {
        query.append_pair("nonce", &secrets.nonce);
    }
    if asked.by_form {
        query.append_pair("response_mode", "form_post");
    }
    let separator = if endpoint.contains('?') { "&" } else { "?" };
    [endpoint, separator, &query.finish()].concat()
}

/// The exchange of a code (RFC 6749 section 4.1.3).
#[must_use]
pub fn token_request(
    client: Client<'_>,
    code: &SecretText,
    secrets: &FlowSecrets,
    proof: ClientProof<'_>,
) -> TokenRequest {
    let mut body = Serializer::new(String::new());
    body.append_pair("grant_type", "authorization_code")
        .append_pair("code", code.expose())
        .append_pair("redirect_uri", client.redirect_uri)
        .append_pair("code_verifier", secrets.verifier.expose());
    let authorization = match proof {
        ClientProof::None => {
            body.append_pair("client_id", client.id);
            None
        }
        ClientProof::InBody(secret) => {
            body.append_pair("client_id", client.id).append_pair("client_secret", secret.expose());
            None
        }
        // RFC 6749 section 2.3.1: both are encoded as in a form first.
        ClientProof::InHeader(secret) => {
            let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
            let pair = [encoded(client.id), encoded(secret.expose())].join(":");
            // Encoding into a `String` never fails; the provider would refuse an empty text.
            let pair = Base64::encode_to_string(pair).unwrap_or_default();
            Some(SecretText::new(["Basic ", &pair].concat()))
        }
    };
    TokenRequest { body: SecretText::new(body.finish()), authorization }
}

/// What the service signs by ES256 to prove to Apple that it is the client: header and payload of a JWT. The
/// signature makes it the client secret.
#[must_use]
pub fn apple_client_secret(
    client_id: &str,
    team_id: &str,
    key_id: &str,
    audience: &str,
    now: UnixTime,
) -> String {
    let header = json!({"alg": "ES256", "kid": key_id});
    let payload = json!({
        "iss": team_id,
        "iat": now.0,
        "exp": now.plus(CLIENT_ASSERTION_LIFETIME).0,
        "aud": audience,
        "sub": client_id,
    });
    // Encoding into a `String` never fails.
    let part = |value: &serde_json::Value| {
        Base64UrlSafeNoPadding::encode_to_string(value.to_string()).unwrap_or_default()
    };
    [part(&header), part(&payload)].join(".")
}

/// The bytes of a private key in PEM (RFC 7468), such as Apple's `.p8` file. Line breaks may be missing, or
/// written as `\n`, as in environment files. `None` if it is not one.
#[must_use]
pub fn private_key_of_pem(pem: &str) -> Option<Vec<u8>> {
    use ct_codecs::Decoder;

    let pem = pem.replace("\\n", "\n");
    let (_, rest) = pem.split_once("-----BEGIN PRIVATE KEY-----")?;
    let (base64, _) = rest.split_once("-----END PRIVATE KEY-----")?;
    let base64: String = base64.split_ascii_whitespace().collect();
    Base64::decode_to_vec(base64, None).ok()
}

#[cfg(test)]
mod tests {
    use ct_codecs::{Base64UrlSafeNoPadding, Decoder};
    use serde_json::{Value, json};

    use super::{
        Asked, Client, ClientProof, apple_client_secret, authorization_url, private_key_of_pem, token_request,
    };
    use crate::provider::FlowSecrets;
    use crate::secret::SecretText;
    use crate::time::UnixTime;
    use crate::wire::Form;

    const CLIENT: Client<'_> =
        Client { id: "a b:c", redirect_uri: "https://app.example.com/auth/providers/x/callback" };

    fn secrets() -> FlowSecrets {
        let verifier = SecretText::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into());
        FlowSecrets { verifier, nonce: "n".into() }
    }

    fn url(endpoint: &str, with_nonce: bool, by_form: bool) -> (String, Form) {
        let scopes = ["openid".to_owned(), "email".to_owned()];
        let asked = Asked { scopes: &scopes, state: "s", with_nonce, by_form };
        let url = authorization_url(endpoint, CLIENT, asked, &secrets());
        let (path, query) = url.split_once('?').unwrap();
        (path.to_owned(), Form::parse(query.as_bytes()).unwrap())
    }

    #[test]
    fn the_page_is_asked_for_a_code_with_pkce() {
        let (path, query) = url("https://i.example/authorize", true, false);
        assert_eq!(path, "https://i.example/authorize");
        for (name, value) in [
            ("response_type", Some("code")),
            ("client_id", Some("a b:c")),
            ("redirect_uri", Some(CLIENT.redirect_uri)),
            ("scope", Some("openid email")),
            ("state", Some("s")),
            ("nonce", Some("n")),
            ("code_challenge", Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")),
            ("code_challenge_method", Some("S256")),
            ("response_mode", None),
            ("code_verifier", None),
        ] {
            assert_eq!(query.get(name), value, "{name}");
        }
        let (_, query) = url("https://i.example/authorize?tenant=1", false, true);
        assert_eq!((query.get("tenant"), query.get("nonce")), (Some("1"), None));
        assert_eq!(query.get("response_mode"), Some("form_post"));
    }

    #[test]
    fn the_client_proves_itself_once() {
        let secret = SecretText::new("s%:e".into());
        let request = |proof| token_request(CLIENT, &SecretText::new("co/de".into()), &secrets(), proof);
        for (proof, client_id, client_secret, authorization) in [
            (ClientProof::None, Some("a b:c"), None, None),
            (ClientProof::InBody(&secret), Some("a b:c"), Some("s%:e"), None),
            (ClientProof::InHeader(&secret), None, None, Some("Basic YStiJTNBYzpzJTI1JTNBZQ==")),
        ] {
            let request = request(proof);
            let body = Form::parse(request.body.expose().as_bytes()).unwrap();
            assert_eq!(body.get("grant_type"), Some("authorization_code"));
            assert_eq!(body.get("code"), Some("co/de"));
            assert_eq!(body.get("redirect_uri"), Some(CLIENT.redirect_uri));
            assert_eq!(body.get("code_verifier"), Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
            assert_eq!((body.get("client_id"), body.get("client_secret")), (client_id, client_secret));
            assert_eq!(request.authorization.as_ref().map(SecretText::expose), authorization);
        }
    }

    #[test]
    fn apples_client_secret_names_the_team_the_key_and_the_service() {
        let input =
            apple_client_secret("com.acme", "TEAM", "KEY", "https://appleid.apple.com", UnixTime(1_000));
        let (header, payload) = input.split_once('.').unwrap();
        let read = |part: &str| {
            serde_json::from_slice::<Value>(&Base64UrlSafeNoPadding::decode_to_vec(part, None).unwrap())
                .unwrap()
        };
        assert_eq!(read(header), json!({"alg": "ES256", "kid": "KEY"}));
        let expected = json!({
            "iss": "TEAM", "sub": "com.acme", "aud": "https://appleid.apple.com", "iat": 1_000, "exp": 1_300
        });
        assert_eq!(read(payload), expected);
    }

    #[test]
    fn a_key_is_read_with_line_breaks_of_any_kind() {
        let pem = |body: &str| format!("-----BEGIN PRIVATE KEY-----{body}-----END PRIVATE KEY-----");
        for body in ["AQID", "\nAQ\nID\n", "\r\nAQID\r\n", "\\nAQ\\nID\\n", " AQ ID "] {
            assert_eq!(private_key_of_pem(&pem(body)), Some(vec![1, 2, 3]), "{body}");
        }
        for text in ["", "AQID", "-----BEGIN PRIVATE KEY-----AQID", &pem("A?"), &pem("AQI")] {
            assert_eq!(private_key_of_pem(text), None, "{text}");
        }
    }
}
