//! Another address for the account.
//!
//! The Directory is told of each step by [`Account::sync_addresses`], which compares nothing but states what the
//! account has stored: it can be repeated, and the alarm repeats it until it succeeds.
//!
//! - An address that is about to become the account's is *pending* for as long as its code is valid. The Directory
//!   assigns it to the account before the change, so that no other account can have it.
//! - The address before a change is a *former* one. It is held for the account for seven days, in which a code that
//!   was sent to it undoes the change.

use auth_core::credential::{ADDRESS_UNDO_LIFETIME, ChallengePurpose, ChallengeVerdict, Credential};
use auth_core::time::UnixTime;
use auth_core::wire::CHALLENGE_LIFETIME;
use serde::Deserialize;
use worker::{Error, Result};

use super::super::sql;
use super::super::{Unavailable, client};
use super::store::{AccountRow, Next, Standing, Store};
use super::{Account, Decide, now};
use crate::audit::Kind as What;
use crate::mail::Kind;
use crate::objects::call::Done;
use crate::objects::protocol::account::{BeginEmailChange, CodeRefused, FinishEmailChange, UndoEmailChange};

/// Makes the new address pending. The code is not used up, so that a fault before the change costs no code.
impl Decide for BeginEmailChange {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Self { bearing, browser, mac } = self;
        if at.strong_session_of(&account, &bearing)?.is_none() {
            return Ok(None);
        }
        let answered = at.answer_code(ChallengePurpose::EmailChange, &browser, &mac, None)?;
        let code = match (answered.verdict, answered.code) {
            (ChallengeVerdict::Correct(once), Some(code)) if !at.store().is_used(&once)? => code,
            (ChallengeVerdict::Wrong { .. }, _) => return Ok(Some(Err(CodeRefused::Wrong))),
            (ChallengeVerdict::Correct(_) | ChallengeVerdict::Rejected(_), _) => {
                return Ok(Some(Err(CodeRefused::Expired)));
            }
        };
        let until = now().plus(CHALLENGE_LIFETIME);
        at.store().add_address(&code.email, true, false)?;
        at.store().put_pending_address(&code.email, until)?;
        at.later(|aftermath| aftermath.forget_at = Some(until));
        Ok(Some(Ok(code.email)))
    }
}

/// Only a verified address is told of the change, and can undo it: another one may be a stranger's.
impl Decide for FinishEmailChange {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Self { bearing, browser, mac, undo, asker } = self;
        let Some(family) = at.strong_session_of(&account, &bearing)? else { return Ok(None) };
        let email = match at.use_code(ChallengePurpose::EmailChange, &browser, &mac)? {
            Ok(code) => code.email,
            Err(refused) => return Ok(Some(Err(refused))),
        };
        let store = at.store();
        if !store.is_pending_address(&email)? {
            return Ok(Some(Err(CodeRefused::Expired)));
        }
        let former = account.email.clone();
        if at.notify(Kind::EmailChanged, &account, &asker, Some(&undo.code))? {
            let until = now().plus(ADDRESS_UNDO_LIFETIME);
            store.put_former_address(&former, &undo.hash, until)?;
            at.later(|aftermath| aftermath.forget_at = Some(until));
        } else {
            store.drop_address(&former)?;
        }
        at.replace_address(&account, &email)?;
        store.forget_pending_address(&email)?;
        store.forget_former_address(&email)?;
        at.sync_later(&[&former, &email])?;
        at.record(asker.event(What::EmailChanged, now()).session(&family.id))?;
        let account = AccountRow { email, email_verified: true, epoch: account.epoch + 1, ..account };
        Ok(Some(Ok(at.living(&account, &family, None)?)))
    }

    fn ends_something(&self) -> bool {
        true
    }
}

