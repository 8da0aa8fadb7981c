//! The part of the machine that judges API keys.
//!
//! Only the account of a key knows whether it is valid. What the account has said is used for as long as an
//! access token would be valid that was issued at the same moment, and under the bound of the route: the list
//! of revocations names keys as it names sessions. Where a token would be rejected because its account's
//! tokens are outdated (the owner's roles have changed, for example), the account is asked again.

use super::authorization::Authorization;
use super::judge::{Admitted, Judge};
use super::policy::Route;
use super::revoked::Listed;
use super::verdict::{Denial, Findings, Identified, Need, Step, Timing};
use super::view::{Evidence, Fact, View};
use crate::api_key::{self, ApiKey, is_meant_as_key};
use crate::gate::head::CLIENT_ADDRESS;
use crate::revocation::Bound;

/// A key that its account has accepted.
struct Accepted<T> {
    known: T,
    hit: bool,
    revocations_age_ms: Option<u64>,
    renew: bool,
}

impl<V: View> Judge<'_, V> {
    /// The API key in the `Authorization` header, before anything about it has been checked.
    pub(super) fn shown_key(&self) -> Option<&str> {
        match Authorization::read(self.head.header("authorization")) {
            Authorization::Bearer(text) if is_meant_as_key(text) => Some(text),
            Authorization::Bearer(_)
            | Authorization::DPoP(_)
            | Authorization::Absent
            | Authorization::Malformed => None,
        }
    }

    /// The holder of the API key in the `Authorization` header, whose account has just been asked.
    ///
    /// # Errors
    /// [`super::Stop`].
    pub fn own_api_key(&self) -> Step<V::Token, V::Token> {
        let key = match Authorization::read(self.head.header("authorization")) {
            Authorization::Absent => return Err(Denial::NoCredentials.into()),
            Authorization::Malformed | Authorization::DPoP(_) => {
                return Err(Denial::Malformed("authorization_header").into());
            }
            Authorization::Bearer(text) => text,
        };
        self.refuse_pages()?;
        let accepted = self.accepted(key, Bound::Strict, false)?;
        self.check_network(&accepted, key, self.head.header(CLIENT_ADDRESS))?;
        Ok(accepted.known)
    }

    /// The holder of a key on a route. `client_address` is the address from which the key is used, if it is
    /// known.
    pub(super) fn api_key(
        &self,
        key: &str,
        route: &Route,
        client_address: Option<&str>,
    ) -> Step<Admitted<V::Token>, V::Token> {
        if !route.access.api_key {
            return Err(Denial::invalid_key("api_key_not_accepted", key).into());
        }
        self.refuse_pages()?;
        let accepted = self.accepted(key, route.revocation, route.without_revocations)?;
        self.check_network(&accepted, key, client_address)?;
        let Accepted { known, hit, revocations_age_ms, renew } = accepted;
        let timing = Some(Timing { hit, keys_age_ms: None, revocations_age_ms });
        let findings = Findings { timing, renew_revocations: renew };
        Ok(Admitted { caller: Identified::Token(known), findings })
    }

    /// A page must not have a key, because every visitor of the page could read it. Browsers send one of these headers
    /// with every request of a page to a trustworthy origin, and script can't remove them.
    fn refuse_pages(&self) -> Result<(), Denial> {
        let from_page = ["origin", "sec-fetch-site"].iter().any(|name| self.head.header(name).is_some());
        if from_page { Err(Denial::ApiKeyFromPage) } else { Ok(()) }
    }

    fn accepted(
        &self,
        text: &str,
        bound: Bound,
        without_revocations: bool,
    ) -> Step<Accepted<V::Token>, V::Token> {
        match &self.facts.api_key {
            // The account has been asked for this request, so it knows more than any copy of the list.
            Fact::Known(Some(known)) => {
                let known = known.clone();
                return Ok(Accepted { known, hit: false, revocations_age_ms: None, renew: false });
            }
            Fact::Known(None) => return Err(Denial::invalid_key("api_key_rejected", text).into()),
            Fact::Failed => return Err(Denial::Unavailable.into()),
            Fact::Unknown => {}
        }
        let cached = || {
            self.view
                .token(text, self.now)
                .filter(|known| matches!(known.as_ref().evidence, Evidence::Account { .. }))
        };
        let accepted =
            |known, revocations_age_ms, renew| Ok(Accepted { known, hit: true, revocations_age_ms, renew });
        match bound {
            Bound::Strict => {}
            Bound::None => {
                if let Some(known) = cached() {
                    return accepted(known, None, false);
                }
            }
            Bound::Within(_) => {
                if let Some(known) = cached() {
                    match self.listed(bound, without_revocations, &known)? {
                        Listed::NotRevoked { age_ms, renew } => return accepted(known, age_ms, renew),
                        Listed::Revoked => {}
                    }
                }
            }
        }
        Err(Need::ApiKey(self.well_formed(text)?).into())
    }

    /// Checks what can be checked without the account, so that a made-up key costs no call.
    fn well_formed(&self, text: &str) -> Result<ApiKey, Denial> {
        let refused = |check| Denial::invalid_key(check, text);
        let key = ApiKey::parse(text).map_err(|_| refused("api_key_form"))?;
        match self.policy.api_keys {
            Some(policy) if policy.environment == key.environment() => Ok(key),
            Some(_) => Err(refused("api_key_environment")),
            None => Err(refused("api_keys_off")),
        }
    }

    fn check_network(
        &self,
        accepted: &Accepted<V::Token>,
        text: &str,
        client_address: Option<&str>,
    ) -> Result<(), Denial> {
        match &accepted.known.as_ref().evidence {
            Evidence::Account { networks } if api_key::admit(networks, client_address) => Ok(()),
            Evidence::Account { .. } | Evidence::Signature { .. } => {
                Err(Denial::invalid_key("api_key_network", text))
            }
        }
    }
}
