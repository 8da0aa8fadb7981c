//! Judges a request until there is a verdict, and finds out what is needed for it.

use std::cell::RefCell;
use std::collections::HashSet;

use auth_core::api_key::{ApiKey, usable_until};
use auth_core::gate::{
    Answer, Denial, Evidence, Fact, Facts, Judge, KnownToken, Need, NewToken, Question, Signature, Stop,
    identity,
};
use auth_core::id::{SessionId, SessionKind};
use auth_core::time::UnixMillis;
use auth_core::token::{Caller, CallerEmail, ClaimNames, LeftOutClaim, LeftOutReason, SignatureVerifier};
use futures_util::future::join;
use serde_json::json;

use super::denial;
use super::isolate::Isolate;
use super::token_cache::{self, Token};
use super::{client_state, issuer_keys, present_state, proofs, revocations};
use crate::audit::Actor;
use crate::config::Issuer;
use crate::context::Context;
use crate::http::Refusal;
use crate::log;
use crate::objects::protocol::account::{Admit, Check, SpendTicket, UseApiKey};
use crate::objects::protocol::api_key::{KeyHolder, PresentedKey};
use crate::objects::protocol::session::LivingSession;
use crate::objects::{Unavailable, client, presented};
use crate::signatures::Verifier;

/// How often a request is judged at most. Two or three needs are usual; more means that keys change faster
/// than requests can be verified.
const ROUNDS: usize = 12;

/// How judging a request ended without an answer to the question.
pub enum Ending {
    /// The Worker answers it.
    Answer(Answer),
    /// It is rejected.
    Denied(Denial),
    /// Something could not be found out.
    Unavailable(Refusal),
}

/// What a request has found out, and why something could not be.
#[derive(Default)]
pub struct Findings {
    /// For the machine.
    pub facts: Facts<Token>,
    /// For the log.
    cause: Option<Unavailable>,
}

/// Judges the request until there is an answer to the question, which is one of the machine's.
///
/// # Errors
/// [`Ending`].
pub async fn judge<T>(
    context: &Context,
    findings: &mut Findings,
    question: impl Fn(&Judge<'_, Isolate<'_>>) -> Result<T, Stop<Token>>,
) -> Result<T, Ending> {
    let isolate = Isolate::new(&context.config);
    let mut head = &context.incoming.head;
    for _ in 0..ROUNDS {
        let stop = match question(&isolate.judge(head, &findings.facts, context.incoming.now_ms)) {
            Ok(answer) => return Ok(answer),
            Err(stop) => stop,
        };
        match stop {
            Stop::Need(Need::Headers) => head = context.incoming.whole(),
            Stop::Need(need) => fulfil(context, findings, need).await,
            Stop::Answer(answer) => return Err(Ending::Answer(answer)),
            Stop::Refuse(Denial::Unavailable) => {
                let refusal = findings.cause.take().map_or_else(Refusal::unavailable, Refusal::from);
                return Err(Ending::Unavailable(refusal));
            }
            Stop::Refuse(denial) => return Err(Ending::Denied(denial)),
        }
    }
    Err(Ending::Unavailable(Refusal::from(Unavailable::because("gate", "no verdict after many rounds"))))
}

/// The same for a question that the Worker never answers by itself.
///
/// # Errors
/// [`Refusal`].
pub async fn require<T>(
    context: &Context,
    findings: &mut Findings,
    question: impl Fn(&Judge<'_, Isolate<'_>>) -> Result<T, Stop<Token>>,
) -> Result<T, Refusal> {
    judge(context, findings, question).await.map_err(|ending| match ending {
        Ending::Denied(denial) => denial::refusal(context, None, &denial),
        Ending::Unavailable(refusal) => refusal,
        Ending::Answer(_) => Refusal::unavailable(),
    })
}

/// One of the service's own tokens; `None` if it is not valid. Its account is not asked.
///
/// # Errors
/// `unavailable`.
pub async fn own_token(
    context: &Context,
    findings: &mut Findings,
    token: &str,
) -> Result<Option<Token>, Refusal> {
    match judge(context, findings, |judge| judge.own_token(token)).await {
        Ok(token) => Ok(Some(token)),
        Err(Ending::Denied(_)) => Ok(None),
        Err(Ending::Unavailable(refusal)) => Err(refusal),
        Err(Ending::Answer(_)) => Err(Refusal::unavailable()),
    }
}

