//! Challenges of ceremonies of two steps. Each call is one transaction, so that of any number of concurrent
//! answers one is accepted.

use auth_core::credential::{Challenge, ChallengeRejection, ChallengeVerdict};
use auth_core::time::UnixTime;
use serde::Deserialize;
use worker::Result;

use super::super::call::Done;
use super::super::protocol::account::{AnswerChallenge, IssueChallenge};
use super::super::sql::{self, misshapen};
use super::store::{AccountRow, Store};
use super::{Account, Decide, now};

/// How many browsers may have a challenge of one account at the same time. One more ends the oldest.
const MAX_CHALLENGES: u64 = 32;

#[derive(Deserialize)]
struct Row {
    challenge: String,
}

impl Decide for IssueChallenge {
    fn decide(self, at: &Account, _: AccountRow) -> Result<Option<Done>> {
        let challenge = Challenge::issue(self.purpose, self.browser, now());
        at.store().put_challenge(&challenge)?;
        at.later(|aftermath| aftermath.forget_at = Some(challenge.expires_at));
        Ok(Some(Done {}))
    }
}

impl Decide for AnswerChallenge {
    fn decide(self, at: &Account, _: AccountRow) -> Result<Option<ChallengeVerdict>> {
        let Some(mut challenge) = at.store().challenge(&self.browser)? else {
            return Ok(Some(ChallengeVerdict::Rejected(ChallengeRejection::OtherBrowser)));
        };
        let verdict = challenge.answer(self.purpose, &self.browser, self.is_correct, now());
        match verdict {
            ChallengeVerdict::Accepted | ChallengeVerdict::Wrong { .. } => {
                at.store().put_challenge(&challenge)?
            }
            // Nothing has changed.
            ChallengeVerdict::Rejected(_) => {}
        }
        Ok(Some(verdict))
    }
}

impl Store {
    fn challenge(&self, browser: &str) -> Result<Option<Challenge>> {
        let query = "SELECT challenge FROM challenge WHERE browser = ?";
        let row = sql::row::<Row>(&self.sql, query, vec![browser.into()])?;
        row.map(|row| auth_core::wire::read_json(row.challenge.as_bytes()).map_err(misshapen)).transpose()
    }

    /// A new challenge replaces the browser's earlier one.
    fn put_challenge(&self, challenge: &Challenge) -> Result<()> {
        let insert = "INSERT OR REPLACE INTO challenge (browser, challenge, expires_at) VALUES (?, ?, ?)";
        let text = serde_json::to_string(challenge)?;
        let values = vec![challenge.browser.as_str().into(), text.into(), sql::time(challenge.expires_at)?];
        sql::run(&self.sql, insert, values)?;
        let make_room = "DELETE FROM challenge WHERE browser NOT IN
            (SELECT browser FROM challenge ORDER BY expires_at DESC, rowid DESC LIMIT ?)";
        sql::run(&self.sql, make_room, vec![sql::integer(MAX_CHALLENGES)?])
    }

    pub(super) fn forget_challenges_before(&self, now: UnixTime) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM challenge WHERE expires_at <= ?", vec![sql::time(now)?])
    }
}
