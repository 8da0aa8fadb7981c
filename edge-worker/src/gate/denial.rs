//! The response to a rejected request. The caller learns only what the standards say; the log names the
//! check.

use auth_core::gate::{Denial, Lacking, Route};
use auth_core::wire::ErrorCode;
use serde_json::Value;

use super::challenge::{Parameters, Scheme, challenge};
use super::provable;
use super::token_denial::TokenDenial;
use crate::context::Context;
use crate::http::Refusal;
use crate::objects::Unavailable;

/// The response to a request for a route, after a line in the log if credentials were rejected. A user of this service
/// learns how to meet what the route requires of the authentication: only this response asks the account, which knows.
pub async fn refusal_on(context: &Context, route: Option<&Route>, denial: &Denial) -> Refusal {
    let refusal = refusal(context, route, denial);
    let Denial::StepUp { acr, account: Some(account), .. } = denial else { return refusal };
    match provable::methods(context, account, acr).await {
        Ok(methods) => Refusal { methods, ..refusal },
        Err(unavailable) => unavailable.into(),
    }
}

/// The same for a request for the service's own paths (`route` is `None`), or without methods.
pub fn refusal(context: &Context, route: Option<&Route>, denial: &Denial) -> Refusal {
    match denial {
        Denial::CameBack => {
            let cause = "a request for an upstream with preserve_host came back: its host and the issuer's are not \
                         in one Cloudflare zone, or the platform does not know resolveOverride";
            let cause = Some(Box::new(Unavailable::because("upstream", cause)));
            Refusal { cause, ..Refusal::new(ErrorCode::BadGateway) }
        }
        Denial::AmbiguousPath => Refusal::invalid(None, "The path can be read in more than one way."),
        Denial::AmbiguousRoute => {
            Refusal::invalid(None, "A server could read the request as one for another route.")
        }
        Denial::NotFound => {
            let detail = "No route of the configuration matches this path: add one to routes.";
            let detail = context.config.issuer.is_local().then(|| detail.to_owned());
            Refusal { detail, ..Refusal::new(ErrorCode::NotFound) }
        }
        Denial::MethodNotAllowed { allow } => Refusal::method_not_allowed(allow.clone()),
        Denial::ApiKeyInUrl => {
            let detail = "The URL contains an API key. Revoke this key, because URLs are written to logs, and send the new one as \
                          `Authorization: Bearer`.";
            Refusal::invalid(None, detail)
        }
        Denial::ApiKeyFromPage => {
            let mistake = "the headers: found an API key with Origin or Sec-Fetch-Site, expected neither; an API key is for programs, \
                           because every visitor of a page could read a key that the page has. Pages use the session";
            Refusal { mistake: Some(mistake.into()), ..Refusal::new(ErrorCode::RequestForgery) }
        }
        Denial::ServiceWorker => {
            let mistake = "routes: found a request for the script of a service worker, expected none on this route; if \
                           your app has one, set service_worker = true on the route of its script";
            Refusal { mistake: Some(mistake.into()), ..Refusal::new(ErrorCode::RequestForgery) }
        }
        Denial::NoCredentials
        | Denial::Malformed(_)
        | Denial::Invalid { .. }
        | Denial::BoundToken
        | Denial::Proof(_)
        | Denial::ClosedToClients
        | Denial::Insufficient { .. } => token_refusal(context, route, denial),
        Denial::StepUp { acr, max_age, .. } => step_up_on(context, route, acr, *max_age),
        Denial::Unavailable => Refusal::unavailable(),
    }
}

const CLOSED_TO_CLIENTS: &str = "the token of an OAuth client: found one for a route or a path that is not open to clients, expected a route with \
     \"token\" in access and with scopes, which say what clients may do there";

fn token_refusal(context: &Context, route: Option<&Route>, denial: &Denial) -> Refusal {
    let Some(rejected) = TokenDenial::of(denial, Scheme::of(context)) else { return Refusal::unavailable() };
    if rejected.code == ErrorCode::InvalidToken {
        rejected.log(&context.incoming.id, Some(context.incoming.path()));
    }
    let mistake = if let Denial::Insufficient { scopes, roles, .. } = denial {
        lacking(scopes, roles)
    } else {
        (*denial == Denial::ClosedToClients).then(|| CLOSED_TO_CLIENTS.to_owned())
    };
    let mistake = mistake.map(Into::into);
    let parameters = Parameters { error: rejected.error, scope: rejected.scope, more: "" };
    Refusal { mistake, ..challenge(context, route, rejected.code, rejected.scheme, parameters) }
}

/// The challenge of RFC 9470 section 3, for the service's own paths.
pub fn step_up(context: &Context, acr: &[String], max_age: Option<u64>) -> Refusal {
    step_up_on(context, None, acr, max_age)
}

fn step_up_on(context: &Context, route: Option<&Route>, acr: &[String], max_age: Option<u64>) -> Refusal {
    let mut more = String::new();
    if !acr.is_empty() {
        more += &format!(r#", acr_values="{}""#, acr.join(" "));
    }
    if let Some(max_age) = max_age {
        more += &format!(r#", max_age="{max_age}""#);
    }
    let error = Some("insufficient_user_authentication");
    let parameters = Parameters { error, scope: "", more: &more };
    challenge(context, route, ErrorCode::StepUpRequired, Scheme::of(context), parameters)
}

/// What the caller lacks, and how to give it; `None` if the route requires no scope or role.
fn lacking(scopes: &Lacking, roles: &Lacking) -> Option<String> {
    let lacks = |what: &str, Lacking { missing, found }: &Lacking, remedy: &str| {
        let (found, missing) = (Value::from(found.clone()), Value::from(missing.clone()));
        format!(
            "the caller's {what}: found {found}, expected also {missing}, which the route requires; {remedy}"
        )
    };
    let remedy_for_roles =
        "set the user's roles by PUT /admin/users/{id}/roles, or in the system of the token's issuer";
    let remedy_for_scopes = "create an API key that has them, let the OAuth client request them, or have the token's issuer grant them; the service's \
         own users have those of api_keys.scopes and oauth.scopes";
    let texts: Vec<String> = [("scopes", scopes, remedy_for_scopes), ("roles", roles, remedy_for_roles)]
        .into_iter()
        .filter(|(_, lacking, _)| !lacking.missing.is_empty())
        .map(|(what, lacking, remedy)| lacks(what, lacking, remedy))
        .collect();
    (!texts.is_empty()).then(|| texts.join(". "))
}

/// `invalid_token` for credentials that failed this check.
pub fn refused(context: &Context, check: &'static str) -> Refusal {
    refusal(context, None, &Denial::Invalid { check, token: String::new() })
}
