//! The part of the machine that judges the sessions of browsers: by the cookie, and by a ticket.

use super::browser::{
    asking_origin, cannot_carry_a_header, comes_from_us, is_navigation_from_another_site, is_safe,
    opens_socket, shows_document,
};
use super::head::Head;
use super::judge::{Admitted, Judge};
use super::policy::{OWN_ISSUER, Route};
use super::verdict::{Answer, Denial, Need, Question, Step, Stop};
use super::view::{Fact, View};
use crate::token::Caller;
use crate::wire::{CookieLookup, Ticket, find_cookie};

/// Whether a route accepts tickets: wherever a session of the service's own is admitted.
#[must_use]
pub fn takes_tickets(route: &Route) -> bool {
    (route.access.token || route.access.session) && route.requires.issuers.contains(&OWN_ISSUER)
}
impl<V: View> Judge<'_, V> {
    /// The session of the request's cookie.
    pub(super) fn cookie(&self) -> Step<Caller, V::Token> {
        let head = self.whole()?;
        if matches!(find_cookie(head.header("cookie")), CookieLookup::Absent)
            && is_navigation_from_another_site(head)
        {
            return Err(Stop::Answer(Answer::ComeAgain));
        }
        self.session(head, is_safe(head.method()))
    }

    /// The session of the request's cookie, or an anonymous caller if there is none that counts.
    pub(super) fn optional_cookie(&self) -> Step<Admitted<V::Token>, V::Token> {
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
    pub(super) fn session(&self, head: &Head, only_reads: bool) -> Step<Caller, V::Token> {
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
    pub(super) fn ticket(&self, route: &Route, ticket: Ticket, rest: &str) -> Step<Caller, V::Token> {
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
