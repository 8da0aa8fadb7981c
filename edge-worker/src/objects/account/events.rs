//! The account's audit trail.

use auth_core::rotation::{self, Family};
use auth_core::wire::read_json;
use worker::Result;

use super::super::serve::misshapen;
use super::super::sql;
use super::store::Store;
use super::{Account, now};
use crate::audit::{Asker, Event, KEPT_ATTEMPTS, KEPT_CHANGES, Kind, Source};

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
    /// Appends an event. One that repeats an earlier one takes its place. Events that change the account and others are kept
    /// apart: each class makes room for itself only.
    fn append(&self, event: &Event) -> Result<()> {
        let changes = event.kind.changes_account();
        let collapsed = if changes { None } else { self.collapse(event)? };
        let event = collapsed.as_ref().unwrap_or(event);
        let class = || sql::integer(u64::from(!changes));
        let insert = "INSERT INTO event (attempt, event) VALUES (?, ?)";
        sql::run(&self.sql, insert, vec![class()?, serde_json::to_string(event)?.into()])?;
        let make_room = "DELETE FROM event WHERE attempt = ?1 AND id NOT IN
            (SELECT id FROM event WHERE attempt = ?1 ORDER BY id DESC LIMIT ?2)";
        let kept = if changes { KEPT_CHANGES } else { KEPT_ATTEMPTS };
        sql::run(&self.sql, make_room, vec![class()?, sql::integer(u64::from(kept))?])
    }

    /// Takes out the stored event that this one repeats, and returns both as one.
    fn collapse(&self, event: &Event) -> Result<Option<Event>> {
        let query = "SELECT id, event FROM event WHERE attempt = 1 ORDER BY id DESC";
        for Numbered { id, event: earlier } in sql::rows::<Numbered>(&self.sql, query, vec![])? {
            let earlier = read_json(earlier.as_bytes()).map_err(misshapen)?;
            if let Some(both) = event.collapsed_with(&earlier) {
                sql::run(&self.sql, "DELETE FROM event WHERE id = ?", vec![sql::integer(id)?])?;
                return Ok(Some(both));
            }
        }
        Ok(None)
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
