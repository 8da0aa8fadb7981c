//! A request at the gate, from path to upstream.

use auth_core::token::AccessClaims;
use auth_core::wire::ErrorCode;

use super::path::CanonicalPath;
use super::route::{Choice, choose};
use super::{forward, identity, verify};
use crate::config::Access;
use crate::http::{Answered, Refusal, is_preflight, preflight};
use crate::service::Context;

/// Answers a request that isn't the service's: by its route's policy, or not at all.
///
/// # Errors
/// [`Refusal`].
pub async fn handle(context: &Context) -> Answered {
    let config = &context.config;
    let incoming = &context.incoming;
    let path = CanonicalPath::parse(&incoming.path)
        .map_err(|_| Refusal::invalid("The path can be read in more than one way."))?;
    let asked_method = if is_preflight(incoming) {
        incoming.header("access-control-request-method").unwrap_or_default()
    } else {
        incoming.method.clone()
    };
    let route = match choose(&config.routes, path, &asked_method) {
        Choice::Route(route) => route,
        Choice::MethodNotAllowed { allow } => return Err(Refusal::method_not_allowed(allow)),
        Choice::None => return Err(Refusal::new(ErrorCode::NotFound)),
    };
    if is_preflight(incoming) {
        return preflight(config, incoming, &route.methods.join(", "));
    }
    let identity = match &route.access {
        Access::Public => vec![],
        Access::Token { scopes, roles } => {
            let verified = verify::bearer_token(&context.env, config, incoming).await?;
            let claims = verified.claims();
            require(claims, scopes, roles)?;
            identity::headers(claims).map_err(|_| verify::refused(config, incoming, "unsafe_claim", ""))?
        }
    };
    forward::forward(context, route, identity).await
}

/// Everything the route asks for.
fn require(claims: &AccessClaims, scopes: &[String], roles: &[String]) -> Result<(), Refusal> {
    let has_scope = |scope: &String| claims.scope.split(' ').any(|has| has == scope);
    if scopes.iter().all(has_scope) && roles.iter().all(|role| claims.roles.contains(role)) {
        return Ok(());
    }
    let scope = if scopes.is_empty() { String::new() } else { format!(r#", scope="{}""#, scopes.join(" ")) };
    let challenge = format!(r#"Bearer realm="{}", error="insufficient_scope"{scope}"#, claims.iss);
    Err(Refusal::new(ErrorCode::InsufficientScope).with("WWW-Authenticate", challenge))
}
