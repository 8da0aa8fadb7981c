//! Who a verified token says is calling, whichever issuer it comes from.

use serde_json::{Map, Value};

use super::claim_path::ClaimPath;
use super::claims::ClaimSet;
use super::jws::Unverified;
use super::numeric_date::{Dates, date, whole_seconds};
use super::refusal::Refusal;
use crate::id::{AccountId, SessionId, TokenId};
use crate::time::UnixTime;

/// Which claims of an issuer's tokens become what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimNames {
    /// The caller. Default: `sub`.
    pub subject: ClaimPath,
    /// The caller of a token in which `subject` is absent or empty, as services' tokens of some issuers are.
    /// Default: none.
    pub fallback_subject: Option<ClaimPath>,
    /// The roles: an array of texts, one text with spaces in between, or an object whose keys are the roles.
    /// Default: `roles`.
    pub roles: ClaimPath,
    /// The scopes: one text with spaces in between, or an array of texts. Default: `scope`.
    pub scope: ClaimPath,
    /// The caller's e-mail address. The claim `email_verified` says whether the issuer has verified it.
    /// Default: none, so that callers have no address.
    pub email: Option<ClaimPath>,
    /// What becomes of a token with an optional claim that can't be read. Default: the claim is left out.
    pub unreadable: Unreadable,
}

/// What becomes of a token whose `roles`, `scope`, `sid`, `jti`, `epoch`, `auth_time` or address can't be
/// read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// The token is rejected: for our own tokens, where it shows a fault.
    Reject,
    /// The claim is left out. A route that requires it then rejects the request, because the caller doesn't
    /// have it.
    LeaveOut,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self {
            subject: ClaimPath::of_name("sub"),
            fallback_subject: None,
            roles: ClaimPath::of_name("roles"),
            scope: ClaimPath::of_name("scope"),
            email: None,
            unreadable: Unreadable::LeaveOut,
        }
    }
}

impl ClaimNames {
    /// The claims of our own tokens. `with_email`: tokens contain the user's address.
    #[must_use]
    pub fn own(with_email: bool) -> Self {
        let email = with_email.then(|| ClaimPath::of_name("email"));
        Self { email, unreadable: Unreadable::Reject, ..Self::default() }
    }
}

/// A claim that the caller has nothing of, although the token or the configuration names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOutClaim {
    /// What the claim would have been: a field of [`Caller`], by the name of its usual claim.
    pub claim: &'static str,
    /// Why it was left out.
    pub reason: LeftOutReason,
}

/// Why a claim was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOutReason {
    /// Nothing stands at its path.
    Absent,
    /// It has the wrong type, or is empty where a text must not be.
    Unreadable,
}

/// Who is calling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The `iss` of the token.
    pub issuer: String,
    /// The caller, unique within the issuer.
    pub subject: String,
    /// The session; our own tokens always name one.
    pub session: Option<SessionId>,
    /// The token's id; a session by cookie has none.
    pub token_id: Option<TokenId>,
    /// The account's counter, in our own tokens.
    pub epoch: Option<u64>,
    /// When the user last proved a credential (RFC 9068 section 2.2.1); not every issuer says so.
    pub auth_time: Option<UnixTime>,
    /// The caller's roles.
    pub roles: Vec<String>,
    /// What the token is for.
    pub scopes: Vec<String>,
    /// The caller's address, if [`ClaimNames::email`] names its claim.
    pub email: Option<CallerEmail>,
}

/// A caller's e-mail address, according to the issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerEmail {
    /// The address.
    pub address: String,
    /// Whether the issuer has verified that the address is the caller's.
    pub is_verified: bool,
}

impl Caller {
    /// The caller's account. Only for tokens of this service, whose subject is the account.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.subject.as_str().into()
    }

    /// Whether the user proved a credential at most `max_age` seconds ago, as a route may require (RFC 9470
    /// section 5). A token that does not say when is never recent enough.
    #[must_use]
    pub fn authenticated_within(&self, max_age: u64, now: UnixTime) -> bool {
        self.auth_time.is_some_and(|at| now.since(at) <= max_age)
    }
}

impl ClaimSet for Caller {
    type Names = ClaimNames;

