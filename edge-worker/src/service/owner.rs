//! Access tokens under `/auth`: only those of users' own sessions, always checked with their account.

use auth_core::credential::Assurance;
use auth_core::token::Caller;
use auth_core::wire::ErrorCode;

use super::Context;
use super::session::now;
use crate::gate::denial::{refused, step_up};
use crate::gate::fulfil::{self, Findings};
use crate::gate::present_state;
use crate::gate::provable;
use crate::gate::token_cache::Token;
use crate::http::Refusal;
use crate::objects::call::Call;
use crate::objects::client;
use crate::objects::protocol::account::{AccountCalls, Check};
use crate::objects::protocol::session::{Bearing, LivingSession};

/// The user whose session's access token was verified. Only the account knows whether the token is still valid.
/// Tokens of OAuth clients and of API keys do not count, whatever their scopes.
pub(super) struct Owner {
    token: Token,
    bearing: Bearing,
}

impl Owner {
    /// Verifies the request's token, and that its key has not been revoked. The account is asked afterwards,
    /// because that call may change something.
    pub(super) async fn of(context: &Context) -> Result<Self, Refusal> {
        let mut findings = Findings::default();
        let token = own_bearer(context, &mut findings).await?;
        present_state::learn_keys_version(context, token.caller()).await?;
        let token = own_bearer(context, &mut findings).await?;
        match Bearing::of(token.caller()) {
            Some(bearing) => Ok(Self { token, bearing }),
            None => Err(refused(context, "no_session")),
        }
    }

    /// The caller.
    pub(super) fn caller(&self) -> &Caller {
        self.token.caller()
    }

    /// What the token says about its session.
    pub(super) fn bearing(&self) -> Bearing {
        self.bearing.clone()
    }

    /// Reads the session's present state from its account.
    pub(super) async fn session(&self, context: &Context) -> Result<Box<LivingSession>, Refusal> {
        self.ask(context, &Check { bearing: self.bearing() }).await
    }

    /// Requires that the user has proved a credential recently, for changes of credentials and for the
    /// deletion of the account: a session that was left open, or stolen, is not enough. Checked before the
    /// password in the request counts as an attempt. Returns the session.
    ///
    /// A user who has a second factor must have proved it in this session: a session from before the factor was
    /// added is not enough.
    ///
    /// # Errors
    /// `reauthentication_required`, `step_up_required`.
    pub(super) async fn require_fresh(&self, context: &Context) -> Result<Box<LivingSession>, Refusal> {
        let session = self.session(context).await?;
        if session.second_factor && session.assurance() < Assurance::Aal2 {
            let acr = [Assurance::Aal2.as_str().to_owned()];
            let methods = provable::methods(context, &session.account, &acr).await?;
            return Err(Refusal { methods, ..step_up(context, &acr, None) });
        }
        if now().since(session.authenticated_at) <= context.config.reauthentication {
            return Ok(session);
        }
        let methods = provable::methods(context, &session.account, &[]).await?;
        Err(Refusal { methods, ..Refusal::new(ErrorCode::ReauthenticationRequired) })
    }

    /// Asks the account, which rejects a token that was revoked: alone, with its session, or with all tokens
    /// of its epoch.
    pub(super) async fn ask<T, C>(&self, context: &Context, call: &C) -> Result<T, Refusal>
    where
        C: Call<Object = AccountCalls, Reply = Option<T>>,
    {
        let reply = client::account(&context.env, &self.caller().account(), call).await?;
        reply.ok_or_else(|| refused(context, "revoked"))
    }
}

/// Verifies the request's token and asks its account for something that changes nothing, at the same time as
/// whether the token's key has been revoked.
pub(super) async fn ask_present_state<T, C>(
    context: &Context,
    call: fn(Bearing) -> C,
) -> Result<(Token, T), Refusal>
where
    C: Call<Object = AccountCalls, Reply = Option<T>>,
{
    let mut findings = Findings::default();
    let token = own_bearer(context, &mut findings).await?;
    let reply = present_state::ask(context, token.caller(), call).await?;
    let reply = reply.ok_or_else(|| refused(context, "revoked"))?;
    Ok((own_bearer(context, &mut findings).await?, reply))
}

/// The request's token, verified with the keys that must be used now.
async fn own_bearer(context: &Context, findings: &mut Findings) -> Result<Token, Refusal> {
    fulfil::require(context, findings, |judge| judge.user()).await
}
