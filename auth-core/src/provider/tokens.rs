//! What the provider's token endpoint answers (RFC 6749 section 5.1).

use serde_json::{Map, Value, json};

use crate::secret::SecretText;
use crate::time::UnixTime;
use crate::wire::parse_object;

/// The tokens that the provider has issued.
#[derive(Debug)]
pub struct TokenAnswer {
    /// For the provider's API.
    pub access_token: SecretText,
    /// Who the user is; GitHub has none.
    pub id_token: Option<SecretText>,
    rest: Map<String, Value>,
}

/// The answer can't be used. For the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidTokenAnswer {
    /// It is no JSON object.
    Malformed,
    /// It reports an error. GitHub does so with the status 200.
    Error,
    /// It has another status.
    Status,
    /// A token is missing, or is not a bearer token.
    NoToken,
}

impl InvalidTokenAnswer {
    /// The word in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Error => "error",
            Self::Status => "status",
            Self::NoToken => "no_token",
        }
    }
}

impl TokenAnswer {
    /// Reads an answer.
    ///
    /// # Errors
    /// [`InvalidTokenAnswer`].
    pub fn parse(status: u16, body: &[u8]) -> Result<Self, InvalidTokenAnswer> {
        let mut members = match parse_object(body) {
            Ok(members) => members,
            Err(_) if status == 200 => return Err(InvalidTokenAnswer::Malformed),
            Err(_) => return Err(InvalidTokenAnswer::Status),
        };
        if members.contains_key("error") {
            return Err(InvalidTokenAnswer::Error);
        }
        if status != 200 {
            return Err(InvalidTokenAnswer::Status);
        }
        let is_bearer = members
            .get("token_type")
            .and_then(Value::as_str)
            .is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"));
        let mut token = |name: &str| match members.remove(name) {
            Some(Value::String(token)) if !token.is_empty() => Some(SecretText::new(token)),
            Some(_) | None => None,
        };
        let (access_token, id_token) = (token("access_token"), token("id_token"));
        match access_token {
            Some(access_token) if is_bearer => Ok(Self { access_token, id_token, rest: members }),
            Some(_) | None => Err(InvalidTokenAnswer::NoToken),
        }
    }

    /// What an account keeps, as JSON: the tokens for the provider's API, and until when the access token is
    /// valid. Not the ID token, which says who the user was at that moment.
    #[must_use]
    pub fn kept(&self, now: UnixTime) -> SecretText {
        let mut kept = json!({"access_token": self.access_token.expose()});
        for name in ["refresh_token", "scope"] {
            if let Some(value @ Value::String(_)) = self.rest.get(name)
                && let Some(kept) = kept.as_object_mut()
            {
                kept.insert(name.to_owned(), value.clone());
            }
        }
        // Some providers write the number as a text.
        let expires_in = self.rest.get("expires_in");
        let expires_in = expires_in.and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok()));
        if let (Some(seconds), Some(kept)) = (expires_in, kept.as_object_mut()) {
            kept.insert("expires_at".to_owned(), now.plus(seconds).0.into());
        }
        SecretText::new(kept.to_string())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{InvalidTokenAnswer, TokenAnswer};
    use crate::time::UnixTime;

    fn read(status: u16, body: &Value) -> Result<TokenAnswer, InvalidTokenAnswer> {
        TokenAnswer::parse(status, body.to_string().as_bytes())
    }

    #[test]
    fn an_answer_has_an_access_token_and_may_have_an_id_token() {
        let body = json!({
            "access_token": "a", "token_type": "bearer", "id_token": "i", "refresh_token": "r", "scope": "openid",
            "expires_in": 3600,
        });
        let tokens = read(200, &body).unwrap();
        assert_eq!(tokens.access_token.expose(), "a");
        assert_eq!(tokens.id_token.as_ref().map(|token| token.expose()), Some("i"));
        let kept: Value = serde_json::from_str(tokens.kept(UnixTime(1_000)).expose()).unwrap();
        assert_eq!(
            kept,
            json!({"access_token": "a", "refresh_token": "r", "scope": "openid", "expires_at": 4_600})
        );
        let least =
            read(200, &json!({"access_token": "a", "token_type": "Bearer", "expires_in": "5"})).unwrap();
        assert!(least.id_token.is_none());
        let kept: Value = serde_json::from_str(least.kept(UnixTime(1_000)).expose()).unwrap();
        assert_eq!(kept, json!({"access_token": "a", "expires_at": 1_005}));
        assert!(!format!("{tokens:?}").contains("\"a\""));
    }

    #[test]
    fn any_other_answer_is_a_failure() {
        for (status, body, why) in [
            (400, r#"{"error":"invalid_grant"}"#, InvalidTokenAnswer::Error),
            (200, r#"{"error":"bad_verification_code"}"#, InvalidTokenAnswer::Error),
            (200, r#"{"error":"x","access_token":"a","token_type":"bearer"}"#, InvalidTokenAnswer::Error),
            (500, r#"{"access_token":"a","token_type":"bearer"}"#, InvalidTokenAnswer::Status),
            (302, "", InvalidTokenAnswer::Status),
            (503, "<!doctype html>", InvalidTokenAnswer::Status),
            (200, "<!doctype html>", InvalidTokenAnswer::Malformed),
            (200, "access_token=a&token_type=bearer", InvalidTokenAnswer::Malformed),
            (200, "", InvalidTokenAnswer::Malformed),
            (200, "{}", InvalidTokenAnswer::NoToken),
            (200, r#"{"access_token":"a"}"#, InvalidTokenAnswer::NoToken),
            (200, r#"{"access_token":"a","token_type":"mac"}"#, InvalidTokenAnswer::NoToken),
            (200, r#"{"access_token":"","token_type":"bearer"}"#, InvalidTokenAnswer::NoToken),
            (200, r#"{"access_token":7,"token_type":"bearer"}"#, InvalidTokenAnswer::NoToken),
        ] {
            assert_eq!(TokenAnswer::parse(status, body.as_bytes()).err(), Some(why), "{status} {body}");
        }
    }
}
