//! Opens sessions and writes the responses about them: the token, the session's view, the cookie.

use auth_core::credential::Proof;
use auth_core::secret::SecretText;
use auth_core::token::{AccessClaims, mint};
use auth_core::wire::{
    CookieLookup, DeviceCookie, Email, ErrorCode, SessionView, SignOutScope, TokenResponse, UserView,
    find_cookie,
};
use worker::Response;

use super::{Context, limits};
use crate::audit::{Actor, Kind};
use crate::http::{Answered, Refusal, json};
use crate::objects::client::{self, Keys};
use crate::objects::protocol::account::{NotOpened, OpenSession, SignOut};
use crate::objects::protocol::session::LivingSession;
use crate::objects::{Unavailable, presented};
pub(crate) use crate::platform::now;
use crate::random;
use crate::signatures::KeySigner;

/// A session to be opened for a user who has proved a credential.
pub(super) struct Opening<'a> {
    /// What the user has proved, by whichever method.
    pub(super) proof: Proof,
    /// The address that the user typed, which is the limiter's key for the account.
    pub(super) typed: &'a Email,
    /// Whether the account was created by this request.
    pub(super) signed_up: bool,
}

/// Opens a session and ends the one whose cookie the request presented. Changes of the account since the
/// proof (another password, a disable) take precedence. `device` is the cookie by which the browser is
/// recognised from now on.
pub(super) async fn open_session(
    context: &Context,
    Opening { proof, typed, signed_up }: Opening<'_>,
    device: Option<DeviceCookie>,
) -> Answered {
    let keys = client::keys(&context.env).await?;
    let account = proof.account.clone();
    let call =
        OpenSession { asker: context.asker(Actor::User), proof, signed_up, keys: keys.refresh.clone() };
    match client::account(&context.env, &account, &call).await? {
        Some(Ok(session)) => {
            end_presented(context, &keys).await?;
            let response = respond(context, &keys, &session, if signed_up { 201 } else { 200 }).await?;
            with_cookie(response, device.map(|device| device.set()).as_deref())
        }
        Some(Err(NotOpened::Conflict)) => Err(Refusal::new(ErrorCode::InvalidCredentials)),
        Some(Err(NotOpened::UnknownKey)) => {
            Err(Unavailable::because("account", "the active refresh key is missing").into())
        }
        None => {
            // The account was deleted after the credential was proved. The limiter has recorded the sign-in
            // since then and must forget the account.
            limits::forget(context, typed).await?;
            Err(Refusal::new(ErrorCode::InvalidCredentials))
        }
    }
}

/// The response that carries a token: the token, its session, and the cookie if one is to be set.
pub(super) async fn respond(
    context: &Context,
    keys: &Keys,
    session: &LivingSession,
    status: u16,
) -> Answered {
    let config = &context.config;
    let now = now();
    // A token must not outlive its session.
    let ttl = config
        .lifetimes
        .access_token_by_chance(u16::from_be_bytes(random::bytes::<2>()?))
        .min(session.expires_at.since(now))
        .min(session.idle_expires_at.since(now))
        .max(1);
    let claims = AccessClaims {
        iss: config.issuer.as_str().to_owned(),
        sub: session.account.clone(),
        aud: config.audience.clone(),
        client_id: config.client_id.clone(),
        iat: now,
        exp: now.plus(ttl),
        auth_time: session.authenticated_at,
        jti: random::id()?.into(),
        sid: session.id.clone(),
        epoch: session.epoch,
        roles: session.roles.clone(),
        scope: String::new(),
        email: config.email_headers.then(|| session.email.clone()),
        email_verified: config.email_headers.then(|| session.email_is_verified()),
    };
    let signer = KeySigner { backend: config.signatures, key: &keys.signing };
    let token = mint(&claims, &signer).await.map_err(|fault| Unavailable::because("signer", fault.0))?;
    let body = TokenResponse {
        access_token: SecretText::new(token.expose().to_owned()),
        token_type: "Bearer".to_owned(),
        expires_in: ttl,
        session: view(session),
    };
    with_cookie(json(status, &body)?, session.cookie.as_deref())
}

fn view(session: &LivingSession) -> SessionView {
    SessionView {
        id: session.id.clone(),
        user: UserView {
            id: session.account.clone(),
            email: session.email.clone(),
            email_verified: session.email_is_verified(),
            roles: session.roles.clone(),
        },
        created_at: session.created_at,
        auth_time: session.authenticated_at,
        expires_at: session.expires_at,
        idle_expires_at: session.idle_expires_at,
    }
}

/// Sets the cookie on a response.
pub(super) fn with_cookie(response: Response, cookie: Option<&str>) -> Result<Response, Refusal> {
    if let Some(cookie) = cookie {
        response.headers().append("Set-Cookie", cookie)?;
    }
    Ok(response)
}

/// The refresh cookie of the request, if it has one.
pub(crate) fn cookie(context: &Context) -> CookieLookup {
    find_cookie(context.incoming.header("cookie"))
}

/// Ends the session whose cookie the request presented, so that a cookie planted before the sign-in becomes
/// worthless.
async fn end_presented(context: &Context, keys: &Keys) -> Result<(), Unavailable> {
    let CookieLookup::Found(cookie) = cookie(context) else { return Ok(()) };
    let call = SignOut {
        presented: presented::present(&cookie, keys),
        scope: SignOutScope::Local,
        asker: context.asker(Actor::User),
        why: Kind::SessionReplaced,
    };
    client::account(&context.env, &cookie.account, &call).await.map(|_| ())
}