async fn fulfil(context: &Context, findings: &mut Findings, need: Need<Token>) {
    let result = match need {
        // `judge` answers this need itself.
        Need::Headers => Ok(()),
        Need::Keys { issuer, kid } => {
            let keys = keys_of(context, issuer, kid.as_deref()).await;
            note(&mut findings.facts.keys, keys.map(|keys| (issuer, keys)))
        }
        Need::Signature(signature) => {
            let verified = verify(context, *signature).await;
            note(&mut findings.facts.token, verified)
        }
        Need::Proof(proof) => {
            let now = UnixMillis(context.incoming.now_ms).seconds();
            let proved = proofs::check(*proof, now).await;
            note(&mut findings.facts.proof, proved)
        }
        Need::Revocations => {
            let renewed = revocations::renew(context).await.inspect_err(|error| {
                // A mistake in the set-up is logged with the rejection.
                if !error.is_mistake {
                    log::line("revocations_missing", &context.incoming.id, json!({"cause": error.cause}));
                }
            });
            note(&mut findings.facts.revocations, renewed)
        }
        Need::ApiKey(key) => {
            let said = ask_about_key(context, &key).await;
            note(&mut findings.facts.api_key, said)
        }
        Need::Account(question) => {
            let said = ask(context, question).await;
            note(&mut findings.facts.account, said)
        }
    };
    if let Err(cause) = result {
        findings.cause = Some(cause);
    }
}

fn note<T>(fact: &mut Fact<T>, found: Result<T, Unavailable>) -> Result<(), Unavailable> {
    let (new, result) = match found {
        Ok(value) => (Fact::Known(value), Ok(())),
        Err(cause) => (Fact::Failed, Err(cause)),
    };
    *fact = new;
    result
}

async fn keys_of(
    context: &Context,
    issuer: usize,
    kid: Option<&str>,
) -> Result<auth_core::gate::IssuerKeys, Unavailable> {
    let named = context.config.issuers.get(issuer);
    let issuer = named.ok_or_else(|| Unavailable::because("issuer keys", "no such issuer"))?;
    issuer_keys::keys_for(&context.env, &context.platform, issuer, kid, context.incoming.now_ms).await
}

type Verdict = Result<Token, auth_core::token::Refusal>;

async fn verify(context: &Context, signature: Signature) -> Result<Verdict, Unavailable> {
    let backend = Verifier(context.config.signatures);
    let genuine = backend.verify(&signature.key, signature.signing_input(), &signature.signature).await;
    let genuine = genuine.map_err(|fault| {
        log::line("signature_backend_failed", &context.incoming.id, json!({"cause": fault.0}));
        Unavailable::because("signature backend", fault.0)
    })?;
    if genuine && let Some(issuer) = context.config.issuers.get(signature.issuer) {
        log_left_out(&context.incoming.id, issuer, &signature.left_out);
    }
    Ok(confirm(signature, genuine))
}

/// Remembers a token whose signature was checked.
///
/// # Errors
/// The check that it failed.
pub fn confirm(signature: Signature, genuine: bool) -> Verdict {
    let NewToken { token: text, verified, issuer, keys_stamp } = signature.confirm(genuine)?;
    let identity = identity::lines(verified.claims());
    let evidence = Evidence::Signature { keys_stamp };
    let token = Token::new(KnownToken { verified, issuer, evidence, identity });
    token_cache::remember(text, token.clone());
    Ok(token)
}

/// Asks the account of an API key, and remembers what it says. `None`: it rejects the key.
async fn ask_about_key(context: &Context, key: &ApiKey) -> Result<Option<Token>, Unavailable> {
    let call = UseApiKey { key: PresentedKey::Mac(key.mac()) };
    let Some(mut holder) = client::account(&context.env, key.owner(), &call).await? else { return Ok(None) };
    let now = UnixMillis(context.incoming.now_ms).seconds();
    let until = usable_until(holder.expires_at, now, context.config.lifetimes.access_token);
    let networks = core::mem::take(&mut holder.networks);
    let known = KnownToken::of_api_key(caller_of_key(context, *holder), networks, until);
    let token = Token::new(known);
    token_cache::remember(key.text().expose().into(), token.clone());
    Ok(Some(token))
}

/// Says the same of an API key as of a token. The key's id is in place of both the session's and the token's.
fn caller_of_key(context: &Context, holder: KeyHolder) -> Caller {
    let KeyHolder { id, account, email: address, email_verified: is_verified, epoch, roles, scopes, .. } =
        holder;
    Caller {
        issuer: context.config.issuer.as_str().to_owned(),
        subject: account.into_string(),
        audience: None,
        jkt: None,
        client_id: None,
        session: Some(SessionId::from(&id)),
        token_id: Some(id.into_string().into()),
        epoch: Some(epoch),
        auth_time: None,
        acr: None,
        roles,
        scopes,
        email: Some(CallerEmail { address, is_verified })
            .filter(|email| context.config.email_headers && !email.address.is_empty()),
    }
}

