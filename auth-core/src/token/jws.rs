//! Compact JWS (RFC 7515 section 7.1), read strictly.

use ct_codecs::{Base64UrlSafeNoPadding, Decoder};
use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::wire::parse_object;

/// The most bytes any token may have.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// The most bytes a token may have unless its issuer's policy says otherwise.
pub const DEFAULT_TOKEN_BYTES: usize = 8 * 1024;

/// Header parameters that change what the rest means (RFC 7515 4.1.11, RFC 7797, RFC 7516 4.1.3), or say that
/// the payload is a token in its turn. Key hints (`jwk`, `jku`, `x5u`, `x5c`) are not among them: they are
/// not read, except for the `jwk` of a proof of possession.
const UNSUPPORTED: [&str; 4] = ["crit", "b64", "zip", "cty"];

/// The parts of a well-formed JWS. Nothing in it has been verified.
pub(crate) struct JwsParts<'t> {
    pub(crate) signing_input: &'t str,
    pub(crate) signature: Vec<u8>,
    pub(crate) header: Map<String, Value>,
    pub(crate) payload: Map<String, Value>,
}

impl<'t> JwsParts<'t> {
    /// See [`Unverified::parse`], which limits the size.
    pub(crate) fn parse(token: &'t str) -> Result<Self, Refusal> {
        let (signing_input, signature) = token.rsplit_once('.').ok_or(Refusal::NotCompact)?;
        let (header, payload) = signing_input.split_once('.').ok_or(Refusal::NotCompact)?;
        // A fourth part would leave a dot in the payload, which is not base64url.
        let (header, payload, signature) = (decode(header)?, decode(payload)?, decode(signature)?);
        let header = parse_object(&header).map_err(|_| Refusal::Malformed)?;
        if UNSUPPORTED.iter().any(|name| header.contains_key(*name)) {
            return Err(Refusal::UnsupportedHeader);
        }
        let payload = parse_object(&payload).map_err(|_| Refusal::Malformed)?;
        Ok(Self { signing_input, signature, header, payload })
    }
}

/// A well-formed token that has not been verified. None of its claims may be trusted.
#[derive(Clone, Debug)]
pub struct Unverified<'t> {
    /// The whole token's size, in bytes.
    pub(super) bytes: usize,
    pub(super) signing_input: &'t str,
    pub(super) signature: Vec<u8>,
    pub(super) alg: String,
    pub(super) typ: Option<String>,
    pub(super) kid: Option<String>,
    pub(super) payload: Map<String, Value>,
}

impl<'t> Unverified<'t> {
    /// Reads a token: at most [`MAX_TOKEN_BYTES`], three non-empty parts of canonical base64url (no padding,
    /// no stray bits, no other alphabet), header and payload strict JSON objects without duplicate names.
    ///
    /// # Errors
    /// The [`Refusal`] of the first check that failed.
    pub fn parse(token: &'t str) -> Result<Self, Refusal> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Refusal::TooLarge);
        }
        let JwsParts { signing_input, signature, mut header, payload } = JwsParts::parse(token)?;
        Ok(Self {
            bytes: token.len(),
            signing_input,
            signature,
            alg: take_text(&mut header, "alg")?.ok_or(Refusal::Malformed)?,
            typ: take_text(&mut header, "typ")?,
            kid: take_text(&mut header, "kid")?,
            payload,
        })
    }

    /// The key it claims to be signed with: good for finding out whether that key is known, and for nothing
    /// else.
    #[must_use]
    pub fn claimed_key(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// What was signed, and the signature.
    #[must_use]
    pub fn into_signed(self) -> (&'t str, Vec<u8>) {
        (self.signing_input, self.signature)
    }

    /// The issuer that the token claims to come from: good for choosing the policy to verify it by, and for
    /// nothing else.
    #[must_use]
    pub fn claimed_issuer(&self) -> Option<&str> {
        self.payload.get("iss").and_then(Value::as_str)
    }
}

fn decode(part: &str) -> Result<Vec<u8>, Refusal> {
    if part.is_empty() {
        return Err(Refusal::NotCompact);
    }
    Base64UrlSafeNoPadding::decode_to_vec(part, None).map_err(|_| Refusal::NotCompact)
}

fn take_text(header: &mut Map<String, Value>, name: &str) -> Result<Option<String>, Refusal> {
    match header.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(Refusal::Malformed)
        }
    }
}

