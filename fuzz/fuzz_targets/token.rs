//! Parse and verify. The signature is always said to match, so that what comes after it is reached; the
//! claims decide.
//!
//! Input: a byte that says which form, then the token's text; or header and payload as JSON, divided by a
//! line break, which are encoded here (else chance would hardly ever get past base64).
#![no_main]


use auth_core::time::UnixTime;
use auth_core::token::{
    Algorithm, BackendFault, Caller, ClaimNames, KeyMaterial, KeySet, MAX_TOKEN_BYTES, Policy,
    SignatureVerifier, TYP_ACCESS_TOKEN, TypRule, Unverified, VerificationKey,
};
use ct_codecs::{Base64UrlSafeNoPadding, Decoder, Encoder};
use futures_util::FutureExt;
use libfuzzer_sys::fuzz_target;

const NOW: UnixTime = UnixTime(1_800_000_000);

struct Yes;

impl SignatureVerifier for Yes {
    async fn verify(&self, _: &VerificationKey, _: &[u8], _: &[u8]) -> Result<bool, BackendFault> {
        Ok(true)
    }
}

fn judge(token: &str) {
    let Ok(unverified) = Unverified::parse(token) else { return };
    assert!(token.len() <= MAX_TOKEN_BYTES);
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 3, "three parts");
    let mut decoded = Vec::new();
    for part in &parts {
        let bytes = Base64UrlSafeNoPadding::decode_to_vec(part, None).expect("base64url");
        assert_eq!(Base64UrlSafeNoPadding::encode_to_string(&bytes).expect("text"), **part, "canonical");
        decoded.push(bytes);
    }
    // A reader that takes more than ours does reads the same header and payload.
    let header: serde_json::Value = serde_json::from_slice(&decoded[0]).expect("the header is JSON");
    let payload: serde_json::Value = serde_json::from_slice(&decoded[1]).expect("the payload is JSON");
    assert_eq!(unverified.claimed_issuer(), payload["iss"].as_str());
    assert_eq!(unverified.claimed_key(), header["kid"].as_str());

    let key = VerificationKey {
        kid: "k".to_owned(),
        algorithm: Algorithm::Es256,
        material: KeyMaterial::Point(vec![4; 65]),
    };
    let keys = KeySet::new(vec![key]).expect("one key");
    let policy =
        Policy::new("i", "a", &[Algorithm::Es256], TypRule::exactly(TYP_ACCESS_TOKEN)).expect("whole");
    let names = ClaimNames::default();
    let verdict = unverified.verify::<Caller>(&policy, &names, &keys, &Yes, NOW).now_or_never();
    let verdict = verdict.expect("this backend does not wait");
    let Ok(verified) = verdict else { return };
    // Whatever is accepted is what the policy says, in the words of another reader.
    assert_eq!(header["alg"], "ES256");
    assert_eq!(header["kid"], "k");
    for name in ["crit", "b64", "zip", "cty"] {
        assert!(header.get(name).is_none(), "{name}");
    }
    assert_eq!(payload["iss"], "i");
    let audience = &payload["aud"];
    assert!(audience == "a" || audience.as_array().is_some_and(|list| list.iter().any(|one| one == "a")));
    let exp = payload["exp"].as_u64().expect("a whole number");
    assert!(exp > NOW.0 && verified.expires_at() == UnixTime(exp));
    for name in ["nbf", "iat"] {
        assert!(
            payload.get(name).is_none_or(|date| date.as_u64().is_some_and(|date| date <= NOW.0)),
            "{name}"
        );
    }
    let caller = verified.claims();
    assert!(!caller.subject.is_empty() && payload["sub"] == caller.subject.as_str());
    assert_eq!(decoded[2].len(), 64);
}

fuzz_target!(|data: &[u8]| {
    let Some((form, rest)) = data.split_first() else { return };
    if form % 4 == 0 {
        if let Ok(token) = core::str::from_utf8(rest) {
            judge(token);
        }
        return;
    }
    let at = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let (header, payload) = rest.split_at(at);
    let encode = |bytes: &[u8]| Base64UrlSafeNoPadding::encode_to_string(bytes).expect("text");
    let payload = payload.strip_prefix(b"\n").unwrap_or(payload);
    judge(&format!("{}.{}.{}", encode(header), encode(payload), "A".repeat(86)));
});
