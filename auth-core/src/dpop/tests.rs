//! RFC 9449's and RFC 7638's examples, and a table of proofs that fail a check. Signatures are tested in `edge-worker`.

use ct_codecs::{Base64UrlSafeNoPadding, Encoder};
use serde_json::{Value, json};

use super::{Proof, ProofFor, ProofRefusal, Thumbprint, VerifiedProof, WINDOW};
use crate::time::{UnixMillis, UnixTime};
use crate::token::{Algorithm, KeyMaterial, VerificationKey};

/// RFC 9449 section 4.1, figure 1.
const TOKEN_PROOF: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";

/// RFC 9449 section 7.1, figure 12, and the access token that it belongs to.
const RESOURCE_PROOF: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";
const ACCESS_TOKEN: &str = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";

/// RFC 9449 section 6.1, figure 8.
const THUMBPRINT: &str = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

const NOW: u64 = 1_800_000_000;

fn verified(
    proof: &str,
    method: &str,
    url: &str,
    token: Option<&str>,
    now: u64,
) -> Result<VerifiedProof, ProofRefusal> {
    let request = ProofFor { method, urls: &[url], access_token: token };
    Proof::parse(proof)?.examine(&request, UnixMillis::from(UnixTime(now)))?.confirm(true)
}

#[test]
fn the_examples_of_the_rfc_are_proofs() {
    let at = 1_562_262_616;
    let proof = verified(TOKEN_PROOF, "POST", "https://server.example.com/token", None, at).unwrap();
    assert_eq!(proof.thumbprint().as_str(), THUMBPRINT);
    assert_eq!(proof.until(), UnixTime(at + WINDOW + 1));
    let url = "https://resource.example.org/protectedresource";
    let other = verified(RESOURCE_PROOF, "GET", url, Some(ACCESS_TOKEN), at + 2).unwrap();
    assert_eq!(other.thumbprint(), proof.thumbprint());
    assert_ne!(other.name(), proof.name());
    for (token, refusal) in
        [(Some("another"), ProofRefusal::AccessToken), (Some(""), ProofRefusal::AccessToken)]
    {
        assert_eq!(verified(RESOURCE_PROOF, "GET", url, token, at), Err(refusal));
    }
}

