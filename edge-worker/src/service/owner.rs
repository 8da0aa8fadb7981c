//! Access tokens under `/auth`: our own only, and always asked of their account.

use std::rc::Rc;

use auth_core::token::Caller;

use super::Context;
use crate::gate::revocations;
use crate::gate::token_cache::Known;
use crate::gate::verify::{bearer_token, refused};
use crate::http::Refusal;
use crate::objects::client;
use crate::objects::protocol::{AccountCall, AccountReply, Bearing};

/// Whoever holds a verified access token of ours. Whether it is still good, his account says.
pub(super) struct Owner {
    known: Rc<Known>,
    bearing: Bearing,
}

impl Owner {
    /// Verifies the request's token, and that it wasn't revoked by itself.
    pub(super) async fn of(context: &Context) -> Result<Self, Refusal> {
        let known = bearer_token(context, &[0]).await?.known;
        let caller = known.verified.claims();
        // The account knows its sessions; that one single token was revoked, only the list knows.
        if revocations::token_is_revoked(context, caller).await? {
            return Err(refused(context, "revoked", ""));
        }
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
