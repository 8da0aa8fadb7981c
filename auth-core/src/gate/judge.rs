//! The gate's machine. Its input is a request, what the isolate has cached, and what has been found out for this
//! request. Its output is the decision, or what must be found out first. It is synchronous and changes nothing.
//!
//! The shell calls it, fulfils the [`Need`], and calls it again. If everything is cached, one call is enough.

use super::browser::is_preflight;
use super::forwarded::Forwarded;
use super::head::{CLIENT_ADDRESS, Head};
use super::original::Original;
use super::path::CanonicalPath;
use super::policy::{Access, OWN_ISSUER, Policy, Route};
use super::route::{Choice, Target, choose};
use super::verdict::{Answer, Denial, Findings, Forward, Identified, Lacking, Need, Step, Stop};
use super::view::{Fact, Facts, KnownToken, View};
use crate::api_key::contains_key;
use crate::revocation::Bound;
use crate::time::UnixMillis;
use crate::token::Caller;
use crate::wire::{TicketLookup, find_ticket};

/// The header with the service's origin on a request of the gate to an upstream that gets the public `Host`.
/// If such a request reaches the gate, the platform has sent it to the gate again instead of to the upstream.
pub const VIA: &str = "Latchkey-Via";

/// One request, as it is judged.
#[derive(Debug)]
pub struct Judge<'a, V: View> {
    /// What the gate decides by.
    pub policy: Policy<'a>,
    /// The request.
    pub head: &'a Head,
    /// What the isolate has.
    pub view: &'a V,
    /// What the request has found out.
    pub facts: &'a Facts<V::Token>,
    /// When the request arrived.
    pub now: UnixMillis,
}

/// A caller with valid credentials.
#[derive(Clone, Debug)]
pub struct Admitted<T> {
    /// Who is calling.
    pub caller: Identified<T>,
    /// How the caller was identified.
    pub findings: Findings,
}

