//! The policy, with a signature backend that says what it is told: what is tested is everything but mathematics.

use core::cell::Cell;
use core::future::{Future, ready};
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use ct_codecs::{Base64UrlSafeNoPadding, Encoder};
use serde_json::{Value, json};

use super::{Verified, VerifyError, choose_policy};
use crate::id::KeyId;
use crate::time::{UnixMillis, UnixTime};
use crate::token::{
    AccessClaims, Algorithm, BackendFault, Caller, ClaimNames, KeyMaterial, KeySet, Policy, Refusal,
    SignatureVerifier, Signer, TYP_ACCESS_TOKEN, TypRule, Unverified, VerificationKey, mint,
};

const NOW: u64 = 1_000_000;

/// The one signature that is good.
const GOOD: [u8; 64] = [b'g'; 64];

/// Accepts the good signature, and counts how often it was asked.
#[derive(Default)]
struct Backend {
    asked: Cell<u32>,
    broken: bool,
}

impl SignatureVerifier for Backend {
    fn verify(
        &self,
        key: &VerificationKey,
        _: &[u8],
        signature: &[u8],
    ) -> impl Future<Output = Result<bool, BackendFault>> {
        self.asked.set(self.asked.get() + 1);
        let broken = self.broken.then(|| BackendFault("down".into()));
        ready(broken.map_or(Ok(key.kid == "k1" && signature == GOOD), Err))
    }
}

struct TestSigner(KeyId);

impl Signer for TestSigner {
    fn key_id(&self) -> &KeyId {
        &self.0
    }

    fn sign(&self, _: &[u8]) -> impl Future<Output = Result<Vec<u8>, BackendFault>> {
        ready(Ok(GOOD.to_vec()))
    }
}

/// Nothing here ever waits.
fn now_or_never<T>(future: impl Future<Output = T>) -> T {
    let Poll::Ready(value) = pin!(future).poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("it waits")
    };
    value
}

fn policy() -> Policy {
    Policy::new("https://issuer.example", "api", &[Algorithm::Es256], TypRule::exactly(TYP_ACCESS_TOKEN))
        .unwrap()
}

fn keys() -> KeySet {
    KeySet::new(vec![VerificationKey {
        kid: "k1".into(),
        algorithm: Algorithm::Es256,
        material: KeyMaterial::Point(vec![]),
    }])
    .unwrap()
}

fn header() -> Value {
    json!({"alg": "ES256", "typ": "at+jwt", "kid": "k1"})
}

fn payload() -> Value {
    json!({
        "iss": "https://issuer.example", "sub": "u", "aud": "api", "client_id": "c", "iat": NOW - 10, "exp": NOW + 290,
        "auth_time": 1, "jti": "j", "sid": "s", "epoch": 0, "roles": ["admin"], "scope": ""
    })
}

/// `base` with `name` set to what the JSON text says; `None`: removed.
fn with(mut base: Value, name: &str, text: Option<&str>) -> Value {
    let object = base.as_object_mut().unwrap();
    match text {
        Some(text) => object.insert(name.into(), serde_json::from_str(text).unwrap()),
        None => object.remove(name),
    };
    base
}

fn b64(bytes: &[u8]) -> String {
    Base64UrlSafeNoPadding::encode_to_string(bytes).unwrap()
}

fn verify_by(
    policy: &Policy,
    header: &Value,
    payload: &Value,
    backend: &Backend,
) -> Result<Verified<AccessClaims>, VerifyError> {
    let part = |value: &Value| Base64UrlSafeNoPadding::encode_to_string(value.to_string()).unwrap();
    let token = format!("{}.{}.{}", part(header), part(payload), b64(&GOOD));
    let unverified = Unverified::parse(&token).map_err(VerifyError::Refused)?;
    now_or_never(unverified.verify(policy, &(), &keys(), backend, UnixTime(NOW)))
}

fn verify(header: &Value, payload: &Value) -> Result<Verified<AccessClaims>, VerifyError> {
    verify_by(&policy(), header, payload, &Backend::default())
}

fn refusal(header: &Value, payload: &Value) -> Refusal {
    match verify(header, payload) {
        Err(VerifyError::Refused(refusal)) => refusal,
        other => panic!("{header} {payload}: {other:?}"),
    }
}

#[test]
fn a_good_token_is_verified() {
    let verified = verify(&header(), &payload()).unwrap();
    assert_eq!(verified.claims().roles, ["admin"]);
    assert_eq!(verified.expires_at(), UnixTime(NOW + 290));
}

