//! Proofs of possession (RFC 9449): the RFC's own examples by real cryptography, and every change of a proof.

use auth_core::dpop::{ProofError, ProofFor, ProofRefusal, VerifiedProof, verify_proof};
use auth_core::time::UnixTime;
use auth_core::token::{Signer, public_jwk};
use ct_codecs::{Base64UrlSafeNoPadding, Decoder, Encoder};
use futures_util::FutureExt;
use serde_json::json;
use worker_config::SignatureBackend;

use super::{JwtSimple, KeySigner, SigningKey};

const NOW: u64 = 1_800_000_000;
const URL: &str = "https://auth.example/oauth/token";

fn verify(proof: &str, request: &ProofFor<'_>, now: u64) -> Result<VerifiedProof, ProofError> {
    verify_proof(proof, request, &JwtSimple, UnixTime(now)).now_or_never().unwrap()
}

#[test]
fn the_examples_of_rfc_9449_are_genuine() {
    const HEADER: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19";
    for (rest, method, url, access_token) in [
        // Section 4.1.
        (
            "eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg",
            "POST",
            "https://server.example.com/token",
            None,
        ),
        // Section 7.1.
        (
            "eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA",
            "GET",
            "https://resource.example.org/protectedresource",
            Some("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"),
        ),
    ] {
        let proof = format!("{HEADER}.{rest}");
        let verified =
            verify(&proof, &ProofFor { method, urls: &[url], access_token }, 1_562_262_616).unwrap();
        assert_eq!(verified.thumbprint().as_str(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    }
}

/// A proof by this key, with the public key of another one if one is given.
fn proof(key: &SigningKey, shown: &SigningKey) -> String {
    let encode = |text: &str| Base64UrlSafeNoPadding::encode_to_string(text).unwrap();
    let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": public_jwk(&shown.public().unwrap())});
    let payload = json!({"jti": "-BwC3ESc6acc2lTc", "htm": "POST", "htu": URL, "iat": NOW});
    let input = format!("{}.{}", encode(&header.to_string()), encode(&payload.to_string()));
    let signer = KeySigner { backend: SignatureBackend::JwtSimple, key };
    let signature = signer.sign(input.as_bytes()).now_or_never().unwrap().unwrap();
    format!("{input}.{}", Base64UrlSafeNoPadding::encode_to_string(signature).unwrap())
}

#[test]
fn check_06_property_rejects_every_flipped_bit_and_every_changed_character_of_a_proof() {
    let key = SigningKey::generate();
    let request = ProofFor { method: "POST", urls: &[URL], access_token: None };
    let good = proof(&key, &key);
    let verified = verify(&good, &request, NOW).unwrap();
    assert_eq!(verified.thumbprint().as_str(), key.kid().as_str(), "the thumbprint that jwt-simple computes");
    let accepts = |proof: &str| verify(proof, &request, NOW).is_ok();
    let parts: Vec<&str> = good.split('.').collect();
    let mut changes = 0;
    for (i, part) in parts.iter().enumerate() {
        let bytes = Base64UrlSafeNoPadding::decode_to_vec(part, None).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let mut parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
            parts[i] = Base64UrlSafeNoPadding::encode_to_string(bytes).unwrap();
            assert!(!accepts(&parts.join(".")), "part {i}, bit {bit}");
            changes += 1;
        }
    }
    for at in 0..good.len() {
        for other in ['A', 'B', '.', '=', ' ', '\u{e9}'] {
            let mut text: Vec<char> = good.chars().collect();
            let inserted = [&text[..at], &[other], &text[at..]].concat().into_iter().collect::<String>();
            assert!(!accepts(&inserted), "{other:?} inserted at {at}");
            if text[at] != other {
                text[at] = other;
                assert!(!accepts(&text.into_iter().collect::<String>()), "{other:?} at {at}");
            }
            changes += 2;
        }
    }
    assert!(changes > 8_000, "{changes}");
}

#[test]
fn the_proof_of_one_key_with_the_public_key_of_another_is_refused() {
    let (key, other) = (SigningKey::generate(), SigningKey::generate());
    let request = ProofFor { method: "POST", urls: &[URL], access_token: None };
    let refused = Err(ProofError::Refused(ProofRefusal::Signature));
    assert_eq!(verify(&proof(&key, &other), &request, NOW), refused);
    assert!(verify(&proof(&other, &other), &request, NOW).is_ok());
}
