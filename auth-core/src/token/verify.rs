//! From unverified to verified.

use serde_json::{Map, Value};

use super::backend::{BackendFault, SignatureVerifier};
use super::claims::ClaimSet;
use super::jws::Unverified;
use super::key::{Algorithm, KeySet, VerificationKey};
use super::numeric_date::date;
use super::policy::Policy;
use super::refusal::Refusal;
use crate::time::UnixMillis;

/// Claims that were signed by a key of the issuer and pass the policy ([`Examined::confirm`]), or that this
/// service's own account states about an API key ([`crate::gate::KnownToken::of_api_key`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified<C> {
    claims: C,
    expires_at: UnixMillis,
}

impl<C> Verified<C> {
    /// What an account states about a key that it has accepted.
    pub(crate) const fn by_account(claims: C, expires_at: UnixMillis) -> Self {
        Self { claims, expires_at }
    }

    /// What the token says.
    #[must_use]
    pub const fn claims(&self) -> &C {
        &self.claims
    }

    /// From this moment on (leeway included) it is expired.
    #[must_use]
    pub const fn expires_at(&self) -> UnixMillis {
        self.expires_at
    }
}

/// A token that passes every check except that of its signature. Nothing it says may be used yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined<C> {
    claims: C,
    expires_at: UnixMillis,
}

impl<C> Examined<C> {
    /// The verified token, if `genuine` says that the key that was chosen for it has signed it.
    ///
    /// # Errors
    /// [`Refusal::Signature`].
    pub fn confirm(self, genuine: bool) -> Result<Verified<C>, Refusal> {
        let Self { claims, expires_at } = self;
        if genuine { Ok(Verified { claims, expires_at }) } else { Err(Refusal::Signature) }
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

/// The one of several policies that a token is to be verified by, as its index: that of its issuer; where
/// several have one issuer, the one that also takes its audience and algorithm. Their order never decides.
///
/// # Errors
/// [`Refusal::Issuer`], [`Refusal::Audience`] when no policy of the issuer takes the token, [`Refusal::Ambiguous`] when several do.
pub fn choose_policy<'p>(
    token: &Unverified<'_>,
    policies: impl Iterator<Item = &'p Policy>,
) -> Result<usize, Refusal> {
    let of_issuer: Vec<(usize, &Policy)> =
        policies.enumerate().filter(|(_, policy)| policy.names_issuer(&token.payload)).collect();
    let fits = |policy: &Policy| {
        policy.names_audience(&token.payload)
            && Algorithm::from_name(&token.alg).is_some_and(|alg| policy.algorithms.contains(&alg))
    };
    match of_issuer.as_slice() {
        [] => Err(Refusal::Issuer),
        [(index, _)] => Ok(*index),
        several => {
            let mut fitting = several.iter().filter(|(_, policy)| fits(policy));
            match (fitting.next(), fitting.next()) {
                (None, _) => Err(Refusal::Audience),
                (Some((index, _)), None) => Ok(*index),
                (Some(_), Some(_)) => Err(Refusal::Ambiguous),
            }
        }
    }
}

impl Unverified<'_> {
    /// Whether the policy allows a token of this size.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`].
    pub fn check_size(&self, policy: &Policy) -> Result<(), Refusal> {
        if self.bytes > policy.max_token_bytes { Err(Refusal::TooLarge) } else { Ok(()) }
    }

    /// Checks everything but the signature by the policy at `now`, because that costs little. The key is the
    /// one to check the signature with.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn examine<'k, C: ClaimSet>(
        &self,
        policy: &Policy,
        names: &C::Names,
        keys: &'k KeySet,
        now: UnixMillis,
    ) -> Result<(Examined<C>, &'k VerificationKey), Refusal> {
        self.check_size(policy)?;
        let key = self.choose_key(policy, keys)?;
        let expires_at = judge_claims(&self.payload, policy, now)?;
        let claims = C::from_payload(&self.payload, names)?;
        // A backend may take a signature of the wrong size for a fault of its own.
        if self.signature.len() != key.signature_bytes() {
            return Err(Refusal::Signature);
        }
        Ok((Examined { claims, expires_at }, key))
    }

    /// Verifies the token by the policy at `now`.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub async fn verify<C: ClaimSet>(
        &self,
        policy: &Policy,
        names: &C::Names,
        keys: &KeySet,
        backend: &impl SignatureVerifier,
        now: impl Into<UnixMillis>,
    ) -> Result<Verified<C>, VerifyError> {
        let (examined, key) = self.examine(policy, names, keys, now.into())?;
        match backend.verify(key, self.signing_input.as_bytes(), &self.signature).await {
            Ok(genuine) => Ok(examined.confirm(genuine)?),
            Err(fault) => Err(VerifyError::Fault(fault)),
        }
    }

    /// The key the header names. It must agree with the key about the algorithm; it doesn't choose it.
    fn choose_key<'k>(&self, policy: &Policy, keys: &'k KeySet) -> Result<&'k VerificationKey, Refusal> {
        if !policy.typ.accepts(self.typ.as_deref()) {
            return Err(Refusal::Type);
        }
        let algorithm = Algorithm::from_name(&self.alg);
        let key = match (keys.only(), self.kid.as_deref()) {
            // A shared secret is the issuer's only key and has no id here, so an id can't mean another one.
            (Some(only), _) if only.algorithm == Algorithm::Hs256 => only,
            (Some(only), None) if only.kid.is_empty() => only,
            (_, Some(kid)) if keys.has_id(kid) => {
                algorithm.and_then(|algorithm| keys.find(kid, algorithm)).ok_or(Refusal::Algorithm)?
            }
            (_, _) => return Err(Refusal::UnknownKey),
        };
        let agreed = algorithm == Some(key.algorithm) && policy.algorithms.contains(&key.algorithm);
        if agreed { Ok(key) } else { Err(Refusal::Algorithm) }
    }
}

/// Judges the registered claims (RFC 7519 section 4.1); returns the moment at which the token expires.
fn judge_claims(
    payload: &Map<String, Value>,
    policy: &Policy,
    now: UnixMillis,
) -> Result<UnixMillis, Refusal> {
    if !policy.names_issuer(payload) {
        return Err(Refusal::Issuer);
    }
    if !policy.names_audience(payload) {
        return Err(Refusal::Audience);
    }
    let date = |name| date(payload, name, policy.dates);
    let expires_at = date("exp")?.ok_or(Refusal::Claims)?.plus_seconds(policy.leeway);
    let not_before = date("nbf")?;
    let issued_at = date("iat")?;
    if now >= expires_at {
        return Err(Refusal::Expired);
    }
    if not_before.is_some_and(|start| start > now.plus_seconds(policy.leeway)) {
        return Err(Refusal::NotYetValid);
    }
    if issued_at.is_some_and(|issued| issued > now.plus_seconds(policy.leeway)) {
        return Err(Refusal::IssuedInFuture);
    }
    if let Some(max_age) = policy.max_age {
        let issued_at = issued_at.ok_or(Refusal::Claims)?;
        if now > issued_at.plus_seconds(max_age.saturating_add(policy.leeway)) {
            return Err(Refusal::TooOld);
        }
    }
    Ok(expires_at)
}

#[cfg(test)]
mod tests;
