//! Only a verifier makes a [`Verified`], so the tests have one that says yes.

use core::future::{Future, ready};

use auth_core::gate::{Evidence, KnownToken};
use auth_core::time::UnixTime;
use auth_core::token::{
    Algorithm, BackendFault, Caller, ClaimNames, KeyMaterial, KeySet, Policy, SignatureVerifier, TypRule,
    Unverified, VerificationKey,
};
use ct_codecs::{Base64UrlSafeNoPadding, Encoder};
use futures_util::FutureExt;
use serde_json::json;

use super::{GENERATION, GENERATION_BYTES, Generations, Token};

struct Yes;

impl SignatureVerifier for Yes {
    fn verify(
        &self,
        _: &VerificationKey,
        _: &[u8],
        _: &[u8],
    ) -> impl Future<Output = Result<bool, BackendFault>> {
        ready(Ok(true))
    }
}

fn known(subject: &str, exp: u64) -> Token {
    let part =
        |value: serde_json::Value| Base64UrlSafeNoPadding::encode_to_string(value.to_string()).unwrap();
    let header = part(json!({"alg": "ES256", "typ": "at+jwt", "kid": "k"}));
    // As long as a signature by ES256 is.
    let signature = "A".repeat(86);
    let claims = part(json!({"iss": "i", "aud": "a", "sub": subject, "exp": exp}));
    let token = format!("{header}.{claims}.{signature}");
    let key = VerificationKey {
        kid: "k".into(),
        algorithm: Algorithm::Es256,
        material: KeyMaterial::Point(vec![]),
    };
    let keys = KeySet::new(vec![key]).unwrap();
    let policy = Policy::new("i", "a", &[Algorithm::Es256], TypRule::exactly("at+jwt")).unwrap();
    let (unverified, names) = (Unverified::parse(&token).unwrap(), ClaimNames::default());
    let verdict = unverified.verify::<Caller>(&policy, &names, &keys, &Yes, UnixTime(0)).now_or_never();
    let verified = verdict.unwrap().unwrap();
    Token::new(KnownToken {
        verified,
        issuer: 0,
        evidence: Evidence::Signature { keys_stamp: 0 },
        identity: String::new(),
    })
}

fn subject(cache: &mut Generations, token: &str, now: u64) -> Option<String> {
    cache.find(token, UnixTime(now).into()).map(|known| known.caller().subject.clone())
}

#[test]
fn check_20_a_cached_token_returns_its_own_claims() {
    let mut cache = Generations::default();
    cache.insert("a.b.c".into(), known("ada", 100));
    cache.insert("a.b.d".into(), known("bob", 100));
    assert_eq!(subject(&mut cache, "a.b.c", 0).as_deref(), Some("ada"));
    assert_eq!(subject(&mut cache, "a.b.d", 0).as_deref(), Some("bob"));
    for token in ["", "a.b", "a.b.", "a.b.cc", "a.b.C", "A.b.c", " a.b.c"] {
        assert_eq!(subject(&mut cache, token, 0), None, "{token:?}");
    }
}

#[test]
fn check_20_a_token_is_not_served_at_the_second_it_expires() {
    let mut cache = Generations::default();
    cache.insert("t".into(), known("ada", 100));
    assert!(subject(&mut cache, "t", 99).is_some());
    assert!(subject(&mut cache, "t", 100).is_none());
    assert!(subject(&mut cache, "t", 99).is_none(), "it is gone");
    cache.insert("t".into(), known("ada", 100));
    cache.old = core::mem::take(&mut cache.young);
    assert!(subject(&mut cache, "t", 100).is_none(), "in the old generation too");
}

#[test]
fn check_20_the_cache_is_bounded_and_keeps_what_is_used() {
    let mut cache = Generations::default();
    let entry = known("ada", 100);
    cache.insert("kept".into(), entry.clone());
    for i in 0..5 * GENERATION {
        cache.insert(format!("t{i}").into(), entry.clone());
        if i % 1000 == 0 {
            assert!(cache.find("kept", UnixTime(0).into()).is_some(), "{i}");
        }
        assert!(cache.young.len() + cache.old.len() <= 2 * GENERATION);
    }
    assert!(cache.find("t0", UnixTime(0).into()).is_none());
}

#[test]
fn check_20_long_tokens_do_not_fill_the_memory() {
    let mut cache = Generations::default();
    let entry = known("ada", 100);
    for i in 0..2_000 {
        cache.insert(format!("{i:016384}").into(), entry.clone());
        let bytes: usize = cache.young.keys().chain(cache.old.keys()).map(|token| token.len()).sum();
        assert!(bytes <= 2 * GENERATION_BYTES, "{i}");
    }
    assert!(cache.find(&format!("{:016384}", 1_999), UnixTime(0).into()).is_some());
}
