//! Reads and writes the Account object's tables.

use auth_core::credential::Credential;
use auth_core::id::{AccountId, SessionId};
use auth_core::one_time::OneTimePassword;
use auth_core::revocation::Entry;
use auth_core::time::UnixTime;
use auth_core::wire::{Metadata, UserProfile, read_json};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use worker::{Error, Result, SqlStorage};

use super::super::sql::{self, misshapen};

/// The account's tables and id.
pub(super) struct Store {
    pub(super) sql: SqlStorage,
    pub(super) account: AccountId,
}

/// The account's row.
#[derive(Clone)]
pub(super) struct AccountRow {
    pub(super) email: String,
    pub(super) email_verified: bool,
    /// How many passkeys the account has.
    pub(super) passkeys: usize,
    pub(super) roles: Vec<String>,
    /// Whether the user has added a second factor.
    pub(super) second_factor: bool,
    pub(super) profile: UserProfile,
    pub(super) metadata: Metadata,
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
    email_verified: u8,
    passkeys: usize,
    roles: String,
    second_factor: u8,
    profile: Option<String>,
    metadata: Option<String>,
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
        let query = "SELECT email, roles, profile, metadata, epoch, disabled, confirmed, created_at,
            EXISTS (SELECT 1 FROM credential WHERE kind = 'email' AND value = account.email) AS email_verified,
            EXISTS (SELECT 1 FROM totp WHERE expires_at IS NULL) AS second_factor,
            (SELECT count(*) FROM credential WHERE kind = 'passkey') AS passkeys
            FROM account";
        let Some(row) = sql::row::<StoredAccount>(&self.sql, query, vec![])? else { return Ok(None) };
        Ok(Some(AccountRow {
            email: row.email,
            email_verified: row.email_verified != 0,
            passkeys: row.passkeys,
            roles: read_json(row.roles.as_bytes()).map_err(misshapen)?,
            second_factor: row.second_factor != 0,
            profile: read_optional(row.profile)?,
            metadata: read_optional(row.metadata)?,
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

    /// Creates the account, without credentials. The tables must exist. `key` is the Directory key of its first
    /// credential, if that has one; otherwise the account is found by its address. `vouched` says whether an
    /// administrator assigns the address.
    pub(super) fn create(
        &self,
        email: &str,
        credential: Option<&Credential>,
        roles: &[String],
        vouched: bool,
        now: UnixTime,
    ) -> Result<()> {
        let insert =
            "INSERT INTO account (id, email, password_hash, roles, epoch, disabled, confirmed, created_at)
            VALUES (1, ?, ?, ?, 0, 0, 0, ?)";
        let roles = serde_json::to_string(roles)?;
        let key = credential.and_then(Credential::directory_key);
        // The form in which the previous version stores a credential of the kinds that it knows.
        let previous_form = match credential {
            Some(Credential::Password(hash)) => hash.expose(),
            Some(Credential::External(_)) => key.as_deref().unwrap_or_default(),
            Some(Credential::Email(_) | Credential::Passkey(_) | Credential::Provider(_)) | None => "",
        };
        sql::run(&self.sql, insert, vec![email.into(), previous_form.into(), roles.into(), sql::time(now)?])?;
        // An account without an address has an empty one.
        if email.is_empty() { Ok(()) } else { self.add_address(email, key.is_none(), vouched) }
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

    pub(super) fn set_profile(&self, profile: &UserProfile) -> Result<()> {
        sql::run(&self.sql, "UPDATE account SET profile = ?", vec![serde_json::to_string(profile)?.into()])
    }

    pub(super) fn set_metadata(&self, metadata: &Metadata) -> Result<()> {
        sql::run(&self.sql, "UPDATE account SET metadata = ?", vec![serde_json::to_string(metadata)?.into()])
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

    /// When the next record that expires may be deleted.
    pub(super) fn next_to_forget(&self) -> Result<Option<UnixTime>> {
        // The platform allows five terms.
        let query = "SELECT min(expires_at) AS at FROM
            (SELECT expires_at FROM ticket UNION ALL SELECT expires_at FROM creation
            UNION ALL SELECT until FROM revoked_token UNION ALL SELECT expires_at FROM challenge
            UNION ALL SELECT until FROM used_proof)";
        let other = sql::row::<Next>(&self.sql, query, vec![])?.and_then(|row| row.at);
        let more = [
            self.next_family()?,
            self.next_reservation()?,
            self.next_pending_totp()?,
            self.next_api_key()?,
            self.next_code()?,
        ];
        Ok(more.into_iter().flatten().chain(other).min())
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
}

/// A column that is null until its value is set.
fn read_optional<T: DeserializeOwned + Default>(column: Option<String>) -> Result<T> {
    column.map_or_else(|| Ok(T::default()), |text| read_json(text.as_bytes()).map_err(misshapen))
}

/// A stored value can't be read. This is a fault of the service, answered as `unavailable`; it never admits a
/// caller.
pub(super) fn broken(column: &str) -> Error {
    Error::from(format!("the column {column} contains an invalid value"))
}
