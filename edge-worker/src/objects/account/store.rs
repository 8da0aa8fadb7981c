//! Reads and writes the Account object's tables.

use auth_core::credential::{Credential, CredentialVersion};
use auth_core::id::{AccountId, SessionId};
use auth_core::one_time::OneTimePassword;
use auth_core::revocation::Entry;
use auth_core::rotation::{End, Family, Generation};
use auth_core::secret::SecretBytes;
use auth_core::time::UnixTime;
use auth_core::wire::{SessionEndReason, read_json};
use ct_codecs::{Base64UrlSafeNoPadding, Decoder, Encoder};
use serde::Deserialize;
use worker::{Error, Result, SqlStorage, SqlStorageValue};

use super::super::sql::{self, misshapen};

/// The account's tables and id.
pub(super) struct Store {
    pub(super) sql: SqlStorage,
    account: AccountId,
}

/// The account's row.
#[derive(Clone)]
pub(super) struct AccountRow {
    pub(super) email: String,
    pub(super) roles: Vec<String>,
    pub(super) epoch: u64,
    pub(super) standing: Standing,
    pub(super) confirmed: bool,
    pub(super) created_at: UnixTime,
}

/// What the account's user may do, stored in the column `disabled`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The user can sign in.
    Open = 0,
    /// The user can't sign in until the account is enabled.
    Disabled = 1,
    /// The account is being deleted.
    Leaving = 2,
}

#[derive(Deserialize)]
struct StoredAccount {
    email: String,
    roles: String,
    epoch: u64,
    disabled: u8,
    confirmed: u8,
    created_at: UnixTime,
}

#[derive(Deserialize)]
pub(super) struct Next {
    pub(super) at: Option<UnixTime>,
}

#[derive(Deserialize)]
struct StoredEntry {
    id: u64,
    entry: String,
}

#[derive(Deserialize)]
struct StoredFamily {
    id: SessionId,
    nonce: String,
    created_at: UnixTime,
    authenticated_at: UnixTime,
    last_used_at: UnixTime,
    expires_at: UnixTime,
    idle_expires_at: UnixTime,
    generation: u64,
    made_at: UnixTime,
    replayed_at: UnixTime,
    presented: u8,
    predecessor: Option<u64>,
    key_spans: String,
    methods: String,
    jkt: Option<String>,
    user_agent: String,
    address: String,
    ended_at: Option<UnixTime>,
    end_reason: Option<String>,
}

impl Store {
    pub(super) const fn new(sql: SqlStorage, account: AccountId) -> Self {
        Self { sql, account }
    }

    /// Whether the tables exist. Needed after an await, during which another call may have deleted them.
    pub(super) fn is_there(&self) -> Result<bool> {
        sql::has_table(&self.sql, "account")
    }

    /// `None` if the account was discarded. The tables must exist.
    pub(super) fn read(&self) -> Result<Option<AccountRow>> {
        let query = "SELECT email, roles, epoch, disabled, confirmed, created_at FROM account";
        let Some(row) = sql::row::<StoredAccount>(&self.sql, query, vec![])? else { return Ok(None) };
        Ok(Some(AccountRow {
            email: row.email,
            roles: read_json(row.roles.as_bytes()).map_err(misshapen)?,
            epoch: row.epoch,
            standing: match row.disabled {
                0 => Standing::Open,
                1 => Standing::Disabled,
                2 => Standing::Leaving,
                _ => return Err(broken("disabled")),
            },
            confirmed: row.confirmed != 0,
            created_at: row.created_at,
        }))
    }

    /// Creates the account with its first credential. The tables must exist.
    pub(super) fn create(
        &self,
        email: &str,
        credential: &Credential,
        roles: &[String],
        now: UnixTime,
    ) -> Result<CredentialVersion> {
        let insert =
            "INSERT INTO account (id, email, password_hash, roles, epoch, disabled, confirmed, created_at)
            VALUES (1, ?, ?, ?, 0, 0, 0, ?)";
        let roles = serde_json::to_string(roles)?;
        let key = credential.directory_key();
        // The form in which the previous version stores a credential of either kind.
        let previous_form = key.as_deref().unwrap_or_else(|| credential.expose());
        sql::run(&self.sql, insert, vec![email.into(), previous_form.into(), roles.into(), sql::time(now)?])?;
        self.add_address(email, key.is_none())?;
        self.add_credential(credential)
    }

    pub(super) fn confirm(&self) -> Result<()> {
        sql::run(&self.sql, "UPDATE account SET confirmed = 1", vec![])
    }

