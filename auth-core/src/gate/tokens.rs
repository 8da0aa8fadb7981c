//! The part of the machine that verifies tokens.

use super::policy::{Issuer, OWN_ISSUER};
use super::verdict::{Denial, Need, Signature, Step};
use super::view::{Evidence, Fact, Facts, IssuerKeys, KnownToken, View};
use crate::time::UnixMillis;
use crate::token::{Caller, Refusal as Check, Unverified, choose_policy, mask};

/// What tokens are judged by.
#[derive(Debug)]
pub struct Tokens<'a, V: View> {
    /// The issuers whose tokens are accepted.
    pub issuers: &'a [Issuer],
    /// What the isolate has.
    pub view: &'a V,
    /// What the request has found out.
    pub facts: &'a Facts<V::Token>,
    /// When the request arrived.
    pub now: UnixMillis,
}

/// A verified token.
#[derive(Clone, Debug)]
pub struct Presented<T> {
    /// The token.
    pub token: T,
    /// Whether it had been verified before.
    pub hit: bool,
    /// The age of the copy of its issuer's keys, in milliseconds.
    pub keys_age_ms: u64,
}

impl<V: View> Tokens<'_, V> {
    /// The token, verified with its issuer's present keys. Its issuer must be one of these, by index.
    ///
    /// # Errors
    /// [`Stop`].
    pub fn verified(&self, token: &str, issuers: &[usize]) -> Step<Presented<V::Token>, V::Token> {
        let refused = |check: Check| Denial::Invalid { check: check.as_str(), token: mask(token) };
        let (known, hit) = match &self.facts.token {
            Fact::Known(Ok(known)) => (Some(known.clone()), false),
            Fact::Known(Err(check)) => return Err(refused(*check).into()),
            Fact::Failed => return Err(Denial::Unavailable.into()),
            Fact::Unknown => (self.view.token(token, self.now), true),
        };
        if let Some(known) = known {
            let KnownToken { issuer, ref evidence, .. } = *known.as_ref();
            if !issuers.contains(&issuer) {
                return Err(refused(Check::Issuer).into());
            }
            let keys = self.keys(issuer, None)?;
            // A known API key does not count as a token.
            if *evidence == (Evidence::Signature { keys_stamp: keys.stamp }) {
                return Ok(Presented { token: known, hit, keys_age_ms: keys.age_ms });
            }
        }
        let signature = self.examine(token, issuers)?;
        Err(Need::Signature(Box::new(signature)).into())
    }

    /// The token, verified but for its signature.
    fn examine(&self, token: &str, issuers: &[usize]) -> Step<Signature, V::Token> {
        let refused = |check: Check| Denial::Invalid { check: check.as_str(), token: mask(token) };
        let unverified = Unverified::parse(token).map_err(refused)?;
        // Among all issuers, not the route's: to which entry a token belongs must not depend on where it is
        // shown first.
        let policies = self.issuers.iter().map(|issuer| &issuer.policy);
        let index = choose_policy(&unverified, policies).map_err(refused)?;
        let issuer = self.issuers.get(index).filter(|_| issuers.contains(&index));
        let issuer = issuer.ok_or(Check::Issuer).map_err(refused)?;
        unverified.check_size(&issuer.policy).map_err(refused)?;
        let keys = self.keys(index, unverified.claimed_key())?;
        let (examined, key) = unverified
            .examine::<Caller>(&issuer.policy, &issuer.names, &keys.keys, self.now)
            .map_err(refused)?;
        let key = key.clone();
        let left_out = if index == OWN_ISSUER { vec![] } else { unverified.left_out_claims(&issuer.names) };
        let (signing_input, signature) = unverified.into_signed();
        Ok(Signature {
            key,
            signature,
            left_out,
            issuer: index,
            token: token.into(),
            signing_input: signing_input.len(),
            keys_stamp: keys.stamp,
            examined,
        })
    }

    /// The keys of an issuer, for a token that names `kid`.
    fn keys(&self, issuer: usize, kid: Option<&str>) -> Step<IssuerKeys, V::Token> {
        let outdated = |keys: &IssuerKeys| issuer == OWN_ISSUER && self.view.are_outdated(keys.stamp);
        match &self.facts.keys {
            Fact::Failed => return Err(Denial::Unavailable.into()),
            Fact::Known((known, keys)) if *known == issuer && !outdated(keys) => return Ok(keys.clone()),
            Fact::Known(_) | Fact::Unknown => {}
        }
        let cached = self.view.keys(issuer, self.now);
        let cached = cached.filter(|keys| kid.is_none_or(|kid| keys.keys.has_id(kid)));
        cached.ok_or_else(|| Need::Keys { issuer, kid: kid.map(ToOwned::to_owned) }.into())
    }
}
