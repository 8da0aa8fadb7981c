//! Importing a foreign key set.
#![no_main]

use auth_core::token::{
    Algorithm, InvalidJwks, KeyMaterial, MAX_JWKS_BYTES, MAX_KEYS, VerificationKey, parse_jwks,
};
use edge_worker::signatures::{is_valid_key, public_jwk};
use libfuzzer_sys::fuzz_target;

const ALGORITHMS: &[Algorithm] = &[Algorithm::Es256, Algorithm::Es384, Algorithm::Rs256, Algorithm::EdDsa];

fuzz_target!(|data: &[u8]| {
    // A point need not be on its curve to get further.
    let lenient = parse_jwks(data, ALGORITHMS, |_| true);
    let strict = parse_jwks(data, ALGORITHMS, is_valid_key);
    // Two points of one id may be told apart by one of them being off its curve.
    assert!(strict.is_err() || lenient.is_ok() || matches!(lenient, Err(InvalidJwks::DuplicateKeyId)));
    let Ok((set, left_out)) = lenient else { return };
    assert!(left_out.len() < MAX_KEYS);
    assert!(data.len() <= MAX_JWKS_BYTES);
    assert!((1..=MAX_KEYS).contains(&set.keys().len()));
    for key in set.keys() {
        assert!(ALGORITHMS.contains(&key.algorithm));
        assert!(!key.kid.is_empty() || set.keys().len() == 1);
        let same = |other: &&VerificationKey| other.kid == key.kid && other.algorithm == key.algorithm;
        assert_eq!(set.keys().iter().filter(same).count(), 1);
        assert!(!matches!(key.material, KeyMaterial::Secret(_)));
        assert!(key.signature_bytes() >= 64);
    }
    // What is published of a set that was taken is the same set again.
    let jwks: Vec<_> = set.keys().iter().map(|key| public_jwk(key).expect("public")).collect();
    let text = serde_json::json!({"keys": jwks}).to_string();
    let again = parse_jwks(text.as_bytes(), ALGORITHMS, |_| true).expect("ours is one too").0;
    assert!(set.same_public_keys(&again));
});