#[cfg(test)]
mod tests {
    use ct_codecs::{Base64UrlSafeNoPadding, Encoder};

    use super::Unverified;
    use crate::token::Refusal;

    fn b64(text: &str) -> String {
        Base64UrlSafeNoPadding::encode_to_string(text).unwrap()
    }

    fn token(header: &str, payload: &str) -> String {
        format!("{}.{}.c2ln", b64(header), b64(payload))
    }

    fn refusal(token: &str) -> Refusal {
        Unverified::parse(token).unwrap_err()
    }

    #[test]
    fn a_well_formed_token_is_read() {
        let text = token(
            r#"{"alg":"ES256","typ":"at+jwt","kid":"k","jku":"https://evil.example"}"#,
            r#"{"iss":"i"}"#,
        );
        let unverified = Unverified::parse(&text).unwrap();
        assert_eq!(unverified.claimed_issuer(), Some("i"));
        assert_eq!(unverified.signature, b"sig");
        assert_eq!((unverified.alg.as_str(), unverified.kid.as_deref()), ("ES256", Some("k")));
    }

    #[test]
    fn check_06_only_three_canonical_parts_are_a_token() {
        let good = token(r#"{"alg":"ES256"}"#, "{}");
        let (header, rest) = good.split_once('.').unwrap();
        for text in [
            String::new(),
            ".".into(),
            "..".into(),
            header.into(),
            format!("{header}.e30"),
            format!("{header}.e30."),
            format!("{header}..c2ln"),
            format!(".{rest}"),
            format!("{good}."),
            format!(".{good}"),
            format!("{good}.c2ln"),
            format!("{header}.e30.c2ln.c2ln.c2ln"),
            format!(" {good}"),
            format!("{good}\n"),
            format!("{good}="),
            format!("{header}.e30=.c2ln"),
            format!("{header}.e31.c2ln"),
            format!("{header}.e3 0.c2ln"),
            format!("{header}.e30.c2l+"),
            format!("{header}.e30.c2l/"),
            format!("{header}.e30.c2lné"),
            format!("{header}.e30.c2lnA"),
            ".".repeat(16_384),
        ] {
            assert_eq!(refusal(&text), Refusal::NotCompact, "{text:?}");
        }
    }

    #[test]
    fn check_15_size_is_judged_first() {
        assert_eq!(refusal(&".".repeat(1_000_000)), Refusal::TooLarge);
        assert_eq!(refusal(&"a".repeat(16_385)), Refusal::TooLarge);
        assert_eq!(refusal(&"a".repeat(16_384)), Refusal::NotCompact);
    }

    #[test]
    fn check_05_headers_that_change_the_meaning_are_refused() {
        for extra in [
            r#""crit":[]"#,
            r#""crit":["exp"]"#,
            r#""b64":true"#,
            r#""b64":false"#,
            r#""zip":"DEF""#,
            r#""cty":"JWT""#,
        ] {
            let text = token(&format!(r#"{{"alg":"ES256",{extra}}}"#), "{}");
            assert_eq!(refusal(&text), Refusal::UnsupportedHeader, "{extra}");
        }
    }

    #[test]
    fn check_07_header_and_payload_are_strict_json_objects() {
        for (header, payload) in [
            ("", "{}"),
            ("[]", "{}"),
            (r#""ES256""#, "{}"),
            (r#"{"alg":"ES256","alg":"none"}"#, "{}"),
            (r#"{"alg":["ES256"]}"#, "{}"),
            (r#"{"alg":null}"#, "{}"),
            (r#"{"typ":"at+jwt"}"#, "{}"),
            (r#"{"alg":"ES256","kid":1}"#, "{}"),
            (r#"{"alg":"ES256","typ":{}}"#, "{}"),
            (r#"{"alg":"ES256"}"#, "[]"),
            (r#"{"alg":"ES256"}"#, "null"),
            (r#"{"alg":"ES256"}"#, r#"{"exp":1,"exp":2}"#),
            (r#"{"alg":"ES256"}"#, r#"{"x":{"a":0,"a":0}}"#),
            (r#"{"alg":"ES256"}"#, "{} "),
        ] {
            let text = format!("{}.{}.c2ln", b64(if header.is_empty() { "x" } else { header }), b64(payload));
            if payload == "{} " {
                assert!(Unverified::parse(&text).is_ok(), "white space around JSON is JSON");
            } else {
                assert_eq!(refusal(&text), Refusal::Malformed, "{header} {payload}");
            }
        }
    }
}
