//! `GET` and `POST /auth/providers/{name}/callback`: the browser returns from the provider.
//!
//! The request carries no `Strict` cookie and no header of the app, because the provider's page has caused it.
//! It counts only with the flow of the same browser and state, once, and within ten minutes.

use auth_core::credential::{LinkedUser, Proof};
use auth_core::gate::browser::comes_from_us;
use auth_core::id::{AccountId, SessionId};
use auth_core::provider::{Flow, FlowPurpose, ReturnTo, StartedFlows, TokenAnswer};
use auth_core::wire::{ErrorCode, Form};

use super::{cookies, pages, redirect, tell, with_cookies};
use crate::audit::{Actor, Kind};
use crate::config::Provider;
use crate::http::{Answered, Refusal};
use crate::objects::call::Done;
use crate::objects::client::{self, Keys};
use crate::objects::protocol::account::{
    KeepTokens, Link, NotLinked, NotOpened, NotReserved, OpenSession, Reserve,
};
use crate::objects::protocol::directory::Taken;
use crate::platform::Unavailable;
use crate::sealing::Seals;
use crate::service::session::now;
use crate::service::{Context, body, limits, session};
use crate::ways_in::provider::{self, Found, Identified};

const PART: &str = "provider";

/// The answer is in the query.
pub(in crate::service) async fn returned(context: &Context, name: &str) -> Answered {
    let query = context.incoming.head.query();
    let query = Form::parse(query.strip_prefix('?').unwrap_or_default().as_bytes());
    answer(context, name, query.ok()).await
}

/// The answer is in a form (OAuth 2.0 Form Post Response Mode). The provider's page posts it, so browsers send
/// no `Lax` cookie with it either. A page of this origin then posts the same form again.
pub(in crate::service) async fn posted(context: &mut Context, name: &str) -> Answered {
    let form = body::read_form(&mut context.incoming).await?;
    let context = &*context;
    if !comes_from_us(&context.config.gate(), context.incoming.whole()) {
        return pages::post_again(&form);
    }
    answer(context, name, Some(form)).await
}

/// The result of a flow: the session's cookie if a session was opened.
type Outcome = Result<Option<String>, Refusal>;

async fn answer(context: &Context, name: &str, answer: Option<Form>) -> Answered {
    let flows = StartedFlows::read(cookies(context));
    let keys = client::keys(&context.env).await?;
    let started = provider::find(context, name).zip(answer).and_then(|(named, answer)| {
        let state = answer.get("state")?;
        let (flow, secrets) = flows.find(state, name, &keys.refresh_keys, now())?;
        Some((named, answer, flow, secrets))
    });
    let Some((named, answer, flow, secrets)) = started else {
        // Nothing says which page began this, so the browser goes to the first one.
        return redirect(
            &ReturnTo::root(&context.config.issuer).with_error(ErrorCode::ChallengeExpired, &[]),
        );
    };
    let outcome = match provider::identify(context, named, &answer, &secrets).await {
        Ok(identified) => finish(context, named, &keys, &flow, identified).await,
        Err(failed) => Err(failed.logged(context, named)),
    };
    let forgotten = flows.without(&flow.state, &keys.refresh_keys, now());
    match outcome {
        Ok(session) => with_cookies(tell(&flow, None)?, &[session, Some(forgotten)]),
        Err(refusal) => {
            let refusal = refusal.logged(context.incoming.is_local(), &context.incoming.id, "provider");
            // The challenge for a second factor has a cookie.
            let challenge = refusal.headers.iter().find(|(name, _)| *name == "Set-Cookie");
            let challenge = challenge.map(|(_, cookie)| cookie.clone());
            with_cookies(tell(&flow, Some(&refusal))?, &[Some(forgotten), challenge])
        }
    }
}

async fn finish(
    context: &Context,
    named: &Provider,
    keys: &Keys,
    flow: &Flow,
    identified: Identified,
) -> Outcome {
    match &flow.purpose {
        FlowPurpose::SignIn => sign_in(context, named, keys, flow, identified).await,
        FlowPurpose::Link { account, session } => {
            link(context, named, flow, account, session, identified).await.map(|()| None)
        }
    }
}