/// Asks an account. `None`: it rejects the credential.
async fn ask(context: &Context, question: Question<Token>) -> Result<Option<Caller>, Unavailable> {
    match question {
        Question::Check(token) if token.caller().is_api_key() => {
            let ask = |bearing| UseApiKey { key: PresentedKey::Token(bearing) };
            let holder = present_state::ask(context, token.caller(), ask).await?;
            let token_id = token.caller().token_id.clone();
            Ok(holder.map(|holder| Caller { token_id, ..caller_of_key(context, *holder) }))
        }
        Question::Check(token) if token.caller().kind() == SessionKind::Client => {
            let is_current = client_state::is_current(context, token.caller()).await?;
            Ok(is_current.then(|| token.caller().clone()))
        }
        Question::Check(token) => {
            let caller = token.caller();
            let session = present_state::ask(context, caller, |bearing| Check { bearing });
            // The account does not know that an administrator has deleted the client.
            let client = async {
                if caller.kind() == SessionKind::Grant {
                    client_state::is_current(context, caller).await
                } else {
                    Ok(true)
                }
            };
            let (session, is_current) = join(session, client).await;
            if !is_current? {
                return Ok(None);
            }
            Ok(session?.map(|living| Caller {
                auth_time: Some(living.authenticated_at),
                acr: Some(living.assurance().as_str().to_owned()),
                ..token.caller().clone()
            }))
        }
        Question::Admit { cookie, navigates } => {
            let asker = || context.asker(Actor::User);
            let call = |presented| Admit { presented, navigates, asker: asker() };
            let session = presented::ask(&context.env, &cookie, call).await?.ok();
            Ok(session.map(|mut living| {
                // For whichever response the client gets, a rejection included.
                context.new_cookie.set(living.cookie.take());
                caller_of(context, *living)
            }))
        }
        Question::SpendTicket { ticket, name } => {
            let token_id = ticket.token_id.clone();
            let call = SpendTicket { name, token_id, asker: context.asker(Actor::User) };
            // The account has checked the session, its epoch and the token that requested the ticket,
            // whatever the route's bound is.
            let session = client::account(&context.env, &ticket.account, &call).await?;
            Ok(session
                .map(|living| Caller { token_id: Some(ticket.token_id), ..caller_of(context, *living) }))
        }
    }
}

/// Says the same of a session as of a token, except for the token's id.
fn caller_of(context: &Context, session: LivingSession) -> Caller {
    let is_verified = session.email_verified;
    let email = session.address().filter(|_| context.config.email_headers);
    let email = email.map(|address| CallerEmail { address: address.to_owned(), is_verified });
    let acr = session.assurance().as_str().to_owned();
    Caller {
        issuer: context.config.issuer.as_str().to_owned(),
        subject: session.account.into_string(),
        audience: None,
        jkt: None,
        client_id: None,
        session: Some(session.id),
        token_id: None,
        epoch: Some(session.epoch),
        auth_time: Some(session.authenticated_at),
        acr: Some(acr),
        roles: session.roles,
        scopes: vec![],
        email,
    }
}

thread_local! {
    /// The keys of the configuration whose paths found nothing in this isolate. As many as the configuration
    /// has.
    static FOUND_NOTHING: RefCell<HashSet<String>> = RefCell::default();
}

/// Logs which claims a caller does not have: each one that can't be read, and once each path of the
/// configuration that finds nothing.
pub fn log_left_out(request_id: &str, issuer: &Issuer, left_out: &[LeftOutClaim]) {
    let (names, usual) = (&issuer.names, ClaimNames::default());
    for LeftOutClaim { claim, reason } in left_out {
        let configured = match *claim {
            "roles" => names.roles != usual.roles,
            "email" => names.email.is_some(),
            _ => *claim == "scope" && names.scope != usual.scope,
        };
        match reason {
            LeftOutReason::Unreadable => {
                log::line("claim_left_out", request_id, json!({"issuer": issuer.name, "claim": claim}));
            }
            LeftOutReason::Absent if configured => {
                let key = format!("issuers.{}.{claim}_claim", issuer.name);
                if FOUND_NOTHING.with_borrow_mut(|known| known.insert(key.clone())) {
                    log::line("claim_not_found", request_id, json!({"key": key}));
                }
            }
            LeftOutReason::Absent => {}
        }
    }
}
