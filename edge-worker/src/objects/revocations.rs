//! What was revoked and has not expired yet. Isolates copy it; the copy's age counts from this object's clock.

use auth_core::revocation::{Entry, Kind};
use auth_core::time::UnixTime;
use serde::Deserialize;
use worker::{DurableObject, Env, Error, Request, Response, Result, State, durable_object};

use super::protocol::{RevocationsCall, RevocationsReply};
use super::{serve, sql};

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS revocation (
        issuer TEXT NOT NULL,
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        least_epoch INTEGER NOT NULL,
        until INTEGER NOT NULL,
        PRIMARY KEY (issuer, kind, id)
    ) WITHOUT ROWID";

/// The one list of revocations.
#[durable_object(fetch)]
pub struct Revocations {
    state: State,
}

impl DurableObject for Revocations {
    fn new(state: State, _: Env) -> Self {
        Self { state }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        serve::serve(request, |call| self.answer(call)).await
    }
}

#[derive(Deserialize)]
struct Row {
    issuer: String,
    kind: String,
    id: String,
    least_epoch: u64,
    until: UnixTime,
}

impl Revocations {
    fn answer(&self, call: RevocationsCall) -> Result<RevocationsReply> {
        let now_ms = worker::Date::now().as_millis();
        let now = UnixTime(now_ms / 1000);
        match call {
            RevocationsCall::Add(entries) => {
                for entry in entries.into_iter().filter(|entry| entry.until > now) {
                    self.add(&entry)?;
                }
                Ok(RevocationsReply::Added)
            }
            RevocationsCall::Copy => {
                Ok(RevocationsReply::Copy { taken_at_ms: now_ms, entries: self.living(now)? })
            }
        }
    }

    /// The later end and the higher epoch win, whatever order revocations arrive in, also twice.
    fn add(&self, entry: &Entry) -> Result<()> {
        let sql = self.state.storage().sql();
        sql::run(&sql, SCHEMA, vec![])?;
        let insert = "INSERT INTO revocation (issuer, kind, id, least_epoch, until) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET
                least_epoch = max(least_epoch, excluded.least_epoch), until = max(until, excluded.until)";
        let values = vec![
            entry.issuer.as_str().into(),
            kind_name(entry.kind).into(),
            entry.id.as_str().into(),
            sql::integer(entry.least_epoch)?,
            sql::time(entry.until)?,
        ];
        sql::run(&sql, insert, values)
    }

    fn living(&self, now: UnixTime) -> Result<Vec<Entry>> {
        let sql = self.state.storage().sql();
        if !sql::has_table(&sql, "revocation")? {
            return Ok(vec![]);
        }
        sql::run(&sql, "DELETE FROM revocation WHERE until <= ?", vec![sql::time(now)?])?;
        let rows =
            sql::rows::<Row>(&sql, "SELECT issuer, kind, id, least_epoch, until FROM revocation", vec![])?;
        rows.into_iter().map(entry).collect()
    }
}

fn entry(row: Row) -> Result<Entry> {
    let kind =
        [Kind::Session, Kind::Token, Kind::Epoch].into_iter().find(|kind| kind_name(*kind) == row.kind);
    let kind = kind.ok_or_else(|| Error::from("a kind of revocation that was never written"))?;
    Ok(Entry { issuer: row.issuer, kind, id: row.id, least_epoch: row.least_epoch, until: row.until })
}

const fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Session => "session",
        Kind::Token => "token",
        Kind::Epoch => "epoch",
    }
}
