//! `POST /auth/introspect` (RFC 7662): a service with a credential asks whether a token is active.

use auth_core::token::{AccessClaims, ClaimSet};
use auth_core::wire::parse_object;
use ct_codecs::{Base64UrlSafeNoPadding, Decoder};
use serde_json::{Value, json as value};

use super::{Context, body, credential};
use crate::audit::Actor;
use crate::gate::fulfil::{self, Findings};
use crate::gate::present_state;
use crate::http::{Answered, Refusal, json};
use crate::objects::protocol::account::Check;

/// Returns the token's claims if it is active: the signature is verified, and its account is asked as on a
/// `strict` route. For every other token (revoked, expired, malformed, of another issuer, a cookie) the
/// response is only `{"active": false}` (RFC 7662 section 2.2). If the state can't be determined, the
/// response is `unavailable`.
pub(super) async fn handle(context: &mut Context) -> Answered {
    credential::require(context, Actor::Service).await?;
    let form = body::read_form(&mut context.incoming).await?;
    let token =
        form.get("token").ok_or_else(|| Refusal::invalid(Some("token"), "The form must have a `token`."))?;
    match active(context, token).await? {
        Some(claims) => json(200, &claims),
        None => json(200, &value!({"active": false})),
    }
}

async fn active(context: &Context, token: &str) -> Result<Option<Value>, Refusal> {
    let mut findings = Findings::default();
    let Some(known) = fulfil::own_token(context, &mut findings, token).await? else { return Ok(None) };
    let caller = known.caller();
    let Some(claims) = read(token) else { return Ok(None) };
    let Some(living) = present_state::ask(context, caller, |bearing| Check { bearing }).await? else {
        return Ok(None);
    };
    // The account was asked at the same time as the version of the keys that must be known.
    if fulfil::own_token(context, &mut findings, token).await?.is_none() {
        return Ok(None);
    }
    let mut members = serde_json::to_value(&claims).map_err(|_| Refusal::unavailable())?;
    if let Some(members) = members.as_object_mut() {
        // The account's counter has no meaning outside the service.
        members.remove("epoch");
        members.extend([
            ("active".to_owned(), true.into()),
            ("token_type".to_owned(), "Bearer".into()),
            ("username".to_owned(), living.email.into()),
        ]);
    }
    Ok(Some(members))
}

/// All claims of a verified token; [`auth_core::token::Caller`] contains only those that requests are judged
/// by.
fn read(verified: &str) -> Option<AccessClaims> {
    let payload = Base64UrlSafeNoPadding::decode_to_vec(verified.split('.').nth(1)?, None).ok()?;
    AccessClaims::from_payload(&parse_object(&payload).ok()?, &()).ok()
}
