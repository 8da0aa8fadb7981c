//! From unverified to verified.

use serde_json::{Map, Value};

use super::backend::{BackendFault, SignatureVerifier};
use super::claims::{ClaimSet, time};
use super::jws::Unverified;
use super::key::{Algorithm, KeySet, VerificationKey};
use super::policy::Policy;
use super::refusal::Refusal;
use crate::time::UnixTime;

/// Claims that were signed by a key of the issuer and pass the policy. Only [`Unverified::verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<C> {
    claims: C,
    expires_at: UnixTime,
}

impl<C> Verified<C> {
    /// What the token says.
    #[must_use]
    pub const fn claims(&self) -> &C {
        &self.claims
    }

    /// From this second on (leeway included) it says nothing any more.
    #[must_use]
    pub const fn expires_at(&self) -> UnixTime {
        self.expires_at
    }
}

/// Why there is no [`Verified`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerifyError {
    /// The token failed a check.
    Refused(Refusal),
    /// The signature backend failed; nothing is known about the token, so it isn't accepted.
    Fault(BackendFault),
}

impl From<Refusal> for VerifyError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Unverified<'_> {
    /// Holds the token against the policy at `now`. Everything that costs nothing is judged before the signature is
    /// computed; nothing of the token is believed before it matches.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub async fn verify<C: ClaimSet>(
        &self,
        policy: &Policy,
        names: &C::Names,
        keys: &KeySet,
        backend: &impl SignatureVerifier,
        now: UnixTime,
    ) -> Result<Verified<C>, VerifyError> {
        let key = self.choose_key(policy, keys)?;
        let expires_at = judge_claims(&self.payload, policy, now)?;
        let claims = C::from_payload(&self.payload, names)?;
        // A backend may take a signature that can't be one for a fault of its own.
        if self.signature.len() != key.signature_bytes() {
            return Err(Refusal::Signature.into());
        }
        match backend.verify(key, self.signing_input.as_bytes(), &self.signature).await {
            Ok(true) => Ok(Verified { claims, expires_at }),
            Ok(false) => Err(Refusal::Signature.into()),
            Err(fault) => Err(VerifyError::Fault(fault)),
        }
    }

    /// The key the header names. It must agree with the key about the algorithm; it doesn't choose it.
    fn choose_key<'k>(&self, policy: &Policy, keys: &'k KeySet) -> Result<&'k VerificationKey, Refusal> {
        if !policy.typ.accepts(self.typ.as_deref()) {
            return Err(Refusal::Type);
        }
        let key = match self.kid.as_deref() {
            Some(kid) => keys.find(kid),
            // A shared secret has no name to be found by, and there is never more than one.
            None => keys.only().filter(|key| key.algorithm == Algorithm::Hs256),
        };
        let key = key.ok_or(Refusal::UnknownKey)?;
        let agreed = Algorithm::from_name(&self.alg) == Some(key.algorithm)
            && policy.algorithms.contains(&key.algorithm);
        if agreed { Ok(key) } else { Err(Refusal::Algorithm) }
    }
}

/// Judges the registered claims (RFC 7519 section 4.1); gives the second at which the token is over.
fn judge_claims(payload: &Map<String, Value>, policy: &Policy, now: UnixTime) -> Result<UnixTime, Refusal> {
    if payload.get("iss").and_then(Value::as_str) != Some(&policy.issuer) {
        return Err(Refusal::Issuer);
    }
    if !names_audience(payload.get("aud"), &policy.audience) {
        return Err(Refusal::Audience);
    }
    let expires_at = time(payload, "exp")?.ok_or(Refusal::Claims)?.plus(policy.leeway);
    let not_before = time(payload, "nbf")?;
    let issued_at = time(payload, "iat")?;
    if now >= expires_at {
        return Err(Refusal::Expired);
    }
    if not_before.is_some_and(|start| start > now.plus(policy.leeway)) {
        return Err(Refusal::NotYetValid);
    }
    if issued_at.is_some_and(|issued| issued > now.plus(policy.leeway)) {
        return Err(Refusal::IssuedInFuture);
    }
    if let Some(max_age) = policy.max_age {
        let issued_at = issued_at.ok_or(Refusal::Claims)?;
        if now.since(issued_at) > max_age.saturating_add(policy.leeway) {
            return Err(Refusal::TooOld);
        }
    }
    Ok(expires_at)
}

/// `aud` is our audience, or an array of strings that holds it.
fn names_audience(aud: Option<&Value>, ours: &str) -> bool {
    match aud {
        Some(Value::String(audience)) => audience == ours,
        Some(Value::Array(audiences)) => {
            audiences.iter().all(Value::is_string) && audiences.iter().any(|audience| audience == ours)
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => false,
    }
}

#[cfg(test)]
mod tests;
