//! Who the user is at the provider, by an ID token, by the UserInfo endpoint, or by GitHub's API.

use serde_json::{Map, Value};

use crate::credential::ProviderUser;
use crate::token::{ClaimSet, Refusal};
use crate::wire::{Email, parse_object};

/// A user of the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Which of its users.
    pub user: ProviderUser,
    /// The user's address, if the provider has verified it. Without that, an address means nothing: many
    /// providers let their users write any.
    pub email: Option<Email>,
}

/// The claims of an ID token (OpenID Connect Core section 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdToken {
    user: ProviderUser,
    nonce: Option<String>,
    authorized_party: Option<String>,
    has_several_audiences: bool,
    email: Option<Email>,
    states_email: bool,
}

/// Why a genuine ID token is rejected. For the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdTokenRejection {
    /// It was issued for another sign-in.
    Nonce,
    /// It was issued to another client.
    AuthorizedParty,
    /// The answer named another provider.
    Issuer,
}

impl IdTokenRejection {
    /// The word in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nonce => "nonce",
            Self::AuthorizedParty => "authorized_party",
            Self::Issuer => "issuer_mismatch",
        }
    }
}

impl ClaimSet for IdToken {
    type Names = ();

    fn from_payload(payload: &Map<String, Value>, (): &()) -> Result<Self, Refusal> {
        let text = |name: &str| match payload.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Refusal::Claims),
        };
        let (issuer, subject) = (text("iss")?.ok_or(Refusal::Claims)?, text("sub")?.ok_or(Refusal::Claims)?);
        Ok(Self {
            user: ProviderUser::new(&issuer, &subject).ok_or(Refusal::Claims)?,
            nonce: text("nonce")?,
            authorized_party: text("azp")?,
            has_several_audiences: payload
                .get("aud")
                .and_then(Value::as_array)
                .is_some_and(|all| all.len() > 1),
            email: verified_email(payload),
            states_email: payload.contains_key("email"),
        })
    }
}

impl IdToken {
    /// Checks what its policy does not: that it was issued for this sign-in, to this client, and by the
    /// provider that the answer named (RFC 9207 section 2.4).
    ///
    /// # Errors
    /// [`IdTokenRejection`].
    pub fn check(
        &self,
        nonce: &str,
        client_id: &str,
        answered_by: Option<&str>,
    ) -> Result<(), IdTokenRejection> {
        let is_ours = match &self.authorized_party {
            Some(party) => party == client_id,
            None => !self.has_several_audiences,
        };
        if self.nonce.as_deref() != Some(nonce) {
            Err(IdTokenRejection::Nonce)
        } else if !is_ours {
            Err(IdTokenRejection::AuthorizedParty)
        } else if answered_by.is_some_and(|issuer| issuer != self.user.issuer()) {
            Err(IdTokenRejection::Issuer)
        } else {
            Ok(())
        }
    }

    /// Whether it says nothing about the address, which the UserInfo endpoint may then do (OpenID Connect
    /// Core section 5.4).
    #[must_use]
    pub const fn leaves_email_out(&self) -> bool {
        !self.states_email
    }

    /// The user.
    #[must_use]
    pub const fn user(&self) -> &ProviderUser {
        &self.user
    }

    /// The user, with the address of the ID token, or else this one.
    #[must_use]
    pub fn into_identity(self, email: Option<Email>) -> Identity {
        Identity { user: self.user, email: self.email.or(email) }
    }
}

/// The verified address in an answer of the UserInfo endpoint; `None` if there is none, or if the answer is
/// about another user (OpenID Connect Core section 5.3.2).
#[must_use]
pub fn user_info_email(status: u16, body: &[u8], user: &ProviderUser) -> Option<Email> {
    let members = parse_object(body).ok().filter(|_| status == 200)?;
    let is_same = members.get("sub").and_then(Value::as_str) == Some(user.subject());
    verified_email(&members).filter(|_| is_same)
}

