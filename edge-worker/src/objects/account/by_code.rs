//! What a code that was sent by mail changes in an account: a forgotten password, the verification of the
//! address.

use auth_core::credential::{ChallengePurpose, ChallengeVerdict, Credential, ExpectedCode, Proof};
use auth_core::wire::Email;
use worker::Result;

use super::super::sql;
use super::store::{AccountRow, Standing, Store};
use super::{Account, Decide, now};
use crate::audit::Kind as What;
use crate::mail::Kind;
use crate::objects::protocol::account::{CodeRefused, NotOpened, OpenSession, RecoverPassword, VerifyByCode};

/// If the address was not verified, its owner may be another person than the user who created the account. All
/// credentials that were added before, API keys and consents are removed, because they may be that person's.
impl Decide for RecoverPassword {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Self { email, once, password_hash, keys, challenge, asker } = self;
        let is_its_address =
            Email::stored(&account.email).as_str() == email && at.store().has_claimed(&account.email)?;
        if account.standing == Standing::Disabled || !is_its_address {
            return Ok(Some(Err(NotOpened::Conflict)));
        }
        // Nothing shows that the owner of the address and the user of the second factor are the same person.
        let is_proved = at.store().credentials()?.email(&account.email).is_some();
        if account.second_factor && !is_proved && !at.store().is_vouched(&account.email)? {
            return Ok(Some(Err(NotOpened::Conflict)));
        }
        if !at.uses_up(&once)? {
            return Ok(Some(Err(NotOpened::Used)));
        }
        let store = at.store();
        let version = match store.credentials()?.email(&account.email) {
            Some(version) => version,
            None => {
                for key in store.credentials()?.iter().filter_map(Credential::directory_key) {
                    store.reserve(&key, now())?;
                    at.later(|aftermath| aftermath.release = true);
                }
                store.remove_credentials()?;
                store.delete_api_keys()?;
                store.delete_grants()?;
                store.add_credential(&Credential::Email(account.email.clone()))?
            }
        };
        store.replace_password(&password_hash)?;
        store.forget_one_time()?;
        at.notify(Kind::PasswordChanged, &account, &asker, None)?;
        let ended = at.end_sessions(&account)?;
        at.record(asker.event(What::PasswordRecovered, now()).sessions(ended))?;
        let account = AccountRow { epoch: account.epoch + 1, email_verified: true, ..account };
        let proof = Proof { once: None, ..Proof::of_email(at.id(), version, now(), once) };
        OpenSession { asker, proof, signed_up: false, keys, challenge }.decide(at, account)
    }

    fn ends_something(&self) -> bool {
        true
    }
}

impl Decide for VerifyByCode {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Self { bearing, browser, mac, asker } = self;
        let Some(family) = at.session_of(&account, &bearing)? else { return Ok(None) };
        let code = match at.use_code(ChallengePurpose::EmailVerification, &browser, &mac)? {
            Ok(code) => code,
            Err(refused) => return Ok(Some(Err(refused))),
        };
        // The address of the account may have been changed, or another user may have proved it.
        if Email::stored(&account.email).as_str() != code.email {
            return Ok(Some(Err(CodeRefused::Expired)));
        }
        if !at.store().has_claimed(&account.email)? {
            return Ok(Some(Err(CodeRefused::Taken)));
        }
        if at.store().credentials()?.email(&account.email).is_none() {
            at.store().add_credential(&Credential::Email(account.email.clone()))?;
        }
        at.record(asker.event(What::EmailVerified, now()).session(&family.id))?;
        let account = AccountRow { email_verified: true, ..account };
        Ok(Some(Ok(at.living(&account, &family, None)?)))
    }
}

impl Account {
    /// Verifies a code, and uses it up if it is correct.
    pub(super) fn use_code(
        &self,
        purpose: ChallengePurpose,
        browser: &str,
        mac: &str,
    ) -> Result<core::result::Result<ExpectedCode, CodeRefused>> {
        let answered = self.answer_code(purpose, browser, mac, None)?;
        Ok(match (answered.verdict, answered.code) {
            (ChallengeVerdict::Correct(once), Some(code)) if self.uses_up(&once)? => Ok(code),
            (ChallengeVerdict::Wrong { .. }, _) => Err(CodeRefused::Wrong),
            (ChallengeVerdict::Correct(_) | ChallengeVerdict::Rejected(_), _) => Err(CodeRefused::Expired),
        })
    }
}

impl Store {
    /// Removes all credentials, and what belongs to them.
    fn remove_credentials(&self) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM provider_token", vec![])?;
        sql::run(&self.sql, "DELETE FROM credential", vec![])
    }
}
