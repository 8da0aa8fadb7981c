//! The gate's machine. It looks at a request, at what the isolate has and at what the request has found out,
//! and says what becomes of the request, or what must be found out first. It waits for nothing and changes
//! nothing.
//!
//! A shell judges, fulfils the [`Need`], and judges again. A request for which everything is cached is judged
//! once.

use super::bearer::Bearer;
use super::browser::{
    asking_origin, cannot_carry_a_header, comes_from_us, is_navigation_from_another_site, is_preflight,
    is_safe, opens_socket, shows_document,
};
use super::carried::{self, Carried};
use super::forwarded::Forwarded;
use super::head::Head;
use super::path::CanonicalPath;
use super::policy::{Access, OWN_ISSUER, Policy, Route};
use super::route::{Choice, Target, choose};
use super::tokens::{Presented, Tokens};
use super::verdict::{
    Answer, Denial, Findings, Forward, Identified, Lacking, Need, Question, Step, Stop, Timing,
};
use super::view::{Fact, Facts, KnownToken, View};
use crate::revocation::{self, Bound};
use crate::time::UnixMillis;
use crate::token::Caller;
use crate::wire::{CookieLookup, Ticket, TicketLookup, find_cookie, find_ticket};

/// The header with the service's origin on a request of the gate to an upstream that gets the public `Host`.
/// If such a request comes back to the gate, the platform has ignored where it was to go.
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
    /// How it was found out.
    pub findings: Findings,
}

