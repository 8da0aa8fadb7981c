//! Reads and writes the tables of second factors: the authenticator app and the recovery codes.

use auth_core::credential::CredentialVersion;
use auth_core::second_factor::{SecondFactors, TimeStep, TotpFactor};
use auth_core::time::UnixTime;
use serde::Deserialize;
use worker::Result;

use super::super::sql;
use super::now;
use super::store::{Next, Store};
use crate::objects::protocol::second_factor::SealedTotp;

/// A row of the table `totp`.
#[derive(Deserialize)]
pub(super) struct StoredTotp {
    pub(super) version: CredentialVersion,
    secret: String,
    last_step: TimeStep,
}

impl From<StoredTotp> for SealedTotp {
    fn from(StoredTotp { version, secret, .. }: StoredTotp) -> Self {
        Self { version, secret }
    }
}

#[derive(Deserialize)]
struct StoredCode {
    hash: String,
}

impl Store {
    pub(super) fn second_factors(&self) -> Result<SecondFactors> {
        let totp = self.totp(true)?;
        let codes = sql::rows::<StoredCode>(&self.sql, "SELECT hash FROM recovery_code", vec![])?;
        Ok(SecondFactors {
            totp: totp.map(|totp| TotpFactor { version: totp.version, last_step: totp.last_step }),
            recovery_codes: codes.into_iter().map(|code| code.hash).collect(),
            passkey: self.credentials()?.passkeys().next().is_some(),
        })
    }

    /// The confirmed authenticator app, or the one that waits for its confirmation. There is at most one of each.
    pub(super) fn totp(&self, confirmed: bool) -> Result<Option<StoredTotp>> {
        let query = "SELECT version, secret, last_step FROM totp
            WHERE (expires_at IS NULL) = ?1 AND (expires_at IS NULL OR expires_at > ?2)";
        sql::row(&self.sql, query, vec![sql::integer(confirmed.into())?, sql::time(now())?])
    }

    pub(super) fn put_pending_totp(&self, secret: &str, expires_at: UnixTime) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM totp WHERE expires_at IS NOT NULL", vec![])?;
        let insert = "INSERT INTO totp (secret, last_step, expires_at) VALUES (?, 0, ?)";
        sql::run(&self.sql, insert, vec![secret.into(), sql::time(expires_at)?])
    }

    /// The app of this version replaces the earlier one.
    pub(super) fn confirm_totp(&self, version: CredentialVersion, step: TimeStep) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM totp WHERE version <> ?", vec![sql::integer(version.0)?])?;
        let update = "UPDATE totp SET expires_at = NULL, last_step = ? WHERE version = ?";
        sql::run(&self.sql, update, vec![sql::integer(step.0)?, sql::integer(version.0)?])
    }

    pub(super) fn set_last_step(&self, version: CredentialVersion, step: TimeStep) -> Result<()> {
        let update = "UPDATE totp SET last_step = ? WHERE version = ?";
        sql::run(&self.sql, update, vec![sql::integer(step.0)?, sql::integer(version.0)?])
    }

    pub(super) fn reseal_totp(&self, version: CredentialVersion, secret: &str) -> Result<()> {
        let update = "UPDATE totp SET secret = ? WHERE version = ?";
        sql::run(&self.sql, update, vec![secret.into(), sql::integer(version.0)?])
    }

    pub(super) fn replace_recovery_codes(&self, hashes: &[String]) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM recovery_code", vec![])?;
        for hash in hashes {
            sql::run(&self.sql, "INSERT INTO recovery_code (hash) VALUES (?)", vec![hash.as_str().into()])?;
        }
        Ok(())
    }

    pub(super) fn forget_recovery_code(&self, hash: &str) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM recovery_code WHERE hash = ?", vec![hash.into()])
    }

    pub(super) fn forget_factors(&self) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM totp", vec![])?;
        sql::run(&self.sql, "DELETE FROM recovery_code", vec![])
    }

    /// When the app that waits for its confirmation may be deleted.
    pub(super) fn next_pending_totp(&self) -> Result<Option<UnixTime>> {
        let query = "SELECT min(expires_at) AS at FROM totp";
        Ok(sql::row::<Next>(&self.sql, query, vec![])?.and_then(|row| row.at))
    }

    pub(super) fn forget_pending_totp_before(&self, now: UnixTime) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM totp WHERE expires_at <= ?", vec![sql::time(now)?])
    }
}
