//! Applies what the external credentials' system says about the user.

use auth_core::credential::Profile;
use auth_core::time::UnixTime;
use serde::Deserialize;
use worker::Result;

use super::super::sql;
use super::store::{AccountRow, Store};
use super::{Account, now};
use crate::audit::{Asker, Event, Kind};

/// How many typed addresses are stored per account.
const MAX_TYPED: u64 = 32;

#[derive(Deserialize)]
struct Typed {
    subject: String,
}

impl Account {
    /// Stores the profile and returns the account with it. A change of roles outdates the existing access
    /// tokens, as a change by an administrator does. The order of the roles has no meaning.
    pub(super) fn take_over(
        &self,
        mut account: AccountRow,
        Profile { email, roles, typed }: Profile,
        asker: &Asker,
    ) -> Result<AccountRow> {
        let store = self.store();
        store.remember_typed(&typed, now())?;
        let same =
            roles.len() == account.roles.len() && roles.iter().all(|role| account.roles.contains(role));
        if !same {
            self.outdate_tokens(&account)?;
            account.epoch += 1;
            store.set_roles(&roles)?;
            let event = asker.event(Kind::RolesChanged, now()).reason("elsewhere");
            self.record(Event { roles: Some(roles.clone()), ..event })?;
            account.roles = roles;
        }
        if email != account.email {
            store.replace_stated_address(&email)?;
            self.record(asker.event(Kind::EmailChanged, now()).reason("elsewhere"))?;
            account.email = email;
        }
        Ok(account)
    }
}

impl Store {
    /// Stores the limiter's subject for an address that the user typed at a sign-in. With external
    /// credentials it may differ from the account's address.
    pub(super) fn remember_typed(&self, subject: &str, now: UnixTime) -> Result<()> {
        let insert =
            "INSERT INTO typed (subject, at) VALUES (?, ?) ON CONFLICT DO UPDATE SET at = excluded.at";
        sql::run(&self.sql, insert, vec![subject.into(), sql::time(now)?])?;
        let make_room = "DELETE FROM typed WHERE subject NOT IN
            (SELECT subject FROM typed ORDER BY at DESC LIMIT ?)";
        sql::run(&self.sql, make_room, vec![sql::integer(MAX_TYPED)?])
    }

    /// The limiter's subjects for all addresses that the user typed.
    pub(super) fn typed(&self) -> Result<Vec<String>> {
        let rows = sql::rows::<Typed>(&self.sql, "SELECT subject FROM typed", vec![])?;
        Ok(rows.into_iter().map(|Typed { subject }| subject).collect())
    }
}
