use serde_json::{Value, json};

use super::{InvalidJwks, UnusableKey, parse_jwks};
use crate::token::Algorithm;

const PUBLIC: &[Algorithm] = &[Algorithm::Es256, Algorithm::Es384, Algorithm::Rs256, Algorithm::EdDsa];

fn coordinate(size: usize) -> String {
    use ct_codecs::{Base64UrlSafeNoPadding, Encoder};
    Base64UrlSafeNoPadding::encode_to_string(vec![0xff; size]).unwrap()
}

fn ec() -> Value {
    json!({"kty": "EC", "crv": "P-256", "kid": "e", "x": coordinate(32), "y": coordinate(32)})
}

fn with(mut key: Value, name: &str, value: Value) -> Value {
    key.as_object_mut().unwrap().insert(name.into(), value);
    key
}

type Found = (Vec<(String, Algorithm)>, Vec<(usize, UnusableKey)>);

fn read_all(keys: &[Value]) -> Result<Found, InvalidJwks> {
    let (set, left_out) = parse_jwks(json!({"keys": keys}).to_string().as_bytes(), PUBLIC, |_| true)?;
    let keys = set.keys().iter().map(|key| (key.kid.clone(), key.algorithm)).collect();
    Ok((keys, left_out.iter().map(|key| (key.index, key.reason)).collect()))
}

fn read(keys: &[Value]) -> Result<Vec<(String, Algorithm)>, InvalidJwks> {
    read_all(keys).map(|(keys, _)| keys)
}

#[test]
fn check_13_each_key_is_for_one_algorithm() {
    let rsa = json!({"kty": "RSA", "kid": "r", "n": coordinate(256), "e": "AQAB"});
    let keys = [
        ec(),
        json!({"kty": "EC", "crv": "P-384", "kid": "f", "x": coordinate(48), "y": coordinate(48), "alg": "ES384"}),
        json!({"kty": "OKP", "crv": "Ed25519", "kid": "o", "x": coordinate(32), "use": "sig", "key_ops": ["verify"]}),
        json!({"kty": "OKP", "crv": "Ed25519", "kid": "p", "x": coordinate(32), "alg": "Ed25519"}),
        rsa.clone(),
    ];
    let expected = [
        ("e", Algorithm::Es256),
        ("f", Algorithm::Es384),
        ("o", Algorithm::EdDsa),
        ("p", Algorithm::EdDsa),
        ("r", Algorithm::Rs256),
    ];
    assert_eq!(read(&keys).unwrap(), expected.map(|(kid, algorithm)| (kid.to_owned(), algorithm)));
    // Where an issuer may use both, an RSA key has to say which.
    let both = [Algorithm::Rs256, Algorithm::Ps256];
    let ambiguous = json!({"keys": [rsa]}).to_string();
    let InvalidJwks::NoUsableKey(left_out) = parse_jwks(ambiguous.as_bytes(), &both, |_| true).unwrap_err()
    else {
        panic!()
    };
    assert_eq!(left_out[0].reason, UnusableKey::NoAlgorithm);
    let named = json!({"keys": [with(rsa, "alg", json!("PS256"))]}).to_string();
    assert_eq!(
        parse_jwks(named.as_bytes(), &both, |_| true).unwrap().0.keys()[0].algorithm,
        Algorithm::Ps256
    );
}

