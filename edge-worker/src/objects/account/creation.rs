//! The request that created the account. A request with the same `Idempotency-Key` is a repetition until this
//! record expires.

use auth_core::time::UnixTime;
use worker::Result;

use super::super::protocol::account::Creation;
use super::super::sql;
use super::store::Store;

impl Store {
    pub(super) fn put_creation(&self, creation: &Creation) -> Result<()> {
        let insert =
            "INSERT INTO creation (id, key_hash, fingerprint, nonce, expires_at) VALUES (1, ?, ?, ?, ?)";
        let values = vec![
            creation.key_hash.as_str().into(),
            creation.fingerprint.as_str().into(),
            creation.nonce.as_str().into(),
            sql::time(creation.expires_at)?,
        ];
        sql::run(&self.sql, insert, values)
    }

    /// The request, if it had this key and has not expired.
    pub(super) fn creation(&self, key_hash: &str, now: UnixTime) -> Result<Option<Creation>> {
        let query = "SELECT key_hash, fingerprint, nonce, expires_at FROM creation
            WHERE key_hash = ? AND expires_at > ?";
        sql::row(&self.sql, query, vec![key_hash.into(), sql::time(now)?])
    }

    pub(super) fn forget_creation_before(&self, now: UnixTime) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM creation WHERE expires_at <= ?", vec![sql::time(now)?])
    }
}
