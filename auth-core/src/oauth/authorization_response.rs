//! The answer to a request for authorization, in the query of the client's redirect URI (RFC 6749 section 4.1.2).

use form_urlencoded::Serializer;

use super::error::OAuthFailure;
use crate::secret::SecretText;
use crate::wire::Origin;

/// What the client gets.
#[derive(Clone, Copy, Debug)]
pub enum AuthorizationResponse<'a> {
    /// A code.
    Code(&'a SecretText),
    /// An error.
    Error(OAuthFailure),
}

impl AuthorizationResponse<'_> {
    /// The URL to which the browser goes. Every answer names its issuer, so that a client which uses several can't be
    /// made to send a code to another one (RFC 9207).
    #[must_use]
    pub fn url(self, redirect_uri: &str, state: Option<&str>, issuer: &Origin) -> String {
        let separator = match redirect_uri.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some(_) => "&",
        };
        let mut query = Serializer::new(String::new());
        match self {
            Self::Code(code) => {
                query.append_pair("code", code.expose());
            }
            Self::Error(OAuthFailure { error, description }) => {
                query.append_pair("error", error.code()).append_pair("error_description", description);
            }
        }
        if let Some(state) = state {
            query.append_pair("state", state);
        }
        query.append_pair("iss", issuer.as_str());
        [redirect_uri, separator, &query.finish()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::AuthorizationResponse;
    use crate::oauth::{OAuthError, OAuthFailure};
    use crate::secret::SecretText;
    use crate::wire::Origin;

    #[test]
    fn every_answer_has_the_state_and_the_issuer() {
        let issuer = Origin::parse("https://auth.example.com").unwrap();
        let code = SecretText::new("a.b".into());
        let code = AuthorizationResponse::Code(&code);
        let iss = "iss=https%3A%2F%2Fauth.example.com";
        for (redirect_uri, state, url) in [
            ("https://a.example/cb", Some("s"), format!("https://a.example/cb?code=a.b&state=s&{iss}")),
            ("https://a.example/cb?x=1", None, format!("https://a.example/cb?x=1&code=a.b&{iss}")),
            ("https://a.example/cb?", None, format!("https://a.example/cb?code=a.b&{iss}")),
            (
                "com.example.app:/cb",
                Some("a&iss=x #ä"),
                format!("com.example.app:/cb?code=a.b&state=a%26iss%3Dx+%23%C3%A4&{iss}"),
            ),
        ] {
            assert_eq!(code.url(redirect_uri, state, &issuer), url);
        }
        let failure = OAuthFailure::new(OAuthError::AccessDenied, "The user has denied the request.");
        assert_eq!(
            AuthorizationResponse::Error(failure).url("http://127.0.0.1:1/", Some("s"), &issuer),
            format!(
                "http://127.0.0.1:1/?error=access_denied&error_description=The+user+has+denied+the+request.&state=s&{iss}"
            )
        );
    }
}
