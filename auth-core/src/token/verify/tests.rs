//! Tests of the policy, with a signature backend that accepts one fixed signature.

use core::cell::Cell;
use core::future::{Future, ready};
use futures_util::FutureExt;

use ct_codecs::{Base64UrlSafeNoPadding, Encoder};
use serde_json::{Value, json};

use super::{Verified, VerifyError};
use crate::credential::Assurance;
use crate::id::KeyId;
use crate::time::UnixTime;
use crate::token::{
    AccessClaims, Algorithm, BackendFault, KeyMaterial, KeySet, Policy, Refusal, SignatureVerifier, Signer,
    TYP_ACCESS_TOKEN, TypRule, Unverified, VerificationKey, mint,
};

mod issuers;

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
        "auth_time": 1, "acr": "aal2", "amr": ["pwd", "otp", "mfa"], "jti": "j", "sid": "s", "epoch": 0, "roles": ["admin"], "scope": ""
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
    unverified.verify(policy, &(), &keys(), backend, UnixTime(NOW)).now_or_never().unwrap()
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
fn a_token_states_how_its_user_authenticated_and_one_of_an_earlier_version_does_not() {
    let claims = verify(&header(), &payload()).unwrap().claims().clone();
    assert_eq!((claims.acr, claims.amr.len()), (Some(Assurance::Aal2), 3));
    let previous = with(with(payload(), "acr", None), "amr", None);
    let claims = verify(&header(), &previous).unwrap().claims().clone();
    assert_eq!((claims.acr, claims.amr), (None, vec![]));
    for (name, value) in
        [("acr", "2"), ("acr", "\"aal3\""), ("acr", "null"), ("amr", "\"pwd\""), ("amr", "[\"face\"]")]
    {
        assert_eq!(
            refusal(&header(), &with(payload(), name, Some(value))),
            Refusal::Claims,
            "{name} {value}"
        );
    }
}

#[test]
fn check_43_what_is_minted_is_what_is_verified() {
    let claims = verify(&header(), &payload()).unwrap().claims().clone();
    let token = mint(&claims, &TestSigner("k1".into())).now_or_never().unwrap().unwrap();
    let unverified = Unverified::parse(token.expose()).unwrap();
    let verified: Verified<AccessClaims> = unverified
        .verify(&policy(), &(), &keys(), &Backend::default(), UnixTime(NOW))
        .now_or_never()
        .unwrap()
        .unwrap();
    assert_eq!(verified.claims(), &claims);
    assert!(!format!("{token:?}").contains("ey"));
    for name in
        ["iss", "sub", "aud", "client_id", "iat", "exp", "auth_time", "jti", "sid", "epoch", "roles", "scope"]
    {
        assert!(verify(&header(), &with(payload(), name, None)).is_err(), "{name} is mandatory");
    }
    // No user has authenticated for a token for which an API key was exchanged.
    let of_key = with(with(payload(), "sid", Some("\"key.x\"")), "auth_time", None);
    assert_eq!(verify(&header(), &of_key).unwrap().claims().auth_time, None);
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
        unverified
            .verify::<AccessClaims>(&policy, &(), &keys, &backend, UnixTime(NOW))
            .now_or_never()
            .unwrap()
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
            unverified.verify(&policy(), &(), &keys(), &backend, UnixTime(NOW)).now_or_never().unwrap();
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
