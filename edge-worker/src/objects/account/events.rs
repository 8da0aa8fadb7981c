//! The account's audit trail.

use auth_core::rotation::{self, Family};
use auth_core::wire::read_json;
use worker::Result;

use super::super::serve::misshapen;
use super::super::sql;
use super::store::Store;
use super::{Account, now};
use crate::audit::{Asker, Event, KEPT, KEPT_ATTEMPTS, Kind, Source};

#[derive(serde::Deserialize)]
struct Row {
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

    /// What a refresh was, as far as somebody may want to look into it. Rotation is daily business, and so is a replay by the
    /// same program at the same place: a second tab.
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
    fn append(&self, event: &Event) -> Result<()> {
        let insert = "INSERT INTO event (attempt, event) VALUES (?, ?)";
        let attempt = sql::integer(u64::from(event.kind.is_attempt()))?;
        sql::run(&self.sql, insert, vec![attempt, serde_json::to_string(event)?.into()])?;
        if event.kind.is_attempt() {
            let make_room = "DELETE FROM event WHERE attempt = 1 AND id NOT IN
                (SELECT id FROM event WHERE attempt = 1 ORDER BY id DESC LIMIT ?)";
            sql::run(&self.sql, make_room, vec![sql::integer(u64::from(KEPT_ATTEMPTS))?])?;
        }
        let make_room = "DELETE FROM event WHERE id NOT IN (SELECT id FROM event ORDER BY id DESC LIMIT ?)";
        sql::run(&self.sql, make_room, vec![sql::integer(u64::from(KEPT))?])
    }

    /// The newest first.
    pub(super) fn events(&self) -> Result<Vec<Event>> {
        let rows = sql::rows::<Row>(&self.sql, "SELECT event FROM event ORDER BY id DESC", vec![])?;
        rows.iter().map(|row| read_json(row.event.as_bytes()).map_err(misshapen)).collect()
    }
}

/// From where the session was opened, or renewed the last time.
pub(super) fn source_of(family: &Family) -> Source {
    Source { client_address: family.address.clone(), user_agent: family.user_agent.clone() }
}
