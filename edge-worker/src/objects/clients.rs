//! The registered OAuth clients: those of administrators, and those that have registered themselves.
//!
//! Objects of this class with other names store what one client has used up ([`used`]): a client that authenticates by
//! assertions may do so thousands of times a minute, which must not delay the others.

mod revoked;
mod used;

use std::cell::Cell;
use std::time::Duration;

use auth_core::id::ClientId;
use auth_core::time::UnixTime;
use auth_core::wire::read_json;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object};

use super::call::Handle;
use super::protocol::account::Creation;
use super::protocol::clients::{
    AddSecret, ChangeClient, ClientsCalls, DeleteClient, EndEarlierSecrets, FindClient, NextClients,
    NotRegistered, RegisterClient, Registered, StoredClient, ViewClient,
};
use super::schema::Schema;
use super::sql::{self, misshapen};
use super::sql_object::SqlObject;
use crate::platform::now;

/// When a delivery of revocations that has failed is repeated.
const REPEAT_AFTER: Duration = Duration::from_secs(5);

const SCHEMA: Schema = Schema {
    marker_table: "client",
    steps: &[
        &[
            "CREATE TABLE IF NOT EXISTS client (
            id TEXT PRIMARY KEY,
            metadata TEXT NOT NULL,
            secrets TEXT NOT NULL,
            dynamic INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            used_at INTEGER NOT NULL
        ) WITHOUT ROWID",
            "CREATE TABLE IF NOT EXISTS registration (
            key_hash TEXT PRIMARY KEY,
            client TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            nonce TEXT NOT NULL,
            expires_at INTEGER NOT NULL
        ) WITHOUT ROWID",
        ],
        &[
            "CREATE TABLE used_proof (id TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID",
            "CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, entry TEXT NOT NULL)",
        ],
    ],
    readable_from: 2,
};

/// How many clients can have registered themselves.
const MAX_DYNAMIC: u64 = 10_000;

/// A client that has registered itself is deleted when it was not used for so long, in seconds: 90 days, three times the
/// longest life of a session by default.
const UNUSED: u64 = 90 * 86_400;

/// A client that has registered itself and was never used is deleted after so long, in seconds: a day.
const NEVER_USED: u64 = 86_400;

/// How often a use is recorded at most, in seconds.
const USE_RECORDED_EVERY: u64 = 86_400;

/// How often what is not needed is deleted.
const TIDY_EVERY: Duration = Duration::from_secs(86_400);

const COLUMNS: &str = "SELECT id, metadata, secrets, dynamic, epoch, created_at, used_at FROM client";

/// The object with the registered clients.
#[durable_object(alarm)]
pub struct Clients {
    object: SqlObject,
    /// Whether something was stored that the alarm may delete, since the alarm was last checked.
    temporary: Cell<bool>,
    /// Whether there may be revocations that have to be delivered before the response.
    revoked: Cell<bool>,
}

impl DurableObject for Clients {
    fn new(state: State, env: Env) -> Self {
        Self {
            object: SqlObject::new(state, env, &SCHEMA),
            temporary: Cell::new(false),
            revoked: Cell::new(false),
        }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        let served = self.object.serve(request, |message| ClientsCalls::decide(self, message)).await;
        let response = served?;
        let storage = self.object.storage();
        if self.revoked.take()
            && let Err(error) = self.deliver().await
        {
            storage.set_alarm(REPEAT_AFTER).await?;
            return Err(error);
        }
        if self.temporary.take() && storage.get_alarm().await?.is_none() {
            storage.set_alarm(TIDY_EVERY).await?;
        }
        Ok(response)
    }

    /// Delivers revocations that could not be delivered, deletes what is not needed, and sets the next alarm if something
    /// temporary is left.
    async fn alarm(&self) -> Result<Response> {
        if self.deliver().await.is_err() {
            self.object.storage().set_alarm(REPEAT_AFTER).await?;
            return Response::ok("");
        }
        if self.object.decide(|| Ok(self.object.has_tables() && self.tidy(now())?))? {
            self.object.storage().set_alarm(TIDY_EVERY).await?;
        }
        Response::ok("")
    }
}

#[derive(Deserialize)]
struct Row {
    id: ClientId,
    metadata: String,
    secrets: String,
    dynamic: u64,
    epoch: u64,
    created_at: UnixTime,
    used_at: UnixTime,
}