#[test]
fn check_43_what_is_minted_is_what_is_verified() {
    let claims = verify(&header(), &payload()).unwrap().claims().clone();
    let token = now_or_never(mint(&claims, &TestSigner("k1".into()))).unwrap();
    let unverified = Unverified::parse(token.expose()).unwrap();
    let verified: Verified<AccessClaims> =
        now_or_never(unverified.verify(&policy(), &(), &keys(), &Backend::default(), UnixTime(NOW))).unwrap();
    assert_eq!(verified.claims(), &claims);
    assert!(!format!("{token:?}").contains("ey"));
    for name in
        ["iss", "sub", "aud", "client_id", "iat", "exp", "auth_time", "jti", "sid", "epoch", "roles", "scope"]
    {
        assert!(verify(&header(), &with(payload(), name, None)).is_err(), "{name} is mandatory");
    }
}

#[test]
fn check_03_the_key_fixes_the_algorithm_before_a_signature_is_computed() {
    for alg in [
        "none", "None", "", "es256", "ES256 ", "ES384", "ES256K", "HS256", "RS256", "PS256", "EdDSA",
        "Ed25519", "Ed448",
    ] {
        let backend = Backend::default();
        let header = with(header(), "alg", Some(&json!(alg).to_string()));
        let verdict = verify_by(&policy(), &header, &payload(), &backend);
        assert_eq!(verdict.unwrap_err(), VerifyError::Refused(Refusal::Algorithm), "{alg}");
        assert_eq!(backend.asked.get(), 0, "{alg}");
    }
}

#[test]
fn check_03_ed25519_has_two_names() {
    let policy =
        Policy::new("https://issuer.example", "api", &[Algorithm::EdDsa], TypRule::exactly(TYP_ACCESS_TOKEN))
            .unwrap();
    let key = VerificationKey {
        kid: "k1".into(),
        algorithm: Algorithm::EdDsa,
        material: KeyMaterial::Ed25519([0; 32]),
    };
    let keys = KeySet::new(vec![key]).unwrap();
    let verdict = |alg: &str| {
        let header = with(header(), "alg", Some(&json!(alg).to_string()));
        let part = |value: &Value| Base64UrlSafeNoPadding::encode_to_string(value.to_string()).unwrap();
        let token = format!("{}.{}.{}", part(&header), part(&payload()), b64(&GOOD));
        let unverified = Unverified::parse(&token).unwrap();
        let backend = Backend::default();
        now_or_never(unverified.verify::<AccessClaims>(&policy, &(), &keys, &backend, UnixTime(NOW)))
    };
    assert!(verdict("EdDSA").is_ok());
    assert!(verdict("Ed25519").is_ok());
    for alg in ["Ed448", "ed25519", "eddsa", "ES256"] {
        assert_eq!(verdict(alg).unwrap_err(), VerifyError::Refused(Refusal::Algorithm), "{alg}");
    }
}

