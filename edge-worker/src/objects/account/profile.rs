//! Changes the user's profile.

use worker::Result;

use super::store::AccountRow;
use super::{Account, Decide, now};
use crate::audit::Kind;
use crate::objects::protocol::account::ChangeProfile;
use crate::objects::protocol::session::LivingSession;

/// Access tokens do not contain the profile, so they stay valid.
impl Decide for ChangeProfile {
    fn decide(self, at: &Account, account: AccountRow) -> Result<Option<Box<LivingSession>>> {
        let Self { bearing, change, asker } = self;
        let Some(family) = at.session_of(&account, &bearing)? else { return Ok(None) };
        let profile = change.applied_to(account.profile.clone());
        if profile == account.profile {
            return at.living(&account, &family, None).map(Some);
        }
        at.store().set_profile(&profile)?;
        at.record(asker.event(Kind::ProfileChanged, now()).session(&family.id))?;
        at.living(&AccountRow { profile, ..account }, &family, None).map(Some)
    }
}