    fn from_payload(payload: &Map<String, Value>, names: &ClaimNames) -> Result<Self, Refusal> {
        let (caller, left_out) = read(payload, names)?;
        let unreadable = left_out.iter().any(|claim| claim.reason == LeftOutReason::Unreadable);
        if unreadable && names.unreadable == Unreadable::Reject { Err(Refusal::Claims) } else { Ok(caller) }
    }
}

impl Unverified<'_> {
    /// Which claims the caller of this token has nothing of. For the log, after the token was verified.
    #[must_use]
    pub fn left_out_claims(&self, names: &ClaimNames) -> Vec<LeftOutClaim> {
        read(&self.payload, names).map(|(_, left_out)| left_out).unwrap_or_default()
    }
}

/// What a claim is read as: [`None`] when it is absent or null.
type Reading<T> = Result<Option<T>, Refusal>;

/// The caller, and what was left out.
fn read(payload: &Map<String, Value>, names: &ClaimNames) -> Result<(Caller, Vec<LeftOutClaim>), Refusal> {
    let mut left_out = Vec::new();
    let mut note = |claim, reason| left_out.push(LeftOutClaim { claim, reason });
    let text_at = |path: &ClaimPath| {
        path.find(payload).and_then(Value::as_str).filter(|text| !text.is_empty()).map(ToOwned::to_owned)
    };
    let subject = text_at(&names.subject).or_else(|| names.fallback_subject.as_ref().and_then(text_at));
    let roles = or_left_out("roles", words(names.roles.find(payload), Shape::ListOrKeys), &mut note);
    let scopes = or_left_out("scope", words(names.scope.find(payload), Shape::List), &mut note);
    for (claim, absent) in [("roles", names.roles.find(payload)), ("scope", names.scope.find(payload))] {
        if absent.is_none() {
            note(claim, LeftOutReason::Absent);
        }
    }
    let email = names.email.as_ref().and_then(|path| path.find(payload)).filter(|value| !value.is_null());
    if names.email.is_some() && email.is_none() {
        note("email", LeftOutReason::Absent);
    }
    let auth_time = match names.unreadable {
        Unreadable::Reject => whole_seconds(payload, "auth_time"),
        // Rounded down: a proof must not seem younger than it is.
        Unreadable::LeaveOut => present(payload, "auth_time").map_or(Ok(None), |_| {
            date(payload, "auth_time", Dates::Fractional).map(|at| at.map(|at| UnixTime(at.0 / 1000)))
        }),
    };
    let caller = Caller {
        issuer: payload.get("iss").and_then(Value::as_str).ok_or(Refusal::Claims)?.to_owned(),
        subject: subject.ok_or(Refusal::Claims)?,
        session: or_left_out("sid", text(payload, "sid", names.unreadable), &mut note).map(SessionId::from),
        token_id: or_left_out("jti", text(payload, "jti", names.unreadable), &mut note).map(TokenId::from),
        epoch: or_left_out("epoch", epoch(payload, names.unreadable), &mut note),
        auth_time: or_left_out("auth_time", auth_time, &mut note),
        roles: roles.unwrap_or_default(),
        scopes: scopes.unwrap_or_default(),
        email: or_left_out("email", address(email), &mut note)
            .map(|address| CallerEmail { address, is_verified: is_true(payload.get("email_verified")) }),
    };
    Ok((caller, left_out))
}

/// What could be read; what couldn't is noted.
fn or_left_out<T>(
    claim: &'static str,
    reading: Reading<T>,
    note: &mut impl FnMut(&'static str, LeftOutReason),
) -> Option<T> {
    reading.unwrap_or_else(|_| {
        note(claim, LeftOutReason::Unreadable);
        None
    })
}

/// A claim that is there and not null.
fn present<'v>(payload: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    payload.get(name).filter(|value| !value.is_null())
}

/// Null says that there is none; in our own tokens it is a fault.
fn optional<'v>(payload: &'v Map<String, Value>, name: &str, unreadable: Unreadable) -> Option<&'v Value> {
    match unreadable {
        Unreadable::Reject => payload.get(name),
        Unreadable::LeaveOut => present(payload, name),
    }
}

fn text(payload: &Map<String, Value>, name: &str, unreadable: Unreadable) -> Reading<String> {
    match optional(payload, name, unreadable) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
        Some(_) => Err(Refusal::Claims),
    }
}

