//! Access tokens under `/auth`: our own only, and always asked of their account.

use std::rc::Rc;

use auth_core::token::Caller;

use super::Context;
use crate::gate::revocations;
use crate::gate::token_cache::Known;
use crate::gate::verify::{bearer_token, by_present_keys, refused};
use crate::http::Refusal;
use crate::objects::client;
use crate::objects::protocol::{AccountCall, AccountReply, Bearing};

/// Whoever holds a verified access token of ours. Whether it is still good, his account says.
pub(super) struct Owner {
    known: Rc<Known>,
    bearing: Bearing,
}

impl Owner {
    /// Verifies the request's token, and that neither it nor its key was taken back.
    pub(super) async fn of(context: &Context) -> Result<Self, Refusal> {
        let token = bearer_token(context, &[0]).await?;
        // The account knows its sessions; that one single token or a key was taken back, only the list knows.
        if revocations::token_is_revoked(context, token.known.verified.claims()).await? {
            return Err(refused(context, "revoked", ""));
        }
        let known = by_present_keys(context, &[0], token).await?.known;
        let caller = known.verified.claims();
        match (caller.session.clone(), caller.epoch) {
            (Some(session), Some(epoch)) => Ok(Self { bearing: Bearing { session, epoch }, known }),
            (_, _) => Err(refused(context, "no_session", "")),
        }
    }

    /// Who it is.
    pub(super) fn caller(&self) -> &Caller {
        self.known.verified.claims()
    }

    /// What the token says about its session.
    pub(super) fn bearing(&self) -> Bearing {
        self.bearing.clone()
    }

    /// Asks the account, which refuses a token whose session has ended or whose epoch is over.
    pub(super) async fn ask(&self, context: &Context, call: AccountCall) -> Result<AccountReply, Refusal> {
        match client::account(&context.env, &self.caller().subject, &call).await? {
            AccountReply::TokenDead | AccountReply::NoAccount => Err(refused(context, "revoked", "")),
            reply => Ok(reply),
        }
    }
}