async fn sign_in(
    context: &Context,
    named: &Provider,
    keys: &Keys,
    flow: &Flow,
    Identified { identity, tokens }: Identified,
) -> Outcome {
    let found =
        provider::account_of(context, named, &identity, async || limits::sign_up(context).await).await;
    let Found { account, version, is_new } = found.inspect_err(|refusal| refused(context, refusal))?;
    if let Some(sealed) = seal(context, named, &account, &tokens).await? {
        let call = KeepTokens { provider: named.name.clone(), sealed };
        client::account(&context.env, &account, &call).await?;
    }
    let challenge = session::new_challenge(&account)?;
    let call = OpenSession {
        asker: context.asker(Actor::User),
        proof: Proof::of_provider(account.clone(), version, now(), flow.once()),
        signed_up: is_new,
        keys: keys.refresh.clone(),
        challenge: challenge.browser(),
    };
    match client::account(&context.env, &account, &call).await? {
        Some(Err(NotOpened::SecondFactor { methods })) => {
            Err(session::second_factor_required(&challenge, methods))
        }
        Some(Ok(session)) => Ok(session.cookie),
        Some(Err(NotOpened::Used)) => Err(Refusal::new(ErrorCode::ChallengeExpired)),
        Some(Err(NotOpened::Conflict)) | None => Err(Refusal::new(ErrorCode::InvalidCredentials)),
        Some(Err(NotOpened::UnknownKey)) => {
            Err(Unavailable::because(PART, "the active refresh key is missing").into())
        }
    }
}

/// Records why no account was created.
fn refused(context: &Context, refusal: &Refusal) {
    let reasons = [
        (ErrorCode::EmailTaken, "taken"),
        (ErrorCode::SignUpClosed, "closed"),
        (ErrorCode::RateLimited, "limited"),
    ];
    if let Some((_, reason)) = reasons.into_iter().find(|(code, _)| *code == refusal.code) {
        context.asker(Actor::Anybody).event(Kind::SignUpRefused, now()).reason(reason).log();
    }
}

/// Adds the user of the provider to the account. The Directory decides if several accounts link the same user.
async fn link(
    context: &Context,
    named: &Provider,
    flow: &Flow,
    account: &AccountId,
    session: &SessionId,
    Identified { identity, tokens }: Identified,
) -> Result<(), Refusal> {
    let env = &context.env;
    let key = identity.user.directory_key();
    match client::account(env, account, &Reserve { key: key.clone() }).await? {
        Some(Ok(Done {})) => {}
        Some(Err(NotReserved {})) => {
            return Err(Unavailable::because(PART, "the user is being unlinked").into());
        }
        None => return Err(Refusal::new(ErrorCode::InvalidToken)),
    }
    if let Err(Taken {}) = client::claim_address(env, &key, account).await? {
        return Err(Refusal::new(ErrorCode::AlreadyLinked));
    }
    let linked = LinkedUser::new(&named.name, identity.user);
    let linked = linked.ok_or_else(|| Unavailable::because(PART, "the provider's name has a space"))?;
    let call = Link {
        linked,
        session: session.clone(),
        once: flow.once(),
        tokens: seal(context, named, account, &tokens).await?,
        asker: context.asker(Actor::User),
    };
    match client::account(env, account, &call).await? {
        Some(Ok(Done {})) => Ok(()),
        Some(Err(NotLinked::Used)) => Err(Refusal::new(ErrorCode::ChallengeExpired)),
        Some(Err(NotLinked::SignedOut)) | None => Err(Refusal::new(ErrorCode::InvalidToken)),
    }
}

/// The tokens as the account keeps them, if it keeps them.
async fn seal(
    context: &Context,
    named: &Provider,
    account: &AccountId,
    tokens: &TokenAnswer,
) -> Result<Option<String>, Unavailable> {
    if !named.keep_tokens {
        return Ok(None);
    }
    let seals = Seals::of(&context.env, &context.config.keys.secret_bindings).await?;
    seals.seal(&super::tokens::what(account, &named.name), &tokens.kept(now())).await.map(Some)
}