/// The code that was sent to a former address is correct: the account has that address again. All changes since
/// are undone with it, and all sessions end.
impl Decide for UndoEmailChange {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        let Self { email, undo_hash, asker } = self;
        let store = at.store();
        let Some(former) = store.former_address(&email)? else { return Ok(Some(Err(CodeRefused::Expired))) };
        if !ct_codecs::verify(former.undo_hash.as_bytes(), undo_hash.as_bytes()) {
            return Ok(Some(Err(CodeRefused::Wrong)));
        }
        if now() >= former.until || account.standing == Standing::Disabled {
            return Ok(Some(Err(CodeRefused::Expired)));
        }
        // What came after it goes with it.
        let later = store.former_addresses_after(&email)?;
        for address in later.iter().chain([&account.email]) {
            store.forget_former_address(address)?;
            store.drop_address(address)?;
        }
        let dropped: Vec<&str> = later.iter().chain([&account.email]).map(String::as_str).collect();
        at.replace_address(&account, &email)?;
        store.forget_former_address(&email)?;
        at.sync_later(&dropped)?;
        at.sync_later(&[&email])?;
        // `replace_address` has raised the epoch.
        let account = AccountRow { epoch: account.epoch + 1, ..account };
        let ended = at.end_sessions(&account)?;
        at.record(asker.event(What::EmailChangeUndone, now()).sessions(ended))?;
        Ok(Some(Ok(Done {})))
    }

    fn ends_something(&self) -> bool {
        true
    }
}

impl Account {
    /// Gives the account another address, which its user has proved. Its tokens may contain the old one, so they
    /// are renewed.
    fn replace_address(&self, account: &AccountRow, email: &str) -> Result<()> {
        let store = self.store();
        store.add_address(email, true, false)?;
        store.remove_email_credential(&account.email)?;
        if store.credentials()?.email(email).is_none() {
            store.add_credential(&Credential::Email(email.to_owned()))?;
        }
        store.set_email(email)?;
        self.outdate_tokens(account)
    }

    /// Has the Directory told about these addresses, before the reply leaves if that is possible.
    fn sync_later(&self, addresses: &[&str]) -> Result<()> {
        for address in addresses {
            self.store().put_unsynced_address(address)?;
        }
        self.later(|aftermath| aftermath.sync = true);
        Ok(())
    }

    /// Tells the Directory what the account's addresses are.
    ///
    /// # Errors
    /// The Directory could not be told; this is repeated.
    pub(super) async fn sync_addresses(&self) -> Result<()> {
        let failed = |error: Unavailable| Error::from(error.cause);
        let (env, id) = (&self.object.env, self.id());
        while self.store().is_there()?
            && let Some(address) = self.store().unsynced_address()?
        {
            match self.object.decide(|| self.state_of_address(&address))? {
                AddressState::Current => {
                    // It was claimed before it became current, so no other account has it.
                    client::claim_address(env, &address, &id).await.map_err(failed)?.ok();
                }
                AddressState::Former(until) => {
                    client::hold_address(env, &address, &id, until).await.map_err(failed)?;
                }
                AddressState::Pending => {}
                AddressState::None => {
                    client::release_address(env, &address, &id).await.map_err(failed)?;
                }
            }
            if self.store().is_there()? {
                self.store().forget_unsynced_address(&address)?;
            }
        }
        Ok(())
    }

    fn state_of_address(&self, address: &str) -> Result<AddressState> {
        let store = self.store();
        if store.read()?.is_some_and(|account| account.email == address) {
            return Ok(AddressState::Current);
        }
        if store.is_pending_address(address)? {
            return Ok(AddressState::Pending);
        }
        Ok(match store.former_address(address)? {
            Some(former) => AddressState::Former(former.until),
            None => AddressState::None,
        })
    }

    /// Forgets pending and former addresses whose time has passed; the Directory releases them.
    pub(super) fn forget_addresses_before(&self, now: UnixTime) -> Result<()> {
        let store = self.store();
        let current = store.read()?.map(|account| account.email);
        for address in store.expired_addresses(now)? {
            store.forget_pending_address(&address)?;
            store.forget_former_address(&address)?;
            if current.as_ref() != Some(&address) {
                store.drop_address(&address)?;
            }
            store.put_unsynced_address(&address)?;
        }
        Ok(())
    }
}