    pub(super) fn discard(&self) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM account", vec![])
    }

    pub(super) fn set_roles(&self, roles: &[String]) -> Result<()> {
        sql::run(&self.sql, "UPDATE account SET roles = ?", vec![serde_json::to_string(roles)?.into()])
    }

    pub(super) fn set_standing(&self, standing: Standing) -> Result<()> {
        sql::run(&self.sql, "UPDATE account SET disabled = ?", vec![sql::integer(standing as u64)?])
    }

    pub(super) fn raise_epoch(&self) -> Result<()> {
        sql::run(&self.sql, "UPDATE account SET epoch = epoch + 1", vec![])
    }

    /// `None` if the user has chosen the password.
    pub(super) fn one_time(&self) -> Result<Option<OneTimePassword>> {
        sql::row(&self.sql, "SELECT until, session FROM one_time", vec![])
    }

    pub(super) fn set_one_time(&self, password: &OneTimePassword) -> Result<()> {
        let insert = "INSERT OR REPLACE INTO one_time (id, until, session) VALUES (1, ?, ?)";
        sql::run(
            &self.sql,
            insert,
            vec![sql::time(password.until)?, password.session.as_ref().map(SessionId::as_str).into()],
        )
    }

    pub(super) fn forget_one_time(&self) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM one_time", vec![])
    }

    /// The newest first, also among families of the same second.
    pub(super) fn families(&self) -> Result<Vec<Family>> {
        let query = "SELECT * FROM family ORDER BY created_at DESC, rowid DESC";
        let rows = sql::rows::<StoredFamily>(&self.sql, query, vec![])?;
        rows.into_iter().map(|row| self.family_from(row)).collect()
    }

    pub(super) fn family(&self, id: &SessionId) -> Result<Option<Family>> {
        let row = sql::row::<StoredFamily>(
            &self.sql,
            "SELECT * FROM family WHERE id = ?",
            vec![id.as_str().into()],
        )?;
        row.map(|row| self.family_from(row)).transpose()
    }

    pub(super) fn insert(&self, family: &Family) -> Result<()> {
        let insert = "INSERT INTO family (id, nonce, created_at, authenticated_at, last_used_at, expires_at, idle_expires_at, generation,
            made_at, replayed_at, presented, predecessor, key_spans, methods, jkt, user_agent, address, ended_at, end_reason)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let nonce =
            Base64UrlSafeNoPadding::encode_to_string(family.nonce.expose()).map_err(|_| broken("nonce"))?;
        let mut values = vec![
            family.id.as_str().into(),
            nonce.into(),
            sql::time(family.created_at)?,
            sql::time(family.authenticated_at)?,
            sql::time(family.last_used_at)?,
            sql::time(family.expires_at)?,
            sql::time(family.idle_expires_at)?,
        ];
        values.extend(generation_values(family)?);
        values.extend([
            serde_json::to_string(&family.methods)?.into(),
            family.jkt.clone().into(),
            family.user_agent.as_str().into(),
            family.address.as_str().into(),
        ]);
        values.extend(end_values(family)?);
        sql::run(&self.sql, insert, values)
    }

    /// Writes every column that a decision can change, in one statement, so that it changes all of them or
    /// none.
    pub(super) fn update(&self, family: &Family) -> Result<()> {
        let update = "UPDATE family SET authenticated_at = ?, methods = ?, last_used_at = ?, idle_expires_at = ?, generation = ?, made_at = ?,
            replayed_at = ?, presented = ?, predecessor = ?, key_spans = ?, user_agent = ?, address = ?, ended_at = ?,
            end_reason = ? WHERE id = ?";
        let mut values = vec![
            sql::time(family.authenticated_at)?,
            serde_json::to_string(&family.methods)?.into(),
            sql::time(family.last_used_at)?,
            sql::time(family.idle_expires_at)?,
        ];
        values.extend(generation_values(family)?);
        values.extend([family.user_agent.as_str().into(), family.address.as_str().into()]);
        values.extend(end_values(family)?);
        values.push(family.id.as_str().into());
        sql::run(&self.sql, update, values)
    }

    /// Deletes families whose absolute expiry is past for as long as a family is kept. Ended families are
    /// kept as long.
    pub(super) fn forget_families(&self, now: UnixTime) -> Result<()> {
        let expired_by = sql::time(Family::forgotten_at(now))?;
        sql::run(&self.sql, "DELETE FROM family WHERE expires_at <= ?", vec![expired_by])
    }

    /// When the next family, ticket, creation or revoked token may be deleted.
    pub(super) fn next_to_forget(&self) -> Result<Option<UnixTime>> {
        let families = "SELECT min(expires_at) AS at FROM family";
        let family = sql::row::<Next>(&self.sql, families, vec![])?.and_then(|row| row.at);
        let query = "SELECT min(expires_at) AS at FROM
            (SELECT expires_at FROM ticket UNION ALL SELECT expires_at FROM creation
            UNION ALL SELECT until FROM revoked_token UNION ALL SELECT expires_at FROM challenge)";
        let other = sql::row::<Next>(&self.sql, query, vec![])?.and_then(|row| row.at);
        Ok(family.map(Family::kept_until).into_iter().chain(other).min())
    }

    /// Active families except the `most` that were used last.
    pub(super) fn idle_beyond(&self, most: u64, now: UnixTime) -> Result<Vec<Family>> {
        let query = "SELECT * FROM family WHERE ended_at IS NULL AND expires_at > ? AND idle_expires_at > ?
            ORDER BY last_used_at DESC, created_at DESC, rowid DESC LIMIT -1 OFFSET ?";
        let values = vec![sql::time(now)?, sql::time(now)?, sql::integer(most)?];
        let rows = sql::rows::<StoredFamily>(&self.sql, query, values)?;
        rows.into_iter().map(|row| self.family_from(row)).collect()
    }

    pub(super) fn put_into_outbox(&self, entry: &Entry) -> Result<()> {
        sql::run(
            &self.sql,
            "INSERT INTO outbox (entry) VALUES (?)",
            vec![serde_json::to_string(entry)?.into()],
        )
    }

    /// The outbox's entries and the number of the last one.
    pub(super) fn outbox(&self) -> Result<(Vec<Entry>, u64)> {
        if !self.is_there()? {
            // The account has been deleted in the meantime.
            return Ok((vec![], 0));
        }
        let rows = sql::rows::<StoredEntry>(&self.sql, "SELECT id, entry FROM outbox ORDER BY id", vec![])?;
        let last = rows.last().map_or(0, |row| row.id);
        let entries = rows
            .iter()
            .map(|row| read_json(row.entry.as_bytes()).map_err(misshapen))
            .collect::<Result<_>>()?;
        Ok((entries, last))
    }

    /// Deletes the entries that were delivered.
    pub(super) fn empty_outbox(&self, last: u64) -> Result<()> {
        if !self.is_there()? {
            // The account has been deleted in the meantime.
            return Ok(());
        }
        sql::run(&self.sql, "DELETE FROM outbox WHERE id <= ?", vec![sql::integer(last)?])
    }

    fn family_from(&self, row: StoredFamily) -> Result<Family> {
        let nonce = Base64UrlSafeNoPadding::decode_to_vec(&row.nonce, None).map_err(|_| broken("nonce"))?;
        let end = match (row.ended_at, row.end_reason) {
            (Some(at), Some(reason)) => {
                let reason = SessionEndReason::from_wire(&reason).ok_or_else(|| broken("end_reason"))?;
                Some(End { at, reason })
            }
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return Err(broken("end")),
        };
        Ok(Family {
            id: row.id,
            account: self.account.clone(),
            nonce: SecretBytes::from_slice(&nonce).ok_or_else(|| broken("nonce"))?,
            created_at: row.created_at,
            authenticated_at: row.authenticated_at,
            last_used_at: row.last_used_at,
            expires_at: row.expires_at,
            idle_expires_at: row.idle_expires_at,
            current: Generation {
                number: row.generation,
                made_at: row.made_at,
                replayed_at: row.replayed_at,
                presented: row.presented != 0,
            },
            predecessor: row.predecessor,
            key_spans: read_json(row.key_spans.as_bytes()).map_err(misshapen)?,
            methods: read_json(row.methods.as_bytes()).map_err(misshapen)?,
            jkt: row.jkt,
            user_agent: row.user_agent,
            address: row.address,
            end,
        })
    }
}

/// `generation, made_at, replayed_at, presented, predecessor, key_spans`.
fn generation_values(family: &Family) -> Result<[SqlStorageValue; 6]> {
    Ok([
        sql::integer(family.current.number)?,
        sql::time(family.current.made_at)?,
        sql::time(family.current.replayed_at)?,
        sql::integer(u64::from(family.current.presented))?,
        family.predecessor.map(sql::integer).transpose()?.into(),
        serde_json::to_string(&family.key_spans)?.into(),
    ])
}

/// `ended_at, end_reason`.
fn end_values(family: &Family) -> Result<[SqlStorageValue; 2]> {
    let at = family.end.map(|end| sql::time(end.at)).transpose()?;
    Ok([at.into(), family.end.map(|end| end.reason.as_str()).into()])
}

/// A stored value can't be read. This is a fault of the service, answered as `unavailable`; it never admits a
/// caller.
pub(super) fn broken(column: &str) -> Error {
    Error::from(format!("the column {column} contains an invalid value"))
}
