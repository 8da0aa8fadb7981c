//! Access tokens that were revoked individually, until they expire. `strict` routes ask the account about
//! each token, so it has to know them.

use auth_core::id::TokenId;
use auth_core::revocation::{Entry, Kind};
use auth_core::time::UnixTime;
use worker::Result;

use super::super::protocol::{AccountReply, Bearing};
use super::super::sql;
use super::store::Store;
use super::{Account, now};
use crate::audit::{Asker, Kind as What};

impl Account {
    /// Revokes one token in the account, which `strict` routes ask, and, through the outbox, in the list of
    /// revocations.
    pub(super) fn revoke_token(
        &self,
        token: &Bearing,
        expires_at: UnixTime,
        asker: &Asker,
    ) -> Result<AccountReply> {
        self.store().put_revoked_token(&token.token_id, expires_at)?;
        self.later(|aftermath| aftermath.forget_at = Some(expires_at));
        self.put_into_outbox(&Entry {
            issuer: self.config()?.issuer.to_string(),
            kind: Kind::Token,
            id: token.token_id.as_str().to_owned(),
            least_epoch: 0,
            until: expires_at,
        })?;
        let event = asker.event(What::TokenRevoked, now()).id(token.token_id.as_str());
        self.record(event.session(&token.session))?;
        Ok(AccountReply::Done)
    }
}

impl Store {
    fn put_revoked_token(&self, id: &TokenId, until: UnixTime) -> Result<()> {
        let insert = "INSERT OR REPLACE INTO revoked_token (id, until) VALUES (?, ?)";
        sql::run(&self.sql, insert, vec![id.as_str().into(), sql::time(until)?])
    }

    pub(super) fn is_token_revoked(&self, id: &TokenId) -> Result<bool> {
        let query = "SELECT id FROM revoked_token WHERE id = ?";
        Ok(sql::row::<serde_json::Value>(&self.sql, query, vec![id.as_str().into()])?.is_some())
    }

    pub(super) fn forget_revoked_tokens_before(&self, now: UnixTime) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM revoked_token WHERE until <= ?", vec![sql::time(now)?])
    }
}