/// What an address is to the account.
enum AddressState {
    Current,
    Pending,
    /// It is held until this time.
    Former(UnixTime),
    None,
}

#[derive(Deserialize)]
struct Address {
    email: String,
}

/// An address that the account had before.
#[derive(Deserialize)]
struct FormerAddress {
    undo_hash: String,
    until: UnixTime,
}

impl Store {
    fn set_email(&self, email: &str) -> Result<()> {
        sql::run(&self.sql, "UPDATE account SET email = ?", vec![email.into()])
    }

    /// The account has nothing to do with the address any more.
    fn drop_address(&self, email: &str) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM address WHERE email = ?", vec![email.into()])
    }

    fn remove_email_credential(&self, email: &str) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM credential WHERE kind = 'email' AND value = ?", vec![email.into()])
    }

    fn put_pending_address(&self, email: &str, until: UnixTime) -> Result<()> {
        let insert = "INSERT OR REPLACE INTO pending_address (email, until) VALUES (?, ?)";
        sql::run(&self.sql, insert, vec![email.into(), sql::time(until)?])
    }

    fn is_pending_address(&self, email: &str) -> Result<bool> {
        let query = "SELECT email FROM pending_address WHERE email = ?";
        Ok(sql::row::<Address>(&self.sql, query, vec![email.into()])?.is_some())
    }

    fn forget_pending_address(&self, email: &str) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM pending_address WHERE email = ?", vec![email.into()])
    }

    fn put_former_address(&self, email: &str, undo_hash: &str, until: UnixTime) -> Result<()> {
        let insert = "INSERT OR REPLACE INTO former_address (email, undo_hash, until) VALUES (?, ?, ?)";
        sql::run(&self.sql, insert, vec![email.into(), undo_hash.into(), sql::time(until)?])
    }

    fn former_address(&self, email: &str) -> Result<Option<FormerAddress>> {
        let query = "SELECT undo_hash, until FROM former_address WHERE email = ?";
        sql::row(&self.sql, query, vec![email.into()])
    }

    /// Those that became former ones after this one. Their order counts, because their times may be the same second.
    fn former_addresses_after(&self, email: &str) -> Result<Vec<String>> {
        let query = "SELECT email FROM former_address
            WHERE rowid > (SELECT rowid FROM former_address WHERE email = ?)";
        let rows = sql::rows::<Address>(&self.sql, query, vec![email.into()])?;
        Ok(rows.into_iter().map(|Address { email }| email).collect())
    }

    fn forget_former_address(&self, email: &str) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM former_address WHERE email = ?", vec![email.into()])
    }

    fn expired_addresses(&self, now: UnixTime) -> Result<Vec<String>> {
        let query = "SELECT email FROM pending_address WHERE until <= ?1
            UNION SELECT email FROM former_address WHERE until <= ?1";
        let rows = sql::rows::<Address>(&self.sql, query, vec![sql::time(now)?])?;
        Ok(rows.into_iter().map(|Address { email }| email).collect())
    }

    /// When the next pending or former address expires.
    pub(super) fn next_address_to_forget(&self) -> Result<Option<UnixTime>> {
        let query = "SELECT min(until) AS at FROM
            (SELECT until FROM pending_address UNION ALL SELECT until FROM former_address)";
        Ok(sql::row::<Next>(&self.sql, query, vec![])?.and_then(|row| row.at))
    }

    fn put_unsynced_address(&self, email: &str) -> Result<()> {
        let insert = "INSERT INTO unsynced_address (email) VALUES (?) ON CONFLICT DO NOTHING";
        sql::run(&self.sql, insert, vec![email.into()])
    }

    /// An address of which the Directory is still to be told.
    pub(super) fn unsynced_address(&self) -> Result<Option<String>> {
        let query = "SELECT email FROM unsynced_address LIMIT 1";
        Ok(sql::row::<Address>(&self.sql, query, vec![])?.map(|Address { email }| email))
    }

    fn forget_unsynced_address(&self, email: &str) -> Result<()> {
        sql::run(&self.sql, "DELETE FROM unsynced_address WHERE email = ?", vec![email.into()])
    }
}
