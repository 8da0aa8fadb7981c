//! Opens sessions and writes the responses about them: the token, the session's view, the cookie.

use auth_core::credential::Proof;
use auth_core::id::AccountId;
use auth_core::secret::SecretText;
use auth_core::token::{AccessClaims, MetadataClaim, mint};
use auth_core::wire::{
    ChallengeCookie, CookieLookup, DeviceCookie, Email, ErrorCode, Method, SessionView, SignOutScope,
    TokenResponse, UserView, find_cookie,
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
    let challenge = new_challenge(&account)?;
    let call = OpenSession {
        asker: context.asker(Actor::User),
        proof,
        signed_up,
        keys: keys.refresh.clone(),
        challenge: challenge.browser(),
    };
    let reply = client::account(&context.env, &account, &call).await?;
    let reply = Reply { reply, challenge };
    opened(context, &keys, reply, typed, if signed_up { 201 } else { 200 }, device).await
}

/// An account's reply to a call that opens a session.
pub(super) struct Reply {
    pub(super) reply: Option<Result<Box<LivingSession>, NotOpened>>,
    /// The cookie of the challenge that the account issues if it requires a second factor.
    pub(super) challenge: ChallengeCookie,
}

/// A new cookie for a challenge of this account.
pub(super) fn new_challenge(account: &AccountId) -> Result<ChallengeCookie, Unavailable> {
    Ok(ChallengeCookie::new(Some(account.clone()), random::bytes()?))
}

/// The response to a request that opens a session, from the account's reply. Ends the session whose cookie the
/// request presented.
pub(super) async fn opened(
    context: &Context,
    keys: &Keys,
    Reply { reply, challenge }: Reply,
    typed: &Email,
    status: u16,
    device: Option<DeviceCookie>,
) -> Answered {
    match reply {
        Some(Ok(session)) => {
            end_presented(context, keys).await?;
            let response = respond(context, keys, &session, status).await?;
            with_cookie(response, device.map(|device| device.set()).as_deref())
        }
        Some(Err(NotOpened::SecondFactor { methods })) => {
            let refusal = second_factor_required(&challenge, methods);
            // The browser has lost its earlier device cookie, which was replaced when the first factor was proved.
            Err(match device {
                Some(device) => refusal.with("Set-Cookie", device.set()),
                None => refusal,
            })
        }
        Some(Err(NotOpened::Conflict)) => Err(Refusal::new(ErrorCode::InvalidCredentials)),
        Some(Err(NotOpened::Used)) => Err(Refusal::new(ErrorCode::ChallengeExpired)),
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

/// `second_factor_required`, with the cookie of the challenge that the account has issued.
pub(super) fn second_factor_required(challenge: &ChallengeCookie, methods: Vec<Method>) -> Refusal {
    let refusal = Refusal { methods, ..Refusal::new(ErrorCode::SecondFactorRequired) };
    refusal.with("Set-Cookie", challenge.set())
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
    let chance = u16::from_be_bytes(random::bytes::<2>()?);
    let ttl = session.token_lifetime(&config.lifetimes, chance, now);
    let claims = AccessClaims {
        iss: config.issuer.as_str().to_owned(),
        sub: session.account.clone(),
        aud: config.audience.clone(),
        client_id: config.client_id.clone(),
        iat: now,
        exp: now.plus(ttl),
        auth_time: Some(session.authenticated_at),
        acr: Some(session.assurance()),
        amr: session.methods.clone(),
        jti: random::id()?.into(),
        sid: session.id.clone(),
        epoch: session.epoch,
        roles: session.roles.clone(),
        scope: String::new(),
        email: session.address().filter(|_| config.email_headers).map(ToOwned::to_owned),
        email_verified: session.address().filter(|_| config.email_headers).map(|_| session.email_verified),
        cnf: None,
        metadata: config
            .metadata_claim
            .as_ref()
            .map(|name| MetadataClaim { name: name.clone(), metadata: session.metadata.clone() }),
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
        user: user(session),
        created_at: session.created_at,
        auth_time: session.authenticated_at,
        methods: session.methods.iter().map(|method| method.as_str().to_owned()).collect(),
        expires_at: session.expires_at,
        idle_expires_at: session.idle_expires_at,
    }
}

/// The session's user, as shown to themselves.
pub(super) fn user(session: &LivingSession) -> UserView {
    UserView {
        id: session.account.clone(),
        email: session.email.clone(),
        email_verified: session.email_verified,
        passkeys: session.passkeys,
        roles: session.roles.clone(),
        second_factor: session.second_factor,
        profile: session.profile.clone(),
        metadata: session.metadata.clone(),
    }
}

/// Sets the cookie on a response.
pub(crate) fn with_cookie(response: Response, cookie: Option<&str>) -> Result<Response, Refusal> {
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
pub(super) async fn end_presented(context: &Context, keys: &Keys) -> Result<(), Unavailable> {
    let CookieLookup::Found(cookie) = cookie(context) else { return Ok(()) };
    let call = SignOut {
        presented: presented::present(&cookie, keys),
        scope: SignOutScope::Local,
        asker: context.asker(Actor::User),
        why: Kind::SessionReplaced,
    };
    client::account(&context.env, &cookie.account, &call).await.map(|_| ())
}