impl<V: View> Judge<'_, V> {
    /// What becomes of a request at the gate.
    ///
    /// # Errors
    /// [`Stop`].
    pub fn gate(&self) -> Step<Forward<V::Token>, V::Token> {
        let (index, route) = self.route()?;
        let forward = |admitted: Admitted<V::Token>, url_ends| {
            let Admitted { caller, findings } = admitted;
            Ok(Forward { route: index, caller, url_ends, findings })
        };
        let by_token = match route.access {
            Access::Public => return forward(Admitted::anonymous(), 0),
            Access::Token => true,
            Access::Session => false,
            // A cookie never makes up for an invalid token.
            Access::TokenOrSession | Access::Optional => self.head.header("authorization").is_some(),
        };
        match find_ticket(self.head.query()) {
            TicketLookup::Absent => {}
            // Only one way to present a token is allowed (RFC 6750 section 2), and neither a token nor a
            // cookie makes up for an invalid ticket.
            TicketLookup::Found { ticket, rest } if self.head.header("authorization").is_none() => {
                let caller = self.ticket(route, ticket, rest)?;
                let url_ends = self.head.origin().len() + self.head.path().len() + rest.len();
                return forward(self.meeting(route, Admitted::session(caller))?, url_ends);
            }
            TicketLookup::Found { .. } | TicketLookup::Malformed => {
                return Err(Denial::Malformed("ticket_form").into());
            }
        }
        let admitted = if by_token {
            let token = self.presented(&route.requires.issuers)?;
            self.unrevoked(route.revocation, route.without_revocations, token)?
        } else if route.access == Access::Optional {
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
        let Forwarded { only_reads, route } =
            Forwarded::of(self.policy.routes, head).map_err(|_| lacking())?;
        let serves_workers = route.as_deref().is_some_and(|route| route.service_worker);
        if !serves_workers && fetches_service_worker(head) {
            return Err(lacking().into());
        }
        let by_token = match route.as_deref().map(|route| route.access) {
            Some(Access::Token) => true,
            Some(Access::Session) => false,
            Some(Access::TokenOrSession | Access::Optional | Access::Public) | None => {
                head.header("authorization").is_some()
            }
        };
        let admitted = match route.as_deref() {
            Some(route) if by_token => {
                let token = self.bearer(&route.requires.issuers)?;
                self.unrevoked(route.revocation, route.without_revocations, token)?
            }
            // Without a route that sets a bound, a revoked token is rejected at once.
            None if by_token => self.own_bearer()?,
            Some(_) | None => Admitted::session(self.session(head, only_reads)?),
        };
        match route {
            Some(route) => self.meeting(&route, admitted),
            None => Ok(admitted),
        }
    }

    /// The holder of the service's own token in the `Authorization` header, whose account has been asked.
    ///
    /// # Errors
    /// [`Stop`].
    pub fn own_bearer(&self) -> Step<Admitted<V::Token>, V::Token> {
        let token = self.bearer(&[OWN_ISSUER])?;
        self.unrevoked(Bound::Strict, false, token)
    }

    /// The holder of the token in the `Authorization` header, which is one of these issuers'. Whether it was
    /// revoked is not asked.
    ///
    /// # Errors
    /// [`Stop`].
    pub fn any_bearer(&self, issuers: &[usize]) -> Step<V::Token, V::Token> {
        self.bearer(issuers).map(|presented| presented.token)
    }

    /// A token of the service's own, which is not the request's. Whether it was revoked is not asked.
    ///
    /// # Errors
    /// [`Stop`].
    pub fn own_token(&self, token: &str) -> Step<V::Token, V::Token> {
        self.tokens().verified(token, &[OWN_ISSUER]).map(|presented| presented.token)
    }

    fn tokens(&self) -> Tokens<'_, V> {
        Tokens { issuers: self.policy.issuers, view: self.view, facts: self.facts, now: self.now }
    }

    /// All headers.
    fn whole(&self) -> Step<&Head, V::Token> {
        if self.head.is_whole() { Ok(self.head) } else { Err(Need::Headers.into()) }
    }

    /// A caller who meets what the route requires.
    fn meeting(&self, route: &Route, admitted: Admitted<V::Token>) -> Step<Admitted<V::Token>, V::Token> {
        if let Some(caller) = admitted.caller() {
            route.requires.check(caller, self.now.seconds())?;
        }
        Ok(admitted)
    }

    /// The request's token: in the `Authorization` header, or where a proxy puts tokens of an issuer. The
    /// latter never makes up for an `Authorization` header.
    fn presented(&self, issuers: &[usize]) -> Step<Presented<V::Token>, V::Token> {
        if self.head.header("authorization").is_some() || !carried::may_carry(&self.policy, issuers) {
            return self.bearer(issuers);
        }
        let head = self.whole()?;
        match carried::find(&self.policy, head, issuers) {
            Carried::Absent => Err(Denial::NoCredentials.into()),
            Carried::Malformed => Err(Denial::Malformed("token_header").into()),
            Carried::Token { by_cookie, .. } if carried::may_be_forged(&self.policy, head, by_cookie) => {
                Err(Denial::invalid("token_from_another_site").into())
            }
            Carried::Token { token, issuers, .. } => self.tokens().verified(token, &issuers),
        }
    }

    fn bearer(&self, issuers: &[usize]) -> Step<Presented<V::Token>, V::Token> {
        match Bearer::read(self.head.header("authorization")) {
            Bearer::Absent => Err(Denial::NoCredentials.into()),
            Bearer::Malformed => Err(Denial::Malformed("authorization_header").into()),
            Bearer::Token(token) => self.tokens().verified(token, issuers),
        }
    }

    /// A token that was not revoked, within the bound.
    fn unrevoked(
        &self,
        bound: Bound,
        without_revocations: bool,
        presented: Presented<V::Token>,
    ) -> Step<Admitted<V::Token>, V::Token> {
        let Presented { token, hit, keys_age_ms } = presented;
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
            Bound::Within(_) => {
                let checked = self.view.revocations(token.as_ref().verified.claims(), self.now);
                if checked.is_some_and(|checked| checked.revoked) {
                    // However old the copy is: what was revoked stays so.
                    return Err(Denial::invalid("revoked").into());
                }
                let age = checked.map(|checked| checked.age);
                let renew = match (bound.need(age), &self.facts.revocations) {
                    (revocation::Need::Nothing, _) => false,
                    (revocation::Need::RenewAside, _) => true,
                    (revocation::Need::RenewFirst, Fact::Unknown) => return Err(Need::Revocations.into()),
                    (revocation::Need::RenewFirst, Fact::Failed) if without_revocations => {
                        return admitted(token, timing(None), false);
                    }
                    (revocation::Need::RenewFirst, Fact::Failed) => return Err(Denial::Unavailable.into()),
                    // It was renewed for this request, which has waited for it since.
                    (revocation::Need::RenewFirst, Fact::Known(())) => false,
                };
                let age = age.ok_or(Denial::Unavailable)?;
                admitted(token, timing(Some(age.0)), renew)
            }
        }
    }

    /// The session of the request's cookie.
    fn cookie(&self) -> Step<Caller, V::Token> {
        let head = self.whole()?;
        if matches!(find_cookie(head.header("cookie")), CookieLookup::Absent)
            && is_navigation_from_another_site(head)
        {
            return Err(Stop::Answer(Answer::ComeAgain));
        }
        self.session(head, is_safe(head.method()))
    }

    /// The session of the request's cookie, or an anonymous caller if there is none that counts.
    fn optional_cookie(&self) -> Step<Admitted<V::Token>, V::Token> {
        let head = self.whole()?;
        match self.session(head, is_safe(head.method())) {
            Ok(caller) => Ok(Admitted::session(caller)),
            Err(Stop::Refuse(Denial::NoCredentials | Denial::Invalid { .. })) => Ok(Admitted::anonymous()),
            Err(stop) => Err(stop),
        }
    }

    /// Browsers also attach a cookie to requests from other sites' pages. So it counts for reading; for
    /// anything else, a WebSocket included, the request must show that a page of the service's own, or of a
    /// listed origin, sent it.
    fn session(&self, head: &Head, only_reads: bool) -> Step<Caller, V::Token> {
        let cookie = match find_cookie(head.header("cookie")) {
            CookieLookup::Absent => return Err(Denial::NoCredentials.into()),
            CookieLookup::Malformed => return Err(Denial::invalid("cookie").into()),
            CookieLookup::Found(cookie) => cookie,
        };
        if (!only_reads || opens_socket(head)) && !comes_from_us(&self.policy, head) {
            return Err(Denial::invalid("cookie_from_elsewhere").into());
        }
        let navigates = only_reads && shows_document(head);
        self.account(Question::Admit { cookie, navigates }, "session_ended")
    }

    /// The session for which a ticket speaks. `rest` is the query without the ticket.
    fn ticket(&self, route: &Route, ticket: Ticket, rest: &str) -> Step<Caller, V::Token> {
        let head = self.whole()?;
        if !takes_tickets(route) || !cannot_carry_a_header(head) {
            return Err(Denial::invalid("ticket_elsewhere").into());
        }
        let target = format!("{}{rest}", head.path());
        let name = ticket.name(asking_origin(&self.policy, head), &target);
        self.account(Question::SpendTicket { ticket, name }, "ticket")
    }

    fn account(&self, question: Question<V::Token>, check: &'static str) -> Step<Caller, V::Token> {
        match &self.facts.account {
            Fact::Unknown => Err(Need::Account(question).into()),
            Fact::Failed => Err(Denial::Unavailable.into()),
            Fact::Known(None) => Err(Denial::invalid(check).into()),
            Fact::Known(Some(caller)) => Ok(caller.clone()),
        }
    }
}

impl<T: AsRef<KnownToken>> Admitted<T> {
    const fn anonymous() -> Self {
        Self { caller: Identified::Anonymous, findings: Findings { timing: None, renew_revocations: false } }
    }

    fn session(caller: Caller) -> Self {
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

/// Whether a route accepts tickets: wherever a session of the service's own is admitted.
#[must_use]
pub fn takes_tickets(route: &Route) -> bool {
    route.access != Access::Public && route.requires.issuers.contains(&OWN_ISSUER)
}

/// Whether a browser requests the script of a service worker (Service Workers, section "Update"). A service
/// worker of the page's origin sees every request of its pages and their workers, with the access token.
fn fetches_service_worker(head: &Head) -> bool {
    head.header("service-worker").is_some()
}
