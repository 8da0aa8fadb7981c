//! The account's audit trail.

use auth_core::rotation::{self, Family};
use auth_core::wire::read_json;
use worker::Result;

use super::super::sql::{self, misshapen};
use super::store::Store;
use super::{Account, now};
use crate::audit::{Asker, Class, Event, Kind, Source};

#[derive(serde::Deserialize)]
struct Row {
    event: String,
}

#[derive(serde::Deserialize)]
struct Numbered {
    id: u64,
    event: String,
}

impl Account {
    /// Stores an event and writes it to the log.
    pub(super) fn record(&self, event: Event) -> Result<()> {
        let event = Event { account: None, ..event };
        self.store().append(&event)?;
        Event { account: Some(self.id()), ..event }.log();
        Ok(())
    }

    /// Records the result of a refresh if it may matter to an investigation. A rotation is routine, and so is
    /// a replay from the same program and address, because that is usually a second tab.
    pub(super) fn record_refresh(
        &self,
        family: &Family,
        event: rotation::Event,
        last_renewed_from: Source,
        asker: &Asker,
    ) -> Result<()> {
        let (kind, generation) = match event {
            rotation::Event::Rotated => return Ok(()),
            rotation::Event::Replayed if asker.source == last_renewed_from => return Ok(()),
            rotation::Event::Replayed => (Kind::RefreshReplayed, family.predecessor),
            rotation::Event::MovedOn { skipped } => (Kind::RefreshAnswerLost, Some(skipped)),
            rotation::Event::Reused { generation } => (Kind::RefreshReused, Some(generation)),
        };
        let event = asker.event(kind, now()).session(&family.id);
        self.record(Event { generation, last_renewed_from: Some(last_renewed_from), ..event })
    }
}

impl Store {
    /// Appends an event. If it repeats an earlier one, it replaces that. Each class of events is limited
    /// separately.
    fn append(&self, event: &Event) -> Result<()> {
        let class = event.kind.class();
        let collapsed = if class == Class::Attempt { self.collapse(event)? } else { None };
        let event = collapsed.as_ref().unwrap_or(event);
        let number = || sql::integer(u64::from(class.number()));
        let insert = "INSERT INTO event (attempt, event) VALUES (?, ?)";
        sql::run(&self.sql, insert, vec![number()?, serde_json::to_string(event)?.into()])?;
        let make_room = "DELETE FROM event WHERE attempt = ?1 AND id NOT IN
            (SELECT id FROM event WHERE attempt = ?1 ORDER BY id DESC LIMIT ?2)";
        sql::run(&self.sql, make_room, vec![number()?, sql::integer(u64::from(class.kept()))?])
    }

    /// Removes the stored event that this one repeats, and returns both merged into one.
    fn collapse(&self, event: &Event) -> Result<Option<Event>> {
        let query = "SELECT id, event FROM event WHERE attempt = ? ORDER BY id DESC";
        let class = sql::integer(u64::from(Class::Attempt.number()))?;
        for Numbered { id, event: earlier } in sql::rows::<Numbered>(&self.sql, query, vec![class])? {
            let earlier = read_json(earlier.as_bytes()).map_err(misshapen)?;
            if let Some(both) = event.collapsed_with(&earlier) {
                sql::run(&self.sql, "DELETE FROM event WHERE id = ?", vec![sql::integer(id)?])?;
                return Ok(Some(both));
            }
        }
        Ok(None)
    }

    /// Returns the events, the newest first.
    pub(super) fn events(&self) -> Result<Vec<Event>> {
        let rows = sql::rows::<Row>(&self.sql, "SELECT event FROM event ORDER BY id DESC", vec![])?;
        rows.iter().map(|row| read_json(row.event.as_bytes()).map_err(misshapen)).collect()
    }
}

/// The client that opened the session, or last renewed it.
pub(super) fn source_of(family: &Family) -> Source {
    Source { client_address: family.address.clone(), user_agent: family.user_agent.clone() }
}
