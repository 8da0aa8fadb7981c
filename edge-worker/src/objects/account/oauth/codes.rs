//! Stores grants and authorization codes when the user consents.

use auth_core::credential::Once;
use auth_core::id::{GrantId, SessionId};
use auth_core::oauth::{MAX_CODES, StoredCode};
use auth_core::rotation::PresentedBy;
use auth_core::time::UnixTime;
use auth_core::wire::read_json;
use serde::Deserialize;
use worker::Result;

use crate::audit::Kind as What;
use crate::objects::account::store::{AccountRow, Next, Store};
use crate::objects::account::{Account, Decide, now};
use crate::objects::protocol::oauth::{CodeIssue, Consented, IssueCode};
use crate::objects::sql::{self, misshapen};

impl Decide for Consented {
    fn decide(self, at: &Account, _: AccountRow) -> Result<Option<bool>> {
        let Self { client_id, scope, resource } = self;
        let grant = at.store().grant_to(&client_id, resource.as_deref())?;
        Ok(Some(grant.is_some_and(|grant| grant.scope.covers(&scope))))
    }
}

/// The cookie does not rotate, because its response is one to a navigation that other sites can cause.
impl Decide for IssueCode {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Self { presented, terms, hash, lifetime, once, client, asker } = self;
        let family = match at.judge(&presented, PresentedBy::OtherRequest, &asker)? {
            Ok(accepted) => accepted.family,
            Err(rejected) => return Ok(Some(Err(rejected))),
        };
        match &once {
            Some(once) if !at.uses_up(once)? => return Ok(Some(Ok(CodeIssue::Used))),
            Some(Once { .. }) | None => {}
        }
        let (grant, is_more) = at.remember_grant(&terms, &asker)?;
        if let Some(client) = client.filter(|_| is_more) {
            at.notify_of_access(client, &account, &asker)?;
        }
        let event = asker.event(What::AccessGranted, now()).session(&family.id);
        at.record(event.id(terms.client_id.as_str()))?;
        let code = StoredCode {
            terms,
            grant,
            authenticated_at: family.authenticated_at,
            methods: family.methods,
            expires_at: now().plus(lifetime),
            opened: None,
        };
        at.store().put_code(&hash, &code)?;
        at.later(|aftermath| aftermath.forget_at = Some(StoredCode::kept_until(code.expires_at)));
        Ok(Some(Ok(CodeIssue::Issued)))
    }
}

#[derive(Deserialize)]
struct Row {
    code: String,
}

impl Store {
    fn put_code(&self, hash: &str, code: &StoredCode) -> Result<()> {
        let insert = "INSERT INTO authorization_code (hash, grant_id, code, expires_at) VALUES (?, ?, ?, ?)";
        let expires_at = sql::time(code.expires_at)?;
        let values =
            vec![hash.into(), code.grant.as_str().into(), serde_json::to_string(code)?.into(), expires_at];
        sql::run(&self.sql, insert, values)?;
        let make_room = "DELETE FROM authorization_code WHERE hash NOT IN
            (SELECT hash FROM authorization_code ORDER BY rowid DESC LIMIT ?)";
        sql::run(&self.sql, make_room, vec![sql::integer(MAX_CODES)?])
    }

    pub(super) fn code(&self, hash: &str) -> Result<Option<StoredCode>> {
        let query = "SELECT code FROM authorization_code WHERE hash = ?";
        let row = sql::row::<Row>(&self.sql, query, vec![hash.into()])?;
        row.map(|row| read_json(row.code.as_bytes()).map_err(misshapen)).transpose()
    }

    /// The code has opened this session.
    pub(super) fn spend_code(&self, hash: &str, code: StoredCode, opened: &SessionId) -> Result<()> {
        let code = StoredCode { opened: Some(opened.clone()), ..code };
        let values = vec![serde_json::to_string(&code)?.into(), hash.into()];
        sql::run(&self.sql, "UPDATE authorization_code SET code = ? WHERE hash = ?", values)
    }

    pub(super) fn delete_codes_of(&self, grant: &GrantId) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM authorization_code WHERE grant_id = ?", vec![grant.as_str().into()])
    }

    /// Deletes all codes, for a call that also ends the sessions that they have opened.
    pub(in super::super) fn delete_codes(&self) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM authorization_code", vec![])
    }

    /// Deletes codes that need not be recognised any more.
    pub(in super::super) fn forget_codes(&self, now: UnixTime) -> Result<()> {
        let before = sql::time(StoredCode::forgotten_at(now))?;
        sql::run(&self.sql, "DELETE FROM authorization_code WHERE expires_at <= ?", vec![before])
    }

    /// When the next code may be deleted.
    pub(in super::super) fn next_code(&self) -> Result<Option<UnixTime>> {
        let query = "SELECT min(expires_at) AS at FROM authorization_code";
        let next = sql::row::<Next>(&self.sql, query, vec![])?;
        Ok(next.and_then(|row| row.at).map(StoredCode::kept_until))
    }
}
