//! What can be decided without waiting: most requests, because most bring a token that was verified before.
//!
//! It says yes or nothing. Whatever isn't a clear yes is decided by [`super::handle`], which can fetch what is missing, and refuses.

use std::rc::Rc;

use auth_core::gate::{Bearer, Head};
use auth_core::revocation::{Bound, Need};
use auth_core::time::{UnixMillis, UnixTime};
use auth_core::wire::TICKET_PARAMETER;

use super::admission::{Judgement, judge};
use super::handle::{Decision, decide};
use super::timing::Timing;
use super::token_cache::{self, Known};
use super::{issuer_keys, revocations};
use crate::config::{Access, Config, Route};

/// A request that may go to its upstream.
pub struct Admitted {
    /// The route's index in the configuration.
    pub route: usize,
    /// What `Server-Timing` says of it.
    pub timing: Option<Timing>,
    /// Its token; nothing on public routes.
    pub known: Option<Rc<Known>>,
}

/// Lets a request through if nothing has to be asked or renewed for it.
#[must_use]
pub fn admit(config: &Config, head: &Head, now_ms: u64) -> Option<Admitted> {
    let Ok(Decision::Route { index, route }) = decide(config, head) else { return None };
    if head.method() == "OPTIONS" {
        // It may be a browser's own question, which only the whole head tells.
        return None;
    }
    let by_token = match route.access {
        Access::Public => return Some(Admitted { route: index, timing: None, known: None }),
        // Perhaps a ticket, with which no token may come.
        _ if head.query().contains(TICKET_PARAMETER) => return None,
        Access::Token | Access::TokenOrSession => true,
        Access::Session => false,
    };
    let Bearer::Token(token) = Bearer::read(head.header("authorization").filter(|_| by_token)) else {
        return None;
    };
    let known = token_cache::find(token, UnixMillis(now_ms))?;
    if !route.requires.issuers.contains(&known.issuer) {
        return None;
    }
    let keys = issuer_keys::at_hand(config.issuers.get(known.issuer)?, now_ms)?;
    let caller = known.verified.claims();
    let fits = keys.stamp == known.keys_stamp
        && judge(caller, &route.requires, UnixTime(now_ms / 1000)) == Judgement::Met;
    let revocations_age_ms = if fits { not_revoked(route, &known, now_ms)? } else { return None };
    let timing = Timing { hit: true, keys_age_ms: keys.age_ms, revocations_age_ms };
    Some(Admitted { route: index, timing: Some(timing), known: Some(known) })
}

/// Nothing, unless it is known that the token is good within the route's bound. Then the age of the list that says so, if one had to.
fn not_revoked(route: &Route, known: &Known, now_ms: u64) -> Option<Option<u64>> {
    match route.revocation {
        Bound::None => Some(None),
        Bound::Strict => None,
        Bound::Within(_) => {
            let checked = revocations::in_copy(known.verified.claims(), now_ms)?;
            let young = route.revocation.need(Some(checked.age)) == Need::Nothing;
            (young && !checked.revoked).then_some(Some(checked.age.0))
        }
    }
}
