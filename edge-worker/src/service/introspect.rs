//! `POST /auth/introspect` (RFC 7662): a service with a credential asks whether a token is active.

use auth_core::id::SessionKind;
use auth_core::oauth::Introspector;
use auth_core::token::{AccessClaims, ClaimSet};
use auth_core::wire::parse_object;
use ct_codecs::{Base64UrlSafeNoPadding, Decoder};
use serde_json::{Value, json as value};

use super::{Context, body, credential};
use crate::audit::Actor;
use crate::gate::fulfil::{self, Findings};
use crate::gate::{client_state, present_state};
use crate::http::{Answered, Refusal, json};
use crate::objects::protocol::account::{Check, UseApiKey};
use crate::objects::protocol::api_key::PresentedKey;

/// Returns the token's claims if it is active: the signature is verified, and its account is asked as on a
/// `strict` route. For every other token (revoked, expired, malformed, of another issuer, a cookie) the
/// response is only `{"active": false}` (RFC 7662 section 2.2). If the state can't be determined, the
/// response is `unavailable`.
pub(super) async fn handle(context: &mut Context) -> Answered {
    credential::require(context, Actor::Service).await?;
    let form = body::read_form(&mut context.incoming).await?;
    let token =
        form.get("token").ok_or_else(|| Refusal::invalid(Some("token"), "The form must have a `token`."))?;
    match active(context, token, Introspector::Service).await? {
        Some(claims) => json(200, &claims),
        None => json(200, &value!({"active": false})),
    }
}

/// The members of the response about an active token; `None` if it is not active, or the caller may not learn about it.
///
/// # Errors
/// `unavailable`.
pub(crate) async fn active(
    context: &Context,
    token: &str,
    by: Introspector<'_>,
) -> Result<Option<Value>, Refusal> {
    let Some((claims, address)) = verified(context, token, |claims| by.may_know(claims)).await? else {
        return Ok(None);
    };
    let mut members = serde_json::to_value(&claims).map_err(|_| Refusal::unavailable())?;
    if let Some(members) = members.as_object_mut() {
        // The account's counter has no meaning outside the service.
        members.remove("epoch");
        let token_type = if claims.cnf.is_some() { "DPoP" } else { "Bearer" };
        members.extend([("active".to_owned(), true.into()), ("token_type".to_owned(), token_type.into())]);
        if !address.is_empty() && by.may_know_address(&claims) {
            members.insert("username".to_owned(), address.into());
        }
    }
    Ok(Some(members))
}

/// The claims of an active token of this service, and the address of its user; empty without a user or an address. Judged
/// as on a `strict` route. `is_wanted`: whether a token with these claims counts; no account is asked about others.
///
/// # Errors
/// `unavailable`.
pub(crate) async fn verified(
    context: &Context,
    token: &str,
    is_wanted: impl FnOnce(&AccessClaims) -> bool,
) -> Result<Option<(AccessClaims, String)>, Refusal> {
    let mut findings = Findings::default();
    let Some(known) = fulfil::own_token(context, &mut findings, token).await? else { return Ok(None) };
    let caller = known.caller();
    let Some(claims) = read(token).filter(is_wanted) else { return Ok(None) };
    let address = match caller.kind() {
        SessionKind::ApiKey => {
            let call = |bearing| UseApiKey { key: PresentedKey::Token(bearing) };
            present_state::ask(context, caller, call).await?.map(|holder| holder.email)
        }
        SessionKind::Browser | SessionKind::Grant => {
            let living = present_state::ask(context, caller, |bearing| Check { bearing }).await?;
            living.map(|living| living.email)
        }
        SessionKind::Client => Some(String::new()),
    };
    let Some(address) = address else { return Ok(None) };
    if caller.kind().is_of_client() && !client_state::is_current(context, caller).await? {
        return Ok(None);
    }
    // The account was asked at the same time as the version of the keys that must be known.
    if fulfil::own_token(context, &mut findings, token).await?.is_none() {
        return Ok(None);
    }
    Ok(Some((claims, address)))
}

/// All claims of a verified token; [`auth_core::token::Caller`] contains only those that requests are judged
/// by.
fn read(verified: &str) -> Option<AccessClaims> {
    let payload = Base64UrlSafeNoPadding::decode_to_vec(verified.split('.').nth(1)?, None).ok()?;
    AccessClaims::from_payload(&parse_object(&payload).ok()?, &()).ok()
}
