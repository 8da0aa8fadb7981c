//! Access tokens under `/auth`: our own only, and always asked of their account.

use auth_core::token::AccessClaims;

use super::Context;
use crate::gate::verify::{bearer_token, refused};
use crate::http::Refusal;
use crate::objects::client;
use crate::objects::protocol::{AccountCall, AccountReply, Bearing};

/// Whoever holds a verified access token. Whether it is still good, his account says.
pub(super) struct Owner {
    pub(super) claims: AccessClaims,
}

impl Owner {
    /// Verifies the request's token.
    pub(super) async fn of(context: &Context) -> Result<Self, Refusal> {
        let verified = bearer_token(&context.env, &context.config, &context.incoming).await?;
        Ok(Self { claims: verified.claims().clone() })
    }

    /// What the token says about its session.
    pub(super) fn bearing(&self) -> Bearing {
        Bearing { session: self.claims.sid.clone(), epoch: self.claims.epoch }
    }

    /// Asks the account, which refuses a token whose session has ended or whose epoch is over.
    pub(super) async fn ask(&self, context: &Context, call: AccountCall) -> Result<AccountReply, Refusal> {
        match client::account(&context.env, &self.claims.sub, &call).await? {
            AccountReply::TokenDead | AccountReply::NoAccount => {
                Err(refused(&context.config, &context.incoming, "revoked", ""))
            }
            reply => Ok(reply),
        }
    }
}