#[test]
fn check_04_key_hints_change_nothing() {
    for hint in ["jwk", "jku", "x5u", "x5c", "x5t"] {
        let header = with(header(), hint, Some(r#""https://evil.example/keys""#));
        assert_eq!(verify(&header, &payload()).unwrap().claims().sub.as_str(), "u", "{hint}");
    }
}

#[test]
fn check_08_exp_is_a_whole_number_and_over_at_that_second() {
    for exp in [
        r#""1000290""#,
        "1000290.0",
        "1000290.5",
        "-1",
        "9007199254740992",
        "1e300",
        "1e6",
        "null",
        "true",
        "[1000290]",
        "{}",
    ] {
        assert_eq!(refusal(&header(), &with(payload(), "exp", Some(exp))), Refusal::Claims, "{exp}");
    }
    assert_eq!(refusal(&header(), &with(payload(), "exp", None)), Refusal::Claims);
    for exp in ["0", "999999", "1000000"] {
        assert_eq!(refusal(&header(), &with(payload(), "exp", Some(exp))), Refusal::Expired, "{exp}");
    }
    for exp in ["1000001", "9007199254740991"] {
        assert!(verify(&header(), &with(payload(), "exp", Some(exp))).is_ok(), "{exp}");
    }
}

#[test]
fn check_08_leeway_moves_the_end_and_nothing_else_does() {
    let lenient = policy().with_leeway(60).unwrap();
    let at =
        |exp: &str| verify_by(&lenient, &header(), &with(payload(), "exp", Some(exp)), &Backend::default());
    assert_eq!(at("999941").unwrap().expires_at(), UnixTime(1_000_001));
    assert_eq!(at("999940").unwrap_err(), VerifyError::Refused(Refusal::Expired));
}

#[test]
fn check_09_the_future_and_the_distant_past_are_refused() {
    assert_eq!(refusal(&header(), &with(payload(), "nbf", Some("1000001"))), Refusal::NotYetValid);
    assert!(verify(&header(), &with(payload(), "nbf", Some("1000000"))).is_ok());
    assert_eq!(refusal(&header(), &with(payload(), "iat", Some("1000001"))), Refusal::IssuedInFuture);
    assert!(verify(&header(), &with(payload(), "iat", Some("1000000"))).is_ok());
    for name in ["nbf", "iat"] {
        for value in [r#""1""#, "1.5", "-1", "1e300", "null", "9007199254740992"] {
            assert_eq!(
                refusal(&header(), &with(payload(), name, Some(value))),
                Refusal::Claims,
                "{name} {value}"
            );
        }
    }
    let lenient = policy().with_leeway(5).unwrap();
    let by = |policy: &Policy, name: &str, value: &str| {
        verify_by(policy, &header(), &with(payload(), name, Some(value)), &Backend::default()).map(|_| ())
    };
    for (name, refusal) in [("nbf", Refusal::NotYetValid), ("iat", Refusal::IssuedInFuture)] {
        assert_eq!(by(&lenient, name, "1000005"), Ok(()));
        assert_eq!(by(&lenient, name, "1000006"), Err(VerifyError::Refused(refusal)));
    }
    let aged = policy().with_max_age(100).unwrap();
    assert_eq!(by(&aged, "iat", "999900"), Ok(()));
    assert_eq!(by(&aged, "iat", "999899"), Err(VerifyError::Refused(Refusal::TooOld)));
}

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
fn check_11_the_type_is_an_access_token() {
    for typ in [
        r#""JWT""#,
        r#""jwt""#,
        r#""dpop+jwt""#,
        r#""logout+jwt""#,
        r#""id_token""#,
        r#""""#,
        r#""at+jwt ""#,
        r#""text/at+jwt""#,
    ] {
        assert_eq!(refusal(&with(header(), "typ", Some(typ)), &payload()), Refusal::Type, "{typ}");
    }
    assert_eq!(refusal(&with(header(), "typ", None), &payload()), Refusal::Type);
    for typ in [r#""at+jwt""#, r#""AT+JWT""#, r#""application/at+jwt""#, r#""Application/at+jwt""#] {
        assert!(verify(&with(header(), "typ", Some(typ)), &payload()).is_ok(), "{typ}");
    }
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
    now_or_never(unverified.verify::<AccessClaims>(&policy, &(), &keys, &Anyone, UnixTime(NOW))).map(|_| ())
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
        now_or_never(verdict).map(|verified| verified.expires_at().0)
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
        (token.len(), now_or_never(verdict).map(|_| ()))
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

#[test]
fn check_23_a_failing_backend_does_not_verify() {
    let backend = Backend { broken: true, ..Backend::default() };
    let verdict = verify_by(&policy(), &header(), &payload(), &backend);
    assert_eq!(verdict.unwrap_err(), VerifyError::Fault(BackendFault("down".into())));
}

#[test]
fn rejects_an_invalid_signature_and_does_not_verify_a_malformed_one() {
    for (signature, asked) in
        [(vec![b'b'; 64], 1), (vec![b'g'; 63], 0), (vec![b'g'; 65], 0), (vec![b'g'; 32], 0), (vec![0], 0)]
    {
        let token = format!(
            "{}.{}.{}",
            b64(header().to_string().as_bytes()),
            b64(payload().to_string().as_bytes()),
            b64(&signature)
        );
        let unverified = Unverified::parse(&token).unwrap();
        let backend = Backend::default();
        let verdict: Result<Verified<AccessClaims>, _> =
            now_or_never(unverified.verify(&policy(), &(), &keys(), &backend, UnixTime(NOW)));
        assert_eq!(verdict.unwrap_err(), VerifyError::Refused(Refusal::Signature));
        assert_eq!(backend.asked.get(), asked, "{} bytes", signature.len());
    }
}

#[test]
fn each_key_states_the_length_of_its_signatures() {
    let key = |algorithm, material| VerificationKey { kid: "k".into(), algorithm, material };
    let rsa = |bytes| KeyMaterial::Rsa { n: vec![0xff; bytes], e: vec![1, 0, 1] };
    for (key, bytes) in [
        (key(Algorithm::Es256, KeyMaterial::Point(vec![])), 64),
        (key(Algorithm::Es384, KeyMaterial::Point(vec![])), 96),
        (key(Algorithm::EdDsa, KeyMaterial::Ed25519([0; 32])), 64),
        (key(Algorithm::Rs256, rsa(256)), 256),
        (key(Algorithm::Ps256, rsa(512)), 512),
        (key(Algorithm::Hs256, KeyMaterial::Secret(crate::secret::SecretText::new("s".repeat(32)))), 32),
    ] {
        assert_eq!(key.signature_bytes(), bytes, "{:?}", key.algorithm);
    }
}
