//! Who a verified token says is calling, whichever issuer it comes from.

use serde_json::{Map, Value};

use super::claims::{ClaimSet, time};
use super::refusal::Refusal;
use crate::time::UnixTime;

/// Which claims of an issuer's tokens become what. A name may be a path through objects, its parts joined by dots;
/// a claim whose name has dots itself (`https://example.com/roles`) is found first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimNames {
    /// Whose requests they are. Default: `sub`.
    pub subject: String,
    /// The roles: an array of texts, or one text with spaces in between. Default: `roles`.
    pub roles: String,
    /// The scopes: one text with spaces in between, or an array of texts. Default: `scope`.
    pub scope: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self { subject: "sub".to_owned(), roles: "roles".to_owned(), scope: "scope".to_owned() }
    }
}

/// Who is calling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Whose word it is.
    pub issuer: String,
    /// Who.
    pub subject: String,
    /// The session; our own tokens always name one.
    pub session: Option<String>,
    /// The token's id; a session by cookie has none.
    pub token_id: Option<String>,
    /// The account's counter, in our own tokens.
    pub epoch: Option<u64>,
    /// When the user last proved a credential (RFC 9068 section 2.2.1); not every issuer says so.
    pub auth_time: Option<UnixTime>,
    /// What he is.
    pub roles: Vec<String>,
    /// What the token is for.
    pub scopes: Vec<String>,
}

impl Caller {
    /// Whether the user proved a credential at most `max_age` seconds ago, as a route may require (RFC 9470 section 5). A token that
    /// does not say when is never recent enough.
    #[must_use]
    pub fn authenticated_within(&self, max_age: u64, now: UnixTime) -> bool {
        self.auth_time.is_some_and(|at| now.since(at) <= max_age)
    }
}

impl ClaimSet for Caller {
    type Names = ClaimNames;

    fn from_payload(payload: &Map<String, Value>, names: &ClaimNames) -> Result<Self, Refusal> {
        let optional = |name: &str| match payload.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
            Some(_) => Err(Refusal::Claims),
        };
        let subject =
            find(payload, &names.subject).and_then(Value::as_str).filter(|subject| !subject.is_empty());
        Ok(Self {
            issuer: payload.get("iss").and_then(Value::as_str).ok_or(Refusal::Claims)?.to_owned(),
            subject: subject.ok_or(Refusal::Claims)?.to_owned(),
            session: optional("sid")?,
            token_id: optional("jti")?,
            epoch: match payload.get("epoch") {
                None => None,
                Some(epoch) => Some(epoch.as_u64().ok_or(Refusal::Claims)?),
            },
            auth_time: time(payload, "auth_time")?,
            roles: words(find(payload, &names.roles))?,
            scopes: words(find(payload, &names.scope))?,
        })
    }
}

/// A claim by name, or by the path its name is.
fn find<'v>(payload: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    payload.get(name).or_else(|| {
        let (first, rest) = name.split_once('.')?;
        rest.split('.').try_fold(payload.get(first)?, |value, part| value.as_object()?.get(part))
    })
}

/// A list of words, in either of the two ways they are written. None at all is an empty list.
fn words(value: Option<&Value>) -> Result<Vec<String>, Refusal> {
    match value {
        None => Ok(vec![]),
        Some(Value::String(text)) => {
            Ok(text.split(' ').filter(|word| !word.is_empty()).map(ToOwned::to_owned).collect())
        }
        Some(Value::Array(items)) => {
            items.iter().map(|item| item.as_str().map(ToOwned::to_owned).ok_or(Refusal::Claims)).collect()
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) => Err(Refusal::Claims),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Caller, ClaimNames};
    use crate::time::UnixTime;
    use crate::token::{ClaimSet, Refusal};

    fn read(payload: Value, names: &ClaimNames) -> Result<Caller, Refusal> {
        let Value::Object(payload) = payload else { panic!() };
        Caller::from_payload(&payload, names)
    }

    #[test]
    fn claims_are_found_where_the_issuer_puts_them() {
        let names = ClaimNames {
            subject: "https://x.example/user".into(),
            roles: "realm_access.roles".into(),
            scope: "scp".into(),
        };
        let payload = json!({
            "iss": "i", "sub": "s", "https://x.example/user": "u", "scp": ["read", "write"],
            "realm_access": {"roles": ["admin"]}
        });
        let caller = read(payload, &names).unwrap();
        assert_eq!((caller.subject.as_str(), caller.roles.as_slice()), ("u", &["admin".to_owned()][..]));
        assert_eq!(caller.scopes, ["read", "write"]);
        assert_eq!(caller.session, None);
    }

    #[test]
    fn the_age_of_an_authentication_is_counted_inclusively_and_never_assumed() {
        let at = |auth_time: Value| {
            let mut payload = json!({"iss": "i", "sub": "s"});
            if !auth_time.is_null() {
                payload["auth_time"] = auth_time;
            }
            read(payload, &ClaimNames::default()).unwrap()
        };
        let caller = at(json!(1_000));
        for (now, within) in [(999, true), (1_000, true), (1_600, true), (1_601, false)] {
            assert_eq!(caller.authenticated_within(600, UnixTime(now)), within, "{now}");
        }
        assert!(!at(Value::Null).authenticated_within(u64::MAX, UnixTime(1)));
    }

    #[test]
    fn a_claim_of_the_wrong_type_is_refused() {
        let names = ClaimNames::default();
        let good =
            json!({"iss": "i", "sub": "s", "roles": "a b", "scope": "x", "sid": "s", "jti": "j", "epoch": 1});
        assert_eq!(read(good.clone(), &names).unwrap().roles, ["a", "b"]);
        for (name, value) in [
            ("sub", json!("")),
            ("sub", json!(1)),
            ("sub", Value::Null),
            ("roles", json!({"a": true})),
            ("roles", json!([1])),
            ("scope", json!(1)),
            ("sid", json!("")),
            ("sid", json!(1)),
            ("jti", Value::Null),
            ("epoch", json!("1")),
            ("epoch", json!(-1)),
            ("epoch", json!(1.5)),
            ("auth_time", json!("1")),
            ("auth_time", json!(-1)),
            ("auth_time", Value::Null),
        ] {
            let mut payload = good.clone();
            payload[name] = value.clone();
            assert_eq!(read(payload, &names), Err(Refusal::Claims), "{name} {value}");
        }
    }
}
