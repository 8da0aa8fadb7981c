//! Challenges of ceremonies of two steps, and the proofs that count once.

use auth_core::credential::{
    Challenge, ChallengePurpose, ChallengeRejection, ChallengeVerdict, Expected, Once,
};
use auth_core::time::UnixTime;
use serde::Deserialize;
use worker::Result;

use super::super::sql::{self, misshapen};
use super::store::{AccountRow, Store};
use super::{Account, Decide, now};
use crate::objects::call::{Done, Handle};
use crate::objects::protocol::account::{AnswerCode, AnsweredCode, HoldCode, IssueMailCode};

/// How many browsers may have a challenge of one account at the same time. One more ends the oldest.
const MAX_CHALLENGES: u64 = 32;

#[derive(Deserialize)]
struct Row {
    challenge: String,
}

#[derive(Deserialize)]
struct Inserted {
    #[expect(dead_code, reason = "only whether there is a row counts")]
    id: String,
}

impl Handle<HoldCode> for Account {
    fn handle(&self, HoldCode { code, purpose, browser }: HoldCode) -> Result<Done> {
        self.object.create_tables()?;
        self.store().create(&code.email, None, &[], false, now())?;
        self.store().put_challenge(&Challenge::issue(purpose, browser, Expected::Code(code), now()))?;
        self.later(|aftermath| aftermath.confirm_later = true);
        Ok(Done {})
    }
}

impl Decide for IssueMailCode {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Option<Done>> {
        let Self { bearing, code, purpose, browser } = self;
        if at.session_of(&account, &bearing)?.is_none() {
            return Ok(None);
        }
        at.issue(&Challenge::issue(purpose, browser, Expected::Code(code), now()))?;
        Ok(Some(Done {}))
    }
}

impl Decide for AnswerCode {
    fn decide(self, at: &Account, _: AccountRow) -> Result<Option<AnsweredCode>> {
        let Self { purpose, browser, mac, email } = self;
        at.answer_code(purpose, &browser, &mac, email.as_deref()).map(Some)
    }
}

impl Account {
    /// Verifies a code that a user has typed. A wrong one counts. A correct one is not used up yet.
    pub(super) fn answer_code(
        &self,
        purpose: ChallengePurpose,
        browser: &str,
        mac: &str,
        email: Option<&str>,
    ) -> Result<AnsweredCode> {
        let Some(mut challenge) = self.store().challenge(browser)? else {
            let verdict = ChallengeVerdict::Rejected(ChallengeRejection::OtherBrowser);
            return Ok(AnsweredCode { verdict, code: None });
        };
        let Expected::Code(code) = challenge.expected.clone() else {
            let verdict = ChallengeVerdict::Rejected(ChallengeRejection::OtherPurpose);
            return Ok(AnsweredCode { verdict, code: None });
        };
        let is_correct = code.is_met_by(mac, email);
        let verdict = challenge.answer(purpose, browser, is_correct, now());
        let code = match &verdict {
            ChallengeVerdict::Correct(_) => Some(code),
            ChallengeVerdict::Wrong { .. } => {
                self.store().put_challenge(&challenge)?;
                Some(code)
            }
            // Nothing has changed.
            ChallengeVerdict::Rejected(_) => None,
        };
        Ok(AnsweredCode { verdict, code })
    }

    /// Stores a challenge, and has it deleted when it has expired.
    pub(super) fn issue(&self, challenge: &Challenge) -> Result<()> {
        self.store().put_challenge(challenge)?;
        self.later(|aftermath| aftermath.forget_at = Some(challenge.expires_at));
        Ok(())
    }

    /// Uses up a proof that counts once, in the transaction in which it takes effect. Returns whether it counts.
    pub(super) fn uses_up(&self, once: &Once) -> Result<bool> {
        let counts = now() < once.until && self.store().use_up(once)?;
        if counts {
            self.later(|aftermath| aftermath.forget_at = Some(once.until));
        }
        Ok(counts)
    }
}

impl Store {
    pub(super) fn challenge(&self, browser: &str) -> Result<Option<Challenge>> {
        let query = "SELECT challenge FROM challenge WHERE browser = ?";
        let row = sql::row::<Row>(&self.sql, query, vec![browser.into()])?;
        row.map(|row| auth_core::wire::read_json(row.challenge.as_bytes()).map_err(misshapen)).transpose()
    }

    pub(super) fn put_challenge(&self, challenge: &Challenge) -> Result<()> {
        let insert = "INSERT OR REPLACE INTO challenge (browser, challenge, expires_at) VALUES (?, ?, ?)";
        let text = serde_json::to_string(challenge)?;
        let values = vec![challenge.browser.as_str().into(), text.into(), sql::time(challenge.expires_at)?];
        sql::run(&self.sql, insert, values)?;
        let make_room = "DELETE FROM challenge WHERE browser NOT IN
            (SELECT browser FROM challenge ORDER BY expires_at DESC, rowid DESC LIMIT ?)";
        sql::run(&self.sql, make_room, vec![sql::integer(MAX_CHALLENGES)?])
    }

    /// An answer to the challenge was accepted.
    pub(super) fn forget_challenge(&self, browser: &str) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM challenge WHERE browser = ?", vec![browser.into()])
    }

    pub(super) fn forget_challenges_before(&self, now: UnixTime) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM challenge WHERE expires_at <= ?", vec![sql::time(now)?])?;
        sql::run(&self.sql, "DELETE FROM used_proof WHERE until <= ?", vec![sql::time(now)?])
    }

    /// Whether the proof was used.
    pub(super) fn is_used(&self, once: &Once) -> Result<bool> {
        let query = "SELECT id FROM used_proof WHERE id = ?";
        Ok(sql::row::<Inserted>(&self.sql, query, vec![once.id.as_str().into()])?.is_some())
    }

    /// Returns whether the proof had not been used.
    fn use_up(&self, once: &Once) -> Result<bool> {
        let insert = "INSERT INTO used_proof (id, until) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING id";
        let values = vec![once.id.as_str().into(), sql::time(once.until)?];
        Ok(sql::row::<Inserted>(&self.sql, insert, values)?.is_some())
    }
}