impl<V: View> Judge<'_, V> {
    /// Decides about a request at the gate.
    ///
    /// # Errors
    /// [`Stop`].
    pub fn gate(&self) -> Step<Forward<V::Token>, V::Token> {
        // Also on public routes: an upstream, or what is in front of it, would write the key to a log.
        if contains_key(self.head.path()) || contains_key(self.head.query()) {
            return Err(Denial::ApiKeyInUrl.into());
        }
        let (index, route) = self.route()?;
        let forward = |admitted: Admitted<V::Token>, url_ends| {
            let Admitted { caller, findings } = admitted;
            Ok(Forward { route: index, caller, url_ends, findings })
        };
        if route.access.is_public() {
            return forward(Admitted::anonymous(), 0);
        }
        match find_ticket(self.head.query()) {
            TicketLookup::Absent => {}
            // A request presents a token in one way only (RFC 6750 section 2), and an invalid ticket is rejected even
            // if the request also has a token or a cookie.
            TicketLookup::Found { ticket, rest } if self.head.header("authorization").is_none() => {
                let caller = self.ticket(route, ticket, rest)?;
                let url_ends = self.head.origin().len() + self.head.path().len() + rest.len();
                return forward(self.meeting(route, Admitted::session(caller))?, url_ends);
            }
            TicketLookup::Found { .. } | TicketLookup::Malformed => {
                return Err(Denial::Malformed("ticket_form").into());
            }
        }
        let admitted = if self.decides_by_header(route.access) {
            match self.shown_key() {
                Some(key) => self.api_key(key, route, self.head.header(CLIENT_ADDRESS))?,
                None => self.token(route)?,
            }
        } else if route.access.anonymous {
            self.optional_cookie()?
        } else {
            Admitted::session(self.cookie()?)
        };
        forward(self.meeting(route, admitted)?, 0)
    }

    /// The route that decides, and its index.
    fn route(&self) -> Step<(usize, &Route), V::Token> {
        let head = self.head;
        if head.header(VIA).is_some_and(|via| via == self.policy.origin.as_str()) {
            return Err(Denial::CameBack.into());
        }
        let path = CanonicalPath::parse(head.path()).map_err(|_| Denial::AmbiguousPath)?;
        let asks_first = is_preflight(head);
        let method = if asks_first {
            head.header("access-control-request-method").unwrap_or_default()
        } else {
            head.method()
        };
        match choose(self.policy.routes, Target { path, query: head.query(), method }) {
            Choice::Route { route, .. } if asks_first => {
                Err(Stop::Answer(Answer::Preflight { methods: route.methods.join(", ") }))
            }
            Choice::Route { route, .. } if !route.service_worker && fetches_service_worker(head) => {
                Err(Denial::ServiceWorker.into())
            }
            Choice::Route { index, route } => Ok((index, route)),
            Choice::MethodNotAllowed { allow } => Err(Denial::MethodNotAllowed { allow }.into()),
            Choice::Ambiguous => Err(Denial::AmbiguousRoute.into()),
            Choice::None => Err(Denial::NotFound.into()),
        }
    }

    /// The caller of the request that a proxy asks about. If one of the routes matches its path and is not
    /// public, its policy decides; otherwise a token or a cookie of the service's own is required.
    ///
    /// # Errors
    /// [`Stop`].
    pub fn forwarded(&self) -> Step<Admitted<V::Token>, V::Token> {
        let head = self.whole()?;
        let lacking = || Denial::Insufficient {
            scope: String::new(),
            scopes: Lacking::default(),
            roles: Lacking::default(),
        };
        let Forwarded { only_reads, method, path, route } =
            Forwarded::of(self.policy.routes, head).map_err(|_| lacking())?;
        let serves_workers = route.as_deref().is_some_and(|route| route.service_worker);
        if !serves_workers && fetches_service_worker(head) {
            return Err(lacking().into());
        }
        let by_header = match route.as_deref() {
            Some(route) => self.decides_by_header(route.access),
            None => head.header("authorization").is_some(),
        };
        let admitted = match (route.as_deref(), self.shown_key()) {
            // The address is that of the proxy, so keys that are bound to networks are not accepted.
            (Some(route), Some(key)) if by_header => self.api_key(key, route, None)?,
            (Some(route), None) if by_header => {
                self.forwarded_token(route, Original { method, path: path.as_deref(), by_proxy: true })?
            }
            // Without a route that accepts keys, none is accepted. Without a route that sets a bound, a revoked
            // token is rejected at once.
            (None, _) if by_header => self.own_bearer()?,
            (Some(_) | None, _) => Admitted::session(self.session(head, only_reads)?),
        };
        match route {
            Some(route) => self.meeting(&route, admitted),
            None => Ok(admitted),
        }
    }

    /// Whether the `Authorization` header decides. An invalid token or key is rejected even if the request also has a
    /// cookie.
    fn decides_by_header(&self, access: Access) -> bool {
        access.reads_header() && (!access.session || self.head.header("authorization").is_some())
    }

    /// All headers.
    pub(super) fn whole(&self) -> Step<&Head, V::Token> {
        if self.head.is_whole() { Ok(self.head) } else { Err(Need::Headers.into()) }
    }

    /// A caller who meets what the route requires. If the account was asked about the caller's token, the
    /// session's present authentication counts: it may have changed since the token was issued.
    fn meeting(&self, route: &Route, admitted: Admitted<V::Token>) -> Step<Admitted<V::Token>, V::Token> {
        let present = match (&admitted.caller, &self.facts.account) {
            (Identified::Token(_), Fact::Known(present)) if route.revocation == Bound::Strict => {
                present.as_ref()
            }
            (_, _) => None,
        };
        if let Some(caller) = present.or_else(|| admitted.caller()) {
            let is_own = match &admitted.caller {
                Identified::Token(token) => token.as_ref().issuer == OWN_ISSUER,
                Identified::Session(_) | Identified::Anonymous => true,
            };
            route.requires.check(caller, is_own, self.policy.user_scopes, self.now.seconds())?;
        }
        Ok(admitted)
    }
}

impl<T: AsRef<KnownToken>> Admitted<T> {
    pub(super) const fn anonymous() -> Self {
        Self { caller: Identified::Anonymous, findings: Findings { timing: None, renew_revocations: false } }
    }

    pub(super) fn session(caller: Caller) -> Self {
        Self {
            caller: Identified::Session(Box::new(caller)),
            findings: Findings { timing: None, renew_revocations: false },
        }
    }

    /// Who is calling; `None` if the caller is anonymous.
    #[must_use]
    pub fn caller(&self) -> Option<&Caller> {
        self.caller.claims()
    }
}

impl<T: AsRef<KnownToken>> Identified<T> {
    /// Who is calling; `None` if the caller is anonymous.
    #[must_use]
    pub fn claims(&self) -> Option<&Caller> {
        match self {
            Self::Anonymous => None,
            Self::Token(token) => Some(token.as_ref().verified.claims()),
            Self::Session(caller) => Some(caller.as_ref()),
        }
    }
}

/// Whether a browser requests the script of a service worker (Service Workers, section "Update"). A service
/// worker of the page's origin sees every request of its pages and their workers, with the access token.
fn fetches_service_worker(head: &Head) -> bool {
    head.header("service-worker").is_some()
}
