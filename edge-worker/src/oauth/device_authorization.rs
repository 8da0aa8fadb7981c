//! `POST /oauth/device_authorization` (RFC 8628 section 3.1): a device begins a request.

use auth_core::oauth::device::{DeviceCode, INTERVAL, LIFETIME, UserCode};
use auth_core::oauth::{AuthorizationRequest, GrantType, OAuthError};
use auth_core::wire::paths;
use js_sys::Reflect;
use serde_json::json as value;
use wasm_bindgen::JsValue;

use super::{OAuthAnswer, OAuthRefusal, client_authentication, finish, policy, whole_service};
use crate::audit::Actor;
use crate::context::Context;
use crate::http::{Answered, json};
use crate::objects::Unavailable;
use crate::objects::call::Done;
use crate::objects::client;
use crate::objects::protocol::devices::{BeginDevice, DeviceRequest};
use crate::objects::protocol::limiter::AttemptEnd;
use crate::random;
use crate::service::body;
use crate::service::limits::FromAddress;

/// How many user codes are tried. Few of all codes are in use, so the first one is nearly always free.
const TRIES: usize = 3;

/// Answers the request.
pub(crate) async fn handle(context: &mut Context) -> Answered {
    let answer = begin(context).await;
    finish(context, answer)
}

async fn begin(context: &mut Context) -> OAuthAnswer {
    let form = body::read_form(&mut context.incoming).await?;
    let context = &*context;
    let client = client_authentication::authenticate(context, &form).await?;
    if !client.grants.contains(GrantType::DeviceCode) {
        let description = "The client may not use device codes.";
        return Err(OAuthRefusal::new(OAuthError::UnauthorizedClient, description));
    }
    let (scope, resource) =
        AuthorizationRequest::read_access(&form, &client, policy(context)?, whole_service(context))?;
    if !client.is_confidential() {
        // Any program can send the id of a public client. Each request uses some storage.
        FromAddress::begin(context).await?.end(context, AttemptEnd::Open).await?;
    }
    let source = context.asker(Actor::Anybody).source;
    let mut request = DeviceRequest {
        challenge: String::new(),
        client_id: client.id.as_str().to_owned(),
        scope: scope.to_string(),
        resource,
        client_address: source.client_address,
        country: country(context),
        user_agent: source.user_agent,
    };
    for _ in 0..TRIES {
        let user_code = UserCode::new(random::bytes()?);
        let device_code = DeviceCode::new(&user_code, random::bytes()?);
        request.challenge = device_code.challenge();
        let call = BeginDevice { request: request.clone() };
        if let Ok(Done {}) = client::device(&context.env, &user_code, &call).await? {
            return answer(context, &user_code, &device_code);
        }
    }
    Err(Unavailable::because("devices", "no user code is free").into())
}

fn answer(context: &Context, user_code: &UserCode, device_code: &DeviceCode) -> OAuthAnswer {
    let uri = [context.config.issuer.as_str(), paths::OAUTH_DEVICE].concat();
    let user_code = user_code.for_display();
    let complete = [&uri, "?user_code=", &user_code].concat();
    let answer = value!({
        "device_code": device_code.expose(),
        "user_code": user_code,
        "verification_uri": uri,
        "verification_uri_complete": complete,
        "expires_in": LIFETIME,
        "interval": INTERVAL,
    });
    Ok(json(200, &answer)?)
}

/// The country of the client address, as the platform reports it, and not a header, which a client could set. Empty if
/// unknown.
fn country(context: &Context) -> String {
    let member = |of: &JsValue, name: &str| Reflect::get(of, &JsValue::from_str(name)).ok();
    let request: &JsValue = context.incoming.request.as_ref();
    let country = member(request, "cf").filter(JsValue::is_object).and_then(|cf| member(&cf, "country"));
    let country = country.and_then(|country| country.as_string()).unwrap_or_default();
    let is_code = country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase());
    if is_code { country } else { String::new() }
}