#[test]
fn check_13_an_unusable_key_is_left_out_and_the_others_stay() {
    for (bad, reason) in [
        (with(ec(), "use", json!("enc")), UnusableKey::OtherUse),
        (with(ec(), "key_ops", json!(["sign"])), UnusableKey::OtherUse),
        (with(ec(), "key_ops", json!([])), UnusableKey::OtherUse),
        (with(ec(), "key_ops", json!(["verify", "verify"])), UnusableKey::OtherUse),
        (with(ec(), "alg", json!("ES384")), UnusableKey::OtherAlgorithm),
        (with(ec(), "alg", json!("none")), UnusableKey::OtherAlgorithm),
        (with(ec(), "crv", json!("P-521")), UnusableKey::OtherAlgorithm),
        (with(ec(), "crv", json!("secp256k1")), UnusableKey::OtherAlgorithm),
        (with(ec(), "kty", json!("XYZ")), UnusableKey::OtherAlgorithm),
        (with(ec(), "kid", json!("")), UnusableKey::NoKeyId),
        (with(ec(), "p", json!("x")), UnusableKey::PrivateKey),
        (json!({"kty": "oct", "kid": "s", "k": coordinate(32)}), UnusableKey::SymmetricKey),
        (with(ec(), "k", json!("x")), UnusableKey::SymmetricKey),
        (with(ec(), "x", json!(coordinate(31))), UnusableKey::WrongSize),
        (with(ec(), "y", json!(coordinate(33))), UnusableKey::WrongSize),
        (with(ec(), "x", json!(format!("{}=", coordinate(32)))), UnusableKey::WrongSize),
        (json!({"kty": "OKP", "crv": "Ed25519", "kid": "o", "x": coordinate(31)}), UnusableKey::WrongSize),
        (json!({"kty": "RSA", "kid": "r", "n": coordinate(128), "e": "AQAB"}), UnusableKey::WrongSize),
        (json!({"kty": "RSA", "kid": "r", "n": coordinate(1024), "e": "AQAB"}), UnusableKey::WrongSize),
        (json!({"kty": "RSA", "kid": "r", "n": coordinate(256), "e": "AQ"}), UnusableKey::WrongSize),
        (json!({"kty": "RSA", "kid": "r", "n": coordinate(256), "e": "Ag"}), UnusableKey::WrongSize),
        (with(ec(), "x", json!(1)), UnusableKey::Malformed),
        (with(ec(), "kid", json!(1)), UnusableKey::Malformed),
        (with(ec(), "use", json!(["sig"])), UnusableKey::Malformed),
        (with(ec(), "key_ops", json!("verify")), UnusableKey::Malformed),
        (json!("key"), UnusableKey::Malformed),
        (Value::Null, UnusableKey::Malformed),
        (json!({"kid": "x"}), UnusableKey::Malformed),
    ] {
        // Another key than the good one, so that a private half doesn't expose it.
        let other = with(ec(), "x", json!(coordinate(32).replace('_', "-")));
        let good = vec![("e".to_owned(), Algorithm::Es256)];
        assert_eq!(read_all(&[bad.clone(), other]), Ok((good, vec![(0, reason)])), "{bad}");
        if reason != UnusableKey::NoKeyId {
            let Err(InvalidJwks::NoUsableKey(left_out)) = read(std::slice::from_ref(&bad)) else {
                panic!("{bad}")
            };
            assert_eq!((left_out[0].index, left_out[0].reason), (0, reason), "{bad}");
        }
    }
    let set = json!({"keys": [ec(), null]}).to_string();
    let error = parse_jwks(set.as_bytes(), PUBLIC, |_| false).unwrap_err();
    assert_eq!(error.to_string(), "no_usable_key: keys[0] off_curve, keys[1] malformed");
}

#[test]
fn check_13_a_key_whose_private_half_is_published_is_left_out_with_it() {
    let private = with(with(ec(), "kid", json!("x")), "d", json!(coordinate(32)));
    let Err(InvalidJwks::NoUsableKey(left_out)) = read(&[ec(), private]) else { panic!() };
    assert!(left_out.iter().all(|key| key.reason == UnusableKey::PrivateKey));
    assert_eq!(left_out.len(), 2);
}

#[test]
fn check_13_a_repeated_key_counts_once_and_two_different_ones_of_one_id_are_rejected() {
    let other = || with(ec(), "x", json!(coordinate(32).replace('_', "-")));
    assert_eq!(read(&[ec(), ec(), ec()]).unwrap(), [("e".to_owned(), Algorithm::Es256)]);
    assert_eq!(read(&[ec(), other()]), Err(InvalidJwks::DuplicateKeyId));
    let of_another_algorithm = json!({"kty": "RSA", "kid": "e", "n": coordinate(256), "e": "AQAB"});
    assert_eq!(read(&[ec(), of_another_algorithm]).unwrap().len(), 2);
    assert_eq!(read(&[ec(), with(other(), "use", json!("enc"))]).unwrap().len(), 1);
}

#[test]
fn check_13_a_key_without_an_id_is_used_where_it_is_the_only_one() {
    let nameless = || {
        let mut key = ec();
        key.as_object_mut().unwrap().remove("kid");
        key
    };
    let other = || with(nameless(), "x", json!(coordinate(32).replace('_', "-")));
    let only = vec![(String::new(), Algorithm::Es256)];
    assert_eq!(read(&[nameless()]).unwrap(), only);
    assert_eq!(read(&[nameless(), nameless()]).unwrap(), only);
    assert_eq!(read(&[nameless(), with(ec(), "use", json!("enc"))]).unwrap(), only);
    let named = vec![("e".to_owned(), Algorithm::Es256)];
    assert_eq!(read_all(&[nameless(), ec()]), Ok((named, vec![(0, UnusableKey::NoKeyId)])));
    let Err(InvalidJwks::NoUsableKey(left_out)) = read(&[nameless(), other()]) else { panic!() };
    assert_eq!(left_out.len(), 2);
}

#[test]
fn check_13_the_caps() {
    let numbered = |n: usize| (0..n).map(|i| with(ec(), "kid", json!(i.to_string()))).collect::<Vec<_>>();
    assert_eq!(read(&numbered(64)).unwrap().len(), 64);
    assert_eq!(read(&numbered(65)), Err(InvalidJwks::TooLarge));
    let padded = |size: usize| format!("{}{}", json!({"keys": [ec()]}), " ".repeat(size));
    assert_eq!(parse_jwks(padded(70_000).as_bytes(), PUBLIC, |_| true).unwrap_err(), InvalidJwks::TooLarge);
    for text in ["", "<html></html>", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[],"keys":[]}"#, "null"] {
        assert_eq!(
            parse_jwks(text.as_bytes(), PUBLIC, |_| true).unwrap_err(),
            InvalidJwks::Malformed,
            "{text}"
        );
    }
    assert_eq!(read(&[]), Err(InvalidJwks::Empty));
}
