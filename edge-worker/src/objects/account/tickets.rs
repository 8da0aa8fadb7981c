//! One-time tickets. Only the account of a ticket knows whether it is still valid.

use auth_core::id::SessionId;
use auth_core::ticket::{MOST_TICKETS, MintedTicket, TICKET_LIFETIME, TicketVerdict};
use auth_core::time::UnixTime;
use worker::Result;

use super::super::call::Done;
use super::super::protocol::account::{MintTicket, SpendTicket, TooManyTickets};
use super::super::protocol::session::{Bearing, LivingSession};
use super::super::sql;
use super::store::{AccountRow, Next, Store};
use super::{Account, Decide, now};
use crate::audit::Kind as What;

/// Stores a ticket by its name, unless the session has too many that have not expired.
impl Decide for MintTicket {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Self { bearing, ticket } = self;
        if at.session_of(&account, &bearing)?.is_none() {
            return Ok(None);
        }
        let store = at.store();
        store.forget_tickets_before(now())?;
        if let Some(first) = store.too_many_tickets_until(&bearing.session)? {
            return Ok(Some(Err(TooManyTickets { retry_after_ms: first.since(now()) * 1000 })));
        }
        let expires_at = now().plus(TICKET_LIFETIME);
        store.put_ticket(&ticket, &bearing, expires_at)?;
        at.later(|aftermath| aftermath.forget_at = Some(expires_at));
        Ok(Some(Ok(Done {})))
    }
}

/// Spends a ticket. The ticket is also spent if its session has ended or the token that asked for it was
/// revoked.
impl Decide for SpendTicket {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Option<Box<LivingSession>>> {
        let Self { name, token_id, asker } = self;
        let store = at.store();
        let Some(mut ticket) = store.ticket(&name)? else { return Ok(None) };
        let verdict = ticket.present(now());
        if verdict != TicketVerdict::Refused {
            store.count_ticket(&name, ticket.presented)?;
        }
        match verdict {
            TicketVerdict::Refused => Ok(None),
            TicketVerdict::Replayed => {
                at.record(asker.event(What::TicketReplayed, now()).session(&ticket.session))?;
                Ok(None)
            }
            TicketVerdict::Spent => {
                let bearing = Bearing { session: ticket.session, epoch: ticket.epoch, token_id };
                let family = at.session_of(&account, &bearing)?;
                family.map(|family| at.living(&account, &family, None)).transpose()
            }
        }
    }
}

impl Store {
    fn put_ticket(&self, name: &str, bearing: &Bearing, expires_at: UnixTime) -> Result<()> {
        let insert =
            "INSERT INTO ticket (name, session, epoch, expires_at, presented) VALUES (?, ?, ?, ?, 0)";
        let (session, epoch) = (bearing.session.as_str().into(), sql::integer(bearing.epoch)?);
        sql::run(&self.sql, insert, vec![name.into(), session, epoch, sql::time(expires_at)?])
    }

    fn ticket(&self, name: &str) -> Result<Option<MintedTicket>> {
        sql::row(&self.sql, "SELECT * FROM ticket WHERE name = ?", vec![name.into()])
    }

    fn count_ticket(&self, name: &str, presented: u8) -> Result<()> {
        let update = "UPDATE ticket SET presented = ? WHERE name = ?";
        sql::run(&self.sql, update, vec![sql::integer(presented.into())?, name.into()])
    }

    /// When the first of a session's tickets expires, if the session has reached its limit.
    fn too_many_tickets_until(&self, session: &SessionId) -> Result<Option<UnixTime>> {
        let query = "SELECT min(expires_at) AS at FROM ticket WHERE session = ? HAVING count(*) >= ?";
        let row =
            sql::row::<Next>(&self.sql, query, vec![session.as_str().into(), sql::integer(MOST_TICKETS)?])?;
        Ok(row.and_then(|row| row.at))
    }

    /// Deletes expired tickets.
    pub(super) fn forget_tickets_before(&self, now: UnixTime) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM ticket WHERE expires_at <= ?", vec![sql::time(now)?])
    }
}
