//! The Limiter's only table. Times are milliseconds since the Unix epoch.

use auth_core::limits::{Failures, Spent};
use serde::Deserialize;
use worker::{Error, Result};

use super::super::schema::Schema;
use super::super::sql;
use super::super::sql_object::SqlObject;

/// `subject` and `address` are hashes. The meaning of `at_ms` depends on the kind of row. A row expires at
/// `forget_at_ms`.
pub(super) const SCHEMA: Schema = Schema {
    marker_table: "tried",
    steps: &[&[
        "CREATE TABLE IF NOT EXISTS tried (
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            address TEXT NOT NULL,
            count INTEGER NOT NULL,
            at_ms INTEGER NOT NULL,
            forget_at_ms INTEGER NOT NULL,
            PRIMARY KEY (kind, subject, address)
        ) WITHOUT ROWID",
        "CREATE INDEX IF NOT EXISTS tried_forget ON tried (forget_at_ms)",
    ]],
    readable_from: 2,
};

/// The maximum number of client addresses, and of browsers, that are stored for an account.
const MAX_KNOWN: u64 = 32;

/// The kinds of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Failures of an account by unknown clients.
    Account,
    /// Failures from a client address.
    Failures,
    /// Sign-ups from a client address.
    SignUps,
    /// Mails with codes, by the address to which they are sent, the account or the client address.
    Mails,
    /// Calls of programs without a correct credential, from a client address.
    Credentials,
    /// All attempts from a client address; and those of a known client, by account and client.
    Attempts,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Failures => "failures",
            Self::SignUps => "sign_ups",
            Self::Mails => "mails",
            Self::Credentials => "credentials",
            Self::Attempts => "attempts",
        }
    }
}

/// The kind for failures of an account from one client address, or by one known browser.
const PAIR: &str = "pair";

/// How the user of an account is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// By a client address from which the user signed in.
    Address,
    /// By the device cookie of a browser with which the user signed in.
    Browser,
}

impl Known {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Address => "known",
            Self::Browser => "device",
        }
    }
}

#[derive(Deserialize)]
struct Row {
    count: u64,
    at_ms: u64,
}

#[derive(Deserialize)]
struct Any {
    any: u8,
}

/// The shard's table.
pub(super) struct Store<'a> {
    object: &'a SqlObject,
}

impl<'a> Store<'a> {
    pub(super) const fn new(object: &'a SqlObject) -> Self {
        Self { object }
    }

    /// `address` is empty for kinds that only have a subject.
    pub(super) fn spent(&self, kind: Kind, (subject, address): (&str, &str)) -> Result<Option<Spent>> {
        Ok(self.row(kind.as_str(), subject, address)?.map(|row| Spent(row.at_ms)))
    }

    pub(super) fn spend(&self, kind: Kind, (subject, address): (&str, &str), Spent(at): Spent) -> Result<()> {
        self.put((kind.as_str(), subject, address), 0, at, at)
    }

    pub(super) fn failures(&self, account: &str, address: &str) -> Result<Option<Failures>> {
        let row = self.row(PAIR, account, address)?;
        Ok(row
            .map(|row| Failures { count: u32::try_from(row.count).unwrap_or(u32::MAX), last_ms: row.at_ms }))
    }

    pub(super) fn put_failures(
        &self,
        account: &str,
        address: &str,
        failures: Failures,
        forget_ms: u64,
    ) -> Result<()> {
        let Failures { count, last_ms } = failures;
        self.put((PAIR, account, address), count.into(), last_ms, last_ms.saturating_add(forget_ms))
    }

    pub(super) fn forget_failures(&self, account: &str, address: &str) -> Result<()> {
        self.delete((PAIR, account, address))
    }

    /// When the user of an account last signed in from an address or with a browser.
    pub(super) fn signed_in(&self, known: Known, (account, client): (&str, &str)) -> Result<Option<u64>> {
        Ok(self.row(known.as_str(), account, client)?.map(|row| row.at_ms))
    }

    /// Stores a sign-in. If there are too many, the oldest is deleted.
    pub(super) fn remember(
        &self,
        known: Known,
        (account, client): (&str, &str),
        now_ms: u64,
        known_ms: u64,
    ) -> Result<()> {
        let kind = known.as_str();
        self.put((kind, account, client), 0, now_ms, now_ms.saturating_add(known_ms))?;
        let delete = "DELETE FROM tried WHERE kind = ?1 AND subject = ?2 AND address NOT IN
            (SELECT address FROM tried WHERE kind = ?1 AND subject = ?2 ORDER BY at_ms DESC LIMIT ?3)";
        sql::run(&self.object.sql(), delete, vec![kind.into(), account.into(), sql::integer(MAX_KNOWN)?])
    }

    pub(super) fn forget(&self, known: Known, (account, client): (&str, &str)) -> Result<()> {
        self.delete((known.as_str(), account, client))
    }

    /// Deletes the client addresses and browsers stored for an account, both of sign-ins and of failures. The
    /// limit used up by the account's e-mail address stays, because it names no client.
    pub(super) fn forget_clients(&self, account: &str) -> Result<()> {
        if !self.object.has_tables() {
            return Ok(());
        }
        let delete = "DELETE FROM tried WHERE subject = ? AND kind IN (?, ?, ?, ?)";
        let kinds = [PAIR, Known::Address.as_str(), Known::Browser.as_str(), Kind::Attempts.as_str()];
        let values = core::iter::once(account).chain(kinds).map(Into::into).collect();
        sql::run(&self.object.sql(), delete, values)
    }

    /// Deletes expired rows. Returns whether any rows are left.
    pub(super) fn sweep(&self, now_ms: u64) -> Result<bool> {
        sql::run(
            &self.object.sql(),
            "DELETE FROM tried WHERE forget_at_ms <= ?",
            vec![sql::integer(now_ms)?],
        )?;
        let any = sql::row::<Any>(&self.object.sql(), "SELECT EXISTS (SELECT 1 FROM tried) AS any", vec![])?;
        any.map(|any| any.any != 0).ok_or_else(|| Error::from("EXISTS returned no row"))
    }

    fn row(&self, kind: &str, subject: &str, address: &str) -> Result<Option<Row>> {
        if !self.object.has_tables() {
            return Ok(None);
        }
        let query = "SELECT count, at_ms FROM tried WHERE kind = ? AND subject = ? AND address = ?";
        sql::row(&self.object.sql(), query, vec![kind.into(), subject.into(), address.into()])
    }

    fn delete(&self, (kind, subject, address): (&str, &str, &str)) -> Result<()> {
        if !self.object.has_tables() {
            return Ok(());
        }
        let delete = "DELETE FROM tried WHERE kind = ? AND subject = ? AND address = ?";
        sql::run(&self.object.sql(), delete, vec![kind.into(), subject.into(), address.into()])
    }

    fn put(
        &self,
        (kind, subject, address): (&str, &str, &str),
        count: u64,
        at_ms: u64,
        forget_at_ms: u64,
    ) -> Result<()> {
        self.object.create_tables()?;
        let insert = "INSERT INTO tried (kind, subject, address, count, at_ms, forget_at_ms)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET
                count = excluded.count, at_ms = excluded.at_ms, forget_at_ms = excluded.forget_at_ms";
        let values = vec![
            kind.into(),
            subject.into(),
            address.into(),
            sql::integer(count)?,
            sql::integer(at_ms)?,
            sql::integer(forget_at_ms)?,
        ];
        sql::run(&self.object.sql(), insert, values)
    }
}
