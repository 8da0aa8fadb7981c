//! Typed SQL: rows are read into types, and integers stay within what JavaScript can represent.

use auth_core::time::UnixTime;
use auth_core::wire::{WrongShape, read_json};
use serde::de::DeserializeOwned;
use serde_json::Value;
use worker::{Error, Result, SqlStorage, SqlStorageValue};

use crate::platform;

/// Runs a statement.
pub(super) fn run(sql: &SqlStorage, statement: &str, bindings: Vec<SqlStorageValue>) -> Result<()> {
    execute(sql, statement, &bindings).map(drop)
}

/// Runs a query.
pub(super) fn rows<T: DeserializeOwned>(
    sql: &SqlStorage,
    query: &str,
    bindings: Vec<SqlStorageValue>,
) -> Result<Vec<T>> {
    read_json(execute(sql, query, &bindings)?.as_bytes()).map_err(misshapen)
}

/// The whole result crosses to WebAssembly in one JSON text. Column by column, as the crate does it, reading
/// a session took a hundred crossings.
fn execute(sql: &SqlStorage, statement: &str, bindings: &[SqlStorageValue]) -> Result<String> {
    let bindings = bindings.iter().map(json).collect::<Result<Vec<_>>>()?;
    Ok(platform::run_sql(sql.as_ref(), statement, &serde_json::to_string(&bindings)?)?)
}

fn json(value: &SqlStorageValue) -> Result<Value> {
    match value {
        SqlStorageValue::Null => Ok(Value::Null),
        SqlStorageValue::Boolean(value) => Ok((*value).into()),
        SqlStorageValue::Integer(value) => Ok((*value).into()),
        SqlStorageValue::Float(value) => Ok((*value).into()),
        SqlStorageValue::String(value) => Ok(value.as_str().into()),
        SqlStorageValue::Blob(_) => Err(Error::from("binary values are not supported; store text")),
    }
}

/// Runs a query that returns at most one row.
pub(super) fn row<T: DeserializeOwned>(
    sql: &SqlStorage,
    query: &str,
    bindings: Vec<SqlStorageValue>,
) -> Result<Option<T>> {
    Ok(rows(sql, query, bindings)?.into_iter().next())
}

/// An integer that both SQLite and JavaScript can represent.
pub(super) fn integer(value: u64) -> Result<SqlStorageValue> {
    let value = i64::try_from(value).map_err(|_| Error::from("the number is too large to store"))?;
    SqlStorageValue::try_from_i64(value)
}

/// A time, in seconds.
pub(super) fn time(value: UnixTime) -> Result<SqlStorageValue> {
    integer(value.0)
}

/// Whether the object's storage contains this table. An object that was only queried must not write anything,
/// not even its tables.
pub(super) fn has_table(sql: &SqlStorage, name: &str) -> Result<bool> {
    let query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?";
    Ok(row::<Value>(sql, query, vec![name.into()])?.is_some())
}

/// A stored or received value has an unexpected shape.
pub(super) fn misshapen(error: WrongShape) -> Error {
    Error::from(error.to_string())
}
