//! Policies of other issuers: their audiences, their keys, and several policies of one issuer.

use core::future::{Future, ready};

use futures_util::FutureExt;
use serde_json::{Value, json};

use super::{GOOD, NOW, b64, header, keys, payload, policy, refusal, with};
use crate::time::{UnixMillis, UnixTime};
use crate::token::verify::{VerifyError, choose_policy};
use crate::token::{
    AccessClaims, Algorithm, BackendFault, Caller, ClaimNames, KeyMaterial, KeySet, Policy, Refusal,
    SignatureVerifier, TypRule, Unverified, VerificationKey,
};

#[test]
fn check_10_the_issuer_is_exact_and_the_audience_contains_ours() {
    for iss in [
        "null",
        "1",
        r#"["https://issuer.example"]"#,
        r#""https://issuer.example/""#,
        r#""https://issuer.exampl""#,
        r#""https://issuer.example.evil""#,
        r#""HTTPS://issuer.example""#,
        r#""""#,
        r#"" https://issuer.example""#,
    ] {
        assert_eq!(refusal(&header(), &with(payload(), "iss", Some(iss))), Refusal::Issuer, "{iss}");
    }
    assert_eq!(refusal(&header(), &with(payload(), "iss", None)), Refusal::Issuer);
    for aud in [
        "null",
        "1",
        "{}",
        "[]",
        r#""""#,
        r#""API""#,
        r#""api/""#,
        r#""ap""#,
        r#"["apis"]"#,
        r#"["api", 1]"#,
        r#"[["api"]]"#,
    ] {
        assert_eq!(refusal(&header(), &with(payload(), "aud", Some(aud))), Refusal::Audience, "{aud}");
    }
    assert_eq!(refusal(&header(), &with(payload(), "aud", None)), Refusal::Audience);
    // An array that holds ours passes the policy; our own claim set insists on the string we mint.
    assert_eq!(refusal(&header(), &with(payload(), "aud", Some(r#"["other", "api"]"#))), Refusal::Claims);
}

#[test]
fn check_12_only_the_key_named_by_kid_is_tried() {
    for kid in [
        r#""""#,
        r#""K1""#,
        r#""k1 ""#,
        r#""k""#,
        r#""k11""#,
        r#""../k1""#,
        r#""k1\u0000""#,
        r#""' OR 1=1 --""#,
        r#""https://evil.example""#,
    ] {
        assert_eq!(refusal(&with(header(), "kid", Some(kid)), &payload()), Refusal::UnknownKey, "{kid}");
    }
    assert_eq!(refusal(&with(header(), "kid", None), &payload()), Refusal::UnknownKey);
    let huge = json!("k".repeat(4000)).to_string();
    assert_eq!(refusal(&with(header(), "kid", Some(&huge)), &payload()), Refusal::UnknownKey);
    for kid in ["1", "null", r#"["k1"]"#, "{}"] {
        assert_eq!(refusal(&with(header(), "kid", Some(kid)), &payload()), Refusal::Malformed, "{kid}");
    }
    let of = |algorithm, byte: u8| VerificationKey {
        kid: "k1".into(),
        algorithm,
        material: KeyMaterial::Point(vec![byte]),
    };
    assert!(KeySet::new(vec![of(Algorithm::Es256, 1), of(Algorithm::Es256, 2)]).is_err());
    assert_eq!(KeySet::new(vec![of(Algorithm::Es256, 1), of(Algorithm::Es256, 1)]).unwrap().keys().len(), 1);
    // Under one id the algorithms tell two keys apart.
    let both = KeySet::new(vec![of(Algorithm::Es384, 1), of(Algorithm::Es256, 2)]).unwrap();
    for (algorithm, byte) in [(Algorithm::Es384, 1), (Algorithm::Es256, 2)] {
        let found = both.find("k1", algorithm).unwrap();
        assert!(found.material.is_same(&KeyMaterial::Point(vec![byte])));
    }
}

/// The verdict on a token with this header by these keys, for a policy with these algorithms.
fn verdict_by(
    keys: Vec<VerificationKey>,
    algorithms: &[Algorithm],
    header: &Value,
) -> Result<(), VerifyError> {
    let policy = Policy::new("https://issuer.example", "api", algorithms, TypRule::Any).unwrap();
    let size = keys[0].signature_bytes();
    let part = |value: &Value| b64(value.to_string().as_bytes());
    let token = format!("{}.{}.{}", part(header), part(&payload()), b64(&vec![b'g'; size]));
    let unverified = Unverified::parse(&token).unwrap();
    let keys = KeySet::new(keys).unwrap();
    unverified
        .verify::<AccessClaims>(&policy, &(), &keys, &Anyone, UnixTime(NOW))
        .now_or_never()
        .unwrap()
        .map(|_| ())
}

/// Accepts every signature.
struct Anyone;

impl SignatureVerifier for Anyone {
    fn verify(
        &self,
        _: &VerificationKey,
        _: &[u8],
        _: &[u8],
    ) -> impl Future<Output = Result<bool, BackendFault>> {
        ready(Ok(true))
    }
}

#[test]
fn check_12_a_shared_secret_is_the_key_whatever_the_header_calls_it() {
    let secret = || VerificationKey {
        kid: String::new(),
        algorithm: Algorithm::Hs256,
        material: KeyMaterial::Secret(crate::secret::SecretText::new("s".repeat(32))),
    };
    let verdict = |header: Value| verdict_by(vec![secret()], &[Algorithm::Hs256], &header);
    assert_eq!(verdict(json!({"alg": "HS256", "kid": "IBZFPqpuE0oC+hnZ", "typ": "JWT"})), Ok(()));
    assert_eq!(verdict(json!({"alg": "HS256", "kid": ""})), Ok(()));
    assert_eq!(verdict(json!({"alg": "HS256"})), Ok(()));
    for alg in ["none", "HS512", "ES256", "RS256"] {
        assert_eq!(verdict(json!({"alg": alg, "kid": "x"})), Err(VerifyError::Refused(Refusal::Algorithm)));
    }
}

#[test]
fn check_12_an_only_key_without_an_id_is_for_tokens_without_one() {
    let key = |kid: &str| VerificationKey {
        kid: kid.into(),
        algorithm: Algorithm::Es256,
        material: KeyMaterial::Point(vec![]),
    };
    let verdict = |keys, header: Value| verdict_by(keys, &[Algorithm::Es256], &header);
    let unknown = Err(VerifyError::Refused(Refusal::UnknownKey));
    assert_eq!(verdict(vec![key("")], json!({"alg": "ES256"})), Ok(()));
    assert_eq!(
        verdict(vec![key("")], json!({"alg": "HS256"})),
        Err(VerifyError::Refused(Refusal::Algorithm))
    );
    for kid in ["", "k1"] {
        assert_eq!(verdict(vec![key("")], json!({"alg": "ES256", "kid": kid})), unknown, "{kid:?}");
    }
    assert_eq!(verdict(vec![key("k1")], json!({"alg": "ES256"})), unknown);
    assert_eq!(verdict(vec![key(""), key("k1")], json!({"alg": "ES256"})), unknown);
}

#[test]
fn check_08_check_09_fractions_are_compared_exactly_where_they_are_allowed() {
    let foreign = policy().with_fractional_dates();
    let at = |policy: &Policy, now_ms: u64, name: &str, value: &str| {
        let payload = with(with(payload(), "iat", None), name, Some(value));
        let part = |value: &Value| b64(value.to_string().as_bytes());
        let token = format!("{}.{}.{}", part(&header()), part(&payload), b64(&GOOD));
        let unverified = Unverified::parse(&token).unwrap();
        let (names, set) = (ClaimNames::default(), keys());
        let verdict = unverified.verify::<Caller>(policy, &names, &set, &Anyone, UnixMillis(now_ms));
        verdict.now_or_never().unwrap().map(|verified| verified.expires_at().0)
    };
    let refused = |refusal| Err(VerifyError::Refused(refusal));
    for (now_ms, name, value, expected) in [
        (1_000_000_499, "exp", "1000000.5", Ok(1_000_000_500)),
        (1_000_000_500, "exp", "1000000.5", refused(Refusal::Expired)),
        (1_000_000_999, "exp", "1000000.5", refused(Refusal::Expired)),
        (1_000_000_000, "exp", "1.0000005e6", Ok(1_000_000_500)),
        (1_000_000_000, "exp", "1000001.0", Ok(1_000_001_000)),
        (1_000_000_300, "iat", "1000000.3", Ok(1_000_290_000)),
        (1_000_000_299, "iat", "1000000.3", refused(Refusal::IssuedInFuture)),
        (1_000_000_300, "nbf", "1000000.3", Ok(1_000_290_000)),
        (1_000_000_299, "nbf", "1000000.3", refused(Refusal::NotYetValid)),
    ] {
        assert_eq!(at(&foreign, now_ms, name, value), expected, "{name} {value} at {now_ms}");
        assert_eq!(at(&policy(), now_ms, name, value), refused(Refusal::Claims), "ours: {name} {value}");
    }
    let aged = policy().with_fractional_dates().with_max_age(100).unwrap();
    assert_eq!(at(&aged, 1_000_100_500, "iat", "1000000.5"), Ok(1_000_290_000));
    assert_eq!(at(&aged, 1_000_100_501, "iat", "1000000.5"), refused(Refusal::TooOld));
}

#[test]
fn check_15_each_policy_has_its_own_size() {
    let at = |policy: &Policy, bytes: usize| {
        let start = |pad: usize| {
            let payload = with(payload(), "pad", Some(&json!("x".repeat(pad)).to_string()));
            let part = |value: &Value| b64(value.to_string().as_bytes());
            format!("{}.{}.{}", part(&header()), part(&payload), b64(&GOOD))
        };
        let token = (0..bytes).map(start).find(|token| token.len() >= bytes).unwrap();
        let unverified = Unverified::parse(&token).unwrap();
        let (names, set) = (ClaimNames::default(), keys());
        let verdict = unverified.verify::<Caller>(policy, &names, &set, &Anyone, UnixTime(NOW));
        (token.len(), verdict.now_or_never().unwrap().map(|_| ()))
    };
    let too_large = Err(VerifyError::Refused(Refusal::TooLarge));
    let wide = policy().with_max_token_bytes(700).unwrap();
    let (bytes, verdict) = at(&wide, 690);
    assert!(bytes <= 700);
    assert_eq!(verdict, Ok(()));
    assert_eq!(at(&wide, 701).1, too_large);
}

#[test]
fn check_10_several_policies_of_one_issuer_are_told_apart_by_audience_and_algorithm() {
    let of = |issuer: &str, audience: &str, algorithm| {
        Policy::new(issuer, audience, &[algorithm], TypRule::Any).unwrap()
    };
    let by_client = of("i", "client", Algorithm::Es256)
        .with_audience_claim(crate::token::ClaimPath::of_name("client_id"));
    let policies = [
        of("own", "a", Algorithm::Es256),
        of("i", "a", Algorithm::Es256),
        of("i", "a", Algorithm::Hs256),
        of("i", "b", Algorithm::Es256),
        by_client,
    ];
    for (alg, payload, expected) in [
        ("ES256", json!({"iss": "own", "aud": "a"}), Ok(0)),
        // Where only one has the issuer, what doesn't fit is that policy's refusal.
        ("ES256", json!({"iss": "own", "aud": "x"}), Ok(0)),
        ("ES256", json!({"iss": "i", "aud": "a"}), Ok(1)),
        ("HS256", json!({"iss": "i", "aud": "a"}), Ok(2)),
        ("ES256", json!({"iss": "i", "aud": ["b", "c"]}), Ok(3)),
        ("ES256", json!({"iss": "i", "client_id": "client"}), Ok(4)),
        ("ES256", json!({"iss": "i", "aud": ["a", "b"]}), Err(Refusal::Ambiguous)),
        ("ES256", json!({"iss": "i", "aud": "a", "client_id": "client"}), Err(Refusal::Ambiguous)),
        ("HS256", json!({"iss": "i", "aud": "b"}), Err(Refusal::Audience)),
        ("RS256", json!({"iss": "i", "aud": "a"}), Err(Refusal::Audience)),
        ("ES256", json!({"iss": "j", "aud": "a"}), Err(Refusal::Issuer)),
    ] {
        let part = |value: &Value| b64(value.to_string().as_bytes());
        let token = format!("{}.{}.{}", part(&json!({"alg": alg})), part(&payload), b64(&GOOD));
        let unverified = Unverified::parse(&token).unwrap();
        assert_eq!(choose_policy(&unverified, policies.iter()), expected, "{alg} {payload}");
        // In another order, the same policy.
        let reversed: Vec<Policy> = policies.iter().rev().cloned().collect();
        let expected = expected.map(|index| policies.len() - 1 - index);
        assert_eq!(choose_policy(&unverified, reversed.iter()), expected, "{alg} {payload}");
    }
}