impl Row {
    fn client(self) -> Result<StoredClient> {
        Ok(StoredClient {
            id: self.id,
            metadata: parsed(&self.metadata)?,
            secrets: parsed(&self.secrets)?,
            dynamic: self.dynamic != 0,
            epoch: self.epoch,
            created_at: self.created_at,
        })
    }
}

#[derive(Deserialize)]
struct Earlier {
    client: ClientId,
    fingerprint: String,
    nonce: String,
}

#[derive(Deserialize)]
struct Count {
    count: u64,
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T> {
    read_json(text.as_bytes()).map_err(misshapen)
}

impl Handle<FindClient> for Clients {
    fn handle(&self, FindClient { id }: FindClient) -> Result<Option<StoredClient>> {
        let Some(row) = self.row(&id)? else { return Ok(None) };
        let now = now();
        let is_first_use = row.used_at == row.created_at;
        if row.dynamic != 0 && (is_first_use || now.since(row.used_at) >= USE_RECORDED_EVERY) {
            // Later than the registration, so that the client counts as used.
            let used_at = UnixTime(now.0.max(row.created_at.0 + 1));
            let update = "UPDATE client SET used_at = ? WHERE id = ?";
            sql::run(&self.object.sql(), update, vec![sql::time(used_at)?, id.into_string().into()])?;
        }
        row.client().map(Some)
    }
}

impl Handle<ViewClient> for Clients {
    fn handle(&self, ViewClient { id }: ViewClient) -> Result<Option<StoredClient>> {
        self.row(&id)?.map(Row::client).transpose()
    }
}

impl Handle<NextClients> for Clients {
    fn handle(&self, NextClients { after, limit }: NextClients) -> Result<Vec<StoredClient>> {
        if !self.object.has_tables() {
            return Ok(vec![]);
        }
        // No id is empty.
        let after = after.map(ClientId::into_string).unwrap_or_default();
        let query = [COLUMNS, " WHERE id > ? ORDER BY id LIMIT ?"].concat();
        let rows = sql::rows::<Row>(&self.object.sql(), &query, vec![after.into(), sql::integer(limit)?])?;
        rows.into_iter().map(Row::client).collect()
    }
}

impl Handle<RegisterClient> for Clients {
    fn handle(
        &self,
        RegisterClient { client, creation }: RegisterClient,
    ) -> Result<core::result::Result<Registered, NotRegistered>> {
        self.object.create_tables()?;
        let now = now();
        if let Some(creation) = &creation {
            if let Some(earlier) = self.earlier(&creation.key_hash, now)? {
                if earlier.fingerprint != creation.fingerprint {
                    return Ok(Err(NotRegistered::OtherRequest));
                }
                // If the client was deleted since, the request registers another one.
                if let Some(row) = self.row(&earlier.client)? {
                    return Ok(Ok(Registered { client: row.client()?, nonce: Some(earlier.nonce) }));
                }
            }
            self.remember(&client.id, creation)?;
        }
        if client.dynamic {
            self.tidy(now)?;
            if self.dynamic_clients()? >= MAX_DYNAMIC {
                return Ok(Err(NotRegistered::Full));
            }
        }
        self.temporary.set(client.dynamic || creation.is_some());
        let insert = "INSERT INTO client (id, metadata, secrets, dynamic, epoch, created_at, used_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)";
        let values = vec![
            client.id.as_str().into(),
            serde_json::to_string(&client.metadata)?.into(),
            serde_json::to_string(&client.secrets)?.into(),
            sql::integer(client.dynamic.into())?,
            sql::integer(client.epoch)?,
            sql::time(client.created_at)?,
            sql::time(client.created_at)?,
        ];
        sql::run(&self.object.sql(), insert, values)?;
        Ok(Ok(Registered { client, nonce: creation.map(|creation| creation.nonce) }))
    }
}

impl Handle<ChangeClient> for Clients {
    fn handle(&self, call: ChangeClient) -> Result<Option<StoredClient>> {
        let Some(row) = self.row(&call.id)? else { return Ok(None) };
        let mut client = row.client()?;
        client.metadata = call.metadata;
        client.epoch += 1;
        match call.first_secret {
            Some(sha256) if client.secrets.is_empty() => client.secrets.push(sha256),
            Some(_) => {}
            // The client authenticates in another way now.
            None => client.secrets.clear(),
        }
        self.put(&client)?;
        self.revoke_earlier_tokens(&client)?;
        Ok(Some(client))
    }
}

impl Handle<AddSecret> for Clients {
    fn handle(&self, AddSecret { id, sha256 }: AddSecret) -> Result<Option<StoredClient>> {
        let Some(row) = self.row(&id)? else { return Ok(None) };
        let mut client = row.client()?;
        client.secrets.insert(0, sha256);
        client.secrets.truncate(2);
        self.put(&client)?;
        Ok(Some(client))
    }
}

impl Handle<EndEarlierSecrets> for Clients {
    fn handle(&self, EndEarlierSecrets { id }: EndEarlierSecrets) -> Result<Option<StoredClient>> {
        let Some(row) = self.row(&id)? else { return Ok(None) };
        let mut client = row.client()?;
        client.secrets.truncate(1);
        client.epoch += 1;
        self.put(&client)?;
        self.revoke_earlier_tokens(&client)?;
        Ok(Some(client))
    }
}

impl Handle<DeleteClient> for Clients {
    fn handle(&self, DeleteClient { id }: DeleteClient) -> Result<bool> {
        let existed = self.row(&id)?.is_some();
        if existed {
            sql::run(&self.object.sql(), "DELETE FROM client WHERE id = ?", vec![id.as_str().into()])?;
            self.revoke_all_tokens(&id)?;
        }
        // Also what an earlier call has not delivered.
        self.revoked.set(true);
        Ok(existed)
    }
}

impl Clients {
    fn row(&self, id: &ClientId) -> Result<Option<Row>> {
        if !self.object.has_tables() {
            return Ok(None);
        }
        let query = [COLUMNS, " WHERE id = ?"].concat();
        sql::row(&self.object.sql(), &query, vec![id.as_str().into()])
    }

