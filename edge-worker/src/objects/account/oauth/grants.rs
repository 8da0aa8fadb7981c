//! Grants: what the user has granted to a client for a resource. A grant is stored until it is withdrawn; consent is
//! remembered by it.

use auth_core::id::{ClientId, GrantId};
use auth_core::oauth::{CodeTerms, LAST_USE_INTERVAL, MAX_GRANTS, Scope};
use auth_core::time::UnixTime;
use serde::Deserialize;
use worker::{Error, Result};

use crate::audit::{Asker, Kind as What};
use crate::objects::Unavailable;
use crate::objects::account::store::{AccountRow, Store};
use crate::objects::account::{Account, Decide, now};
use crate::objects::call::Done;
use crate::objects::protocol::oauth::{GrantRow, ListGrants, NoGrant, WithdrawGrant};
use crate::objects::protocol::session::Authority;
use crate::objects::sql;
use crate::random;

impl Decide for ListGrants {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Option<Vec<GrantRow>>> {
        if at.may_manage_grants(&account, &self.by)? { at.store().grants().map(Some) } else { Ok(None) }
    }
}

impl Decide for WithdrawGrant {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Self { by, grant, asker } = self;
        if !at.may_manage_grants(&account, &by)? {
            return Ok(None);
        }
        match at.store().grants()?.into_iter().find(|row| row.id == grant) {
            Some(row) => {
                at.withdraw(&row, &asker, "withdrawn")?;
                Ok(Some(Ok(Done {})))
            }
            None => Ok(Some(Err(NoGrant {}))),
        }
    }

    fn ends_something(&self) -> bool {
        true
    }
}

impl Account {
    fn may_manage_grants(&self, account: &AccountRow, by: &Authority) -> Result<bool> {
        match by {
            Authority::User(bearing) => Ok(self.session_of(account, bearing)?.is_some()),
            Authority::Administrator => Ok(true),
        }
    }

    /// Stores what was granted, together with what the user had granted to the same client for the same resource. Also
    /// returns whether that is more than before.
    pub(super) fn remember_grant(&self, terms: &CodeTerms, asker: &Asker) -> Result<(GrantId, bool)> {
        let store = self.store();
        if let Some(grant) = store.grant_to(&terms.client_id, terms.resource.as_deref())? {
            let united = grant.scope.union(&terms.scope);
            let is_more = united != grant.scope;
            if is_more {
                store.set_scope(&grant.id, &united)?;
            }
            return Ok((grant.id, is_more));
        }
        for unused in store.grants_beyond(MAX_GRANTS.saturating_sub(1))? {
            self.withdraw(&unused, asker, "too_many_grants")?;
        }
        let id: GrantId = random::id().map_err(|error: Unavailable| Error::from(error.cause))?.into();
        store.put_grant(&id, terms, now())?;
        Ok((id, true))
    }

    fn withdraw(&self, grant: &GrantRow, asker: &Asker, reason: &'static str) -> Result<()> {
        let mut ended = 0;
        for mut family in self.store().families()? {
            if family.delegation.as_ref().is_some_and(|delegation| delegation.grant == grant.id) {
                ended += usize::from(self.finish(&mut family)?);
            }
        }
        self.store().delete_codes_of(&grant.id)?;
        self.store().delete_grant(&grant.id)?;
        let event = asker.event(What::AccessWithdrawn, now()).id(grant.client_id.as_str());
        self.record(event.sessions(ended).reason(reason))
    }
}

#[derive(Deserialize)]
struct Row {
    id: GrantId,
    client: ClientId,
    scope: Scope,
    resource: String,
    created_at: UnixTime,
    last_used_at: Option<UnixTime>,
}

const COLUMNS: &str = "SELECT id, client, scope, resource, created_at, last_used_at FROM client_grant";

impl Store {
    pub(super) fn grant_to(&self, client: &ClientId, resource: Option<&str>) -> Result<Option<GrantRow>> {
        let query = [COLUMNS, " WHERE client = ? AND resource = ?"].concat();
        let values = vec![client.as_str().into(), resource.unwrap_or_default().into()];
        Ok(sql::row::<Row>(&self.sql, &query, values)?.map(from_row))
    }

    /// The newest first.
    fn grants(&self) -> Result<Vec<GrantRow>> {
        let query = [COLUMNS, " ORDER BY created_at DESC, rowid DESC"].concat();
        Ok(sql::rows::<Row>(&self.sql, &query, vec![])?.into_iter().map(from_row).collect())
    }

    /// All grants except the `most` that were used last.
    fn grants_beyond(&self, most: u64) -> Result<Vec<GrantRow>> {
        let order = " ORDER BY coalesce(last_used_at, created_at) DESC, rowid DESC LIMIT -1 OFFSET ?";
        let query = [COLUMNS, order].concat();
        let rows = sql::rows::<Row>(&self.sql, &query, vec![sql::integer(most)?])?;
        Ok(rows.into_iter().map(from_row).collect())
    }

    fn put_grant(&self, id: &GrantId, terms: &CodeTerms, now: UnixTime) -> Result<()> {
        let insert =
            "INSERT INTO client_grant (id, client, scope, resource, created_at) VALUES (?, ?, ?, ?, ?)";
        let values = vec![
            id.as_str().into(),
            terms.client_id.as_str().into(),
            terms.scope.to_string().into(),
            terms.resource.as_deref().unwrap_or_default().into(),
            sql::time(now)?,
        ];
        sql::run(&self.sql, insert, values)
    }

    fn set_scope(&self, id: &GrantId, scope: &Scope) -> Result<()> {
        let values = vec![scope.to_string().into(), id.as_str().into()];
        sql::run(&self.sql, "UPDATE client_grant SET scope = ? WHERE id = ?", values)
    }

    /// The client gets a token by the grant.
    pub(super) fn use_grant(&self, id: &GrantId, now: UnixTime) -> Result<()> {
        let update = "UPDATE client_grant SET last_used_at = ?
            WHERE id = ? AND (last_used_at IS NULL OR last_used_at <= ?)";
        let before = sql::time(now.minus(LAST_USE_INTERVAL))?;
        sql::run(&self.sql, update, vec![sql::time(now)?, id.as_str().into(), before])
    }

    /// Deletes all grants, for a call that also ends their sessions.
    pub(in super::super) fn delete_grants(&self) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM client_grant", vec![])
    }

    fn delete_grant(&self, id: &GrantId) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM client_grant WHERE id = ?", vec![id.as_str().into()])
    }
}

fn from_row(row: Row) -> GrantRow {
    let Row { id, client: client_id, scope, resource, created_at, last_used_at } = row;
    let resource = Some(resource).filter(|resource| !resource.is_empty());
    GrantRow { id, client_id, scope, resource, created_at, last_used_at }
}
