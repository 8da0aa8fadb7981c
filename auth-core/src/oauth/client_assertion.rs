//! Client authentication by a signed assertion: `private_key_jwt` (RFC 7523 sections 2.2 and 3, OpenID Connect Core
//! section 9).
//!
//! The audience must be the issuer identifier and nothing else. RFC 7523 also allowed the URL of the token endpoint, and
//! several audiences. Then an authorization server under an attacker's control could obtain an assertion for this
//! service: it only had to state this service's token endpoint as its own. For that reason the revision of RFC 7523
//! (draft-ietf-oauth-rfc7523bis) permits only the issuer identifier.

use ct_codecs::{Base64UrlSafeNoPadding, Encoder};
use serde_json::{Map, Value};

use crate::credential::Once;
use crate::id::ClientId;
use crate::time::UnixMillis;
use crate::token::{Algorithm, Dates, JwsParts, KeySet, VerificationKey, date};

/// The value of `client_assertion_type`.
pub const CLIENT_ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The algorithms with which a client may sign: the asymmetric ones that the service verifies.
pub const ASSERTION_ALGORITHMS: [Algorithm; 5] =
    [Algorithm::Es256, Algorithm::Es384, Algorithm::EdDsa, Algorithm::Ps256, Algorithm::Rs256];

/// The most bytes an assertion may have.
const MAX_BYTES: usize = 4 * 1024;

/// How many seconds `exp` may be in the future. Until then the use of the assertion is stored.
pub const MAX_LIFETIME: u64 = 600;

/// How many seconds the clocks of client and service may differ.
const LEEWAY: u64 = 60;

/// The most bytes `jti` may have.
const MAX_JTI_BYTES: usize = 256;

/// The types an assertion may have. Most clients state none or `JWT`; the revision of RFC 7523 defines the other one.
const TYPES: [&str; 2] = ["JWT", "client-authentication+jwt"];

/// Which check an assertion failed. A closed set for logs; clients learn only `invalid_client`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AssertionRefusal {
    /// Not one strict compact JWS of at most 4 KiB.
    Malformed,
    /// `typ` is that of another kind of JWT.
    Type,
    /// `alg` isn't one of [`ASSERTION_ALGORITHMS`], or not the key's.
    Algorithm,
    /// The client has no key of this `kid`, or several keys and the header names none.
    UnknownKey,
    /// `iss` or `sub` isn't the client's id.
    Client,
    /// `aud` isn't the issuer identifier, or contains more than it.
    Audience,
    /// `jti` or `exp` is missing, or a claim has the wrong type.
    Claims,
    /// `exp` has passed.
    Expired,
    /// `exp` is more than [`MAX_LIFETIME`] in the future.
    LivesTooLong,
    /// `iat` or `nbf` is in the future.
    NotYetValid,
    /// The signature doesn't match.
    Signature,
}

impl AssertionRefusal {
    /// The name in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Type => "typ",
            Self::Algorithm => "alg",
            Self::UnknownKey => "unknown_key",
            Self::Client => "iss_or_sub",
            Self::Audience => "aud",
            Self::Claims => "claims",
            Self::Expired => "expired",
            Self::LivesTooLong => "lives_too_long",
            Self::NotYetValid => "not_yet_valid",
            Self::Signature => "signature",
        }
    }
}

/// A well-formed assertion. Nothing in it has been verified.
#[derive(Clone, Debug)]
pub struct ClientAssertion<'t> {
    signing_input: &'t str,
    signature: Vec<u8>,
    algorithm: Algorithm,
    kid: Option<String>,
    payload: Map<String, Value>,
}

