//! The service's keys: ES256 keys that sign access tokens, and refresh keys. Made at first use.

use auth_core::rotation::RefreshKey;
use auth_core::secret::SecretBytes;
use serde::Deserialize;
use worker::{DurableObject, Env, Error, Request, Response, Result, State, durable_object};

use super::protocol::{KeyringCall, KeyringReply, RefreshKeyMessage};
use super::{serve, sql};
use crate::random;
use crate::signatures::SigningKey;

const SCHEMA: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS signing_key (kid TEXT PRIMARY KEY, jwk TEXT NOT NULL, created_at INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS refresh_key (id TEXT PRIMARY KEY, bytes TEXT NOT NULL, created_at INTEGER NOT NULL)",
];

/// The one Keyring.
#[durable_object(fetch)]
pub struct Keyring {
    state: State,
}

impl DurableObject for Keyring {
    fn new(state: State, _: Env) -> Self {
        Self { state }
    }

    async fn fetch(&self, request: Request) -> Result<Response> {
        serve::serve(request, |call| self.answer(call)).await
    }
}

#[derive(Deserialize)]
struct SigningRow {
    jwk: String,
}

impl Keyring {
    fn answer(&self, call: KeyringCall) -> Result<KeyringReply> {
        match call {
            KeyringCall::Keys => {
                let reply = self.read()?;
                if reply.signing.is_empty() || reply.refresh.is_empty() { self.make() } else { Ok(reply) }
            }
        }
    }

    /// The newest first.
    fn read(&self) -> Result<KeyringReply> {
        let sql = self.state.storage().sql();
        if !sql::has_table(&sql, "refresh_key")? {
            return Ok(KeyringReply { signing: vec![], refresh: vec![] });
        }
        let signing =
            sql::rows::<SigningRow>(&sql, "SELECT jwk FROM signing_key ORDER BY created_at DESC", vec![])?;
        let refresh = sql::rows(&sql, "SELECT id, bytes FROM refresh_key ORDER BY created_at DESC", vec![])?;
        Ok(KeyringReply { signing: signing.into_iter().map(|row| row.jwk).collect(), refresh })
    }

    fn make(&self) -> Result<KeyringReply> {
        let failed = |error: super::Unavailable| Error::from(error.cause);
        let signing = SigningKey::generate();
        let id = random::id().map_err(failed)?;
        let bytes = SecretBytes::new(random::bytes::<32>().map_err(failed)?);
        let refresh = RefreshKeyMessage::of(&RefreshKey { id, bytes });
        let sql = self.state.storage().sql();
        for statement in SCHEMA {
            sql::run(&sql, statement, vec![])?;
        }
        let now = sql::integer(worker::Date::now().as_millis() / 1000)?;
        let insert = "INSERT INTO signing_key (kid, jwk, created_at) VALUES (?, ?, ?)";
        sql::run(&sql, insert, vec![signing.kid().into(), signing.expose_jwk().into(), now.clone()])?;
        let insert = "INSERT INTO refresh_key (id, bytes, created_at) VALUES (?, ?, ?)";
        sql::run(&sql, insert, vec![refresh.id.clone().into(), refresh.bytes.clone().into(), now])?;
        self.read()
    }
}
