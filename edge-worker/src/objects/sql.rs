//! SQL without surprises: typed rows, and integers that JavaScript can hold.

use auth_core::time::UnixTime;
use auth_core::wire::read_value;
use serde::de::DeserializeOwned;
use serde_json::Value;
use worker::{Error, Result, SqlStorage, SqlStorageValue};

use super::serve::misshapen;

/// Runs a statement.
pub(super) fn run(sql: &SqlStorage, statement: &str, bindings: Vec<SqlStorageValue>) -> Result<()> {
    sql.exec(statement, bindings).map(|_| ())
}

/// Runs a query.
pub(super) fn rows<T: DeserializeOwned>(
    sql: &SqlStorage,
    query: &str,
    bindings: Vec<SqlStorageValue>,
) -> Result<Vec<T>> {
    // By way of values, so that only one kind of them is read out of JavaScript.
    let rows: Vec<Value> = sql.exec(query, bindings)?.to_array()?;
    rows.into_iter().map(|row| read_value(row).map_err(misshapen)).collect()
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