impl<'t> ClientAssertion<'t> {
    /// Reads the value of `client_assertion`.
    ///
    /// # Errors
    /// [`AssertionRefusal`].
    pub fn parse(text: &'t str) -> Result<Self, AssertionRefusal> {
        if text.len() > MAX_BYTES {
            return Err(AssertionRefusal::Malformed);
        }
        let JwsParts { signing_input, signature, header, payload } =
            JwsParts::parse(text).map_err(|_| AssertionRefusal::Malformed)?;
        let member = |name: &str| match header.get(name) {
            None => Ok(None),
            Some(value) => value.as_str().map(Some).ok_or(AssertionRefusal::Malformed),
        };
        if member("typ")?.is_some_and(|typ| !TYPES.contains(&typ)) {
            return Err(AssertionRefusal::Type);
        }
        let algorithm = member("alg")?
            .and_then(Algorithm::from_name)
            .filter(|algorithm| ASSERTION_ALGORITHMS.contains(algorithm))
            .ok_or(AssertionRefusal::Algorithm)?;
        let kid = member("kid")?.map(ToOwned::to_owned);
        Ok(Self { signing_input, signature, algorithm, kid, payload })
    }

    /// The client that the assertion claims to be of: good for finding out its keys, and for nothing else.
    #[must_use]
    pub fn claimed_client(&self) -> Option<&str> {
        self.payload.get("sub").and_then(Value::as_str)
    }

    /// Checks everything but the signature at `now`. `keys` are the client's, `issuer` is this service's identifier.
    ///
    /// # Errors
    /// [`AssertionRefusal`].
    pub fn examine(
        self,
        client: &ClientId,
        keys: &KeySet,
        issuer: &str,
        now: UnixMillis,
    ) -> Result<ExaminedAssertion<'t>, AssertionRefusal> {
        let text = |name: &str| self.payload.get(name).and_then(Value::as_str);
        if text("iss") != Some(client.as_str()) || text("sub") != Some(client.as_str()) {
            return Err(AssertionRefusal::Client);
        }
        let audience = match self.payload.get("aud") {
            Some(Value::Array(audiences)) => match audiences.as_slice() {
                [only] => only.as_str(),
                _ => None,
            },
            other => other.and_then(Value::as_str),
        };
        if audience != Some(issuer) {
            return Err(AssertionRefusal::Audience);
        }
        let date = |name| date(&self.payload, name, Dates::Fractional).map_err(|_| AssertionRefusal::Claims);
        let expires_at = date("exp")?.ok_or(AssertionRefusal::Claims)?;
        let starts = [date("nbf")?, date("iat")?];
        let jti = text("jti")
            .filter(|jti| (1..=MAX_JTI_BYTES).contains(&jti.len()))
            .ok_or(AssertionRefusal::Claims)?;
        let until = expires_at.plus_seconds(LEEWAY);
        if now >= until {
            return Err(AssertionRefusal::Expired);
        }
        if expires_at > now.plus_seconds(MAX_LIFETIME + LEEWAY) {
            return Err(AssertionRefusal::LivesTooLong);
        }
        if starts.into_iter().flatten().any(|start| start > now.plus_seconds(LEEWAY)) {
            return Err(AssertionRefusal::NotYetValid);
        }
        let key = match &self.kid {
            Some(kid) if keys.has_id(kid) => {
                keys.find(kid, self.algorithm).ok_or(AssertionRefusal::Algorithm)?
            }
            Some(_) => return Err(AssertionRefusal::UnknownKey),
            None => keys.only().ok_or(AssertionRefusal::UnknownKey)?,
        };
        if key.algorithm != self.algorithm {
            return Err(AssertionRefusal::Algorithm);
        }
        // A backend may take a signature of the wrong size for a fault of its own.
        if self.signature.len() != key.signature_bytes() {
            return Err(AssertionRefusal::Signature);
        }
        let mut hash = hmac_sha256::Hash::new();
        [client.as_str(), " ", jti].iter().for_each(|part| hash.update(part.as_bytes()));
        let name = Base64UrlSafeNoPadding::encode_to_string(hash.finalize())
            .map_err(|_| AssertionRefusal::Claims)?;
        let once = Once { id: format!("assertion.{name}"), until: until.ceil() };
        let (signing_input, key) = (self.signing_input, key.clone());
        Ok(ExaminedAssertion { signing_input, signature: self.signature, key, once })
    }
}

/// An assertion that passes every check except that of its signature.
#[derive(Clone, Debug)]
pub struct ExaminedAssertion<'t> {
    signing_input: &'t str,
    signature: Vec<u8>,
    key: VerificationKey,
    once: Once,
}

