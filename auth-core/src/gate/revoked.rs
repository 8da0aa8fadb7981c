//! The part of the machine that judges whether a token was revoked, within the bound of a route.

use super::judge::{Admitted, Judge};
use super::tokens::Presented;
use super::verdict::{Denial, Findings, Identified, Need, Question, Step, Timing};
use super::view::{Fact, View};
use crate::revocation::{self, Bound};

/// What the list of revocations says about a caller.
pub(super) enum Listed {
    /// Its token, session or API key was revoked, or its account's tokens are outdated.
    Revoked,
    /// Nothing.
    NotRevoked {
        /// The copy's age in milliseconds, if there is a copy.
        age_ms: Option<u64>,
        /// Whether the copy should be renewed beside the request.
        renew: bool,
    },
}

impl<V: View> Judge<'_, V> {
    /// A token that was not revoked, within the bound.
    pub(super) fn unrevoked(
        &self,
        bound: Bound,
        without_revocations: bool,
        presented: Presented<V::Token>,
    ) -> Step<Admitted<V::Token>, V::Token> {
        let Presented { token, hit, keys_age_ms } = presented;
        let keys_age_ms = Some(keys_age_ms);
        let timing = |revocations_age_ms| Some(Timing { hit, keys_age_ms, revocations_age_ms });
        let admitted = |token, timing, renew_revocations| {
            let findings = Findings { timing, renew_revocations };
            Ok(Admitted { caller: Identified::Token(token), findings })
        };
        match bound {
            Bound::None => admitted(token, timing(None), false),
            Bound::Strict => match &self.facts.account {
                Fact::Unknown => Err(Need::Account(Question::Check(token)).into()),
                Fact::Failed => Err(Denial::Unavailable.into()),
                Fact::Known(None) => Err(Denial::invalid("revoked").into()),
                Fact::Known(Some(_)) => admitted(token, timing(None), false),
            },
            Bound::Within(_) => match self.listed(bound, without_revocations, &token)? {
                Listed::Revoked => Err(Denial::invalid("revoked").into()),
                Listed::NotRevoked { age_ms, renew } => admitted(token, timing(age_ms), renew),
            },
        }
    }

    /// What the list of revocations says about a caller, by a copy that is new enough for the bound.
    pub(super) fn listed(
        &self,
        bound: Bound,
        without_revocations: bool,
        token: &V::Token,
    ) -> Step<Listed, V::Token> {
        let checked = self.view.revocations(token.as_ref().verified.claims(), self.now);
        if checked.is_some_and(|checked| checked.revoked) {
            // However old the copy is: what was revoked stays so.
            return Ok(Listed::Revoked);
        }
        let age = checked.map(|checked| checked.age);
        let renew = match (bound.need(age), &self.facts.revocations) {
            (revocation::Need::Nothing, _) => false,
            (revocation::Need::RenewAside, _) => true,
            (revocation::Need::RenewFirst, Fact::Unknown) => return Err(Need::Revocations.into()),
            (revocation::Need::RenewFirst, Fact::Failed) if without_revocations => {
                return Ok(Listed::NotRevoked { age_ms: None, renew: false });
            }
            (revocation::Need::RenewFirst, Fact::Failed) => return Err(Denial::Unavailable.into()),
            // It was renewed for this request, which has waited for it since.
            (revocation::Need::RenewFirst, Fact::Known(())) => false,
        };
        let age = age.ok_or(Denial::Unavailable)?;
        Ok(Listed::NotRevoked { age_ms: Some(age.0), renew })
    }
}
