//! Which caller the claims of a token name, and which claims are left out.

use serde_json::{Value, json};

use super::{Caller, ClaimNames, ClaimPath, LeftOutClaim, LeftOutReason};
use crate::id::SessionKind;
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
fn an_authentication_meets_one_of_several_values_and_is_never_assumed_to() {
    let with =
        |acr: Value| read(json!({"iss": "i", "sub": "s", "acr": acr}), &ClaimNames::default()).unwrap();
    for (acr, accepted, meets) in [
        (json!("aal2"), "aal2", true),
        (json!("aal1"), "aal2", false),
        (json!("urn:x:mfa"), "aal2 urn:x:mfa", true),
        (json!("urn:x:pwd"), "aal2 urn:x:mfa", false),
        (Value::Null, "aal1", false),
        (json!(2), "aal1", false),
        (Value::Null, "", true),
    ] {
        let accepted: Vec<String> = accepted.split_whitespace().map(ToOwned::to_owned).collect();
        assert_eq!(with(acr.clone()).authenticated_as(&accepted), meets, "{acr} {accepted:?}");
    }
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
        ("acr", json!(1)),
        ("acr", json!("")),
        ("acr", json!(["aal2"])),
    ] {
        let mut payload = good.clone();
        payload[name] = value.clone();
        assert_eq!(read(payload.clone(), &strict), Err(Refusal::Claims), "{name} {value}");
        let Value::Object(payload) = payload else { panic!() };
        let (found, left_out) = super::read(&payload, &lenient).unwrap();
        assert_eq!(left_out, [LeftOutClaim { claim: name, reason: LeftOutReason::Unreadable }], "{value}");
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
    for name in ["roles", "scope", "sid", "jti", "epoch", "auth_time", "acr", "cnf"] {
        let mut payload = good.clone();
        payload[name] = Value::Null;
        assert!(read(payload, &lenient).is_ok(), "{name}: null is no value");
    }
    for subject in [json!(""), json!(1), Value::Null] {
        let mut payload = good.clone();
        payload["sub"] = subject.clone();
        assert_eq!(read(payload, &lenient), Err(Refusal::Claims), "every caller has a subject: {subject}");
    }
}

#[test]
fn a_token_of_a_client_names_its_audience_and_the_key_to_which_it_is_bound() {
    let payload = json!({"iss": "i", "sub": "s", "sid": "grant.x", "client_id": "c", "aud": "https://x.example/mcp", "cnf": {"jkt": "k"}});
    for (names, client) in [(ClaimNames::default(), None), (ClaimNames::own(false), Some("c".into()))] {
        let caller = read(payload.clone(), &names).unwrap();
        assert_eq!(caller.client_id, client);
        assert_eq!(caller.audience.as_deref(), Some("https://x.example/mcp"));
        assert_eq!(caller.jkt.as_deref(), Some("k"));
        assert_eq!(caller.kind(), SessionKind::Grant);
    }
    for cnf in [json!({"jkt": ""}), json!({"jkt": 1}), json!({"x5t#S256": "x"}), json!("x")] {
        let mut payload = payload.clone();
        payload["cnf"] = cnf.clone();
        assert_eq!(read(payload.clone(), &ClaimNames::own(false)), Err(Refusal::Claims), "{cnf}");
        assert_eq!(read(payload, &ClaimNames::default()).unwrap().jkt, None, "{cnf}");
    }
    let several = read(json!({"iss": "i", "sub": "s", "aud": ["a"]}), &ClaimNames::default()).unwrap();
    assert_eq!((several.audience, several.jkt), (None, None));
    let first_party = json!({"iss": "i", "sub": "s", "sid": "x", "client_id": "c"});
    assert_eq!(read(first_party, &ClaimNames::own(false)).unwrap().client_id, None);
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
