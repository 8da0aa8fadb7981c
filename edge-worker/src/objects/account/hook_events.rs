//! What the account tells the deployer's hook.

use worker::Result;

use super::deliveries::Channel;
use super::store::AccountRow;
use super::{Account, now};
use crate::hooks::event::{HookEvent, HookEventKind, HookSession, HookUser};

impl Account {
    /// Stores an event for the hook, in the transaction that causes it. Nothing happens if there is no hook.
    pub(super) fn tell_hook(
        &self,
        kind: HookEventKind,
        account: &AccountRow,
        session: Option<HookSession<'_>>,
    ) -> Result<()> {
        if self.config()?.hooks.is_none() {
            return Ok(());
        }
        let user = HookUser {
            id: &self.id(),
            email: &account.email,
            email_verified: account.email_verified,
            roles: &account.roles,
            profile: &account.profile,
            metadata: &account.metadata,
            created_at: account.created_at,
        };
        let event = HookEvent { kind, time: now(), user, session };
        self.send(Channel::Hook, &serde_json::to_string(&event)?, kind.may_be_lost())
    }
}
