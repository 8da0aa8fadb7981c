//! The storage of an object: its tables, their upgrade, and transactions.
//!
//! A decision reads, decides and writes without an await in between. The platform stores the writes between
//! two awaits together, but it would also store the writes made before an error. Every decision therefore
//! runs inside the platform's synchronous transaction, which the `worker` crate does not offer yet: all of
//! its writes are stored, or none.

use std::cell::Cell;

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::{Env, Request, Response, Result, SqlStorage, State, Storage};

use super::call::Message;
use super::schema::Schema;
use super::sql::misshapen;

#[wasm_bindgen]
extern "C" {
    /// The storage of an object whose class keeps its state in SQLite.
    type Transactional;

    /// Runs the function. If it throws, its writes are undone and the exception is thrown again.
    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &Transactional,
        decide: &mut dyn FnMut() -> core::result::Result<(), JsValue>,
    ) -> core::result::Result<(), JsValue>;
}

/// An object with tables.
pub(super) struct SqlObject {
    state: State,
    /// The bindings.
    pub(super) env: Env,
    schema: &'static Schema,
    /// Whether the storage contains tables, of the present schema.
    has_tables: Cell<bool>,
}

impl SqlObject {
    pub(super) const fn new(state: State, env: Env, schema: &'static Schema) -> Self {
        Self { state, env, schema, has_tables: Cell::new(false) }
    }

    /// Reads the call, decides in one transaction, and sends the reply. Reading the body is the last await
    /// before the decision.
    pub(super) async fn serve(
        &self,
        mut request: Request,
        decide: impl FnOnce(Message) -> Result<String>,
    ) -> Result<Response> {
        let message = read(&mut request).await?;
        reply(self.decide(|| decide(message))?)
    }

    /// Runs `decide` in a transaction, after an upgrade of the tables. If it fails, none of its writes are
    /// stored.
    pub(super) fn decide<T>(&self, decide: impl FnOnce() -> Result<T>) -> Result<T> {
        let (mut decide, mut decided) = (Some(decide), None);
        let storage = self.storage();
        let committed = storage.as_raw().unchecked_ref::<Transactional>().transaction_sync(&mut || {
            let Some(decide) = decide.take() else { return Ok(()) };
            let result = self.upgrade().and_then(|()| decide());
            let undo = result.as_ref().err().map(|_| JsValue::from_str("undo"));
            decided = Some(result);
            undo.map_or(Ok(()), Err)
        });
        let result = match (decided, committed) {
            (Some(Ok(value)), Ok(())) => Ok(value),
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(_)), Err(error)) | (None, Err(error)) => Err(error.into()),
            (None, Ok(())) => Err("the transaction did not run".into()),
        };
        if result.is_err() {
            // The tables may have been created in the transaction that was undone.
            self.has_tables.set(false);
        }
        result
    }

    /// Once per start, and as long as the storage is empty: upgrades the tables. Part of the decision,
    /// because another call may store something while this one's body is being read.
    fn upgrade(&self) -> Result<()> {
        if !self.has_tables.get() {
            self.has_tables.set(self.schema.upgrade(&self.sql())?);
        }
        Ok(())
    }

    /// Whether the storage contains tables. An object that was only queried has none.
    pub(super) const fn has_tables(&self) -> bool {
        self.has_tables.get()
    }

    /// Creates the tables if the storage is empty.
    pub(super) fn create_tables(&self) -> Result<()> {
        if !self.has_tables.get() {
            self.schema.create(&self.sql())?;
            self.has_tables.set(true);
        }
        Ok(())
    }

    /// Deletes the whole storage. Calls that arrive during or after this find nothing.
    pub(super) async fn delete_everything(&self) -> Result<()> {
        self.has_tables.set(false);
        self.storage().delete_all().await?;
        self.has_tables.set(false);
        Ok(())
    }

    pub(super) fn sql(&self) -> SqlStorage {
        self.storage().sql()
    }

    /// The storage, for alarms.
    pub(super) fn storage(&self) -> Storage {
        self.state.storage()
    }

    /// The object's id.
    pub(super) fn id(&self) -> String {
        self.state.id().to_string()
    }
}

/// Reads a call.
pub(super) async fn read(request: &mut Request) -> Result<Message> {
    Message::parse(&request.bytes().await?).map_err(misshapen)
}

/// Sends an encoded reply.
pub(super) fn reply(reply: String) -> Result<Response> {
    Response::from_bytes(reply.into_bytes())
}
