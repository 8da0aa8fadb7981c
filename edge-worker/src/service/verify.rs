//! `/auth/verify`: forward-auth for nginx, Caddy, HAProxy, Traefik and Envoy.
//!
//! The proxy states the original request in headers (`GET /auth/verify`), or asks with the original method at
//! `/auth/verify` followed by the original path, as Envoy does. If a route of the gate matches the path, that
//! route's policy decides, as it would at the gate; otherwise a valid access token of this service or a valid
//! cookie is required. A body, which some proxies send, is not read.

use auth_core::gate::forwarded::Forwarded;
use auth_core::gate::identity;
use auth_core::token::Caller;
use worker::Response;

use super::Context;
use crate::gate::fulfil::{self, Ending, Findings};
use crate::gate::{denial, revocations};
use crate::http::{Answered, Refusal, empty};

/// The response to a proxy whose caller has access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Approval {
    /// 200 with all identity headers, also the empty ones: Envoy takes no other status for an approval, and
    /// would forward a client's own header in place of one that is missing.
    Ok,
    /// 204 with the identity headers that have a value.
    NoContent,
}

/// The caller's identity. If the token is invalid, the cookie is not used in its place. A caller without
/// access gets 401 or 403, because proxies treat any other status as a fault of the service.
pub(super) async fn handle(context: &Context, approval: Approval) -> Answered {
    let admitted = match fulfil::judge(context, &mut Findings::default(), |judge| judge.forwarded()).await {
        Ok(admitted) => admitted,
        Err(Ending::Denied(denial)) => {
            let forwarded = Forwarded::of(&context.config.routes, context.incoming.whole()).ok();
            let route = forwarded.and_then(|forwarded| forwarded.route);
            return Err(denial::refusal_on(context, route.as_deref(), &denial).await);
        }
        Err(Ending::Unavailable(refusal)) => return Err(refusal),
        Err(Ending::Answer(_)) => return Err(Refusal::unavailable()),
    };
    if admitted.findings.renew_revocations {
        revocations::renew_aside(context);
    }
    identified(admitted.caller().ok_or_else(Refusal::unavailable)?, approval)
}

fn identified(caller: &Caller, approval: Approval) -> Result<Response, Refusal> {
    let (status, with_empty) = match approval {
        Approval::Ok => (200, true),
        Approval::NoContent => (204, false),
    };
    let headers = identity::headers(caller);
    let response = empty(status)?;
    for (name, value) in headers.iter().filter(|(_, value)| with_empty || !value.is_empty()) {
        response.headers().set(name, value)?;
    }
    Ok(response)
}
