//! PKCE (RFC 7636) with the method S256. The method `plain` does not exist (OAuth 2.1 section 7.5.1).

use ct_codecs::{Base64UrlSafeNoPadding, Decoder, Encoder};
use hmac_sha256::Hash;
use serde::{Deserialize, Serialize};

/// A `code_challenge` of the method S256: base64url of a SHA-256 hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// `None` unless the text is base64url of 32 bytes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_thumbprint(text).then(|| Self(text.to_owned()))
    }

    /// Whether this is the challenge of the verifier, which must have the form of RFC 7636 section 4.1. Compared in
    /// constant time.
    #[must_use]
    pub fn is_of(&self, verifier: &str) -> bool {
        let fits = (43..=128).contains(&verifier.len())
            && verifier.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
        let challenge = Base64UrlSafeNoPadding::encode_to_string(Hash::hash(verifier.as_bytes()));
        fits && challenge.is_ok_and(|challenge| ct_codecs::verify(challenge.as_bytes(), self.0.as_bytes()))
    }

    /// The challenge as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether the text is base64url of a SHA-256 hash, as the thumbprint of a DPoP key is (RFC 9449 section 6.1).
#[must_use]
pub fn is_thumbprint(text: &str) -> bool {
    text.len() == 43 && Base64UrlSafeNoPadding::decode_to_vec(text, None).is_ok()
}

#[cfg(test)]
mod tests {
    use super::CodeChallenge;

    /// RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn a_verifier_has_one_challenge() {
        let challenge = CodeChallenge::parse(CHALLENGE).unwrap();
        assert!(challenge.is_of(VERIFIER));
        for other in [
            "",
            CHALLENGE,
            VERIFIER.trim_start_matches('d'),
            &VERIFIER.replace('d', "e"),
            &format!("{VERIFIER}="),
        ] {
            assert!(!challenge.is_of(other), "{other}");
        }
    }

    #[test]
    fn a_verifier_has_43_to_128_unreserved_characters() {
        for (verifier, fits) in [
            ("a".repeat(42), false),
            ("a".repeat(43), true),
            ("a".repeat(128), true),
            ("a".repeat(129), false),
            ("-._~".repeat(11), true),
            (format!("{}+", "a".repeat(43)), false),
            (format!("{} ", "a".repeat(43)), false),
        ] {
            let hash = hmac_sha256::Hash::hash(verifier.as_bytes());
            let challenge = <ct_codecs::Base64UrlSafeNoPadding as ct_codecs::Encoder>::encode_to_string(hash);
            assert_eq!(
                CodeChallenge::parse(&challenge.unwrap()).unwrap().is_of(&verifier),
                fits,
                "{verifier}"
            );
        }
    }

    #[test]
    fn a_challenge_is_base64url_of_32_bytes() {
        for text in ["", "a", VERIFIER.split_at(42).0, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"] {
            assert_eq!(CodeChallenge::parse(text), None, "{text}");
        }
        assert_eq!(CodeChallenge::parse(&CHALLENGE.replace('M', "N")), None, "unused bits are zero");
    }
}
