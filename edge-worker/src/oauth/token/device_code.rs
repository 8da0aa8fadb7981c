//! The grant `urn:ietf:params:oauth:grant-type:device_code` (RFC 8628 section 3.4): a device asks whether the user has
//! decided, and gets its tokens.

use auth_core::oauth::device::{DEVICE_CODE, DeviceCode, PollAnswer};
use auth_core::oauth::{Client, OAuthError, named_resource};
use auth_core::wire::Form;

use super::authorization_code::{Redemption, redeem};
use crate::context::Context;
use crate::oauth::{OAuthAnswer, OAuthRefusal, policy, whole_service};
use crate::objects::client;
use crate::objects::protocol::devices::{EndDevice, PollDevice, UnknownDevice};
use crate::objects::protocol::oauth::ProvenKey;

/// Answers a poll. The client has been authenticated.
pub(super) async fn grant(
    context: &Context,
    client: &Client,
    form: &Form,
    key: Option<ProvenKey>,
) -> OAuthAnswer {
    let code = form
        .get("device_code")
        .ok_or_else(|| OAuthRefusal::new(OAuthError::InvalidRequest, "The device_code is missing."))?;
    let Some(device) = DeviceCode::parse(code) else { return Err(unknown()) };
    let (challenge, user_code) = (device.challenge(), device.user_code());
    let call = PollDevice { challenge: challenge.clone(), client_id: client.id.as_str().to_owned() };
    let polled = match client::device(&context.env, user_code, &call).await? {
        Ok(polled) => polled,
        Err(UnknownDevice {}) => return Err(unknown()),
    };
    match polled.answer {
        PollAnswer::Approved => {}
        PollAnswer::Pending => {
            let description = "The user has not decided yet.";
            return Err(OAuthRefusal::new(OAuthError::AuthorizationPending, description));
        }
        PollAnswer::SlowDown => {
            let description = "The interval between two polls is now 5 seconds longer.";
            return Err(OAuthRefusal::new(OAuthError::SlowDown, description));
        }
        PollAnswer::Denied => {
            return Err(OAuthRefusal::new(OAuthError::AccessDenied, "The user has denied the request."));
        }
        PollAnswer::Expired => {
            return Err(OAuthRefusal::new(OAuthError::ExpiredToken, "The device_code has expired."));
        }
    }
    let code = polled.code.ok_or_else(unknown)?;
    // The account spends the code. It is bound to the device code, which the service does not store.
    let redemption = Redemption {
        code: code.expose(),
        redirect_uri: Some(DEVICE_CODE),
        code_verifier: device.expose(),
        resource: named_resource(form, policy(context)?, whole_service(context)),
        key,
    };
    let response = redeem(context, client, redemption).await?;
    // If this fails, the code is spent nevertheless, and the request is deleted when it has expired.
    client::device(&context.env, user_code, &EndDevice { challenge }).await.ok();
    Ok(response)
}

const fn unknown() -> OAuthRefusal {
    let description = "The device_code is unknown, was used, or belongs to another client.";
    OAuthRefusal::new(OAuthError::InvalidGrant, description)
}
