//! Importing a foreign key set.
#![no_main]

use auth_core::token::{Algorithm, KeyMaterial, MAX_JWKS_BYTES, MAX_KEYS, parse_jwks};
use edge_worker::signatures::{is_valid_key, public_jwk};
use libfuzzer_sys::fuzz_target;

const ALGORITHMS: &[Algorithm] = &[Algorithm::Es256, Algorithm::Es384, Algorithm::Rs256, Algorithm::EdDsa];

fuzz_target!(|data: &[u8]| {
    // A point need not be on its curve to get further.
    let lenient = parse_jwks(data, ALGORITHMS, |_| true);
    let strict = parse_jwks(data, ALGORITHMS, is_valid_key);
    assert!(strict.is_err() || lenient.is_ok());
    let Ok(set) = lenient else { return };
    assert!(data.len() <= MAX_JWKS_BYTES);
    assert!((1..=MAX_KEYS).contains(&set.keys().len()));
    for key in set.keys() {
        assert!(!key.kid.is_empty() && ALGORITHMS.contains(&key.algorithm));
        assert_eq!(set.keys().iter().filter(|other| other.kid == key.kid).count(), 1);
        assert!(!matches!(key.material, KeyMaterial::Secret(_)));
        assert!(key.signature_bytes() >= 64);
    }
    // What is published of a set that was taken is the same set again.
    let jwks: Vec<_> = set.keys().iter().map(|key| public_jwk(key).expect("public")).collect();
    let text = serde_json::json!({"keys": jwks}).to_string();
    let again = parse_jwks(text.as_bytes(), ALGORITHMS, |_| true).expect("ours is one too");
    assert!(set.same_public_keys(&again));
});
