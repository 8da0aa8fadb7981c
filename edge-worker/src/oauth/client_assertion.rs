//! Clients that authenticate by a signed assertion: `private_key_jwt` (RFC 7523, OpenID Connect Core section 9).

use std::rc::Rc;

use auth_core::id::ClientId;
use auth_core::oauth::{AssertionRefusal, Client, ClientAssertion, ClientAuthentication, parse_client_id};
use auth_core::token::SignatureVerifier;
use serde_json::json;

use super::{OAuthRefusal, clients};
use crate::context::Context;
use crate::log;
use crate::objects::{Unavailable, client as objects};
use crate::service::session::now;
use crate::signatures::ClientKeys;

/// The client whose assertion this is; `None` if it is invalid, was used before, or is not of the client that the request
/// names beside it. Its use is stored before anything else happens, so that it counts once.
///
/// # Errors
/// It can't be found out.
pub(super) async fn client(
    context: &Context,
    stated: Option<&ClientId>,
    assertion: &str,
) -> Result<Option<Rc<Client>>, OAuthRefusal> {
    match verify(context, stated, assertion).await? {
        Ok(client) => Ok(Some(client)),
        Err(check) => {
            log::once("client_assertion_refused", &context.incoming.id, json!({"check": check}));
            Ok(None)
        }
    }
}

/// The error is the name of the check that failed.
async fn verify(
    context: &Context,
    stated: Option<&ClientId>,
    assertion: &str,
) -> Result<Result<Rc<Client>, &'static str>, OAuthRefusal> {
    let assertion = match ClientAssertion::parse(assertion) {
        Ok(assertion) => assertion,
        Err(refusal) => return Ok(Err(refusal.as_str())),
    };
    let Some(id) = assertion.claimed_client().and_then(|id| parse_client_id(id).ok()) else {
        return Ok(Err(AssertionRefusal::Client.as_str()));
    };
    if stated.is_some_and(|stated| *stated != id) {
        return Ok(Err("client_id"));
    }
    let Some(client) = clients::find_present(context, &id).await? else { return Ok(Err("unknown_client")) };
    let ClientAuthentication::PrivateKeyJwt { keys } = &client.authentication else {
        return Ok(Err("other_method"));
    };
    let examined = match assertion.examine(&id, keys, context.config.issuer.as_str(), now().into()) {
        Ok(examined) => examined,
        Err(refusal) => return Ok(Err(refusal.as_str())),
    };
    let (key, signing_input, signature) = examined.signed();
    let genuine = ClientKeys
        .verify(key, signing_input.as_bytes(), signature)
        .await
        .map_err(|fault| Unavailable::because("signature", fault.0))?;
    let once = match examined.confirm(genuine) {
        Ok(once) => once,
        Err(refusal) => return Ok(Err(refusal.as_str())),
    };
    Ok(if objects::use_once(&context.env, &id, once).await? { Ok(client) } else { Err("used") })
}
