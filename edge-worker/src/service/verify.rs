//! `GET /auth/verify`: forward-auth for nginx `auth_request`, Traefik and Envoy.
//!
//! The proxy names the original request in headers. If a route of the gate matches its path, that route's
//! policy decides, as it would at the gate; otherwise a valid access token of this service or a valid cookie
//! is required.

use auth_core::gate::identity;
use auth_core::token::Caller;
use worker::Response;

use super::Context;
use crate::gate::fulfil::{self, Findings};
use crate::gate::revocations;
use crate::http::{Answered, Refusal, empty};

/// 204 with the caller's identity. If the token is invalid, a valid cookie does not make up for it. A caller
/// without access gets 401 or 403, because proxies treat any other status as a fault of the service.
pub(super) async fn handle(context: &Context) -> Answered {
    let admitted = fulfil::require(context, &mut Findings::default(), |judge| judge.forwarded()).await?;
    if admitted.findings.renew_revocations {
        revocations::renew_aside(context);
    }
    identified(admitted.caller().ok_or_else(Refusal::unavailable)?)
}

fn identified(caller: &Caller) -> Result<Response, Refusal> {
    let headers = identity::headers(caller);
    let response = empty(204)?;
    for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
        response.headers().set(name, value)?;
    }
    Ok(response)
}