fn address(value: Option<&Value>) -> Reading<String> {
    match value {
        None => Ok(None),
        Some(Value::String(address)) if !address.is_empty() => Ok(Some(address.clone())),
        Some(_) => Err(Refusal::Claims),
    }
}

/// OpenID Connect Core section 5.1 has a boolean here; Cognito and Apple write it as text.
fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(is_true)) => *is_true,
        Some(Value::String(text)) => text == "true",
        Some(Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_)) | None => false,
    }
}

fn epoch(payload: &Map<String, Value>, unreadable: Unreadable) -> Reading<u64> {
    optional(payload, "epoch", unreadable).map(|epoch| epoch.as_u64().ok_or(Refusal::Claims)).transpose()
}

/// How a list of words may be written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// An array of texts, or one text with spaces in between.
    List,
    /// Also an object whose keys are the words.
    ListOrKeys,
}

/// A list of words. Empty texts are no words.
fn words(value: Option<&Value>, shape: Shape) -> Reading<Vec<String>> {
    let word = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.split(' ').filter_map(word).collect())),
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
            Ok(Some(items.iter().filter_map(Value::as_str).filter_map(word).collect()))
        }
        Some(Value::Object(members)) if shape == Shape::ListOrKeys => {
            // A role that is said to be false or null isn't given.
            let given =
                members.iter().filter(|(_, value)| !matches!(value, Value::Null | Value::Bool(false)));
            Ok(Some(given.filter_map(|(name, _)| word(name)).collect()))
        }
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => Err(Refusal::Claims),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Caller, ClaimNames, ClaimPath, LeftOutClaim, LeftOutReason};
    use crate::time::UnixTime;
    use crate::token::{ClaimSet, Refusal};

    fn read(payload: Value, names: &ClaimNames) -> Result<Caller, Refusal> {
        let Value::Object(payload) = payload else { panic!() };
        Caller::from_payload(&payload, names)
    }

    fn path(text: &str) -> ClaimPath {
        ClaimPath::parse(text).unwrap()
    }

    #[test]
    fn claims_are_found_where_the_issuer_puts_them() {
        let names = ClaimNames {
            subject: path("https://x.example/user"),
            roles: path("realm_access.roles"),
            scope: path("scp"),
            ..ClaimNames::default()
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
    fn roles_may_be_the_keys_of_an_object() {
        let payload = json!({"iss": "i", "sub": "s", "roles": {
            "admin": {"123": "example.com"}, "editor": true, "owner": false, "auditor": null, "": {}
        }});
        assert_eq!(read(payload, &ClaimNames::default()).unwrap().roles, ["admin", "editor"]);
    }

    #[test]
    fn a_token_without_a_subject_may_have_a_fallback() {
        let names = ClaimNames { fallback_subject: Some(path("common_name")), ..ClaimNames::default() };
        let subject = |payload: Value| read(payload, &names).map(|caller| caller.subject);
        assert_eq!(subject(json!({"iss": "i", "sub": "", "common_name": "a.access"})).unwrap(), "a.access");
        assert_eq!(subject(json!({"iss": "i", "common_name": "a.access"})).unwrap(), "a.access");
        assert_eq!(subject(json!({"iss": "i", "sub": "u", "common_name": "a.access"})).unwrap(), "u");
        assert_eq!(subject(json!({"iss": "i", "sub": "", "common_name": ""})), Err(Refusal::Claims));
        assert_eq!(subject(json!({"iss": "i", "sub": ""})), Err(Refusal::Claims));
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
    fn an_unreadable_claim_is_left_out_of_other_issuers_tokens_and_rejects_our_own() {
        let good =
            json!({"iss": "i", "sub": "s", "roles": "a b", "scope": "x", "sid": "s", "jti": "j", "epoch": 1});
        let (lenient, strict) = (ClaimNames::default(), ClaimNames::own(false));
        let caller = read(good.clone(), &strict).unwrap();
        assert_eq!(caller.roles, ["a", "b"]);
        for (name, value) in [
            ("roles", json!([1])),
            ("roles", json!(["a", 1])),
            ("scope", json!(1)),
            ("scope", json!({"a": true})),
            ("sid", json!("")),
            ("sid", json!(1)),
            ("jti", json!([])),
            ("epoch", json!("x")),
            ("epoch", json!(-1)),
            ("epoch", json!(1.5)),
            ("auth_time", json!("1")),
            ("auth_time", json!(-1)),
        ] {
            let mut payload = good.clone();
            payload[name] = value.clone();
            assert_eq!(read(payload.clone(), &strict), Err(Refusal::Claims), "{name} {value}");
            let Value::Object(payload) = payload else { panic!() };
            let (found, left_out) = super::read(&payload, &lenient).unwrap();
            assert_eq!(
                left_out,
                [LeftOutClaim { claim: name, reason: LeftOutReason::Unreadable }],
                "{value}"
            );
            let mut expected = caller.clone();
            match name {
                "roles" => expected.roles.clear(),
                "scope" => expected.scopes.clear(),
                "sid" => expected.session = None,
                "jti" => expected.token_id = None,
                "epoch" => expected.epoch = None,
                _ => {}
            }
            assert_eq!(found, expected, "{name} {value}");
        }
        for name in ["roles", "scope", "sid", "jti", "epoch", "auth_time"] {
            let mut payload = good.clone();
            payload[name] = Value::Null;
            assert!(read(payload, &lenient).is_ok(), "{name}: null is no value");
        }
        for subject in [json!(""), json!(1), Value::Null] {
            let mut payload = good.clone();
            payload["sub"] = subject.clone();
            assert_eq!(
                read(payload, &lenient),
                Err(Refusal::Claims),
                "every caller has a subject: {subject}"
            );
        }
    }

    #[test]
    fn reports_a_path_that_finds_nothing() {
        let Value::Object(payload) = json!({"iss": "i", "sub": "s", "scope": ""}) else { panic!() };
        let names = ClaimNames { roles: path("realm.roles"), ..ClaimNames::default() };
        let (_, left_out) = super::read(&payload, &names).unwrap();
        assert_eq!(left_out, [LeftOutClaim { claim: "roles", reason: LeftOutReason::Absent }]);
    }

    #[test]
    fn the_address_is_read_only_where_its_claim_is_configured() {
        let payload = |email: &Value, verified: &Value| json!({"iss": "i", "sub": "s", "roles": [], "scope": "", "email": email, "email_verified": verified, "mail": ["x"]});
        let read_email = |payload: Value, names: &ClaimNames| {
            read(payload, names).map(|caller| caller.email.map(|email| (email.address, email.is_verified)))
        };
        let foreign = ClaimNames { email: Some(path("email")), ..ClaimNames::default() };
        let own = ClaimNames::own(true);
        let ada = json!("ada@x.example");
        for names in [ClaimNames::default(), ClaimNames::own(false)] {
            assert_eq!(read_email(payload(&ada, &json!(true)), &names), Ok(None));
        }
        for names in [&foreign, &own] {
            for (verified, is_verified) in [
                (json!(true), true),
                (json!("true"), true),
                (json!(false), false),
                (json!("false"), false),
                (json!(1), false),
                (Value::Null, false),
            ] {
                let expected = Ok(Some(("ada@x.example".to_owned(), is_verified)));
                assert_eq!(read_email(payload(&ada, &verified), names), expected, "{verified}");
            }
            // Tokens from before the claim was configured have none.
            assert_eq!(read_email(payload(&Value::Null, &json!(true)), names), Ok(None));
        }
        for unreadable in [json!(""), json!(1), json!(["ada@x.example"])] {
            assert_eq!(read_email(payload(&unreadable, &json!(true)), &foreign), Ok(None), "{unreadable}");
            assert_eq!(read_email(payload(&unreadable, &json!(true)), &own), Err(Refusal::Claims));
        }
        let Value::Object(payload) = payload(&Value::Null, &json!(true)) else { panic!() };
        let (_, left_out) = super::read(&payload, &foreign).unwrap();
        assert_eq!(left_out, [LeftOutClaim { claim: "email", reason: LeftOutReason::Absent }]);
    }

    #[test]
    fn check_08_the_auth_time_of_another_issuer_may_have_a_fraction() {
        let payload = json!({"iss": "i", "sub": "s", "auth_time": 1_000.9});
        let caller = read(payload.clone(), &ClaimNames::default()).unwrap();
        assert_eq!(caller.auth_time, Some(UnixTime(1_000)));
        assert_eq!(read(payload, &ClaimNames::own(false)), Err(Refusal::Claims));
    }
}
