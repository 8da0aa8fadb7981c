//! What a client and the log learn about a rejected token, at the gate and at the verifier for other Workers.

use auth_core::gate::Denial;
use auth_core::token::mask;
use auth_core::wire::ErrorCode;
use serde_json::{Map, Value, json};

use super::challenge::Scheme;
use crate::log;

/// How a rejected token is answered and logged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TokenDenial<'d> {
    /// The code, which fixes the status.
    pub(crate) code: ErrorCode,
    /// The scheme of the challenge.
    pub(crate) scheme: Scheme,
    /// The error in the challenge; `None` if the request had no credentials.
    pub(crate) error: Option<&'static str>,
    /// The scopes that the client needs; empty: none.
    pub(crate) scope: &'d str,
    /// The event in the log and the check that failed; `None` if the request had no credentials.
    logged: Option<(&'static str, &'static str)>,
    /// The token as a log may show it; empty if it is not shown.
    token: &'d str,
}

impl<'d> TokenDenial<'d> {
    /// `None` if the denial does not concern a token. `used`: the scheme of the request.
    #[must_use]
    pub(crate) fn of(denial: &'d Denial, used: Scheme) -> Option<Self> {
        let invalid = |scheme, error| Self {
            code: ErrorCode::InvalidToken,
            scheme,
            error: Some(error),
            scope: "",
            logged: None,
            token: "",
        };
        let insufficient =
            |scope| Self { code: ErrorCode::InsufficientScope, scope, ..invalid(used, "insufficient_scope") };
        let refused = |check: &'static str| Some(("token_refused", check));
        Some(match denial {
            Denial::NoCredentials => Self { error: None, ..invalid(Scheme::Bearer, "") },
            Denial::Malformed(check) => Self { logged: refused(check), ..invalid(used, "invalid_request") },
            Denial::Invalid { check, token } => {
                Self { logged: refused(check), token, ..invalid(used, "invalid_token") }
            }
            Denial::BoundToken => {
                Self { logged: refused("bound_token_as_bearer"), ..invalid(Scheme::DPoP, "invalid_token") }
            }
            Denial::Proof(check) => {
                let logged = Some(("proof_refused", *check));
                Self { logged, ..invalid(Scheme::DPoP, "invalid_dpop_proof") }
            }
            Denial::ClosedToClients => {
                let logged = refused("client_not_accepted");
                Self { logged, ..insufficient("") }
            }
            Denial::Insufficient { scope, .. } => {
                Self { logged: refused("client_scope"), ..insufficient(scope) }
            }
            Denial::CameBack
            | Denial::AmbiguousPath
            | Denial::AmbiguousRoute
            | Denial::NotFound
            | Denial::MethodNotAllowed { .. }
            | Denial::ApiKeyInUrl
            | Denial::ApiKeyFromPage
            | Denial::ServiceWorker
            | Denial::StepUp { .. }
            | Denial::Unavailable => return None,
        })
    }

    /// Writes which check failed. `path`: of the request, if the log shows it.
    pub(crate) fn log(&self, request_id: &str, path: Option<&str>) {
        let Some((event, check)) = self.logged else { return };
        let mut particulars = Map::from_iter([("check".to_owned(), json!(check))]);
        if event == "token_refused" {
            let shown = if self.token.is_empty() { mask("") } else { self.token.to_owned() };
            particulars.insert("token".to_owned(), Value::String(shown));
        }
        if let Some(path) = path {
            particulars.insert("path".to_owned(), json!(path));
        }
        particulars.insert("count".to_owned(), json!(log::count(check)));
        log::line(event, request_id, Value::Object(particulars));
    }
}