impl ExaminedAssertion<'_> {
    /// The client's key, what must have been signed with it, and the signature.
    #[must_use]
    pub fn signed(&self) -> (&VerificationKey, &str, &[u8]) {
        (&self.key, self.signing_input, &self.signature)
    }

    /// What has to be stored, so that the assertion counts once, if `genuine` says that the signature is the key's. Its
    /// id is a hash of the client's id and `jti`.
    ///
    /// # Errors
    /// [`AssertionRefusal::Signature`].
    pub fn confirm(self, genuine: bool) -> Result<Once, AssertionRefusal> {
        if genuine { Ok(self.once) } else { Err(AssertionRefusal::Signature) }
    }
}

#[cfg(test)]
mod tests {
    use ct_codecs::{Base64UrlSafeNoPadding, Encoder};
    use serde_json::{Value, json};

    use super::{AssertionRefusal, ClientAssertion, ClientId, MAX_LIFETIME, Once};
    use crate::dpop::tests::with;
    use crate::time::UnixTime;
    use crate::token::{Algorithm, KeyMaterial, KeySet, VerificationKey};

    const NOW: u64 = 1_800_000_000;

    fn key(kid: &str, algorithm: Algorithm, material: KeyMaterial) -> VerificationKey {
        VerificationKey { kid: kid.into(), algorithm, material }
    }

    fn one_key() -> KeySet {
        KeySet::new(vec![key("a", Algorithm::Es256, KeyMaterial::Point(vec![4; 65]))]).unwrap()
    }

    fn two_keys() -> KeySet {
        let second = key("b", Algorithm::EdDsa, KeyMaterial::Ed25519([1; 32]));
        KeySet::new([one_key().keys(), &[second]].concat()).unwrap()
    }

    fn header() -> Value {
        json!({"alg": "ES256", "kid": "a", "typ": "JWT"})
    }

    fn payload() -> Value {
        json!({"iss": "jobs", "sub": "jobs", "aud": "https://auth.example", "jti": "j", "exp": NOW + 60, "iat": NOW})
    }

    fn text(header: &Value, payload: &Value) -> String {
        let encode = |bytes: &[u8]| Base64UrlSafeNoPadding::encode_to_string(bytes).unwrap();
        let (header, payload) = (header.to_string(), payload.to_string());
        format!("{}.{}.{}", encode(header.as_bytes()), encode(payload.as_bytes()), encode(&[7; 64]))
    }

    fn judged(keys: &KeySet, header: &Value, payload: &Value) -> Result<Once, AssertionRefusal> {
        let (text, client) = (text(header, payload), ClientId::from("jobs"));
        let assertion = ClientAssertion::parse(&text)?;
        assertion.examine(&client, keys, "https://auth.example", UnixTime(NOW).into())?.confirm(true)
    }

    #[test]
    fn the_claims_are_those_of_this_client_for_this_service() {
        for changes in [
            json!({}),
            json!({"aud": ["https://auth.example"]}),
            json!({"iat": null}),
            json!({"nbf": NOW + 60, "iat": NOW + 60}),
            json!({"exp": NOW - 59}),
            json!({"exp": NOW + MAX_LIFETIME + 60}),
            json!({"jti": "j".repeat(256), "other": [1]}),
        ] {
            let judged = judged(&one_key(), &header(), &with(payload(), &changes));
            assert!(judged.is_ok(), "{changes} {judged:?}");
        }
        for (changes, refusal) in [
            (json!({"iss": "another"}), AssertionRefusal::Client),
            (json!({"sub": "another"}), AssertionRefusal::Client),
            (json!({"iss": null}), AssertionRefusal::Client),
            (json!({"sub": null}), AssertionRefusal::Client),
            (json!({"sub": ["jobs"]}), AssertionRefusal::Client),
            (json!({"aud": null}), AssertionRefusal::Audience),
            (json!({"aud": "https://auth.example/"}), AssertionRefusal::Audience),
            (json!({"aud": "https://auth.example/oauth/token"}), AssertionRefusal::Audience),
            (json!({"aud": ["https://auth.example", "https://evil.example"]}), AssertionRefusal::Audience),
            (json!({"aud": []}), AssertionRefusal::Audience),
            (json!({"jti": null}), AssertionRefusal::Claims),
            (json!({"jti": ""}), AssertionRefusal::Claims),
            (json!({"jti": "j".repeat(257)}), AssertionRefusal::Claims),
            (json!({"exp": null}), AssertionRefusal::Claims),
            (json!({"exp": "never"}), AssertionRefusal::Claims),
            (json!({"iat": "now"}), AssertionRefusal::Claims),
            (json!({"exp": NOW - 60}), AssertionRefusal::Expired),
            (json!({"exp": NOW + MAX_LIFETIME + 61}), AssertionRefusal::LivesTooLong),
            (json!({"iat": NOW + 61}), AssertionRefusal::NotYetValid),
            (json!({"nbf": NOW + 61}), AssertionRefusal::NotYetValid),
        ] {
            assert_eq!(judged(&one_key(), &header(), &with(payload(), &changes)), Err(refusal), "{changes}");
        }
    }

