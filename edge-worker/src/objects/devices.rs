//! The request of one device (RFC 8628), found by its user code. Everything is deleted a few minutes after the
//! request has expired.

use std::cell::Cell;
use std::time::Duration;

use auth_core::oauth::device::{Decision, LIFETIME, PollAnswer, Polling};
use auth_core::secret::SecretText;
use auth_core::time::UnixTime;
use serde::Deserialize;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::call::{Done, Handle};
use super::protocol::devices::{
    ApproveDevice, BeginDevice, CodeTaken, DenyDevice, DeviceRequest, DevicesCalls, EndDevice, FindDevice,
    NotOpen, OpenRequest, PollDevice, Polled, UnknownDevice,
};
use super::schema::Schema;
use super::sql;
use super::sql_object::SqlObject;
use crate::platform::now;

const SCHEMA: Schema = Schema {
    marker_table: "request",
    steps: &[&["CREATE TABLE IF NOT EXISTS request (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            challenge TEXT NOT NULL,
            client_id TEXT NOT NULL,
            scope TEXT NOT NULL,
            resource TEXT,
            client_address TEXT NOT NULL,
            country TEXT NOT NULL,
            user_agent TEXT NOT NULL,
            requested_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            interval INTEGER NOT NULL,
            polled_at INTEGER,
            decision TEXT NOT NULL,
            code TEXT
        )"]],
    readable_from: 2,
};

/// How long an expired request is kept, in seconds, so that the last polls of the device get the error that it has
/// expired.
const KEPT: u64 = 300;

/// The object of one user code.
#[durable_object(alarm)]
pub struct Devices {
    object: SqlObject,
    /// Whether a request has begun since the alarm was last set.
    begun: Cell<bool>,
}

impl DurableObject for Devices {
    fn new(state: State, env: Env) -> Self {
        Self { object: SqlObject::new(state, env, &SCHEMA), begun: Cell::new(false) }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let served = self.object.serve(request, |message| DevicesCalls::decide(self, message)).await;
        let begun = self.begun.take();
        let response = served?;
        if begun {
            self.object.storage().set_alarm(Duration::from_secs(LIFETIME + KEPT)).await?;
        }
        Ok(response)
    }

    /// Deletes the request. If a later request has the same code, it has moved the alarm.
    async fn alarm(&self) -> Result<Response> {
        self.object.delete_everything().await?;
        Response::ok("")
    }
}

#[derive(Deserialize)]
struct Row {
    challenge: String,
    client_id: String,
    scope: String,
    resource: Option<String>,
    client_address: String,
    country: String,
    user_agent: String,
    requested_at: UnixTime,
    expires_at: UnixTime,
    interval: u64,
    polled_at: Option<UnixTime>,
    decision: Decision,
    code: Option<SecretText>,
}

impl Row {
    const fn polling(&self) -> Polling {
        Polling { expires_at: self.expires_at, interval: self.interval, polled_at: self.polled_at }
    }

    fn is_open(&self) -> bool {
        self.polling().is_open(self.decision, now())
    }
}

impl Handle<BeginDevice> for Devices {
    fn handle(&self, BeginDevice { request }: BeginDevice) -> Result<core::result::Result<Done, CodeTaken>> {
        let now = now();
        if self.request()?.is_some_and(|row| now < row.expires_at) {
            return Ok(Err(CodeTaken {}));
        }
        self.object.create_tables()?;
        let Polling { expires_at, interval, .. } = Polling::begin(now);
        let insert = "INSERT OR REPLACE INTO request (id, challenge, client_id, scope, resource, client_address, country,
            user_agent, requested_at, expires_at, interval, polled_at, decision, code)
            VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, 'pending', NULL)";
        let values = vec![
            request.challenge.into(),
            request.client_id.into(),
            request.scope.into(),
            request.resource.into(),
            request.client_address.into(),
            request.country.into(),
            request.user_agent.into(),
            sql::time(now)?,
            sql::time(expires_at)?,
            sql::integer(interval)?,
        ];
        sql::run(&self.object.sql(), insert, values)?;
        self.begun.set(true);
        Ok(Ok(Done {}))
    }
}

impl Handle<FindDevice> for Devices {
    fn handle(&self, _: FindDevice) -> Result<Option<OpenRequest>> {
        Ok(self.request()?.filter(Row::is_open).map(|row| OpenRequest {
            requested_at: row.requested_at,
            expires_at: row.expires_at,
            request: DeviceRequest {
                challenge: row.challenge,
                client_id: row.client_id,
                scope: row.scope,
                resource: row.resource,
                client_address: row.client_address,
                country: row.country,
                user_agent: row.user_agent,
            },
        }))
    }
}

impl Handle<ApproveDevice> for Devices {
    fn handle(&self, call: ApproveDevice) -> Result<core::result::Result<Done, NotOpen>> {
        self.decide(&call.challenge, "approved", Some(call.code.expose()))
    }
}

impl Handle<DenyDevice> for Devices {
    fn handle(&self, call: DenyDevice) -> Result<core::result::Result<Done, NotOpen>> {
        self.decide(&call.challenge, "denied", None)
    }
}

impl Handle<PollDevice> for Devices {
    fn handle(&self, call: PollDevice) -> Result<core::result::Result<Polled, UnknownDevice>> {
        let known = |row: &Row| row.challenge == call.challenge && row.client_id == call.client_id;
        let Some(row) = self.request()?.filter(known) else { return Ok(Err(UnknownDevice {})) };
        let (answer, polling) = row.polling().poll(row.decision, now());
        let polled_at = polling.polled_at.map(sql::time).transpose()?;
        let update = "UPDATE request SET interval = ?, polled_at = ?";
        sql::run(&self.object.sql(), update, vec![sql::integer(polling.interval)?, polled_at.into()])?;
        let code = row.code.filter(|_| answer == PollAnswer::Approved);
        Ok(Ok(Polled { answer, code }))
    }
}

impl Handle<EndDevice> for Devices {
    fn handle(&self, call: EndDevice) -> Result<Done> {
        if self.request()?.is_some_and(|row| row.challenge == call.challenge) {
            sql::run(&self.object.sql(), "DELETE FROM request", vec![])?;
        }
        Ok(Done {})
    }
}

impl Devices {
    fn request(&self) -> Result<Option<Row>> {
        if !self.object.has_tables() {
            return Ok(None);
        }
        let query =
            "SELECT challenge, client_id, scope, resource, client_address, country, user_agent, requested_at,
            expires_at, interval, polled_at, decision, code FROM request";
        sql::row(&self.object.sql(), query, vec![])
    }

    fn decide(
        &self,
        challenge: &str,
        decision: &str,
        code: Option<&str>,
    ) -> Result<core::result::Result<Done, NotOpen>> {
        if !self.request()?.is_some_and(|row| row.challenge == challenge && row.is_open()) {
            return Ok(Err(NotOpen {}));
        }
        let update = "UPDATE request SET decision = ?, code = ?";
        let values = vec![decision.into(), code.map(ToOwned::to_owned).into()];
        sql::run(&self.object.sql(), update, values)?;
        Ok(Ok(Done {}))
    }
}
