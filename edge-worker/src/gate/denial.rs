//! The response to a rejected request. The caller learns only what the standards say; the log names the
//! check.

use auth_core::gate::{Denial, Lacking};
use auth_core::token::mask;
use auth_core::wire::ErrorCode;
use serde_json::{Value, json};

use crate::context::Context;
use crate::http::Refusal;
use crate::log;
use crate::objects::Unavailable;

/// The response, after a line in the log if credentials were rejected.
pub fn refusal(context: &Context, denial: &Denial) -> Refusal {
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
        Denial::ServiceWorker => {
            let mistake = "routes: found a request for the script of a service worker, expected none on this route; if \
                           your app has one, set service_worker = true on the route of its script";
            Refusal { mistake: Some(mistake.to_owned()), ..Refusal::new(ErrorCode::RequestForgery) }
        }
        Denial::NoCredentials => context.challenge(None),
        Denial::Malformed(check) => {
            log_refusal(context, check, &mask(""));
            context.challenge(Some("invalid_request"))
        }
        Denial::Invalid { check, token } => {
            let shown = if token.is_empty() { mask("") } else { token.clone() };
            log_refusal(context, check, &shown);
            context.challenge(Some("invalid_token"))
        }
        Denial::Insufficient { scope, scopes, roles } => {
            let mistake = lacking(scopes, roles);
            let scope = if scope.is_empty() { String::new() } else { format!(r#", scope="{scope}""#) };
            let challenge = context.challenge_header(&format!(r#", error="insufficient_scope"{scope}"#));
            let refusal = Refusal { mistake, ..Refusal::new(ErrorCode::InsufficientScope) };
            refusal.with("WWW-Authenticate", challenge)
        }
        // RFC 9470 section 3.
        Denial::TooOld(max_age) => {
            let parameters = format!(r#", error="insufficient_user_authentication", max_age="{max_age}""#);
            let challenge = context.challenge_header(&parameters);
            Refusal::new(ErrorCode::StepUpRequired).with("WWW-Authenticate", challenge)
        }
        Denial::Unavailable => Refusal::unavailable(),
    }
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
    let remedy_for_scopes = "the token's issuer grants scopes; tokens of this service have none";
    let texts: Vec<String> = [("scopes", scopes, remedy_for_scopes), ("roles", roles, remedy_for_roles)]
        .into_iter()
        .filter(|(_, lacking, _)| !lacking.missing.is_empty())
        .map(|(what, lacking, remedy)| lacks(what, lacking, remedy))
        .collect();
    (!texts.is_empty()).then(|| texts.join(". "))
}

/// `invalid_token` for credentials that failed this check.
pub fn refused(context: &Context, check: &'static str) -> Refusal {
    refusal(context, &Denial::Invalid { check, token: String::new() })
}

fn log_refusal(context: &Context, check: &'static str, token: &str) {
    let path = context.incoming.path();
    let particulars = json!({"check": check, "token": token, "path": path, "count": log::count(check)});
    log::line("token_refused", &context.incoming.id, particulars);
}
