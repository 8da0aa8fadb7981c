//! Reads and writes the families of sessions.

use auth_core::id::SessionId;
use auth_core::rotation::{End, Family, Generation};
use auth_core::secret::SecretBytes;
use auth_core::time::UnixTime;
use auth_core::wire::{SessionEndReason, read_json};
use ct_codecs::{Base64UrlSafeNoPadding, Decoder, Encoder};
use serde::Deserialize;
use worker::{Result, SqlStorageValue};

use super::super::sql::{self, misshapen};
use super::store::{Next, Store, broken};

#[derive(Deserialize)]
#[serde(rename(deserialize = "open"))]
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
    delegation: Option<String>,
    user_agent: String,
    address: String,
    ended_at: Option<UnixTime>,
    end_reason: Option<String>,
}

impl Store {
    /// All families, those of clients included. The newest first, also among families of the same second.
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
            made_at, replayed_at, presented, predecessor, key_spans, methods, jkt, delegation, user_agent, address, ended_at,
            end_reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
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
            family.delegation.as_ref().map(serde_json::to_string).transpose()?.into(),
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

    /// When the next family may be deleted.
    pub(super) fn next_family(&self) -> Result<Option<UnixTime>> {
        let next = sql::row::<Next>(&self.sql, "SELECT min(expires_at) AS at FROM family", vec![])?;
        Ok(next.and_then(|row| row.at).map(Family::kept_until))
    }

    /// Active families of browsers except the `most` that were used last.
    pub(super) fn idle_beyond(&self, most: u64, now: UnixTime) -> Result<Vec<Family>> {
        let query = "SELECT * FROM family WHERE delegation IS NULL AND ended_at IS NULL AND expires_at > ?
            AND idle_expires_at > ?
            ORDER BY last_used_at DESC, created_at DESC, rowid DESC LIMIT -1 OFFSET ?";
        let values = vec![sql::time(now)?, sql::time(now)?, sql::integer(most)?];
        let rows = sql::rows::<StoredFamily>(&self.sql, query, values)?;
        rows.into_iter().map(|row| self.family_from(row)).collect()
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
            delegation: row
                .delegation
                .map(|text| read_json(text.as_bytes()).map_err(misshapen))
                .transpose()?,
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
