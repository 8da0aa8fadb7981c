//! One proof, from the header of a request to its verdict.

use ct_codecs::{Base64UrlSafeNoPadding, Encoder};
use serde_json::{Map, Value};

use super::htu::normalized;
use super::thumbprint::Thumbprint;
use crate::credential::Once;
use crate::time::{UnixMillis, UnixTime};
use crate::token::{
    Algorithm, BackendFault, Dates, JwsParts, SignatureVerifier, VerificationKey, date, parse_key,
};

/// The algorithms that a proof may use: the asymmetric ones that the service verifies (RFC 9449 section 4.3, item 5).
pub const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::Es256, Algorithm::Es384, Algorithm::EdDsa, Algorithm::Ps256, Algorithm::Rs256];

/// The most bytes a proof may have. One with an RSA key of 4096 bits has about 2,000.
pub const MAX_PROOF_BYTES: usize = 4 * 1024;

/// How many seconds `iat` may be in the past or in the future (RFC 9449 section 11.1).
pub const WINDOW: u64 = 60;

/// The most bytes `jti` may have.
const MAX_JTI_BYTES: usize = 256;

const TYP: &str = "dpop+jwt";

/// The request that a proof must have been made for.
#[derive(Clone, Copy, Debug)]
pub struct ProofFor<'r> {
    /// The method, in its exact letter case.
    pub method: &'r str,
    /// The absolute URL as the client knows it; where a resource is reached by several, all of them. Query and fragment
    /// are ignored.
    pub urls: &'r [&'r str],
    /// The access token in the same request, if there is one: the proof must contain its hash (`ath`).
    pub access_token: Option<&'r str>,
}

/// Which check a proof failed. A closed set for logs; clients learn only `invalid_dpop_proof`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProofRefusal {
    /// More than [`MAX_PROOF_BYTES`].
    TooLarge,
    /// Not one strict compact JWS. Several `DPoP` headers arrive joined by a comma, which makes them malformed.
    Malformed,
    /// `typ` isn't `dpop+jwt`.
    Type,
    /// `alg` isn't one of [`ALGORITHMS`].
    Algorithm,
    /// `jwk` is missing, is no public key for `alg`, or has a private member.
    Key,
    /// `jti`, `htm`, `htu` or `iat` is missing, or a claim has the wrong type.
    Claims,
    /// `htm` isn't the method.
    Method,
    /// `htu` isn't the URL.
    Url,
    /// `iat` is more than [`WINDOW`] in the past, or `exp` has passed.
    Expired,
    /// `iat` or `nbf` is more than [`WINDOW`] in the future.
    NotYetValid,
    /// `ath` isn't the hash of the access token.
    AccessToken,
    /// The signature doesn't match.
    Signature,
    /// It was used before.
    Replayed,
}

impl ProofRefusal {
    /// The name in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Malformed => "malformed",
            Self::Type => "typ",
            Self::Algorithm => "alg",
            Self::Key => "jwk",
            Self::Claims => "claims",
            Self::Method => "htm",
            Self::Url => "htu",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::AccessToken => "ath",
            Self::Signature => "signature",
            Self::Replayed => "replayed",
        }
    }
}

/// A well-formed proof. Nothing in it has been verified.
#[derive(Clone, Debug)]
pub struct Proof<'t> {
    signing_input: &'t str,
    signature: Vec<u8>,
    key: VerificationKey,
    thumbprint: Thumbprint,
    payload: Map<String, Value>,
}

impl<'t> Proof<'t> {
    /// Reads the value of a `DPoP` header.
    ///
    /// # Errors
    /// The [`ProofRefusal`] of the first check that failed.
    pub fn parse(header: &'t str) -> Result<Self, ProofRefusal> {
        if header.len() > MAX_PROOF_BYTES {
            return Err(ProofRefusal::TooLarge);
        }
        let JwsParts { signing_input, signature, header, payload } =
            JwsParts::parse(header).map_err(|_| ProofRefusal::Malformed)?;
        if header.get("typ").and_then(Value::as_str) != Some(TYP) {
            return Err(ProofRefusal::Type);
        }
        let algorithm = header
            .get("alg")
            .and_then(Value::as_str)
            .and_then(Algorithm::from_name)
            .filter(|algorithm| ALGORITHMS.contains(algorithm))
            .ok_or(ProofRefusal::Algorithm)?;
        let jwk = header.get("jwk").and_then(Value::as_object).ok_or(ProofRefusal::Key)?;
        let key = parse_key(jwk, &[algorithm]).map_err(|_| ProofRefusal::Key)?;
        let thumbprint = Thumbprint::of(&key).ok_or(ProofRefusal::Key)?;
        Ok(Self { signing_input, signature, key, thumbprint, payload })
    }

    /// The thumbprint of its key: good for comparing it with that of a token before the signature is checked.
    #[must_use]
    pub const fn thumbprint(&self) -> &Thumbprint {
        &self.thumbprint
    }

