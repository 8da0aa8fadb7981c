//! Access tokens that were revoked individually, until they expire. `strict` routes ask the account about
//! each token, so it has to know them.

use auth_core::id::TokenId;
use auth_core::revocation::{Entry, Kind};
use auth_core::time::UnixTime;
use worker::Result;

use super::super::call::Done;
use super::super::protocol::account::RevokeToken;
use super::super::sql;
use super::store::{AccountRow, Store};
use super::{Account, Decide, now};
use crate::audit::Kind as What;

/// Revokes one token in the account, which `strict` routes ask, and, through the outbox, in the list of
/// revocations.
impl Decide for RevokeToken {
    fn decide(self, at: &Account, _: AccountRow) -> Result<Option<Done>> {
        let Self { token, expires_at, asker } = self;
        at.store().put_revoked_token(&token.token_id, expires_at)?;
        at.later(|aftermath| aftermath.forget_at = Some(expires_at));
        at.put_into_outbox(&Entry {
            issuer: at.config()?.issuer.to_string(),
            kind: Kind::Token,
            id: token.token_id.as_str().to_owned(),
            least_epoch: 0,
            until: expires_at,
        })?;
        let event = asker.event(What::TokenRevoked, now()).id(token.token_id.as_str());
        at.record(event.session(&token.session))?;
        Ok(Some(Done {}))
    }

    fn ends_something(&self) -> bool {
        true
    }

    /// The deletion revokes the token, so the call is answered when the deletion is complete.
    fn decide_while_leaving(&self, at: &Account) -> Option<Done> {
        Some(at.continue_leaving())
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
