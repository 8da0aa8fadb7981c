//! Access tokens under `/auth`: our own only, and always asked of their account.

use std::rc::Rc;

use auth_core::token::Caller;
use auth_core::wire::ErrorCode;

use super::Context;
use super::session::now;
use crate::gate::revocations;
use crate::gate::token_cache::Known;
use crate::gate::verify::{bearer_token, by_present_keys, refused};
use crate::http::Refusal;
use crate::objects::client;
use crate::objects::protocol::{AccountCall, AccountReply, Bearing, LivingSession};

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

    /// The session as its account knows it at this moment.
    pub(super) async fn session(&self, context: &Context) -> Result<LivingSession, Refusal> {
        match self.ask(context, AccountCall::Check(self.bearing())).await? {
            AccountReply::Session(living) => Ok(*living),
            _ => Err(Refusal::unavailable()),
        }
    }

    /// Requires that the user has proved a credential recently, for changes of credentials and for the end of the account: a session
    /// that was left open, or stolen, is not enough. Decided before the password in the request counts as an attempt.
    ///
    /// # Errors
    /// `reauthentication_required`.
    pub(super) async fn require_fresh(&self, context: &Context) -> Result<(), Refusal> {
        let session = self.session(context).await?;
        if now().since(session.authenticated_at) <= context.config.reauthentication {
            return Ok(());
        }
        Err(Refusal::new(ErrorCode::ReauthenticationRequired))
    }

    /// Asks the account, which refuses a token whose session has ended or whose epoch is over.
    pub(super) async fn ask(&self, context: &Context, call: AccountCall) -> Result<AccountReply, Refusal> {
        match client::account(&context.env, &self.caller().subject, &call).await? {
            AccountReply::TokenDead | AccountReply::NoAccount => Err(refused(context, "revoked", "")),
            reply => Ok(reply),
        }
    }
}