    /// Checks everything but the signature by the request at `now`, because that costs little.
    ///
    /// # Errors
    /// [`ProofRefusal`].
    pub fn examine(self, request: &ProofFor<'_>, now: UnixMillis) -> Result<ExaminedProof, ProofRefusal> {
        let text = |name: &str| match self.payload.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text.as_str()),
            _ => Err(ProofRefusal::Claims),
        };
        let date = |name| date(&self.payload, name, Dates::Fractional).map_err(|_| ProofRefusal::Claims);
        let (jti, issued_at) = (text("jti")?, date("iat")?.ok_or(ProofRefusal::Claims)?);
        let (not_before, expires_at) = (date("nbf")?, date("exp")?);
        if jti.len() > MAX_JTI_BYTES {
            return Err(ProofRefusal::Claims);
        }
        if text("htm")? != request.method {
            return Err(ProofRefusal::Method);
        }
        let url = normalized(text("htu")?).ok_or(ProofRefusal::Url)?;
        if !request.urls.iter().any(|known| normalized(known).as_ref() == Some(&url)) {
            return Err(ProofRefusal::Url);
        }
        let until = issued_at.plus_seconds(WINDOW);
        if now > until || expires_at.is_some_and(|end| now >= end) {
            return Err(ProofRefusal::Expired);
        }
        let latest = now.plus_seconds(WINDOW);
        if issued_at > latest || not_before.is_some_and(|start| start > latest) {
            return Err(ProofRefusal::NotYetValid);
        }
        if let Some(token) = request.access_token
            && Some(text("ath")?) != hash(&[token]).as_deref()
        {
            return Err(ProofRefusal::AccessToken);
        }
        // A backend may take a signature of the wrong size for a fault of its own.
        if self.signature.len() != self.key.signature_bytes() {
            return Err(ProofRefusal::Signature);
        }
        let name = hash(&[self.thumbprint.as_str(), jti]).ok_or(ProofRefusal::Claims)?;
        let Self { signature, key, thumbprint, .. } = self;
        // The proof still passes in the second in which the window ends.
        let verified =
            VerifiedProof { thumbprint, name: format!("dpop.{name}"), until: until.ceil().plus(1) };
        Ok(ExaminedProof { signing_input: self.signing_input.into(), signature, key, verified })
    }
}

/// A proof that passes every check except that of its signature. Nothing it says may be used yet.
#[derive(Clone, Debug)]
pub struct ExaminedProof {
    signing_input: Box<str>,
    signature: Vec<u8>,
    key: VerificationKey,
    verified: VerifiedProof,
}

impl ExaminedProof {
    /// The proof's own key, what must have been signed with it, and the signature.
    #[must_use]
    pub fn signed(&self) -> (&VerificationKey, &str, &[u8]) {
        (&self.key, &self.signing_input, &self.signature)
    }

    /// The verified proof, if `genuine` says that the signature is its key's.
    ///
    /// # Errors
    /// [`ProofRefusal::Signature`].
    pub fn confirm(self, genuine: bool) -> Result<VerifiedProof, ProofRefusal> {
        if genuine { Ok(self.verified) } else { Err(ProofRefusal::Signature) }
    }
}

/// A proof that was made for this request by the owner of the private key. It must be counted once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedProof {
    thumbprint: Thumbprint,
    name: String,
    until: UnixTime,
}

impl VerifiedProof {
    /// The thumbprint of the key that signed it.
    #[must_use]
    pub const fn thumbprint(&self) -> &Thumbprint {
        &self.thumbprint
    }

    /// The name under which it is stored once it has been used: a hash of key and `jti`, so that no client can use up
    /// another one's proofs.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the object that decides on the request stores, so that the proof counts once.
    #[must_use]
    pub fn once(&self) -> Once {
        Once { id: self.name.clone(), until: self.until }
    }

    /// From this second on it is not accepted any more, so that its name may be deleted.
    #[must_use]
    pub const fn until(&self) -> UnixTime {
        self.until
    }
}

/// Why there is no [`VerifiedProof`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProofError {
    /// The proof failed a check.
    Refused(ProofRefusal),
    /// The signature backend failed; nothing is known about the proof, so it isn't accepted.
    Fault(BackendFault),
}

impl From<ProofRefusal> for ProofError {
    fn from(refusal: ProofRefusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Verifies the value of a `DPoP` header for a request at `now`.
///
/// # Errors
/// [`ProofError`].
pub async fn verify_proof(
    header: &str,
    request: &ProofFor<'_>,
    backend: &impl SignatureVerifier,
    now: impl Into<UnixMillis>,
) -> Result<VerifiedProof, ProofError> {
    let examined = Proof::parse(header)?.examine(request, now.into())?;
    let (key, signing_input, signature) = examined.signed();
    match backend.verify(key, signing_input.as_bytes(), signature).await {
        Ok(genuine) => Ok(examined.confirm(genuine)?),
        Err(fault) => Err(ProofError::Fault(fault)),
    }
}

/// The SHA-256 of these texts, one after the other, in base64url.
fn hash(parts: &[&str]) -> Option<String> {
    let mut hash = hmac_sha256::Hash::new();
    parts.iter().for_each(|part| hash.update(part.as_bytes()));
    Base64UrlSafeNoPadding::encode_to_string(hash.finalize()).ok()
}
