//! What is said of the user where his credentials are.

use worker::Result;

use super::super::protocol::Profile;
use super::store::AccountRow;
use super::{Account, now};
use crate::audit::{Asker, Event, Kind};

impl Account {
    /// Takes it over, and gives the account as it is from now on. Other roles outdate the access tokens there are, as when an
    /// administrator changes them; the order in which they are said means nothing.
    pub(super) fn take_over(
        &self,
        mut account: AccountRow,
        Profile { email, roles }: Profile,
        asker: &Asker,
    ) -> Result<AccountRow> {
        let store = self.store();
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
            store.set_email(&email)?;
            self.record(asker.event(Kind::EmailChanged, now()).reason("elsewhere"))?;
            account.email = email;
        }
        Ok(account)
    }
}
