//! One-time tickets: the account of a ticket is the one place that knows whether it is still good.

use auth_core::ticket::{MOST_TICKETS, MintedTicket, TICKET_LIFETIME, TicketVerdict};
use auth_core::time::UnixTime;
use serde::Deserialize;
use worker::Result;

use super::super::protocol::{AccountReply, Bearing};
use super::super::sql;
use super::store::{AccountRow, Store};
use super::{Account, living, now};
use crate::audit::{Asker, Kind as What};

#[derive(Deserialize)]
struct Outstanding {
    count: u64,
    first_to_expire: Option<UnixTime>,
}

impl Account {
    /// Remembers a ticket by its name, unless the session has asked for too many of late.
    pub(super) fn mint_ticket(
        &self,
        bearing: Bearing,
        name: &str,
        token_id: Option<String>,
    ) -> Result<AccountReply> {
        let store = self.store();
        store.forget_tickets_before(now())?;
        let Outstanding { count, first_to_expire } = store.tickets_of(&bearing.session)?;
        if let Some(at) = first_to_expire.filter(|_| count >= MOST_TICKETS) {
            return Ok(AccountReply::Wait(at.since(now()) * 1000));
        }
        let Bearing { session, epoch } = bearing;
        let expires_at = now().plus(TICKET_LIFETIME);
        store.put_ticket(name, &MintedTicket { session, epoch, token_id, expires_at, presented: 0 })?;
        self.later(|aftermath| aftermath.forget_at = Some(expires_at));
        Ok(AccountReply::Done)
    }

    /// Spends a ticket. It is spent also when its session turns out to be over.
    pub(super) fn spend_ticket(
        &self,
        account: &AccountRow,
        name: &str,
        asker: &Asker,
    ) -> Result<AccountReply> {
        let store = self.store();
        let Some(mut ticket) = store.ticket(name)? else { return Ok(AccountReply::TokenDead) };
        let verdict = ticket.present(now());
        if verdict != TicketVerdict::Refused {
            store.count_ticket(name, ticket.presented)?;
        }
        match verdict {
            TicketVerdict::Refused => Ok(AccountReply::TokenDead),
            TicketVerdict::Replayed => {
                self.record(asker.event(What::TicketReplayed, now()).session(&ticket.session))?;
                Ok(AccountReply::TokenDead)
            }
            TicketVerdict::Spent => {
                let MintedTicket { session, epoch, token_id, .. } = ticket;
                self.bearing(account, &Bearing { session, epoch }, |family| {
                    Ok(AccountReply::Ticket { session: Box::new(living(account, family, None)), token_id })
                })
            }
        }
    }
}

impl Store {
    fn put_ticket(&self, name: &str, ticket: &MintedTicket) -> Result<()> {
        let insert = "INSERT INTO ticket (name, session, epoch, token_id, expires_at, presented)
            VALUES (?, ?, ?, ?, ?, 0)";
        let values = vec![
            name.into(),
            ticket.session.as_str().into(),
            sql::integer(ticket.epoch)?,
            ticket.token_id.clone().into(),
            sql::time(ticket.expires_at)?,
        ];
        sql::run(&self.sql, insert, values)
    }

    fn ticket(&self, name: &str) -> Result<Option<MintedTicket>> {
        sql::row(&self.sql, "SELECT * FROM ticket WHERE name = ?", vec![name.into()])
    }

    fn count_ticket(&self, name: &str, presented: u8) -> Result<()> {
        let update = "UPDATE ticket SET presented = ? WHERE name = ?";
        sql::run(&self.sql, update, vec![sql::integer(presented.into())?, name.into()])
    }

    fn tickets_of(&self, session: &str) -> Result<Outstanding> {
        let query =
            "SELECT count(*) AS count, min(expires_at) AS first_to_expire FROM ticket WHERE session = ?";
        let row = sql::row(&self.sql, query, vec![session.into()])?;
        Ok(row.unwrap_or(Outstanding { count: 0, first_to_expire: None }))
    }

    /// Tickets are remembered as long as they could be presented, and not longer.
    pub(super) fn forget_tickets_before(&self, now: UnixTime) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM ticket WHERE expires_at <= ?", vec![sql::time(now)?])
    }
}