/// The user of GitHub, from its answers to `GET /user` and `GET /user/emails`. The id is a number that GitHub
/// never gives to another user, unlike the login. `None` if the first answer is not one about a user.
#[must_use]
pub fn github_user(issuer: &str, user: (u16, &[u8]), emails: (u16, &[u8])) -> Option<Identity> {
    let (status, body) = user;
    let id = parse_object(body).ok().filter(|_| status == 200)?.get("id").and_then(Value::as_u64)?;
    let user = ProviderUser::new(issuer, &id.to_string())?;
    let (status, body) = emails;
    let list = serde_json::from_slice::<Value>(body).ok().filter(|_| status == 200);
    let is = |entry: &Value, name: &str| entry.get(name) == Some(&Value::Bool(true));
    let primary =
        list.as_ref().and_then(Value::as_array).into_iter().flatten().find(|entry| is(entry, "primary"));
    let email = primary.filter(|entry| is(entry, "verified"));
    let email = email.and_then(|entry| Email::parse(entry.get("email")?.as_str()?).ok());
    Some(Identity { user, email })
}

/// The address, if the provider says that it has verified it: `email_verified`, which Apple writes as text,
/// or Entra ID's `xms_edov`, which is also written as 1.
fn verified_email(members: &Map<String, Value>) -> Option<Email> {
    let is_true = |name: &str| match members.get(name) {
        Some(Value::Bool(is_true)) => *is_true,
        Some(Value::String(text)) => text == "true" || text == "1",
        Some(Value::Number(number)) => number.as_u64() == Some(1),
        Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => false,
    };
    if !is_true("email_verified") && !is_true("xms_edov") {
        return None;
    }
    Email::parse(members.get("email")?.as_str()?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{IdToken, IdTokenRejection, github_user, user_info_email};
    use crate::credential::ProviderUser;
    use crate::token::{ClaimSet, Refusal};

    fn token(changes: &Value) -> Result<IdToken, Refusal> {
        let mut claims = json!({"iss": "https://i.example", "sub": "u", "aud": "c", "nonce": "n"});
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        IdToken::from_payload(claims.as_object().unwrap(), &())
    }

    fn email_of(changes: &Value) -> Option<String> {
        token(changes).unwrap().into_identity(None).email.map(|email| email.as_str().to_owned())
    }

    #[test]
    fn an_id_token_is_for_one_sign_in_of_one_client() {
        let check =
            |changes: Value, answered_by: Option<&str>| token(&changes).unwrap().check("n", "c", answered_by);
        for good in
            [json!({}), json!({"aud": ["c"]}), json!({"azp": "c"}), json!({"aud": ["c", "d"], "azp": "c"})]
        {
            assert_eq!(check(good.clone(), None), Ok(()), "{good}");
        }
        assert_eq!(check(json!({}), Some("https://i.example")), Ok(()));
        for (changes, answered_by, why) in [
            (json!({"nonce": "other"}), None, IdTokenRejection::Nonce),
            (json!({"nonce": ""}), None, IdTokenRejection::Nonce),
            (json!({"nonce": null}), None, IdTokenRejection::Nonce),
            (json!({"aud": ["c", "d"]}), None, IdTokenRejection::AuthorizedParty),
            (json!({"azp": "d"}), None, IdTokenRejection::AuthorizedParty),
            (json!({"azp": ""}), None, IdTokenRejection::AuthorizedParty),
            (json!({}), Some("https://j.example"), IdTokenRejection::Issuer),
        ] {
            assert_eq!(check(changes.clone(), answered_by), Err(why), "{changes}");
        }
        for changes in [
            json!({"sub": null}),
            json!({"sub": ""}),
            json!({"sub": 7}),
            json!({"sub": "x".repeat(256)}),
            json!({"sub": "a\nb"}),
            json!({"nonce": 7}),
            json!({"azp": []}),
        ] {
            assert_eq!(token(&changes), Err(Refusal::Claims), "{changes}");
        }
    }

    #[test]
    fn only_an_address_that_the_provider_has_verified_counts() {
        for verified in [
            json!({"email": "Ada@Example.com", "email_verified": true}),
            json!({"email": "ada@example.com", "email_verified": "true"}),
            json!({"email": "ada@example.com", "xms_edov": true}),
            json!({"email": "ada@example.com", "xms_edov": 1}),
            json!({"email": "ada@example.com", "xms_edov": "1"}),
        ] {
            assert_eq!(email_of(&verified).as_deref(), Some("ada@example.com"), "{verified}");
        }
        for unverified in [
            json!({}),
            json!({"email": "ada@example.com"}),
            json!({"email": "ada@example.com", "email_verified": false}),
            json!({"email": "ada@example.com", "email_verified": "false"}),
            json!({"email": "ada@example.com", "email_verified": "True"}),
            json!({"email": "ada@example.com", "email_verified": null}),
            json!({"email": "ada@example.com", "email_verified": [true]}),
            json!({"email": ["ada@example.com"], "email_verified": true}),
            json!({"email": "no-at-sign", "email_verified": true}),
            json!({"upn": "ada@example.com", "preferred_username": "ada@example.com", "email_verified": true}),
        ] {
            assert_eq!(email_of(&unverified), None, "{unverified}");
        }
        assert!(token(&json!({})).unwrap().leaves_email_out());
        assert!(!token(&json!({"email": "x"})).unwrap().leaves_email_out());
    }

    #[test]
    fn user_info_is_about_the_same_user() {
        let user = ProviderUser::new("https://i.example", "u").unwrap();
        let read = |status: u16, body: &str| user_info_email(status, body.as_bytes(), &user).is_some();
        assert!(read(200, r#"{"sub":"u","email":"a@example.com","email_verified":true}"#));
        for (status, body) in [
            (200, r#"{"sub":"v","email":"a@example.com","email_verified":true}"#),
            (200, r#"{"email":"a@example.com","email_verified":true}"#),
            (200, r#"{"sub":"u","email":"a@example.com"}"#),
            (401, r#"{"sub":"u","email":"a@example.com","email_verified":true}"#),
            (200, "<!doctype html>"),
        ] {
            assert!(!read(status, body), "{status} {body}");
        }
    }

    #[test]
    fn a_user_of_github_is_a_number_and_has_the_primary_address_if_it_is_verified() {
        let read = |user: (u16, &str), emails: (u16, &str)| {
            github_user("https://github.com", (user.0, user.1.as_bytes()), (emails.0, emails.1.as_bytes()))
                .map(|identity| {
                    (
                        identity.user.subject().to_owned(),
                        identity.email.map(|email| email.as_str().to_owned()),
                    )
                })
        };
        let ada = (200, r#"{"login":"ada","id":583231,"email":"public@example.com"}"#);
        let primary = r#"[{"email":"b@example.com","primary":false,"verified":true},{"email":"a@example.com","primary":true,"verified":true}]"#;
        assert_eq!(read(ada, (200, primary)), Some(("583231".into(), Some("a@example.com".into()))));
        for emails in [
            (200, r#"[{"email":"a@example.com","primary":true,"verified":false}]"#),
            (200, r#"[{"email":"a@example.com","primary":false,"verified":true}]"#),
            (200, "[]"),
            (200, "{}"),
            (404, r#"{"message":"Not Found"}"#),
            (200, "<!doctype html>"),
        ] {
            assert_eq!(read(ada, emails), Some(("583231".into(), None)), "{emails:?}");
        }
        for user in [
            (401, r#"{"message":"Bad credentials"}"#),
            (401, r#"{"id":583231}"#),
            (200, r#"{"login":"ada"}"#),
            (200, r#"{"id":"583231"}"#),
            (200, r#"{"id":-1}"#),
            (200, "[]"),
        ] {
            assert_eq!(read(user, (200, primary)), None, "{user:?}");
        }
    }
}