    /// Stores the parts of a client that can change.
    fn put(&self, client: &StoredClient) -> Result<()> {
        let update = "UPDATE client SET metadata = ?, secrets = ?, epoch = ? WHERE id = ?";
        let values = vec![
            serde_json::to_string(&client.metadata)?.into(),
            serde_json::to_string(&client.secrets)?.into(),
            sql::integer(client.epoch)?,
            client.id.as_str().into(),
        ];
        sql::run(&self.object.sql(), update, values)
    }

    fn earlier(&self, key_hash: &str, now: UnixTime) -> Result<Option<Earlier>> {
        let query =
            "SELECT client, fingerprint, nonce FROM registration WHERE key_hash = ? AND expires_at > ?";
        sql::row(&self.object.sql(), query, vec![key_hash.into(), sql::time(now)?])
    }

    fn remember(&self, id: &ClientId, creation: &Creation) -> Result<()> {
        let insert = "INSERT OR REPLACE INTO registration (key_hash, client, fingerprint, nonce, expires_at)
            VALUES (?, ?, ?, ?, ?)";
        let values = vec![
            creation.key_hash.as_str().into(),
            id.as_str().into(),
            creation.fingerprint.as_str().into(),
            creation.nonce.as_str().into(),
            sql::time(creation.expires_at)?,
        ];
        sql::run(&self.object.sql(), insert, values)
    }

    fn dynamic_clients(&self) -> Result<u64> {
        let query = "SELECT count(*) AS count FROM client WHERE dynamic = 1";
        let count = sql::row::<Count>(&self.object.sql(), query, vec![])?;
        Ok(count.map_or(0, |count| count.count))
    }

    /// Deletes clients that have registered themselves and are not used, and requests that can't be repeated any more.
    /// Returns whether something is left that a later call deletes.
    fn tidy(&self, now: UnixTime) -> Result<bool> {
        let delete = "DELETE FROM client
            WHERE dynamic = 1 AND (used_at < ? OR (used_at = created_at AND created_at < ?))";
        let before = |seconds: u64| sql::integer(now.0.saturating_sub(seconds));
        sql::run(&self.object.sql(), delete, vec![before(UNUSED)?, before(NEVER_USED)?])?;
        let delete = "DELETE FROM registration WHERE expires_at <= ?";
        sql::run(&self.object.sql(), delete, vec![sql::time(now)?])?;
        self.forget_used(now)?;
        let query =
            "SELECT (SELECT count(*) FROM registration) + (SELECT count(*) FROM client WHERE dynamic = 1)
            + (SELECT count(*) FROM used_proof) AS count";
        let left = sql::row::<Count>(&self.object.sql(), query, vec![])?;
        Ok(left.is_some_and(|left| left.count > 0))
    }
}
