//! `GET` and `POST /oauth/device`: the user enters the code that a device shows, and decides about its request.
//!
//! Nothing is found out about a code before the user has signed in and sent a form, and wrong codes count as wrong
//! answers of the account and of the client address. A link fills the code in, but approves nothing: a user who was
//! sent the link sees who asks, for what and from where (RFC 8628 section 5.4).

use std::rc::Rc;

use auth_core::id::ClientId;
use auth_core::oauth::consent::form_proof;
use auth_core::oauth::device::{DEVICE_CODE, UserCode};
use auth_core::oauth::{Client, CodeChallenge, CodeTerms, Scope};
use auth_core::wire::{ErrorCode, Form, paths};

use super::browser::{
    SignedInUser, as_page, described, document_host, locale_of, minutes, requester, say, service_of, sign_in,
};
use super::pages::{self, CodeProblem, Connection, Message};
use super::{clients, code};
use crate::context::Context;
use crate::http::{Answered, Refusal};
use crate::objects::Unavailable;
use crate::objects::call::Done;
use crate::objects::client::{self, Keys};
use crate::objects::protocol::devices::{ApproveDevice, DenyDevice, FindDevice, NotOpen, OpenRequest};
use crate::objects::protocol::limiter::AttemptEnd;
use crate::platform::now;
use crate::service::body;
use crate::service::limits::Attempt;

/// Shows the page on which the user enters the code.
pub(crate) async fn view(context: &Context) -> Answered {
    let query = context.incoming.head.query();
    let query = Form::parse(query.strip_prefix('?').unwrap_or_default().as_bytes()).ok();
    let code = query.and_then(|query| UserCode::parse(query.get("user_code")?));
    let answered = async {
        match SignedInUser::of(context).await? {
            Some(user) => enter(context, &user, 200, code.as_ref(), None),
            None => sign_in(context, 302, &path(code.as_ref())),
        }
    };
    as_page(context, answered.await)
}

/// The form of either page.
pub(crate) async fn decide(context: &mut Context) -> Answered {
    let form = body::read_form(&mut context.incoming).await;
    let context = &*context;
    let answered = async { answer(context, &form?).await };
    as_page(context, answered.await)
}

fn path(code: Option<&UserCode>) -> String {
    match code {
        Some(code) => [paths::OAUTH_DEVICE, "?user_code=", &code.for_display()].concat(),
        None => paths::OAUTH_DEVICE.to_owned(),
    }
}

fn enter(
    context: &Context,
    user: &SignedInUser,
    status: u16,
    code: Option<&UserCode>,
    problem: Option<CodeProblem>,
) -> Answered {
    pages::enter_code(service_of(context, &locale_of(context, Some(user))), status, code, problem)
}

/// A device's request of a known client.
struct Found {
    open: OpenRequest,
    client: Rc<Client>,
    scope: Scope,
}

async fn answer(context: &Context, form: &Form) -> Answered {
    let code = form.get("user_code").and_then(UserCode::parse);
    let Some(user) = SignedInUser::of(context).await? else {
        return sign_in(context, 303, &path(code.as_ref()));
    };
    let Some(code) = code else { return enter(context, &user, 400, None, Some(CodeProblem::Wrong)) };
    if form.get("decision") == Some("other_account") {
        return user.sign_out(context, &path(Some(&code))).await;
    }
    let attempt = match Attempt::begin_user_code(context, &user.session.account).await {
        Ok(attempt) => attempt,
        Err(refusal) if refusal.code == ErrorCode::RateLimited => {
            return enter(context, &user, 429, None, Some(CodeProblem::Limited(minutes(&refusal))));
        }
        Err(refusal) => return Err(refusal),
    };
    let Some(found) = find(context, &code).await? else {
        attempt.end(context, AttemptEnd::Failed).await?;
        return enter(context, &user, 400, Some(&code), Some(CodeProblem::Wrong));
    };
    // A code that exists makes up for no wrong one: anyone can have devices that show one.
    attempt.end(context, AttemptEnd::Open).await?;
    let keys = client::keys(&context.env).await?;
    let challenge = &found.open.request.challenge;
    let decision = form.get("decision").filter(|_| user.has_written(&keys, challenge, form));
    match decision {
        Some("allow") => approve(context, &user, &code, &found).await,
        Some("deny") => {
            let call = DenyDevice { challenge: challenge.clone() };
            decided(context, client::device(&context.env, &code, &call).await?, Message::DeviceDenied)
        }
        Some(_) | None => confirm(context, &keys, &user, &code, &found),
    }
}

async fn find(context: &Context, code: &UserCode) -> Result<Option<Found>, Refusal> {
    let Some(open) = client::device(&context.env, code, &FindDevice {}).await? else { return Ok(None) };
    let id = ClientId::from(open.request.client_id.as_str());
    let Some(client) = clients::find(context, &id).await? else { return Ok(None) };
    let scope = Scope::parse(&open.request.scope);
    let scope = scope.map_err(|error| Unavailable::because("devices", error))?;
    Ok(Some(Found { open, client, scope }))
}

fn confirm(
    context: &Context,
    keys: &Keys,
    user: &SignedInUser,
    code: &UserCode,
    Found { open, client, scope }: &Found,
) -> Answered {
    let request = &open.request;
    let proof = form_proof(&keys.refresh_keys.active, &user.session.id, &request.challenge);
    let asked = Connection {
        client: requester(client),
        code,
        address: user.address(),
        scopes: &described(context, scope),
        resource: request.resource.as_deref(),
        requested_at: open.requested_at,
        now: now(),
        client_address: &request.client_address,
        country: &request.country,
        user_agent: &request.user_agent,
        proof: &proof,
    };
    pages::confirm(service_of(context, &locale_of(context, Some(user))), &asked)
}

/// Issues an authorization code that only the device can redeem.
async fn approve(
    context: &Context,
    user: &SignedInUser,
    user_code: &UserCode,
    Found { open, client, scope }: &Found,
) -> Answered {
    let challenge = open.request.challenge.clone();
    let code_challenge = CodeChallenge::parse(&challenge);
    let code_challenge =
        code_challenge.ok_or_else(|| Unavailable::because("devices", "malformed challenge"))?;
    let terms = CodeTerms {
        client_id: client.id.clone(),
        redirect_uri: DEVICE_CODE.to_owned(),
        code_challenge,
        scope: scope.clone(),
        resource: open.request.resource.clone(),
        nonce: None,
        dpop_jkt: None,
    };
    let lifetime = open.expires_at.since(now());
    let named = (&**client, document_host(client));
    match code::issue(context, &user.cookie, named, &terms, lifetime, None).await? {
        Ok(Some(code)) => {
            let call = ApproveDevice { challenge, code };
            decided(context, client::device(&context.env, user_code, &call).await?, Message::DeviceAllowed)
        }
        Ok(None) => say(context, Message::Expired, None),
        // The session has ended since it was looked up.
        Err(_) => sign_in(context, 303, &path(Some(user_code))),
    }
}

fn decided(context: &Context, decided: Result<Done, NotOpen>, said: Message) -> Answered {
    match decided {
        Ok(Done {}) => say(context, said, None),
        Err(NotOpen {}) => say(context, Message::Expired, None),
    }
}