#[test]
fn thumbprints_are_those_of_the_rfcs() {
    // RFC 7638 section 3.1.
    let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
    let rsa = json!({"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"});
    // RFC 8037 appendix A.3.
    let okp = json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    for (alg, jwk, thumbprint) in [
        ("RS256", rsa.clone(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
        ("EdDSA", okp.clone(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
        ("Ed25519", okp, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
    ] {
        let token = proof(&json!({"typ": "dpop+jwt", "alg": alg, "jwk": jwk}), &payload(), 64);
        assert_eq!(Proof::parse(&token).unwrap().thumbprint().as_str(), thumbprint, "{alg}");
    }
    let secret = KeyMaterial::Secret(crate::secret::SecretText::new("x".repeat(32)));
    let key = VerificationKey { kid: String::new(), algorithm: Algorithm::Hs256, material: secret };
    assert_eq!(Thumbprint::of(&key), None);
    assert_eq!(Thumbprint::read(THUMBPRINT).unwrap().as_str(), THUMBPRINT);
    for text in [
        "",
        "x",
        THUMBPRINT.trim_start_matches('0'),
        &format!("{THUMBPRINT}A"),
        &THUMBPRINT.replace('4', "+"),
    ] {
        assert!(Thumbprint::read(text).is_err(), "{text}");
    }
    // The last character has bits that are not part of the 32 bytes.
    assert!(Thumbprint::read(&THUMBPRINT.replace("A4I", "A4J")).is_err());
}

fn encode(text: &str) -> String {
    Base64UrlSafeNoPadding::encode_to_string(text).unwrap()
}

fn proof(header: &Value, payload: &Value, signature_bytes: usize) -> String {
    let signature = Base64UrlSafeNoPadding::encode_to_string(vec![7; signature_bytes]).unwrap();
    format!("{}.{}.{signature}", encode(&header.to_string()), encode(&payload.to_string()))
}

fn jwk() -> Value {
    json!({
        "kty": "EC", "crv": "P-256",
        "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs", "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"
    })
}

fn header() -> Value {
    json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk()})
}

fn payload() -> Value {
    json!({"jti": "j", "htm": "POST", "htu": "https://auth.example/oauth/token", "iat": NOW})
}

/// The same with these members; `null` removes one.
pub(crate) fn with(mut value: Value, changes: &Value) -> Value {
    let object = value.as_object_mut().unwrap();
    for (name, change) in changes.as_object().unwrap() {
        match change {
            Value::Null => object.remove(name),
            change => object.insert(name.clone(), change.clone()),
        };
    }
    value
}

fn judged(header: &Value, payload: &Value) -> Result<VerifiedProof, ProofRefusal> {
    verified(&proof(header, payload, 64), "POST", "https://auth.example/oauth/token", None, NOW)
}

#[test]
fn the_header_names_an_allowed_algorithm_and_a_public_key_for_it() {
    assert!(judged(&header(), &payload()).is_ok());
    for (changes, refusal) in [
        (json!({"typ": null}), ProofRefusal::Type),
        (json!({"typ": "JWT"}), ProofRefusal::Type),
        (json!({"typ": "at+jwt"}), ProofRefusal::Type),
        (json!({"typ": "application/dpop+jwt"}), ProofRefusal::Type),
        (json!({"typ": ["dpop+jwt"]}), ProofRefusal::Type),
        (json!({"alg": null}), ProofRefusal::Algorithm),
        (json!({"alg": "none"}), ProofRefusal::Algorithm),
        (json!({"alg": "HS256"}), ProofRefusal::Algorithm),
        (json!({"alg": "ES512"}), ProofRefusal::Algorithm),
        (json!({"alg": "es256"}), ProofRefusal::Algorithm),
        (json!({"alg": ["ES256"]}), ProofRefusal::Algorithm),
        (json!({"alg": "ES384"}), ProofRefusal::Key),
        (json!({"alg": "EdDSA"}), ProofRefusal::Key),
        (json!({"alg": "RS256"}), ProofRefusal::Key),
        (json!({"crit": ["x"]}), ProofRefusal::Malformed),
        (json!({"b64": false}), ProofRefusal::Malformed),
        (json!({"jwk": null}), ProofRefusal::Key),
        (json!({"jwk": null, "kid": "k", "jku": "https://evil.example"}), ProofRefusal::Key),
        (json!({"jwk": "text"}), ProofRefusal::Key),
        (json!({"jwk": [jwk()]}), ProofRefusal::Key),
    ] {
        assert_eq!(judged(&with(header(), &changes), &payload()), Err(refusal), "{changes}");
    }
    for changes in [
        json!({"d": "AA"}),
        json!({"d": ""}),
        json!({"k": "AA"}),
        json!({"p": "AA"}),
        json!({"kty": "oct", "k": "AA"}),
        json!({"kty": "RSA"}),
        json!({"kty": null}),
        json!({"crv": "P-384"}),
        json!({"crv": "secp256k1"}),
        json!({"alg": "ES384"}),
        json!({"use": "enc"}),
        json!({"key_ops": ["sign"]}),
        json!({"x": "AA"}),
        json!({"x": null}),
        json!({"y": null}),
        json!({"y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDB="}),
        json!({"kid": 7}),
    ] {
        let changed = with(header(), &json!({"jwk": with(jwk(), &changes)}));
        assert_eq!(judged(&changed, &payload()), Err(ProofRefusal::Key), "{changes}");
    }
    let named = with(jwk(), &json!({"kid": "mine", "use": "sig", "alg": "ES256", "key_ops": ["verify"]}));
    let other = judged(&with(header(), &json!({"jwk": named})), &payload()).unwrap();
    assert_eq!(other, judged(&header(), &payload()).unwrap(), "members that are not required change nothing");
}

#[test]
fn the_claims_are_those_of_this_request() {
    for (changes, refusal) in [
        (json!({"jti": null}), ProofRefusal::Claims),
        (json!({"jti": ""}), ProofRefusal::Claims),
        (json!({"jti": 7}), ProofRefusal::Claims),
        (json!({"jti": "j".repeat(257)}), ProofRefusal::Claims),
        (json!({"htm": null}), ProofRefusal::Claims),
        (json!({"htm": ["POST"]}), ProofRefusal::Claims),
        (json!({"htm": "GET"}), ProofRefusal::Method),
        (json!({"htm": "post"}), ProofRefusal::Method),
        (json!({"htu": null}), ProofRefusal::Claims),
        (json!({"htu": ["https://auth.example/oauth/token"]}), ProofRefusal::Claims),
        (json!({"htu": "/oauth/token"}), ProofRefusal::Url),
        (json!({"htu": "https://auth.example/oauth/par"}), ProofRefusal::Url),
        (json!({"htu": "https://evil.example/oauth/token"}), ProofRefusal::Url),
        (json!({"htu": "http://auth.example/oauth/token"}), ProofRefusal::Url),
        (json!({"iat": null}), ProofRefusal::Claims),
        (json!({"iat": NOW.to_string()}), ProofRefusal::Claims),
        (json!({"iat": -1}), ProofRefusal::Claims),
        (json!({"iat": NOW - WINDOW - 1}), ProofRefusal::Expired),
        (json!({"iat": NOW + WINDOW + 1}), ProofRefusal::NotYetValid),
        (json!({"exp": NOW}), ProofRefusal::Expired),
        (json!({"exp": "never"}), ProofRefusal::Claims),
        (json!({"nbf": NOW + WINDOW + 1}), ProofRefusal::NotYetValid),
    ] {
        assert_eq!(judged(&header(), &with(payload(), &changes)), Err(refusal), "{changes}");
    }
    for changes in [
        json!({"jti": "j".repeat(256)}),
        json!({"iat": NOW - WINDOW}),
        json!({"iat": NOW + WINDOW}),
        json!({"iat": 1_800_000_000.5}),
        json!({"exp": NOW + 1}),
        json!({"htu": "HTTPS://auth.example:443/oauth/token?x#y"}),
        json!({"ath": "without an access token it means nothing", "nonce": "nor does a nonce", "other": {}}),
    ] {
        let verified = judged(&header(), &with(payload(), &changes));
        assert!(verified.is_ok(), "{changes} {verified:?}");
    }
}

#[test]
fn a_proof_is_stored_for_as_long_as_it_passes() {
    for iat in [NOW - WINDOW, NOW, NOW + WINDOW] {
        let token = proof(&header(), &with(payload(), &json!({"iat": iat})), 64);
        let at = |now| verified(&token, "POST", "https://auth.example/oauth/token", None, now);
        let until = at(NOW).unwrap().until();
        assert!(at(until.0 - 1).is_ok());
        assert_eq!(at(until.0), Err(ProofRefusal::Expired));
    }
}

#[test]
fn a_proof_is_named_by_its_key_and_jti() {
    let name = |header: &Value, payload: &Value| judged(header, payload).unwrap().name().to_owned();
    let one = name(&header(), &payload());
    assert_eq!(one, name(&header(), &with(payload(), &json!({"iat": NOW + 1}))), "the same jti again");
    assert_ne!(one, name(&header(), &with(payload(), &json!({"jti": "k"}))));
    let other = json!({"x": jwk()["y"], "y": jwk()["x"]});
    assert_ne!(one, name(&with(header(), &json!({"jwk": with(jwk(), &other)})), &payload()), "another key");
}

#[test]
fn what_is_not_one_strict_jws_is_no_proof() {
    let good = proof(&header(), &payload(), 64);
    for text in [
        String::new(),
        ".".into(),
        format!("{good}, {good}"),
        format!("{good},{good}"),
        format!(" {good}"),
        format!("{good}="),
        format!("{good}.AA"),
        format!("{}.{}.AA", encode(r#"{"typ":"dpop+jwt","typ":"dpop+jwt"}"#), encode("{}")),
        format!("{}.{}.AA", encode(&header().to_string()), encode(r#"{"iat":1,"iat":2}"#)),
        format!("{}.{}.AA", encode(&header().to_string()), encode("[]")),
    ] {
        assert_eq!(Proof::parse(&text).unwrap_err(), ProofRefusal::Malformed, "{text}");
    }
    assert_eq!(Proof::parse(&"a".repeat(4097)).unwrap_err(), ProofRefusal::TooLarge);
    for bytes in [1, 63, 65, 128] {
        let token = proof(&header(), &payload(), bytes);
        let url = "https://auth.example/oauth/token";
        assert_eq!(verified(&token, "POST", url, None, NOW), Err(ProofRefusal::Signature), "{bytes}");
    }
}

#[test]
fn a_signature_that_does_not_match_is_no_proof() {
    let token = proof(&header(), &payload(), 64);
    let urls = ["https://other.example/", "https://auth.example/oauth/token"];
    let request = ProofFor { method: "POST", urls: &urls, access_token: None };
    let examined = Proof::parse(&token).unwrap().examine(&request, UnixTime(NOW).into()).unwrap();
    let (key, signing_input, signature) = examined.signed();
    assert_eq!((key.algorithm, signature), (Algorithm::Es256, &[7; 64][..]));
    assert!(token.starts_with(signing_input));
    assert_eq!(examined.confirm(false), Err(ProofRefusal::Signature));
}
