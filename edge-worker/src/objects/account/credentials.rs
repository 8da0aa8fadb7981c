//! The account's creation, and its stored credentials.

use auth_core::one_time::OneTimePassword;
use worker::Result;

use super::store::{AccountRow, Standing};
use super::{Account, Decide, now};
use crate::objects::call::{Done, Handle};
use crate::objects::protocol::account::{
    Confirm, Confirmed, Conflict, Create, Creation, Credentials, Discard, FindCreation, Record, Rehash,
    StoredCredentials,
};

impl Handle<Create> for Account {
    fn handle(&self, call: Create) -> Result<Done> {
        let Create { email, password_hash, roles, one_time_until, creation } = call;
        let store = self.store();
        self.object.create_tables()?;
        store.create(&email, &password_hash, &roles, now())?;
        if let Some(until) = one_time_until {
            store.set_one_time(&OneTimePassword::new(until))?;
        }
        if let Some(creation) = creation {
            store.put_creation(&creation)?;
        }
        self.later(|aftermath| aftermath.confirm_later = true);
        Ok(Done {})
    }
}

impl Decide for FindCreation {
    fn decide(self, at: &Account, _: AccountRow) -> Result<Option<Creation>> {
        at.store().creation(&self.key_hash, now())
    }
}

impl Decide for Confirm {
    fn decide(self, at: &Account, _: AccountRow) -> Result<Option<Done>> {
        at.store().confirm()?;
        Ok(Some(Done {}))
    }
}

impl Decide for Discard {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        if account.confirmed {
            return Ok(Some(Err(Confirmed {})));
        }
        at.store().discard()?;
        Ok(Some(Ok(Done {})))
    }
}

impl Decide for Credentials {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Option<StoredCredentials>> {
        let spent = at.store().one_time()?.is_some_and(|password| !password.opens_session(now()));
        Ok(Some(StoredCredentials {
            password_hash: account.password_hash,
            disabled: account.standing == Standing::Disabled,
            spent,
        }))
    }
}

impl Decide for Rehash {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Self::Reply> {
        if account.password_hash != self.proved_hash {
            return Ok(Some(Err(Conflict {})));
        }
        at.store().set_password(&self.password_hash)?;
        Ok(Some(Ok(Done {})))
    }
}

impl Decide for Record {
    fn decide(self, at: &Account, _: AccountRow) -> Result<Option<Done>> {
        at.record(*self.event)?;
        Ok(Some(Done {}))
    }
}
