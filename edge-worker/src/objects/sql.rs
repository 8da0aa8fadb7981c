//! SQL without surprises: typed rows, and integers that JavaScript can hold.

use auth_core::time::UnixTime;
use auth_core::wire::read_json;
use serde::de::DeserializeOwned;
use serde_json::Value;
use worker::{Error, Result, SqlStorage, SqlStorageValue};

use super::serve::misshapen;
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

/// Everything crosses at once and as JSON. Column by column, as the crate does it, reading a session took a hundred crossings.
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
        SqlStorageValue::Blob(_) => Err(Error::from("bytes are stored as text")),
    }
}

/// Runs a query that finds one row or none.
pub(super) fn row<T: DeserializeOwned>(
    sql: &SqlStorage,
    query: &str,
    bindings: Vec<SqlStorageValue>,
) -> Result<Option<T>> {
    Ok(rows(sql, query, bindings)?.into_iter().next())
}

/// A whole number as SQLite and JavaScript both hold it.
pub(super) fn integer(value: u64) -> Result<SqlStorageValue> {
    let value = i64::try_from(value).map_err(|_| Error::from("a number too large to store"))?;
    SqlStorageValue::try_from_i64(value)
}

/// A moment, in seconds.
pub(super) fn time(value: UnixTime) -> Result<SqlStorageValue> {
    integer(value.0)
}

/// Whether the object holds anything. An object that was only asked for must not write, not even its tables.
pub(super) fn has_table(sql: &SqlStorage, name: &str) -> Result<bool> {
    let query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = ?";
    Ok(row::<Value>(sql, query, vec![name.into()])?.is_some())
}