    #[test]
    fn the_key_is_one_of_the_clients_and_fixes_the_algorithm() {
        for (keys, changes) in [
            (one_key(), json!({"kid": null, "typ": null})),
            (one_key(), json!({"typ": "client-authentication+jwt"})),
            (two_keys(), json!({})),
        ] {
            let judged = judged(&keys, &with(header(), &changes), &payload());
            assert!(judged.is_ok(), "{changes} {judged:?}");
        }
        for (keys, changes, refusal) in [
            (one_key(), json!({"typ": "at+jwt"}), AssertionRefusal::Type),
            (one_key(), json!({"typ": "dpop+jwt"}), AssertionRefusal::Type),
            (one_key(), json!({"alg": "none"}), AssertionRefusal::Algorithm),
            (one_key(), json!({"alg": "HS256"}), AssertionRefusal::Algorithm),
            (one_key(), json!({"alg": "EdDSA"}), AssertionRefusal::Algorithm),
            (one_key(), json!({"alg": "EdDSA", "kid": null}), AssertionRefusal::Algorithm),
            (one_key(), json!({"alg": null}), AssertionRefusal::Algorithm),
            (one_key(), json!({"kid": "b"}), AssertionRefusal::UnknownKey),
            (one_key(), json!({"kid": 7}), AssertionRefusal::Malformed),
            (one_key(), json!({"crit": ["x"]}), AssertionRefusal::Malformed),
            (one_key(), json!({"kid": "x", "jwk": {"kty": "EC"}}), AssertionRefusal::UnknownKey),
            (two_keys(), json!({"kid": null}), AssertionRefusal::UnknownKey),
            (two_keys(), json!({"kid": "b"}), AssertionRefusal::Algorithm),
            (KeySet::default(), json!({"kid": null}), AssertionRefusal::UnknownKey),
        ] {
            assert_eq!(judged(&keys, &with(header(), &changes), &payload()), Err(refusal), "{changes}");
        }
        let long = format!("{}.{}", "a".repeat(4096), text(&header(), &payload()));
        for text in ["", "a.b", &long] {
            assert_eq!(ClientAssertion::parse(text).unwrap_err(), AssertionRefusal::Malformed);
        }
    }

    #[test]
    fn an_assertion_is_named_by_client_and_jti_and_stored_for_as_long_as_it_passes() {
        let verified = judged(&one_key(), &header(), &payload()).unwrap();
        assert_eq!(verified.until, UnixTime(NOW + 120));
        let later = judged(&one_key(), &header(), &with(payload(), &json!({"exp": NOW + 61}))).unwrap();
        assert_eq!(later.id, verified.id);
        let other = judged(&one_key(), &header(), &with(payload(), &json!({"jti": "k"}))).unwrap();
        assert_ne!(other.id, verified.id);
        let (text, client) = (text(&header(), &payload()), ClientId::from("jobs"));
        let assertion = ClientAssertion::parse(&text).unwrap();
        assert_eq!(assertion.claimed_client(), Some("jobs"));
        let examined = assertion.examine(&client, &one_key(), "https://auth.example", UnixTime(NOW).into());
        assert_eq!(examined.unwrap().confirm(false), Err(AssertionRefusal::Signature));
    }
}
