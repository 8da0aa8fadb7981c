//! The part of the machine that judges the proof of a token's key (RFC 9449 section 7).

use super::judge::Judge;
use super::original::Original;
use super::shown::Shown;
use super::tokens::Tokens;
use super::verdict::{Denial, Need, Step};
use super::view::{Fact, View};
use crate::dpop::{Proof, ProofFor, ProofRefusal};
use crate::wire::Origin;

/// What a client must have signed, and what it has sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proved<'r> {
    /// The method, in its exact letter case.
    pub(super) method: &'r str,
    /// The URLs by which clients know the resource.
    pub(super) urls: &'r [&'r str],
    /// The `DPoP` header. Several are joined by commas.
    pub(super) proof: Option<&'r str>,
}

impl<V: View> Tokens<'_, V> {
    /// A token that is bound to a key counts only with a proof of it, also if the client sends it as a bearer token
    /// (RFC 9449 section 7.2). `bound_bearers`: bound tokens also count as bearer tokens. `prove` judges the proof by
    /// the request, which is not always read yet.
    pub(super) fn check_binding(
        &self,
        shown: &Shown<'_, V::Token>,
        bound_bearers: bool,
        prove: impl FnOnce(BoundToken<'_>) -> Step<(), V::Token>,
    ) -> Step<(), V::Token> {
        let key = shown.presented.token.as_ref().verified.claims().jkt.as_deref();
        match (key, shown.with_proof) {
            (None, None) => Ok(()),
            (Some(_), None) if bound_bearers => Ok(()),
            (Some(_), None) => Err(Denial::BoundToken.into()),
            (None, Some(_)) => Err(Denial::invalid("not_bound").into()),
            (Some(thumbprint), Some(token)) => match &self.facts.proof {
                Fact::Known(Ok(())) => Ok(()),
                Fact::Known(Err(refusal)) => Err(refused(*refusal).into()),
                Fact::Failed => Err(Denial::Unavailable.into()),
                Fact::Unknown => prove(BoundToken { token, thumbprint }),
            },
        }
    }

    /// Requires that the request proves that the client has the token's key: by one proof, which was made for this
    /// request and this token within the last minute, and is used for the first time.
    pub(super) fn prove(&self, bound: BoundToken<'_>, request: &Proved<'_>) -> Step<(), V::Token> {
        let Some(header) = request.proof else { return Err(Denial::Proof("absent").into()) };
        let proof = Proof::parse(header).map_err(refused)?;
        if proof.thumbprint().as_str() != bound.thumbprint {
            return Err(Denial::invalid("key_of_another_proof").into());
        }
        let request =
            ProofFor { method: request.method, urls: request.urls, access_token: Some(bound.token) };
        let examined = proof.examine(&request, self.now).map_err(refused)?;
        Err(Need::Proof(Box::new(examined)).into())
    }
}

/// A verified token that is bound to a key.
#[derive(Clone, Copy)]
pub(super) struct BoundToken<'r> {
    /// Its text.
    token: &'r str,
    /// The thumbprint of the key.
    thumbprint: &'r str,
}

impl<V: View> Judge<'_, V> {
    /// The same for a request at the gate, or the one that a proxy asks about. Bound tokens of other issuers also count
    /// without a proof.
    pub(super) fn check_binding(
        &self,
        shown: &Shown<'_, V::Token>,
        is_own: bool,
        original: Original<'_>,
    ) -> Step<(), V::Token> {
        let tokens = self.tokens();
        tokens.check_binding(shown, !is_own, |bound| {
            // Most requests have no proof, so it is not among the headers that are always read.
            let proof = self.whole()?.header("dpop");
            let (Some(method), Some(path)) = (original.method, original.path) else {
                let check = if proof.is_none() { "absent" } else { "request_unknown" };
                return Err(Denial::Proof(check).into());
            };
            let at = |origin: &Origin| format!("{origin}{path}");
            let others = self.policy.allowed_origins.filter(|_| original.by_proxy).unwrap_or_default();
            let urls: Vec<String> = core::iter::once(self.policy.origin).chain(others).map(at).collect();
            let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
            tokens.prove(bound, &Proved { method, urls: &urls, proof })
        })
    }
}

const fn refused(refusal: ProofRefusal) -> Denial {
    Denial::Proof(refusal.as_str())
}
